import assert from "node:assert/strict";
import type { Mode } from "../../../lib/core/types.ts";
import sso from "../../../providers/aws_sso.ts";
import permissionSet from "../../../providers/aws_permission_set.ts";
import assumeRole from "../../../providers/aws_assume_role.ts";
import type { FakeDeps } from "../../support/deps.ts";
import { type Emulated, emulated } from "../../support/emulated.ts";
import { identity, kindContext, provider } from "../../support/kind.ts";

const startUrl = "https://acme.awsapps.com/start";
const root = (values: Record<string, unknown> = {}) =>
  provider("acme-sso", "aws/iam-identity-center", {
    start_url: startUrl,
    region: "us-east-1",
    ...values,
  });
const devAdmin = identity("dev-admin", "aws/permission-set", {
  principal: { name: "Admin", account: { name: "dev" }, region: "eu-west-1" },
});
const deployer = identity("deployer", "aws/assume-role", {
  principal: { assume_role: "arn:aws:iam::444455556666:role/deployer" },
});
const chain = [root(), devAdmin, deployer];
const signingIn: Partial<Mode> = { browserFlows: true, prompts: true };

function at(world: Emulated, index: number, mode: Partial<Mode> = signingIn, entries = chain) {
  return kindContext(world.deps as unknown as FakeDeps, entries, { index, mode });
}

async function signIn(world: Emulated, mode = signingIn, entries = chain) {
  return await sso.create(entries[0]!).authenticate(at(world, 0, mode, entries));
}

Deno.test("a chain from Identity Center over a permission set to a role gives credentials", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const bearer = await signIn(world);
  const set = await permissionSet.create(devAdmin).authenticate(bearer, at(world, 1));
  const role = await assumeRole.create(deployer).authenticate(set, at(world, 2));
  assert(role?.type === "aws");
  assert.equal(role.region, "eu-west-1");
  assert.equal(role.role_steps, 2);
  const who = await assumeRole.create(deployer).verify!(role, at(world, 2));
  assert.equal(who.state, "valid");
  assert.match(
    who.principal!,
    /^arn:aws:sts::444455556666:assumed-role\/deployer\/atmos-deployer-\d+$/,
  );
});

Deno.test("with a browser the authorization code flow is used and no device code", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const bearer = await signIn(world);
  assert(bearer.type === "aws" && bearer.bearer && !bearer.access_key_id);
  assert.equal(world.calls("browser.Authorize"), 1);
  assert.equal(world.calls("sso-oidc.StartDeviceAuthorization"), 0);
  const url = new URL(world.deps.terminal.openedUrls[0]!);
  assert.equal(url.searchParams.get("code_challenge_method"), "S256");
  assert.equal(url.searchParams.get("scopes"), "sso:account:access");
  assert.match(
    url.searchParams.get("redirect_uri")!,
    /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/,
  );
});

Deno.test("without a browser a device code is shown and polled for", async () => {
  await using world = await emulated();
  let polls = 0;
  const sleep = world.clock.sleep;
  world.clock.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    if (++polls === 3) world.emulator.admin.approve();
  };
  const bearer = await signIn(world);
  assert(bearer.type === "aws" && bearer.bearer);
  const shown = world.deps.terminal.notices.join("\n");
  assert.match(shown, /AWS SSO Authentication Required/);
  assert.match(shown, /Verification Code: [A-Z0-9]{4}-[A-Z0-9]{4}/);
  assert.equal(world.calls("sso-oidc.CreateToken"), 3);
  assert.deepEqual(world.deps.terminal.openedUrls, []);
});

Deno.test("--qr shows the address for a telephone", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world, { ...signingIn, qr: true });
  assert.match(world.deps.terminal.notices.join("\n"), /[▀▄█]{10}/);
});

Deno.test("--device-code wins over the browser", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world, { ...signingIn, deviceCode: true });
  assert.equal(world.calls("sso-oidc.StartDeviceAuthorization"), 1);
  assert.equal(world.deps.terminal.openedUrls.length, 1);
});

