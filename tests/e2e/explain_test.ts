import assert from "node:assert/strict";
import { type Scene, scene } from "../support/emulator.ts";
import { assertGolden } from "../support/golden.ts";
import { privateHome, runProgram } from "../support/program.ts";

interface Link {
  name: string;
  step: string;
  hosts: string[];
}

async function steps(s: Scene, env: Record<string, string> = {}) {
  const result = await s.run(["explain", "-f", "json"], { env });
  assert.equal(result.code, 0, result.stderr);
  const facts = JSON.parse(result.stdout);
  return {
    facts,
    steps: Object.fromEntries(facts.chain.map(({ name, step }: Link) => [name, step])),
  };
}

Deno.test("explain foresees a device code, and the hosts of the whole way", async () => {
  await using s = await scene();
  const { facts, steps: found } = await steps(s);
  assert.deepEqual(found, {
    "company-sso": "device_code",
    "dev-admin": "obtain",
    "dev-deployer": "obtain",
    "prod-deployer": "obtain",
  });
  assert.deepEqual(facts.hosts, [new URL(s.emulator.url).host]);
  assert.deepEqual(s.emulator.admin.counters(), {});
});

Deno.test("explain foresees a browser where one can be opened", async () => {
  await using s = await scene();
  const browser = await s.home.write("browser.sh", "#!/bin/sh\n", 0o755);
  const { steps: found } = await steps(s, { DISPLAY: ":99", BROWSER: browser });
  assert.equal(found["company-sso"], "browser");
});

Deno.test("explain tells where a login would resume, link by link", async () => {
  await using s = await scene();
  await s.login();
  assert.deepEqual((await steps(s)).steps, {
    "company-sso": "skip",
    "dev-admin": "skip",
    "dev-deployer": "skip",
    "prod-deployer": "reuse",
  });
  await Deno.remove(`${s.home.path}/.config/atmos/aws`, { recursive: true });
  const { facts, steps: found } = await steps(s);
  assert.equal(found["company-sso"], "reuse");
  assert.equal(found["dev-admin"], "obtain");
  assert.equal(facts.hosts.length, 1);
  const used = await s.run(["explain", "--run", "-f", "json"]);
  assert.equal(used.code, 0, used.stderr);
  const { run } = JSON.parse(used.stdout);
  assert.deepEqual(run.links.map(({ name }: Link) => name), [
    "dev-admin",
    "dev-deployer",
    "prod-deployer",
  ]);
  assert.ok(run.links.every((link: { milliseconds: number }) => link.milliseconds >= 0));
  assert.ok(run.requests.length >= 3);
  assert.equal(s.emulator.admin.counters()["sso-oidc.StartDeviceAuthorization"], 1);
});

Deno.test("explain asks nobody and says where a user's keys and code come from", async () => {
  await using home = await privateHome();
  const user = (fields: string) =>
    home.write(
      "atmos.yaml",
      `auth:\n  keyring: {type: memory}\n  identities:\n    me: {kind: aws/user, credentials: {${fields}}}\n`,
    );
  const look = async () => {
    const result = await runProgram({ args: ["explain", "-i", "me", "-f", "json"], home });
    assert.equal(result.code, 0, result.stderr);
    assert.ok(!result.stdout.includes("not-a-real-secret"));
    return JSON.parse(result.stdout).chain[0].step;
  };
  const keys = "access_key_id: AKIAEXAMPLE, secret_access_key: not-a-real-secret";
  await user("webflow_enabled: false");
  assert.equal(await look(), "ask");
  await user("webflow_enabled: true");
  assert.equal(await look(), "browser");
  await user(keys);
  assert.equal(await look(), "obtain");
  await user(`${keys}, mfa_arn: "arn:aws:iam::111122223333:mfa/me"`);
  assert.equal(await look(), "mfa");
  await user(`${keys}, mfa_arn: "arn:aws:iam::111122223333:mfa/me", mfa_process: [pass, otp]`);
  assert.equal(await look(), "obtain");
});

Deno.test("explain as people read it", async () => {
  await using s = await scene();
  const text = await s.run(["explain"], { env: { AWS_ACCESS_KEY_ID: "AKIAMINE" } });
  assert.equal(text.code, 0, text.stderr);
  assertGolden("explain/chain.txt", text.stdout, {
    [s.home.path]: "HOME",
    [new URL(s.emulator.url).host]: "ENDPOINT",
  });
});

const two = `auth:
  keyring: {type: memory}
  providers:
    desk: {kind: mock/aws}
  identities:
    dev:
      kind: mock/aws
      default: true
      via: {provider: desk}
      env: [{key: COLOUR, value: green}, {key: API_TOKEN, value: hidden-value}]
    prod: {kind: mock/aws, via: {provider: desk}}
env:
  COLOUR: blue
`;

Deno.test("explain --why-not names the rule at which an identity lost", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", two);
  const ask = async (args: string[], env: Record<string, string> = {}) =>
    (await runProgram({ args: ["explain", "--why-not", "prod", ...args], home, env })).stdout;
  assert.equal(
    await ask([]),
    "  1. --identity is not given\n  2. ATMOS_IDENTITY is not given\n" +
      "→ 3. it has no default: true, dev has (atmos.yaml:8)\n" +
      "  4. not asked any more\n  5. not asked any more\n",
  );
  assert.match(await ask([], { ATMOS_IDENTITY: "dev" }), /^→ 2\. ATMOS_IDENTITY names dev$/m);
  assert.match(await ask(["-i", "PROD"]), /^→ 1\. --identity names it$/m);
  assert.match(await ask(["--identity=off"]), /^→ 1\. --identity switches authentication off$/m);
  const json = JSON.parse(await ask(["-f", "json"]));
  assert.deepEqual(json.rules.map((r: { verdict: string }) => r.verdict), [
    "passes",
    "passes",
    "decides",
    "unread",
    "unread",
  ]);
});

Deno.test("explain --env walks the layers of one variable and agrees with exec", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", two);
  await runProgram({ args: ["login"], home });
  const env = { COLOUR: "red", API_TOKEN: "also-hidden", UNTOUCHED: "as it was" };
  const ask = async (name: string) =>
    (await runProgram({ args: ["explain", "--env", name], home, env })).stdout;
  assert.equal(
    await ask("COLOUR"),
    "  inherited: red\n  env of the configuration: blue\n" +
      "  env of identity dev: green\nA child gets COLOUR=green\n",
  );
  const secret = await ask("API_TOKEN");
  assert.match(secret, /A child gets API_TOKEN=\*\*\*REDACTED\*\*\*/);
  assert.ok(!secret.includes("hidden"));
  assert.match(await ask("NOT_THERE"), /^A child does not have NOT_THERE\n$/);
  for (const name of ["COLOUR", "UNTOUCHED", "ATMOS_IDENTITY", "AWS_PROFILE"]) {
    const child = await runProgram({ args: ["exec", "--", "printenv", name], home, env });
    assert.match(await ask(name), new RegExp(`A child gets ${name}=${child.stdout.trim()}\n$`));
  }
});
