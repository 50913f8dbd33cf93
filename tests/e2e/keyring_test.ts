import assert from "node:assert/strict";
import { importPassword, open, seal } from "../../lib/store/jwe.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { privateHome, type RunOptions, runProgram, type RunResult } from "../support/program.ts";
import type { TempDir } from "../support/temp.ts";

const PASSWORD = "correct horse battery";
const KEYS = ".local/share/atmos/keyring/";
const SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

const CONFIG = `auth:
  realm: acme
  keyring: {type: file, spec: {iterations: 8192}}
  providers:
    main: {kind: mock}
  identities:
    Dev: {kind: mock, via: {provider: main}, default: true}
    me: {kind: aws/user}
`;

async function home(config = CONFIG): Promise<TempDir> {
  const dir = await privateHome();
  await dir.write("atmos.yaml", config);
  return dir;
}

function run(dir: TempDir, args: string[], more: Partial<RunOptions> = {}): Promise<RunResult> {
  const env = { ATMOS_KEYRING_PASSWORD: PASSWORD, ...more.env };
  return runProgram({ args, home: dir, ...more, env });
}

async function ok(dir: TempDir, args: string[], more: Partial<RunOptions> = {}) {
  const result = await run(dir, args, more);
  assert.equal(result.code, 0, result.stderr);
  assert.ok(!(result.stdout + result.stderr).includes(SECRET));
  return result;
}

function configureMe(dir: TempDir, more: Partial<RunOptions> = {}) {
  return ok(dir, [
    "user",
    "configure",
    "-i",
    "me",
    "--access-key-id",
    "AKIAEXAMPLE1",
    "--secret-stdin",
  ], {
    stdin: `${SECRET}\n`,
    ...more,
  });
}

Deno.test("a login leaves entries that keyring list names without secrets", async () => {
  await using dir = await home();
  await ok(dir, ["login"]);
  await configureMe(dir);
  const { stdout } = await ok(dir, ["keyring", "list"]);
  const rows = stdout.trimEnd().split("\n").map((row) => row.split("\t").slice(0, 4));
  assert.deepEqual(rows, [
    ["dev", "identity", "mock", "session"],
    ["main", "provider", "mock", "session"],
    ["me", "identity", "aws", "long-lived"],
  ]);
  const json = JSON.parse((await ok(dir, ["keyring", "list", "-f", "json"])).stdout);
  assert.equal(json[0].realm, "acme");
  assert.equal(json[0].key, "atmos_acme_dev");
  assert.equal(json[0].expires, "2099-12-31T23:59:59Z");
});

Deno.test("keyring show tells everything but the secret", async () => {
  await using dir = await home();
  await configureMe(dir);
  const { stdout } = await ok(dir, ["keyring", "show", "ME", "-f", "json"]);
  const shown = JSON.parse(stdout);
  assert.equal(shown.store, "file");
  assert.equal(shown.class, "long-lived");
  assert.deepEqual(shown.fields, { access_key_id: "AKIA...", session_duration: "12h" });
  const missing = await run(dir, ["keyring", "show", "nobody"]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /\*\*Error:\*\* no keyring entry for nobody/);
});

Deno.test("keyring delete takes sessions at once and keys only with --force", async () => {
  await using dir = await home();
  await ok(dir, ["login"]);
  await configureMe(dir);
  await ok(dir, ["keyring", "delete", "dev"]);
  await ok(dir, ["keyring", "delete", "main", "--provider"]);
  const refused = await run(dir, ["keyring", "delete", "me"]);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /keychain deletion requires interactive confirmation or --force flag/,
  );
  assert.ok(refused.files.has(`${KEYS}atmos_acme_me`));
  const gone = await ok(dir, ["keyring", "delete", "me", "--force"]);
  assert.deepEqual([...gone.files.keys()].filter((f) => f.includes("/atmos_")), []);
  assert.match((await ok(dir, ["keyring", "delete", "me"])).stderr, /No keyring entry for me/);
});

