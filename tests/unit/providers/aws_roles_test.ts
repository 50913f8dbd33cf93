import assert from "node:assert/strict";
import { type AuthError, type AwsCredentials, type Mode, Secret } from "../../../lib/core/types.ts";
import assumeRole, {
  sanitizedSessionName,
  sessionNameOf,
} from "../../../providers/aws_assume_role.ts";
import assumeRoot from "../../../providers/aws_assume_root.ts";
import permissionSet from "../../../providers/aws_permission_set.ts";
import sso from "../../../providers/aws_sso.ts";
import { type FakeDeps, fakeDeps } from "../../support/deps.ts";
import { type Emulated, emulated } from "../../support/emulated.ts";
import { identity, kindContext, provider } from "../../support/kind.ts";

const user = identity("me", "aws/user");
const role = (principal: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  identity("deploy", "aws/assume-role", { principal, ...more });
const deployerDev = "arn:aws:iam::444455556666:role/deployer";

function keys(world: Emulated, name = "ci"): AwsCredentials {
  const found = world.emulator.admin.info().users.find((u) => u.name === name)!;
  return {
    type: "aws",
    access_key_id: found.accessKeyId!,
    secret_access_key: new Secret(found.secretAccessKey!),
  };
}

function assume(
  world: Emulated,
  entry: ReturnType<typeof role>,
  input: Parameters<ReturnType<typeof assumeRole.create>["authenticate"]>[0],
  before = [user],
  mode: Partial<Mode> = {},
) {
  const cx = kindContext(world.deps as unknown as FakeDeps, [...before, entry], { mode });
  return assumeRole.create(entry).authenticate(input, cx);
}

/** Form fields of the last call to STS. */
function lastForm(world: Emulated): URLSearchParams {
  return new URLSearchParams(String(world.deps.http.sent.at(-1)!.body));
}

Deno.test("a role is assumed with keys, under a session name that tells the identity", async () => {
  await using world = await emulated();
  const session = await assume(world, role({ assume_role: deployerDev }), keys(world));
  assert(session?.type === "aws");
  assert.equal(session.role_steps, 1);
  assert.match(lastForm(world).get("RoleSessionName")!, /^atmos-deploy-\d{10}$/);
  assert.equal(lastForm(world).has("DurationSeconds"), false);
});

Deno.test("session names are shortened in the identity's part and cleaned", () => {
  const name = (entry: ReturnType<typeof role>) =>
    sessionNameOf(kindContext(fakeDeps(), [user, entry]), entry);
  const long = identity("x".repeat(80), "aws/assume-role", { principal: {} });
  assert.equal(name(long).length, 64);
  assert.match(name(long), /-1767323045$/);
  assert.equal(name(role({ session_name: "a b/c_d" })), "a-b-c_d");
  assert.equal(sanitizedSessionName("///"), "atmos-session");
  assert.equal(sanitizedSessionName(`${"a".repeat(63)}--`), "a".repeat(63));
});

Deno.test("durations are clamped, and bad ones left out, with a warning each", async () => {
  await using world = await emulated();
  const cases: [Record<string, unknown>, string | null, RegExp | undefined][] = [
    [{ duration: "2h" }, "7200", undefined],
    [{ duration: "1m" }, "900", /outside/],
    [{ duration: "1x" }, null, /invalid duration format/],
  ];
  for (const [more, sent, warning] of cases) {
    world.deps.terminal.warnings = [];
    await assume(world, role({ assume_role: deployerDev, ...more }), keys(world));
    assert.equal(lastForm(world).get("DurationSeconds"), sent);
    if (warning) assert.match(world.deps.terminal.warnings.join(), warning);
    else assert.deepEqual(world.deps.terminal.warnings, []);
  }
  await assume(
    world,
    role({ assume_role: deployerDev }, { session: { duration: "30m" } }),
    keys(world),
  );
  assert.equal(lastForm(world).get("DurationSeconds"), "1800");
});

Deno.test("a role assumed from a role lives an hour at most", async () => {
  await using world = await emulated();
  const first = identity("dev", "aws/assume-role", { principal: { assume_role: deployerDev } });
  const base = await assume(world, first, keys(world));
  const second = role({ assume_role: "arn:aws:iam::777788889999:role/deployer", duration: "4h" });
  const session = await assume(world, second, base, [user, first]);
  assert(session?.type === "aws");
  assert.equal(lastForm(world).get("DurationSeconds"), "3600");
  assert.match(world.deps.terminal.warnings.join(), /one hour/);
});

Deno.test("a duration that the role does not allow is tried once more with an hour", async () => {
  await using world = await emulated();
  const session = await assume(
    world,
    role({ assume_role: deployerDev, duration: "12h" }),
    keys(world),
  );
  assert(session?.type === "aws");
  assert.equal(world.calls("sts.AssumeRole"), 2);
  assert.equal(lastForm(world).get("DurationSeconds"), "3600");
});

Deno.test("external id, tags, policies and source identity are sent", async () => {
  await using world = await emulated({ env: { USER: "alice" } });
  const session = await assume(
    world,
    role({
      assume_role: "arn:aws:iam::777788889999:role/auditor",
      external_id: "audit-7",
      policy: { Version: "2012-10-17", Statement: [] },
      policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
      tags: { team: "core" },
      transitive_tag_keys: ["team"],
      source_identity: "{user}.{identity}",
    }),
    keys(world),
  );
  assert(session?.type === "aws");
  const form = lastForm(world);
  assert.equal(form.get("ExternalId"), "audit-7");
  assert.equal(form.get("Policy"), '{"Version":"2012-10-17","Statement":[]}');
  assert.equal(form.get("PolicyArns.member.1.arn"), "arn:aws:iam::aws:policy/ReadOnlyAccess");
  assert.equal(form.get("Tags.member.1.Key"), "team");
  assert.equal(form.get("TransitiveTagKeys.member.1"), "team");
  assert.equal(form.get("SourceIdentity"), "alice.deploy");
});

Deno.test("policy fields out of bounds are configuration errors", async () => {
  await using world = await emulated();
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ policy: "x".repeat(2049) }, /policy is longer than 2048/],
    [{ policy_arns: Array(11).fill("arn:x") }, /more than 10/],
    [{ transitive_tag_keys: ["x"] }, /transitive_tag_keys names x/],
    [{ source_identity: "é" }, /too short/],
  ];
  for (const [more, message] of bad) {
    await assert.rejects(assume(world, role({ assume_role: deployerDev, ...more }), keys(world)), {
      code: "invalid_identity_config",
      message,
    });
  }
});

