import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

Deno.test("files below a base path of the user's choice are written, read and removed again", async () => {
  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    `auth:
  providers:
    mock: { kind: mock/aws, region: us-east-1, spec: { files: { base_path: ./creds } } }
  identities:
    dev: { kind: mock/aws, via: { provider: mock } }
`,
  );
  const run = (...args: string[]) => runProgram({ args, home });
  const login = await run("login", "-i", "dev");
  assert.equal(login.code, 0, login.stderr);
  assert.match(login.files.get("creds/aws/mock/credentials")!, /\[dev\]/);
  if (Deno.build.os !== "windows") {
    assert.equal(Deno.statSync(home.join("creds/aws/mock")).mode! & 0o777, 0o700);
  }
  assert.equal((await run("whoami", "-i", "dev")).code, 0);
  const logout = await run("logout", "--provider", "mock");
  assert.equal(logout.code, 0, logout.stderr);
  assert.equal(logout.files.has("creds/aws/mock/credentials"), false);
});

Deno.test("logging out of a provider removes its directory below such a base path", async () => {
  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    `auth:
  providers:
    sso:
      kind: aws/iam-identity-center
      region: us-east-1
      start_url: https://example.awsapps.com/start
      spec: { files: { base_path: ./creds } }
  identities:
    dev: { kind: aws/permission-set, via: { provider: sso }, principal: { name: Dev, account: { id: "123456789012" } } }
`,
  );
  await home.write(
    "creds/aws/sso/credentials",
    "[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
    0o600,
  );
  await home.write("creds/other", "keep");
  const result = await runProgram({ args: ["logout", "--provider", "sso", "--local"], home });
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.files.has("creds/aws/sso/credentials"), false, result.stderr);
  assert.equal(result.files.get("creds/other"), "keep");
  assert.throws(() => Deno.lstatSync(home.join("creds/aws/sso")), Deno.errors.NotFound);
});
