/** Single statements about commands that need no network, each by a run of the program. */
import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

const config = `auth:
  keyring: {type: memory}
  providers:
    p: {kind: mock/aws}
    q: {kind: mock}
  identities:
    one: {kind: mock/aws, default: true, via: {provider: p}}
    plain: {kind: mock, via: {provider: q}}
`;

Deno.test("logout --all-realms steps over files that other programs keep beside the realms", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  await home.write(".config/atmos/notes/aws/readme", "not ours");
  const login = await runProgram({ args: ["login"], home });
  assert.equal(login.code, 0, login.stderr);
  const { code, stderr, files } = await runProgram({ args: ["logout", "--all-realms"], home });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /✓ Logged out from 1 realm\(s\)/);
  assert.equal(files.get(".config/atmos/notes/aws/readme"), "not ours");
  assert.equal(files.has(".config/atmos/aws/p/credentials"), false);
});

Deno.test("env of the kind mock names the identity twice", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  const { stdout } = await runProgram({ args: ["env", "-i", "plain"], home });
  assert.equal(stdout, "export ATMOS_IDENTITY=plain\nexport MOCK_IDENTITY=plain\n");
  const aws = await runProgram({ args: ["env", "-i", "one"], home });
  assert.doesNotMatch(aws.stdout, /ATMOS_IDENTITY/);
});

Deno.test("a log file in a directory that does not exist ends the run", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  const missing = home.join("none/log");
  const { code, stderr } = await runProgram({ args: ["--logs-file", missing, "whoami"], home });
  assert.equal(code, 1);
  assert.ok(stderr.includes(`failed to open log file: ${missing}`), stderr);
});

Deno.test("whoami as YAML holds no anchors", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  const who = await runProgram({ args: ["whoami", "-o", "yaml"], home });
  assert.match(who.stdout, /profile: one/);
  assert.doesNotMatch(who.stdout, /[&*]ref/);
});