Deno.test("a role that demands MFA gets the code of mfa_arn", async () => {
  await using world = await emulated();
  const info = world.emulator.admin.info().users.find((u) => u.name === "alice")!;
  const { code } = await world.emulator.admin.totp({ user: "alice" });
  world.deps.terminal.answers = [code];
  const session = await assume(
    world,
    role({ assume_role: "arn:aws:iam::777788889999:role/break-glass", mfa_arn: info.mfaSerial }),
    keys(world, "alice"),
    [user],
    { prompts: true },
  );
  assert(session?.type === "aws");
});

Deno.test("a denied role keeps AWS's words and hints at the trust policy", async () => {
  await using world = await emulated();
  await assert.rejects(
    assume(world, role({ assume_role: "arn:aws:iam::777788889999:role/auditor" }), keys(world)),
    (error: AuthError) => {
      assert.equal(error.code, "authentication_failed");
      assert.match(
        error.message,
        /AssumeRole failed: AccessDenied: .*\(HTTP 403, request id [\w-]+\)/,
      );
      assert.match(error.hints.join(), /trust policy/);
      return true;
    },
  );
});

Deno.test("stale keys of the link before are bad input", async () => {
  await using world = await emulated();
  for (const code of ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"]) {
    world.emulator.admin.faults([{ at: "sts.AssumeRole", reply: `aws:${code}` }]);
    await assert.rejects(assume(world, role({ assume_role: deployerDev }), keys(world)), {
      code: "input_rejected",
      message: new RegExp(code),
    });
  }
});

