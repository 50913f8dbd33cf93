import assert from "node:assert/strict";
import { scene, sceneEnv } from "../support/emulator.ts";
import { privateHome, runProgram } from "../support/program.ts";

const mock = `auth:
  keyring: {type: file, spec: {iterations: 8192}}
  providers:
    desk: {kind: mock/aws}
  identities:
    dev: {kind: mock/aws, default: true, via: {provider: desk}}
    ring: {kind: mock, via: {provider: desk}}
`;

Deno.test("status --all names the identity whose chain is broken, and the others all the same", async () => {
  await using home = await privateHome();
  const broken =
    "    odd: {kind: aws/permission-set, via: {provider: gone}, principal: {name: x}}\n";
  await home.write("atmos.yaml", mock + broken);
  const env = sceneEnv;
  await runProgram({ args: ["login"], home, env });
  const all = await runProgram({ args: ["status", "--all"], home, env });
  assert.equal(all.code, 1);
  assert.match(all.stdout, /✓ dev: valid/);
  assert.match(all.stdout, /ℹ odd: .*referenced provider "gone" does not exist/);
  const one = await runProgram({ args: ["status", "-i", "odd"], home, env });
  assert.equal(one.code, 1);
  assert.match(one.stderr, /referenced provider "gone" does not exist/);
});

Deno.test("status finds a session that is in the keyring alone, where it need not ask", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", mock);
  await runProgram({ args: ["login", "-i", "ring"], home, env: sceneEnv });
  const found = await runProgram({
    args: ["status", "-i", "ring", "-f", "json"],
    home,
    env: sceneEnv,
  });
  assert.equal(found.code, 0, found.stderr);
  assert.equal(JSON.parse(found.stdout).source, "keyring");
});

Deno.test("status does not open the keyring for what is in files", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", mock);
  // a password would be needed to open it, and saying so would be a warning
  const missing = await runProgram({ args: ["status"], home });
  assert.deepEqual([missing.code, missing.stderr], [3, ""]);
});

Deno.test("status calls nobody; --verify asks the cloud and believes it", async () => {
  await using s = await scene();
  await s.login();
  const calls = JSON.stringify(s.emulator.admin.counters());
  const offline = await s.run(["status"]);
  assert.equal(offline.code, 0, offline.stderr);
  assert.equal(JSON.stringify(s.emulator.admin.counters()), calls);

  const asked = await s.run(["status", "--verify"]);
  assert.equal(asked.code, 0, asked.stderr);
  assert.equal(s.emulator.admin.counters()["sts.GetCallerIdentity"], 1);

  s.emulator.admin.expire({ what: "role-session" });
  assert.equal((await s.run(["status"])).code, 0, "the files still look well");
  const refused = await s.run(["status", "--verify"]);
  assert.equal(refused.code, 3, refused.stderr);
  assert.match(refused.stdout, /✗ prod-deployer: refused/);
});

Deno.test("status --verify that gets no answer is an error, not a verdict", async () => {
  await using s = await scene();
  await s.login();
  await s.emulator.stop();
  const silent = await s.run(["status", "--verify", "-f", "json"]);
  assert.equal(silent.code, 1, silent.stderr);
  assert.equal(JSON.parse(silent.stdout).state, "unknown");
  assert.equal((await s.run(["status"])).code, 0);
});

Deno.test("refresh renews without asking and leaves alone what is fresh", async () => {
  await using s = await scene();
  await s.login();
  const before = s.emulator.admin.counters()["sts.AssumeRole"]!;
  const fresh = await s.run(["refresh"]);
  assert.equal(fresh.code, 0, fresh.stderr);
  assert.equal(s.emulator.admin.counters()["sts.AssumeRole"], before);

  const forced = await s.run(["refresh", "--force"]);
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stderr, /✓ prod-deployer: renewed until /);
  assert.equal(s.emulator.admin.counters()["sts.AssumeRole"], before + 1);
  assert.equal(s.emulator.admin.counters()["sso-oidc.StartDeviceAuthorization"], 1);

  const short = await s.run(["refresh", "--min-ttl", "10h"]);
  assert.equal(short.code, 4, "the cloud gives no session of ten hours");
});

Deno.test("refresh --all goes on after the first that needs a person, and exits 3", async () => {
  await using s = await scene();
  const all = await s.run(["refresh", "--all"], { timeoutMs: 20_000 });
  assert.equal(all.code, 3, all.stderr);
  for (const name of ["dev-admin", "dev-deployer", "prod-deployer"]) {
    assert.match(all.stderr, new RegExp(`✗ ${name}: a sign-in is needed`));
  }
  assert.equal(s.emulator.admin.counters()["sso-oidc.StartDeviceAuthorization"], undefined);
});

Deno.test("login --all goes on after a failure", async () => {
  await using s = await scene();
  const all = await s.run(["login", "--all"], { timeoutMs: 20_000 });
  assert.equal(all.code, 1);
  assert.match(all.stderr, /identity=prod-deployer/);
});
