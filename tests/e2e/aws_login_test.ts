import assert from "node:assert/strict";
import { approving, scene } from "../support/emulator.ts";
import type { TempDir } from "../support/temp.ts";

const posix = { ignore: Deno.build.os === "windows" };
const forced = { ATMOS_FORCE_TTY: "true", NO_COLOR: "1" };
const deployer = "arn:aws:iam::444455556666:role/deployer";

/** A browser that does what the page's button does: it follows where it is sent. */
async function browser(home: TempDir): Promise<Record<string, string>> {
  const script = `#!/bin/sh\necho "$1" >> "$HOME/opened"\ncurl -sL -o /dev/null "$1"\n`;
  return { ...forced, DISPLAY: ":99", BROWSER: await home.write("browser.sh", script, 0o755) };
}

Deno.test("a device code signs in, and the chain's credentials serve child and files", async () => {
  await using s = await scene();
  const login = await s.login();
  assert.equal(login.stdout, "");
  assert.match(login.stderr, /AWS SSO Authentication Required/);
  assert.match(login.stderr, /Verification Code: [A-Z]{4}-[A-Z]{4}/);
  assert.match(login.stderr, /✓ Authentication successful!/);

  const child = await s.run(["exec", "--", "env"], {
    env: { AWS_ACCESS_KEY_ID: "AKIAMINE", AWS_SECRET_ACCESS_KEY: "mine", AWS_DEFAULT_PROFILE: "x" },
  });
  assert.equal(child.code, 0, child.stderr);
  const names = (prefix: string) =>
    child.stdout.split("\n").filter((line) => line.startsWith(prefix)).sort();
  const dir = `${s.home.path}/.config/atmos/aws/company-sso`;
  assert.deepEqual(names("AWS_"), [
    `AWS_CONFIG_FILE=${dir}/config`,
    "AWS_DEFAULT_REGION=eu-west-1",
    "AWS_EC2_METADATA_DISABLED=true",
    "AWS_PROFILE=prod-deployer",
    "AWS_REGION=eu-west-1",
    "AWS_SDK_LOAD_CONFIG=1",
    `AWS_SHARED_CREDENTIALS_FILE=${dir}/credentials`,
  ]);
  // every link of the chain has its own section
  const credentials = child.files.get(".config/atmos/aws/company-sso/credentials")!;
  for (const name of ["dev-admin", "dev-deployer", "prod-deployer"]) {
    assert.match(credentials, new RegExp(`^\\[${name}\\]$`, "m"));
  }
  assert.equal(Deno.statSync(`${dir}/credentials`).mode! & 0o777, 0o600);
});

Deno.test("one sign-in serves all identities of the portal", async () => {
  await using s = await scene();
  await s.login(["-i", "dev-admin"]);
  const second = await s.run(["login", "-i", "prod-deployer"]);
  assert.equal(second.code, 0, second.stderr);
  assert.equal(s.emulator.admin.counters()["sso-oidc.StartDeviceAuthorization"], 1);
  // the permission set's credentials were good enough to go on from
  assert.equal(s.emulator.admin.counters()["sso.GetRoleCredentials"], 1);
});

Deno.test(
  "with a browser the login returns by itself, with an authorization code",
  posix,
  async () => {
    await using s = await scene({ emulator: { state: { autoApprove: true } } });
    const env = await browser(s.home);
    const login = await s.run(["login"], { env });
    assert.equal(login.code, 0, login.stderr);
    const counters = s.emulator.admin.counters();
    assert.equal(counters["browser.Authorize"], 1);
    assert.equal(counters["sso-oidc.StartDeviceAuthorization"], undefined);
    const opened = new URL(login.files.get("opened")!.trim());
    assert.equal(opened.searchParams.get("code_challenge_method"), "S256");
  },
);

Deno.test("--no-browser shows a device code though a browser is there", posix, async () => {
  await using s = await scene();
  const env = await browser(s.home);
  const login = await approving(s.emulator, s.run(["login", "--no-browser"], { env }));
  assert.equal(login.code, 0, login.stderr);
  assert.equal(login.files.has("opened"), false);
});

Deno.test("without anybody to read a code the login fails at once", async () => {
  await using s = await scene();
  const login = await s.run(["login"]);
  assert.equal(login.code, 1);
  assert.match(
    login.stderr,
    /AWS SSO device flow requires an interactive terminal \(TTY\) for user authorization/,
  );
  assert.deepEqual(s.emulator.admin.counters(), {});
});

Deno.test("five commands at once ask for one sign-in", async () => {
  await using s = await scene();
  const runs = Array.from(
    { length: 5 },
    () => s.run(["exec", "--", "true"], { env: forced }),
  );
  for (const result of await approving(s.emulator, Promise.all(runs))) {
    assert.equal(result.code, 0, result.stderr);
  }
  const counters = s.emulator.admin.counters();
  assert.equal(counters["sso-oidc.StartDeviceAuthorization"], 1);
  assert.equal(counters["sts.AssumeRole"], 2);
});

Deno.test("a session that was revoked is renewed without a person", async () => {
  await using s = await scene();
  await s.login();
  s.emulator.admin.expire({ what: "access-token" });
  await Deno.remove(`${s.home.path}/.config/atmos/aws`, { recursive: true });
  const child = await s.run(["exec", "--", "true"]);
  assert.equal(child.code, 0, child.stderr);
  assert.equal(s.emulator.admin.counters()["sso-oidc.StartDeviceAuthorization"], 1);
});

Deno.test("stale credentials of a link are obtained anew, not reported", async () => {
  await using s = await scene();
  await s.login(["-i", "dev-deployer"]);
  s.emulator.admin.expire({ what: "role-session" });
  const login = await s.run(["login", "-i", "prod-deployer"]);
  assert.equal(login.code, 0, login.stderr);
});