Deno.test("a region where STS is switched off is named", async () => {
  await using world = await emulated({ state: { disabledRegions: ["ap-east-1"] } });
  const entry = role({ assume_role: deployerDev, region: "ap-east-1" });
  await assert.rejects(assume(world, entry, keys(world)), (error: AuthError) => {
    assert.match(error.hints.join(), /Enable STS in ap-east-1/);
    return true;
  });
});

Deno.test("throttling and server errors are tried again", async () => {
  await using world = await emulated();
  world.emulator.admin.faults([
    { at: "sts.AssumeRole", nth: 1, reply: "throttle" },
    { at: "sts.AssumeRole", nth: 2, reply: "http:503" },
    { at: "sts.AssumeRole", nth: 3, reply: "reset" },
  ]);
  assert.equal((await assume(world, role({ assume_role: deployerDev }), keys(world)))?.type, "aws");
  assert.equal(world.calls("sts.AssumeRole"), 4);
});

Deno.test("AWS_MAX_ATTEMPTS limits the tries", async () => {
  await using world = await emulated({ env: { AWS_MAX_ATTEMPTS: "1" } });
  world.emulator.admin.faults([{ at: "sts.AssumeRole", reply: "http:503" }]);
  await assert.rejects(assume(world, role({ assume_role: deployerDev }), keys(world)), {
    message: /AssumeRole failed: HTTP 503/,
  });
  assert.equal(world.calls("sts.AssumeRole"), 1);
});

Deno.test("a clock that is off is corrected once from the server's, with a warning", async () => {
  await using world = await emulated();
  world.emulator.admin.clock({ offsetMs: 20 * 60_000 });
  assert.equal((await assume(world, role({ assume_role: deployerDev }), keys(world)))?.type, "aws");
  assert.deepEqual(world.deps.terminal.warnings, ["local clock is off by 20m"]);
  assert.equal(Math.round(world.clock.offset() / 60_000), 20);
});

Deno.test("AWS_CA_BUNDLE that cannot be read is an error naming it", async () => {
  await using world = await emulated({ env: { AWS_CA_BUNDLE: "/nowhere.pem" } });
  await assert.rejects(assume(world, role({ assume_role: deployerDev }), keys(world)), {
    code: "aws_config_invalid",
    message: /^failed to load AWS config: AWS_CA_BUNDLE: /,
  });
});

Deno.test("AWS_CA_BUNDLE is handed to the network", async () => {
  await using world = await emulated({ env: { AWS_CA_BUNDLE: "/ca.pem" } });
  const pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
  world.deps.files.put("/ca.pem", pem);
  await assume(world, role({ assume_role: deployerDev }), keys(world));
  assert.equal(world.deps.http.sent.at(-1)!.caBundle, pem);
});

