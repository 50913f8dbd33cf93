import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

const CONFIG = `
auth:
  realm: test-realm
  providers: {mock-provider: {kind: mock/aws}}
  identities: {mock-identity: {kind: mock/aws, default: true, via: {provider: mock-provider}}}
`;

Deno.test("login, to the byte", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", CONFIG.replace("  realm: test-realm\n", ""));
  const { code, stdout, stderr } = await runProgram({
    args: ["auth", "login"],
    home,
    env: { ATMOS_AUTH_REALM: "test-realm", ATMOS_TEST_NOW: "2099-12-31T22:59:59Z" },
  });
  assert.equal(
    stderr,
    `
✓ Authentication successful!

  Realm     test-realm (env)
  Provider  mock-provider
  Identity  mock-identity
  Region    us-east-1
  Expires   2099-12-31 23:59:59 UTC (1h 0m)

`,
  );
  assert.equal(stdout, "");
  assert.equal(code, 0);
});

const zones: [string, string][] = [
  ["UTC", "2099-12-31 23:59:59 UTC"],
  ["Europe/Berlin", "2100-01-01 00:59:59 CET"],
  ["America/New_York", "2099-12-31 18:59:59 EST"],
  ["America/Los_Angeles", "2099-12-31 15:59:59 PST"],
  ["Asia/Tokyo", "2100-01-01 08:59:59 JST"],
  ["Asia/Kolkata", "2100-01-01 05:29:59 IST"],
  ["Australia/Sydney", "2100-01-01 10:59:59 AEDT"],
  ["Europe/London", "2099-12-31 23:59:59 GMT"],
  ["America/Sao_Paulo", "2099-12-31 20:59:59 -03"],
  ["Asia/Dubai", "2100-01-01 03:59:59 +04"],
  ["Asia/Kathmandu", "2100-01-01 05:44:59 +0545"],
];
for (const [zone, text] of zones) {
  Deno.test(`in ${zone} an instant reads ${text}`, async () => {
    await using home = await privateHome();
    await home.write("atmos.yaml", CONFIG);
    const { stderr } = await runProgram({ args: ["login"], home, env: { TZ: zone } });
    assert.ok(stderr.includes(`  Expires   ${text} (`), stderr);
  });
}
