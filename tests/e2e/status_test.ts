import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";
import type { TempDir } from "../support/temp.ts";

const CONFIG = `
auth:
  providers:
    mock-provider: {kind: mock/aws}
  identities:
    dev: {kind: mock/aws, default: true, via: {provider: mock-provider}}
    prod:
      kind: mock/aws
      via: {provider: mock-provider}
      env: [{key: API_TOKEN, value: hidden-value}]
    surroundings: {kind: ambient}
`;

async function home(config = CONFIG): Promise<TempDir> {
  const dir = await privateHome();
  await dir.write("atmos.yaml", config);
  return dir;
}

function credentials(name: string, expiration: string): string {
  return `; atmos: expiration=${expiration} issued=2026-01-01T00:00:00Z
[${name}]
aws_access_key_id     = MOCK_KEY
aws_secret_access_key = MOCK_SECRET
aws_session_token     = MOCK_TOKEN
`;
}

async function withSession(dir: TempDir, name: string, expiration: string): Promise<void> {
  const place = ".config/atmos/aws/mock-provider/credentials";
  await dir.write(place, credentials(name, expiration), 0o600);
  for (const d of ["mock-provider", ""]) await Deno.chmod(dir.join(".config/atmos/aws", d), 0o700);
}

const soon = () => new Date(Date.now() + 5 * 60_000).toISOString().replace(/\.\d{3}Z/, "Z");

Deno.test("status says by exit code whether there is a session", async () => {
  await using dir = await home();
  const before = await runProgram({ args: ["status"], home: dir });
  assert.equal(before.code, 3);
  assert.equal(before.stdout, "✗ dev: no credentials\n");
  await runProgram({ args: ["login"], home: dir });
  const after = await runProgram({ args: ["status"], home: dir });
  assert.equal(after.code, 0);
  assert.match(after.stdout, /^✓ dev: valid, \d+h \d+m left \(files\)\n$/);
});

Deno.test("status tells an expired session from a short one", async () => {
  await using dir = await home();
  await withSession(dir, "dev", "2020-01-01T00:00:00Z");
  const expired = await runProgram({ args: ["status", "-f", "json"], home: dir });
  assert.equal(expired.code, 3);
  assert.equal(JSON.parse(expired.stdout).state, "expired");
  assert.equal(JSON.parse(expired.stdout).expires, "2020-01-01T00:00:00Z");
  await withSession(dir, "dev", soon());
  const plain = await runProgram({ args: ["status"], home: dir });
  assert.equal(plain.code, 0);
  const short = await runProgram({ args: ["status", "--min-ttl", "10m"], home: dir });
  assert.equal(short.code, 4);
  assert.match(short.stdout, /^⚠ dev: expiring, 4m \d+s left \(files\)\n$/);
});

Deno.test("status --all answers for every identity, sorted, the worst in the exit code", async () => {
  await using dir = await home();
  await withSession(dir, "dev", "2099-01-01T00:00:00Z");
  const { code, stdout } = await runProgram({ args: ["status", "--all", "-f", "json"], home: dir });
  assert.equal(code, 3);
  const all = JSON.parse(stdout);
  assert.deepEqual(
    all.map((s: { identity: string; state: string; source: string | null }) => [
      s.identity,
      s.state,
      s.source,
    ]),
    [["dev", "valid", "files"], ["prod", "missing", null], ["surroundings", "unknown", "ambient"]],
  );
  assert.deepEqual(Object.keys(all[0]), [
    "identity",
    "provider",
    "realm",
    "state",
    "expires",
    "seconds_left",
    "source",
  ]);
});

Deno.test("status never asks: an unclear choice is an error, exit 1", async () => {
  await using dir = await home(CONFIG.replace("default: true, ", ""));
  const { code, stdout, stderr } = await runProgram({ args: ["status"], home: dir });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /no default identity configured for authentication/);
});

Deno.test("a duration that cannot be read is a usage error, exit 2", async () => {
  await using dir = await home();
  for (const args of [["status", "--min-ttl", "soon"], ["refresh", "--min-ttl", "0"]]) {
    const { code, stderr } = await runProgram({ args, home: dir });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^\n# Incorrect Usage\n\n\*\*Error:\*\* invalid argument "\w+" for "--min-ttl" flag: /,
    );
  }
});

Deno.test("refresh renews what is short, and leaves the rest alone", async () => {
  await using dir = await home();
  await withSession(dir, "dev", soon());
  const first = await runProgram({ args: ["refresh"], home: dir });
  assert.equal(first.code, 0);
  assert.match(first.stderr, /^✓ dev: renewed until 2099-12-31 23:59:59 UTC /);
  assert.equal(first.stdout, "");
  const second = await runProgram({ args: ["refresh"], home: dir });
  assert.match(second.stderr, /^✓ dev: still valid until 2099-12-31 /);
  const forced = await runProgram({ args: ["refresh", "--force", "--all"], home: dir });
  assert.equal(forced.code, 0);
  assert.equal(forced.stderr.match(/renewed/g)?.length, 2);
});

Deno.test("refresh says with 3 that a sign-in is needed, and opens nothing", async () => {
  await using dir = await home(`
auth:
  providers:
    sso: {kind: aws/iam-identity-center, region: us-east-1, start_url: "https://x.awsapps.com/start"}
  identities:
    dev:
      kind: aws/permission-set
      default: true
      via: {provider: sso}
      principal: {name: Admin, account: {id: "123456789012"}}
`);
  const { code, stderr } = await runProgram({ args: ["refresh"], home: dir });
  assert.equal(code, 3, stderr);
  assert.match(stderr, /✗ dev: a sign-in is needed\n💡 Run atmos-auth login --identity dev\n/);
});

Deno.test("explain tells the rule with its place, the chain, the variables, and no secret", async () => {
  await using dir = await home();
  const byDefault = await runProgram({ args: ["explain"], home: dir });
  assert.equal(byDefault.code, 0);
  assert.match(byDefault.stdout, /^Identity: dev\nChosen by: default: true \(atmos\.yaml:6\)\n/);
  const { stdout } = await runProgram({ args: ["explain", "-i", "PROD", "-f", "json"], home: dir });
  const facts = JSON.parse(stdout);
  assert.equal(facts.identity, "prod");
  assert.equal(facts.rule, "flag");
  assert.deepEqual(facts.chain.map((link: { name: string }) => link.name), [
    "mock-provider",
    "prod",
  ]);
  assert.equal(facts.environment.set.API_TOKEN, "***REDACTED***");
  assert.ok(!stdout.includes("hidden-value"));
  const byVariable = await runProgram({
    args: ["explain", "-f", "json"],
    home: dir,
    env: { ATMOS_IDENTITY: "prod" },
  });
  assert.equal(JSON.parse(byVariable.stdout).rule, "environment");
});

Deno.test("explain authenticates nothing, unless --run is given", async () => {
  await using dir = await home();
  const { files } = await runProgram({ args: ["explain"], home: dir });
  assert.ok(![...files.keys()].some((path) => path.endsWith("/credentials")));
  const run = await runProgram({ args: ["explain", "--run", "-f", "json"], home: dir });
  assert.deepEqual(JSON.parse(run.stdout).run.requests, []);
  assert.ok([...run.files.keys()].some((path) => path.endsWith("/credentials")));
});