Deno.test("spec.flow decides where nothing else does", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world, signingIn, [root({ spec: { flow: "device" } })]);
  assert.equal(world.calls("sso-oidc.StartDeviceAuthorization"), 1);
});

Deno.test("a denied device code is said to be denied", async () => {
  await using world = await emulated({ state: { autoApprove: false } });
  const sleep = world.clock.sleep;
  world.clock.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    world.emulator.admin.deny();
  };
  await assert.rejects(signIn(world), {
    code: "sso_token_failed",
    message: /^aws sso token creation failed: access denied/,
  });
});

Deno.test("a device code that nobody approves expires by the clock", async () => {
  await using world = await emulated({
    state: {
      autoApprove: false,
      identityCenter: { startUrl, deviceCodeSeconds: 30, intervalSeconds: 5, users: ["alice"] },
    },
  });
  await assert.rejects(signIn(world), {
    message: /^aws sso token creation failed: .*verification code expired/,
  });
});

Deno.test("slow_down adds five seconds each time, and server errors keep the poll alive", async () => {
  await using world = await emulated();
  world.emulator.admin.faults([
    { at: "sso-oidc.CreateToken", nth: 1, reply: "aws:SlowDownException" },
    { at: "sso-oidc.CreateToken", nth: 2, reply: "aws:SlowDownException" },
    { at: "sso-oidc.CreateToken", nth: 3, reply: "http:503" },
  ]);
  let calls = 0;
  const sleep = world.clock.sleep;
  world.clock.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    if (++calls === 4) world.emulator.admin.approve();
  };
  await signIn(world);
  assert.deepEqual(world.clock.sleeps.slice(0, 4), [1000, 6000, 11000, 11000]);
});

Deno.test("a network that fails while registering is a failed device authorization", async () => {
  await using world = await emulated();
  world.emulator.admin.faults([{
    at: "sso-oidc.RegisterClient",
    reply: "aws:InvalidRequestException",
  }]);
  await assert.rejects(signIn(world), {
    code: "sso_device_authorization_failed",
    message: /^aws sso device authorization failed: RegisterClient failed: InvalidRequestException/,
  });
});

Deno.test("nobody to read the code is an error that names the ways out", async () => {
  await using world = await emulated();
  world.deps.terminal.someoneReads = false;
  await assert.rejects(signIn(world, {}), {
    code: "login_required",
    message: "AWS SSO device flow requires an interactive terminal (TTY) for user authorization",
  });
});

Deno.test("the second sign-in is answered from the session file", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const first = await signIn(world);
  const before = world.deps.http.requests;
  const second = await signIn(world, {});
  assert.equal(world.deps.http.requests, before);
  assert(first.type === "aws" && second.type === "aws");
  assert.equal(second.bearer!.reveal(), first.bearer!.reveal());
});

Deno.test("the session file has the fields that other tools know, readable by us alone", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  const [file] = world.deps.files.paths().filter((p) => p.includes("aws-sso/sessions/"));
  assert.match(file!, /\/home\/u\/\.cache\/atmos\/aws-sso\/sessions\/[0-9a-f]{40}\.json$/);
  const record = JSON.parse(world.deps.files.text(file!));
  assert.deepEqual(Object.keys(record).sort(), [
    "accessToken",
    "clientId",
    "clientSecret",
    "expiresAt",
    "grant",
    "refreshToken",
    "region",
    "registrationExpiresAt",
    "startUrl",
  ]);
  assert.equal(record.startUrl, startUrl);
  assert.match(record.expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(world.deps.files.mode(file!), 0o600);
});

Deno.test("an expired access token is refreshed, and the rotated refresh token kept", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  const [file] = world.deps.files.paths().filter((p) => p.includes("aws-sso/sessions/"));
  const before = JSON.parse(world.deps.files.text(file!)).refreshToken;
  world.clock.advance(56 * 60_000);
  await signIn(world, {});
  const after = JSON.parse(world.deps.files.text(file!)).refreshToken;
  assert.notEqual(after, before);
  assert.equal(world.calls("browser.Authorize"), 1);
  world.clock.advance(56 * 60_000);
  await signIn(world, {});
  assert.equal(world.calls("browser.Authorize"), 1);
});