Deno.test("nothing ambient reaches our calls", async () => {
  await using world = await emulated();
  const before = { ...Deno.env.toObject() };
  Deno.env.set("AWS_PROFILE", "broken");
  Deno.env.set("AWS_CONFIG_FILE", "/proc/self/mem");
  Deno.env.set("AWS_ACCESS_KEY_ID", "AKIAOTHER");
  Deno.env.set("AWS_SECRET_ACCESS_KEY", "other");
  Deno.env.set("AWS_REGION", "xx-nowhere-1");
  try {
    assert.equal(
      (await assume(world, role({ assume_role: deployerDev }), keys(world)))?.type,
      "aws",
    );
    const sent = world.deps.http.sent.at(-1)!;
    assert.match(sent.headers!.authorization!, /\/us-east-1\/sts\/aws4_request/);
    assert.equal(Object.keys(sent.headers!).some((h) => /user-agent/i.test(h)), false);
  } finally {
    for (
      const name of [
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
      ]
    ) {
      const value = before[name];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

async function githubToken(world: Emulated, audience: string): Promise<Secret> {
  const { github } = world.emulator.admin.info();
  const response = await fetch(`${github.requestUrl}&audience=${audience}`, {
    headers: { authorization: `Bearer ${github.requestToken}` },
  });
  return new Secret((await response.json()).value);
}

Deno.test("an OIDC token is exchanged without a signature", async () => {
  await using world = await emulated();
  const github = provider("gh", "github/oidc");
  const entry = role({ assume_role: "arn:aws:iam::444455556666:role/github", external_id: "x" });
  const token = await githubToken(world, "sts.amazonaws.com");
  const session = await assume(world, entry, { type: "oidc", token }, [github]);
  assert(session?.type === "aws");
  assert.equal(world.deps.http.sent.at(-1)!.headers!.authorization, undefined);
  assert.match(world.deps.terminal.warnings.join(), /external_id cannot be used/);
});

Deno.test("an OIDC token for another audience hints at what to check", async () => {
  await using world = await emulated();
  const token = await githubToken(world, "elsewhere");
  const entry = role({ assume_role: "arn:aws:iam::444455556666:role/github" });
  const gh = provider("gh", "github/oidc");
  await assert.rejects(assume(world, entry, { type: "oidc", token }, [gh]), (error: AuthError) => {
    assert.match(error.message, /InvalidIdentityToken/);
    assert.match(error.hints.join(), /audience/);
    return true;
  });
});

Deno.test("a bearer token never signs: a role directly below Identity Center names both kinds", async () => {
  await using world = await emulated();
  const root = provider("acme-sso", "aws/iam-identity-center", {});
  await assert.rejects(
    assume(world, role({ assume_role: deployerDev }), {
      type: "aws",
      bearer: new Secret("b-token"),
    }, [root]),
    {
      code: "invalid_identity_config",
      message:
        /aws\/assume-role cannot use the credentials of "acme-sso" \(aws\/iam-identity-center\)/,
    },
  );
  assert.equal(world.deps.http.requests, 0);
});

Deno.test("required fields of a role are named", async () => {
  await using world = await emulated();
  const none = identity("r", "aws/assume-role");
  await assert.rejects(assume(world, none, keys(world)), { message: /principal is required/ });
  await assert.rejects(assume(world, role({ region: "x" }), keys(world)), {
    message: /assume_role is required in principal/,
  });
});

// --- root ----------------------------------------------------------------------------------------

const task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials";

function root(world: Emulated, principal: Record<string, unknown>, input = keys(world, "alice")) {
  const entry = identity("root", "aws/assume-root", { principal });
  const cx = kindContext(world.deps as unknown as FakeDeps, [user, entry]);
  return assumeRoot.create(entry).authenticate(input, cx);
}

Deno.test("a root session is bounded by a task and fifteen minutes", async () => {
  await using world = await emulated();
  for (const target of ["444455556666", "arn:aws:iam::444455556666:root"]) {
    const session = await root(world, {
      target_principal: target,
      task_policy_arn: task,
      duration: "1h",
    });
    assert(session?.type === "aws");
    assert.equal(lastForm(world).get("TargetPrincipal"), "444455556666");
    assert.equal(lastForm(world).get("DurationSeconds"), "900");
  }
  assert.match(world.deps.terminal.warnings.join(), /15 minutes at most/);
});

Deno.test("fields of a root session are checked before any call", async () => {
  await using world = await emulated();
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ task_policy_arn: task }, /target_principal is required in principal/],
    [{ target_principal: "12", task_policy_arn: task }, /must be a 12-digit AWS account ID/],
    [{ target_principal: "444455556666" }, /task_policy_arn is required in principal/],
    [
      { target_principal: "444455556666", task_policy_arn: "arn:aws:iam::aws:policy/Admin" },
      /must start with arn:aws:iam::aws:policy\/root-task\//,
    ],
  ];
  for (const [principal, message] of cases) {
    await assert.rejects(root(world, principal), { message });
  }
  assert.equal(world.deps.http.requests, 0);
});

// --- permission sets -------------------------------------------------------------------------------

const center = provider("acme-sso", "aws/iam-identity-center", {
  start_url: "https://acme.awsapps.com/start",
  region: "us-east-1",
});

async function permission(world: Emulated, principal: Record<string, unknown>) {
  world.deps.terminal.canOpenBrowser = true;
  const entry = identity("set", "aws/permission-set", { principal });
  const at = (index: number) =>
    kindContext(world.deps as unknown as FakeDeps, [center, entry], {
      index,
      mode: { browserFlows: true },
    });
  const bearer = await sso.create(center).authenticate(at(0));
  return await permissionSet.create(entry).authenticate(bearer, at(1));
}

Deno.test("a permission set is found by account id, name, or a bare scalar", async () => {
  await using world = await emulated();
  for (
    const account of [
      { id: "444455556666" },
      { name: "dev" },
      { name: "DEV" },
      "dev",
      "444455556666",
    ]
  ) {
    const session = await permission(world, { name: "Admin", account });
    assert(session?.type === "aws", JSON.stringify(account));
  }
});

Deno.test("the id wins over the name, and lost zeros are put back with a warning", async () => {
  await using world = await emulated({
    state: {
      accounts: [{ id: "004455556666", name: "low" }],
      users: [],
      roles: [],
      eksClusters: [],
      identityCenter: {
        startUrl: "https://acme.awsapps.com/start",
        users: ["alice"],
        permissionSets: [{ name: "Admin" }],
        assignments: [{ user: "alice", account: "004455556666", permissionSet: "Admin" }],
      },
    },
  });
  const session = await permission(world, {
    name: "Admin",
    account: { id: "4455556666", name: "x" },
  });
  assert(session?.type === "aws");
  assert.match(world.deps.terminal.warnings.join(), /4455556666 was read as 004455556666/);
});

Deno.test("account names are looked up through all pages and kept for a day", async () => {
  await using world = await emulated();
  world.emulator.admin.identityCenter({ pageSize: 1 });
  await permission(world, { name: "ReadOnly", account: "prod" });
  const pages = world.calls("sso.ListAccounts");
  assert.equal(pages, 3);
  await permission(world, { name: "ReadOnly", account: "prod" });
  assert.equal(world.calls("sso.ListAccounts"), pages);
});

Deno.test("an unknown account names the nearest, an ambiguous one its ids", async () => {
  await using world = await emulated();
  await assert.rejects(
    permission(world, { name: "Admin", account: "devv" }),
    (error: AuthError) => {
      assert.equal(error.message, 'account "devv" not found');
      assert.match(error.hints.join(), /`dev`/);
      return true;
    },
  );
});

Deno.test("a role that is not assigned is said to be that", async () => {
  await using world = await emulated();
  await assert.rejects(permission(world, { name: "Admin", account: { id: "777788889999" } }), {
    message: /no access to role Admin in account 777788889999; not assigned or not propagated yet/,
  });
});

Deno.test("a busy portal is asked up to eight times", async () => {
  await using world = await emulated();
  world.emulator.admin.faults([
    { at: "sso.GetRoleCredentials", times: 7, reply: "aws:TooManyRequestsException" },
  ]);
  assert((await permission(world, { name: "Admin", account: "dev" }))?.type === "aws");
});

Deno.test("required fields of a permission set are named", async () => {
  await using world = await emulated();
  await assert.rejects(permission(world, { account: "dev" }), {
    message: /permission set name is required in principal/,
  });
  await assert.rejects(permission(world, { name: "Admin" }), {
    message: /account specification is required in principal/,
  });
});