Deno.test("user configure stores what the file says nothing about", async () => {
  await using dir = await home();
  const { stderr } = await configureMe(dir);
  assert.equal(
    stderr,
    "✓ Saved credentials to keyring: me\nSession duration configured: 12h\n",
  );
  const fromEnv = await ok(dir, [
    "user",
    "configure",
    "--from-env",
    "--mfa-arn",
    "arn:aws:iam::123456789012:mfa/me",
    "--session-duration",
    "1d",
  ], { env: { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE2", AWS_SECRET_ACCESS_KEY: SECRET } });
  assert.match(fromEnv.stderr, /Session duration configured: 1d/);
  const key = await importPassword(new TextEncoder().encode(PASSWORD));
  const opened = await open(fromEnv.files.get(`${KEYS}atmos_acme_me`)!, key);
  assert.ok("plaintext" in opened);
  const record = JSON.parse(new TextDecoder().decode(opened.plaintext));
  const { type, data } = JSON.parse(atob(record.Data));
  assert.deepEqual([type, data], ["aws", {
    access_key_id: "AKIAEXAMPLE2",
    secret_access_key: SECRET,
    mfa_arn: "arn:aws:iam::123456789012:mfa/me",
    session_duration: "1d",
  }]);
});

Deno.test("user configure says why it cannot", async () => {
  const cases: { config?: string; args?: string[]; stdin?: string; message: string }[] = [
    { message: "interactive mode not available" },
    { args: ["-i", "Dev"], message: 'invalid identity kind: identity "Dev" has kind "mock"' },
    { args: ["-i", "nobody"], message: "identity not found" },
    { config: "auth: {}\n", message: "no auth identities configured in atmos.yaml" },
    {
      config: "auth: {identities: {a: {kind: ambient}}}\n",
      message: "no identities configured for provider type 'aws/user'",
    },
    {
      args: ["--access-key-id", "AKIA", "--secret-stdin", "--session-duration", "soon"],
      stdin: SECRET,
      message: "invalid duration format (use: 3600, 1h, 12h, 1d, etc.)",
    },
    { args: ["--secret-stdin"], stdin: SECRET, message: "required flag not provided" },
    {
      args: ["--access-key-id", "AKIA", "--secret-stdin"],
      stdin: "",
      message: "required flag not provided: stdin is empty",
    },
  ];
  for (const { config, args, stdin, message } of cases) {
    await using dir = await home(config);
    const result = await run(dir, ["user", "configure", ...args ?? []], { stdin });
    assert.equal(result.code, 1, message);
    assert.ok(result.stderr.includes(message), result.stderr);
    assert.ok(!result.stderr.includes(SECRET));
  }
});

Deno.test("keys that stand in atmos.yaml are not asked for", async () => {
  await using dir = await home(`auth:
  identities:
    me:
      kind: aws/user
      credentials: {access_key_id: AKIAX, secret_access_key: s3cr3t-key, mfa_arn: "arn:aws:iam::1:mfa/x"}
`);
  const { stderr, files } = await ok(dir, ["user", "configure"]);
  assert.match(stderr, /^All credentials are managed by Atmos configuration \(atmos.yaml\)$/m);
  assert.match(stderr, /^To update credentials, edit your atmos.yaml configuration file$/m);
  assert.match(stderr, /arn:aws:iam::1:mfa\/x/);
  assert.ok(![...files.keys()].some((path) => path.includes("keyring")));
});

Deno.test("a failing store is an error of user configure, not a success", async () => {
  await using dir = await home();
  const args = ["user", "configure", "-i", "me", "--access-key-id", "AKIA", "--secret-stdin"];
  const result = await run(dir, args, { stdin: SECRET, env: { ATMOS_KEYRING_TYPE: "none" } });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /failed to store credentials/);
  const system = await run(dir, args, { stdin: SECRET, env: { ATMOS_KEYRING_TYPE: "system" } });
  assert.equal(system.code, 1);
  assert.match(system.stderr, /failed to store credentials: no usable system keyring: /);
  assert.match(system.stderr, /ATMOS_KEYRING_TYPE=file/);
});

Deno.test("a login without a usable keyring succeeds with one warning", async () => {
  await using dir = await home();
  const { stderr } = await ok(dir, ["login"], { env: { ATMOS_KEYRING_TYPE: "system" } });
  assert.equal(stderr.match(/no usable system keyring/g)?.length, 1, stderr);
  assert.match(stderr, /Authentication successful/);
});

Deno.test("an unknown keyring type is an error", async () => {
  await using dir = await home();
  const result = await run(dir, ["keyring", "list"], { env: { ATMOS_KEYRING_TYPE: "vaultt" } });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /unsupported keyring type: vaultt/);
});

Deno.test("entries of the reference without realm migrate into the realm", async () => {
  await using dir = await home();
  const record = {
    Key: "atmos_me",
    Data: btoa(JSON.stringify({
      type: "aws",
      data: { access_key_id: "AKIAOLD", secret_access_key: SECRET },
    })),
  };
  await dir.write(
    `${KEYS}atmos_me`,
    await seal(new TextEncoder().encode(JSON.stringify(record)), {
      password: await importPassword(new TextEncoder().encode(PASSWORD)),
      iterations: 8192,
      created: "",
      random: systemRandom(),
    }),
    0o600,
  );
  const args = ["keyring", "migrate", "--from", "file", "--from-realm="];
  const { stderr } = await ok(dir, args);
  assert.match(stderr, /✓ Copied me/);
  const again = await ok(dir, [...args, "--delete"]);
  assert.match(again.stderr, /✓ Already there: me, source deleted/);
  assert.deepEqual([...again.files.keys()].filter((f) => f.includes("/atmos_")), [
    `${KEYS}atmos_acme_me`,
  ]);
  const shown = JSON.parse((await ok(dir, ["keyring", "show", "me", "-f", "json"])).stdout);
  assert.equal(shown.realm, "acme");
});

Deno.test("keyring verify names what is damaged and what has few rounds", async () => {
  await using dir = await home();
  await ok(dir, ["login"]);
  await dir.write(`${KEYS}atmos_acme_torn`, "x", 0o600);
  const result = await run(dir, ["keyring", "verify"], {});
  assert.equal(result.code, 1);
  assert.match(result.stderr, /^✓ atmos_acme_dev$/m);
  assert.match(result.stderr, /^✗ atmos_acme_torn: credential entry is corrupted/m);
  await Deno.remove(dir.join(`${KEYS}atmos_acme_torn`));
  await dir.write("atmos.yaml", CONFIG.replace("8192", "20000"));
  const weak = await ok(dir, ["keyring", "verify"]);
  assert.match(weak.stderr, /⚠ atmos_acme_main: 8192 rounds, 20000 are configured/);
});

Deno.test("keyring rotate-password re-encrypts everything", async () => {
  await using dir = await home();
  await ok(dir, ["login"]);
  const args = ["keyring", "rotate-password", "--new-password-stdin"];
  const { stderr } = await ok(dir, args, { stdin: "another password\n" });
  assert.equal(stderr, "✓ Keyring password changed: 2 entries\n");
  await ok(dir, ["keyring", "verify"], { env: { ATMOS_KEYRING_PASSWORD: "another password" } });
  const old = await run(dir, ["keyring", "verify"]);
  assert.equal(old.code, 1);
  assert.match(old.stderr, /wrong keyring password/);
  const short = await run(dir, args, {
    stdin: "short\n",
    env: { ATMOS_KEYRING_PASSWORD: "another password" },
  });
  assert.match(short.stderr, /password must be at least 8 characters/);
});

Deno.test("the password may come over a descriptor", async () => {
  await using dir = await home();
  await ok(dir, ["login"]);
  await dir.write("pw", `${PASSWORD}\n`, 0o600);
  const result = await runProgram({
    command: "/bin/sh",
    args: [
      "-c",
      'exec "$0" keyring verify 3<pw',
      await (await import("../support/build.ts")).program(),
    ],
    env: { ATMOS_KEYRING_PASSWORD_FD: "3" },
    home: dir,
  });
  assert.equal(result.code, 0, result.stderr);
});

Deno.test("realm show and realm list tell where things are kept", async () => {
  await using dir = await home();
  await ok(dir, ["login"]);
  await ok(dir, ["login"], { env: { ATMOS_AUTH_REALM: "other" } });
  const shown = JSON.parse((await ok(dir, ["realm", "show", "-f", "json"])).stdout);
  assert.deepEqual([shown.realm, shown.source], ["acme", "config"]);
  assert.match(shown.derived, /^[0-9a-f]{16}$/);
  const { stdout } = await ok(dir, ["realm", "list", "-f", "json"]);
  assert.deepEqual(JSON.parse(stdout), [
    { realm: "acme", current: true, files: false, keyring_entries: 2 },
    { realm: "other", current: false, files: false, keyring_entries: 2 },
  ]);
});

Deno.test("realm migrate moves entries to another realm of the same store", async () => {
  await using dir = await home();
  await configureMe(dir);
  const moved = await ok(dir, ["realm", "migrate", "--from", "acme", "--to=", "--delete"]);
  assert.match(moved.stderr, /✓ Copied me, source deleted/);
  const { stdout } = await ok(dir, ["keyring", "list"], { env: { ATMOS_AUTH_REALM: "other" } });
  assert.equal(stdout, "");
  const all = await ok(dir, ["keyring", "list", "--all-realms"]);
  assert.deepEqual(all.stdout.trimEnd().split("\t"), [
    "me",
    "identity",
    "aws",
    "long-lived",
    "-",
    "-",
  ]);
  for (const args of [[], ["--from", "acme"]]) {
    assert.equal((await run(dir, ["realm", "migrate", ...args])).code, 1);
  }
});

Deno.test("a target realm that is none is refused", async () => {
  await using dir = await home();
  await configureMe(dir);
  const result = await run(dir, ["realm", "migrate", "--from", "acme", "--to", "Not A Realm"]);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /invalid realm value/);
  assert.equal([...result.files.keys()].filter((f) => f.includes("/atmos_")).length, 1);
});