Deno.test("a refused refresh token leads to the browser once more", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  world.emulator.admin.expire({ what: "sso-session" });
  world.clock.advance(56 * 60_000);
  await assert.rejects(signIn(world, {}), { code: "login_required" });
  await signIn(world);
  assert.equal(world.calls("browser.Authorize"), 2);
});

Deno.test("a failing server at refresh is an error and keeps the session", async () => {
  await using world = await emulated({ env: { AWS_MAX_ATTEMPTS: "2" } });
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  const [file] = world.deps.files.paths().filter((p) => p.includes("aws-sso/sessions/"));
  const before = world.deps.files.text(file!);
  world.clock.advance(56 * 60_000);
  world.emulator.admin.faults([{ at: "sso-oidc.CreateToken", times: 0, reply: "http:503" }]);
  await assert.rejects(signIn(world), { code: "sso_token_failed", message: /HTTP 503/ });
  assert.equal(world.deps.files.text(file!), before);
});

Deno.test("a session of another place, or a damaged file, counts as none", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  const [file] = world.deps.files.paths().filter((p) => p.includes("aws-sso/sessions/"));
  world.deps.files.put(file!, world.deps.files.text(file!).replace("us-east-1", "eu-west-1"));
  await signIn(world);
  world.deps.files.put(file!, "{");
  await signIn(world);
  assert.equal(world.calls("browser.Authorize"), 3);
});

Deno.test("a session revoked on the server is reported as bad input and renewed without a person", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const bearer = await signIn(world);
  world.emulator.admin.expire({ what: "access-token" });
  const kind = permissionSet.create(devAdmin);
  await assert.rejects(kind.authenticate(bearer, at(world, 1)), { code: "input_rejected" });
  await sso.create(chain[0]!).invalidate!(at(world, 0));
  const again = await signIn(world, {});
  assert((await kind.authenticate(again, at(world, 1)))?.type === "aws");
  assert.equal(world.calls("browser.Authorize"), 1);
});

Deno.test("--force-refresh takes a new access token first", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const first = await signIn(world);
  const second = await signIn(world, { ...signingIn, forceRefresh: true });
  assert(first.type === "aws" && second.type === "aws");
  assert.notEqual(second.bearer!.reveal(), first.bearer!.reveal());
});

Deno.test("logout ends the session on the server and removes its file", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const bearer = await signIn(world);
  const report = await sso.create(chain[0]!).logout(at(world, 0));
  assert.equal(world.calls("sso.Logout"), 1);
  assert.deepEqual(report.failed, []);
  assert.equal(world.deps.files.paths().some((p) => p.includes("aws-sso/sessions/")), false);
  await assert.rejects(permissionSet.create(devAdmin).authenticate(bearer, at(world, 1)));
});

Deno.test("logout --local asks no server", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  await sso.create(chain[0]!).logout(at(world, 0, { local: true }));
  assert.equal(world.calls("sso.Logout"), 0);
});

Deno.test("logout leaves a session that another provider shares, and says so", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await signIn(world);
  const other = provider("other-sso", "aws/iam-identity-center", {
    start_url: `${startUrl}/#/`,
    region: "us-east-1",
  });
  const cx = kindContext(world.deps as unknown as FakeDeps, chain, { index: 0, others: [other] });
  const report = await sso.create(chain[0]!).logout(cx);
  assert.match(report.notes.join(), /other-sso uses it too/);
  assert.equal(world.deps.files.paths().some((p) => p.includes("aws-sso/sessions/")), true);
});

Deno.test("share_aws_cli_cache reads and writes the AWS CLI's session file", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const entries = [root({ spec: { share_aws_cli_cache: true } })];
  await signIn(world, signingIn, entries);
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-1", new TextEncoder().encode(startUrl)),
  ).toHex();
  const path = `/home/u/.aws/sso/cache/${digest}.json`;
  assert.equal(JSON.parse(world.deps.files.text(path)).startUrl, startUrl);
  // a session that only the CLI has is good for us
  await world.deps.files.remove(
    world.deps.files.paths().find((p) => p.includes("aws-sso/sessions/"))!,
  );
  await signIn(world, {}, entries);
  assert.equal(world.calls("browser.Authorize"), 1);
  await sso.create(entries[0]!).logout(at(world, 0, {}, entries));
  assert.equal(world.deps.files.exists(path), false);
});