Deno.test("logout of the provider ends the session on the server and leaves nothing", async () => {
  await using s = await scene();
  await s.login();
  const logout = await s.run(["logout", "--provider", "company-sso"]);
  assert.equal(logout.code, 0, logout.stderr);
  assert.equal(s.emulator.admin.counters()["sso.Logout"], 1);
  const left = [...logout.files.keys()].filter((path) =>
    /aws-sso\/sessions\/.*json$|config\/atmos\/aws\//.test(path)
  );
  assert.deepEqual(left, []);
  const child = await s.run(["exec", "--", "true"]);
  assert.notEqual(child.code, 0);
});

const userConfig = (endpoint: string) =>
  `auth:
  identities:
    me:
      kind: aws/user
      default: true
      credentials: {region: eu-west-1}
      spec: {endpoint_url: "${endpoint}"}
    deployer:
      kind: aws/assume-role
      via: {identity: me}
      principal: {assume_role: "${deployer}"}
`;

Deno.test("a user signs in with the browser, once for the day", posix, async () => {
  await using s = await scene({
    config: userConfig,
    emulator: { state: { autoApprove: true } },
  });
  const env = await browser(s.home);
  const login = await s.run(["login", "--webflow"], { env });
  assert.equal(login.code, 0, login.stderr);
  const role = await s.run(["login", "-i", "deployer"]);
  assert.equal(role.code, 0, role.stderr);
  await Deno.remove(`${s.home.path}/.config/atmos/aws`, { recursive: true });
  const again = await s.run(["exec", "--", "true"]);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(again.files.get("opened")!.trim().split("\n").length, 1);
});

Deno.test("provisioned identities can be used at once, and go with the logout", async () => {
  await using s = await scene({
    config: (endpoint) =>
      `auth:
  providers:
    company-sso:
      kind: aws/iam-identity-center
      start_url: https://acme.awsapps.com/start
      region: us-east-1
      auto_provision_identities: true
      spec: {endpoint_url: "${endpoint}"}
`,
  });
  await s.login(["--provider", "company-sso"]);
  const child = await s.run(["exec", "-i", "dev/ReadOnly", "--", "true"]);
  assert.equal(child.code, 0, child.stderr);
  const logout = await s.run(["logout", "--provider", "company-sso"]);
  assert.equal(logout.code, 0, logout.stderr);
  assert.equal([...logout.files.keys()].some((path) => path.includes("provisioned")), false);
});

Deno.test("no token, key or code of a login is shown, at any log level", async () => {
  await using s = await scene();
  const login = await s.login(["--logs-level", "Trace"]);
  const [session] = [...login.files].filter(([path]) => /aws-sso\/sessions\/.*json$/.test(path));
  const record = JSON.parse(session![1]);
  const credentials = login.files.get(".config/atmos/aws/company-sso/credentials")!;
  const secrets = [
    record.accessToken,
    record.refreshToken,
    record.clientSecret,
    ...[...credentials.matchAll(/(?:secret_access_key|session_token)\s*= (\S+)/g)].map((m) =>
      m[1]!
    ),
  ];
  assert.equal(secrets.length, 9);
  for (const secret of secrets) {
    assert(!login.stderr.includes(secret) && !login.stdout.includes(secret));
  }
});

Deno.test("a SAML form is filled in and its role assumed", async () => {
  await using s = await scene({
    config: (endpoint) =>
      `auth:
  providers:
    corp:
      kind: aws/saml
      url: ${endpoint}/
      region: eu-west-1
      driver: ADFS
      username: alice
      password: !env CORP_PASSWORD
      spec: {endpoint_url: "${endpoint}"}
  identities:
    corp-admin:
      kind: aws/assume-role
      default: true
      via: {provider: corp}
      principal: {assume_role: "arn:aws:iam::444455556666:role/saml-admin"}
`,
  });
  const { users } = s.emulator.admin.info().saml;
  const env = { CORP_PASSWORD: users[0]!.password };
  const login = await s.run(["login"], { env });
  assert.equal(login.code, 0, login.stderr);
  const who = await s.run(["whoami"], { env });
  assert.match(who.stdout + who.stderr, /assumed-role\/saml-admin\//);
  const refused = await s.run(["login"], { env: { CORP_PASSWORD: "a-wrong-password" } });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Incorrect user ID or password/);
  assert(!refused.stderr.includes("a-wrong-password"));
});

Deno.test("a role is assumed with what the machine has, and nothing of the machine's is changed", async () => {
  await using s = await scene({
    config: (endpoint) =>
      `auth:
  identities:
    machine: {kind: aws/ambient}
    deployer:
      kind: aws/assume-role
      default: true
      via: {identity: machine}
      principal: {assume_role: "${deployer}", region: eu-west-1}
      spec: {endpoint_url: "${endpoint}"}
`,
  });
  const [user] = s.emulator.admin.info().users;
  const env = {
    AWS_ACCESS_KEY_ID: user!.accessKeyId!,
    AWS_SECRET_ACCESS_KEY: user!.secretAccessKey!,
  };
  const child = await s.run(["exec", "--", "env"], { env });
  assert.equal(child.code, 0, child.stderr);
  assert.match(child.stdout, /^AWS_PROFILE=deployer$/m);
  assert.doesNotMatch(child.stdout, /AWS_SECRET_ACCESS_KEY/);
  const passed = await s.run(["exec", "-i", "machine", "--", "env"], { env });
  assert.match(passed.stdout, new RegExp(`^AWS_ACCESS_KEY_ID=${user!.accessKeyId}$`, "m"));
});