Deno.test("all accounts and roles become identities, those of twin accounts by id too", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const kind = sso.create(chain[0]!);
  const bearer = await signIn(world);
  world.emulator.admin.identityCenter({ pageSize: 1 });
  assert.deepEqual(await kind.provision!(bearer, at(world, 0)), []);
  const file = "/home/u/.cache/atmos/auth/acme-sso/provisioned-identities.yaml";
  const { load } = await import("js-yaml");
  const { auth } = load(world.deps.files.text(file)) as {
    auth: { _metadata: Record<string, unknown>; identities: Record<string, unknown> };
  };
  assert.deepEqual(auth._metadata.counts, { accounts: 3, roles: 4, identities: 4 });
  assert.equal(auth._metadata.realm, "");
  assert.equal(auth._metadata.source, "acme-sso");
  assert.deepEqual(auth.identities["dev/Admin"], {
    kind: "aws/permission-set",
    provider: "acme-sso",
    via: { provider: "acme-sso" },
    principal: { name: "Admin", account: { name: "dev", id: "444455556666" } },
  });
  assert.deepEqual(Object.keys(auth.identities), [
    "dev/Admin",
    "dev/ReadOnly",
    "identity/Admin",
    "prod/ReadOnly",
  ]);
});

Deno.test("a failing account keeps its identities and warns; equal content is not rewritten", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const kind = sso.create(chain[0]!);
  const bearer = await signIn(world);
  await kind.provision!(bearer, at(world, 0));
  const file = "/home/u/.cache/atmos/auth/acme-sso/provisioned-identities.yaml";
  const before = world.deps.files.text(file);
  world.clock.advance(1000);
  world.emulator.admin.faults([
    { at: "sso.ListAccountRoles", reply: "aws:ResourceNotFoundException" },
  ]);
  const warnings = await kind.provision!(bearer, at(world, 0));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /failed to list aws sso roles/);
  assert.equal(world.deps.files.text(file), before);
  world.emulator.admin.faults([{ at: "sso.ListAccounts", reply: "aws:InvalidRequestException" }]);
  await assert.rejects(kind.provision!(bearer, at(world, 0)), {
    message: /^aws sso identity provisioning failed: /,
  });
});

Deno.test("accounts of one name get their id into the identity's name", async () => {
  await using world = await emulated({
    state: {
      accounts: [{ id: "111122223333", name: "a: #b" }, { id: "222233334444", name: "a: #b" }],
      users: [],
      roles: [],
      eksClusters: [],
      identityCenter: {
        startUrl,
        users: ["alice"],
        permissionSets: [{ name: "R" }],
        assignments: ["111122223333", "222233334444"].map((account) => ({
          user: "alice",
          account,
          permissionSet: "R",
        })),
      },
    },
  });
  world.deps.terminal.canOpenBrowser = true;
  await sso.create(chain[0]!).provision!(await signIn(world), at(world, 0));
  const { load } = await import("js-yaml");
  const text = world.deps.files.text(
    "/home/u/.cache/atmos/auth/acme-sso/provisioned-identities.yaml",
  );
  const { auth } = load(text) as { auth: { identities: Record<string, unknown> } };
  assert.deepEqual(Object.keys(auth.identities), ["a: #b-111122223333/R", "a: #b-222233334444/R"]);
  const report = await sso.create(chain[0]!).logout(at(world, 0));
  assert(report.removed.some((r) => r.includes("provisioned-identities")));
});

Deno.test("required fields of the provider are named", () => {
  const hosts = (values: Record<string, unknown>) => () =>
    sso.hosts(provider("p", "aws/iam-identity-center", values), null as never, null as never);
  assert.throws(hosts({ region: "us-east-1" }), {
    message: /start_url is required for AWS SSO provider/,
  });
  assert.throws(hosts({ start_url: startUrl }), {
    message: /region is required for AWS SSO provider/,
  });
});
