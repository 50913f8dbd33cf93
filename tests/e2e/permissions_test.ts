import assert from "node:assert/strict";
import { isolationFlags } from "../../scripts/permissions.ts";
import { program } from "../support/build.ts";
import { privateHome, programEnv } from "../support/program.ts";
import type { TempDir } from "../support/temp.ts";

const yaml = `auth:
  providers:
    p: {kind: mock/aws}
  identities:
    one: {kind: mock/aws, default: true, via: {provider: p}, principal: {account: {id: "123456789012"}}}
`;

/** Runs the bundle with these permissions alone; whatever else it tries is refused by the runtime. */
async function runWith(home: TempDir, permissions: string[], args: string[]) {
  const main = (await program()).replace(/[^/\\]+$/, "main.js");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...isolationFlags, "--no-prompt", ...permissions, main, ...args],
    cwd: home.path,
    env: programEnv(home.path, {
      ATMOS_KEYRING_TYPE: "memory",
      ATMOS_AUTH_INVOKED_AS: "atmos-auth",
    }),
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

const reading = ["--allow-env", "--allow-read", "--allow-sys"];
const writing = [...reading, "--allow-write"];

const classes: [string, string[], string[][]][] = [
  ["reading files is all", reading, [
    ["version"],
    ["help", "login"],
    ["list"],
    ["list", "-f", "json"],
    ["validate"],
    ["env"],
    ["env", "-f", "json"],
    ["schema"],
    ["config", "sources"],
    ["status"],
    ["__complete", "auth", "exec", "--identity", ""],
  ]],
  ["writing our own files comes on top", writing, [
    ["login"],
    ["whoami"],
    ["logout", "--all"],
  ]],
];

for (const [what, permissions, commands] of classes) {
  for (const args of commands) {
    Deno.test(`where ${what}, ${args.join(" ")} does its work`, async () => {
      await using home = await privateHome();
      await home.write("atmos.yaml", yaml);
      assert.equal((await runWith(home, writing, ["login"])).code, 0);
      const { code, stdout, stderr } = await runWith(home, permissions, args);
      assert.equal(code, 0, stderr);
      assert.ok(!stderr.includes("Requires"), stderr);
      if (args[0] === "env") assert.match(stdout, /AWS_PROFILE/);
      if (args[0] === "list") assert.match(stdout, /one/);
    });
  }
}

Deno.test("exec needs to run programs, and nothing from the network", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", yaml);
  await runWith(home, writing, ["login"]);
  const { code, stdout } = await runWith(home, [...writing, "--allow-run"], [
    "exec",
    "--",
    Deno.execPath(),
    "eval",
    "console.log(Deno.env.get('ATMOS_IDENTITY'))",
  ]);
  assert.equal(code, 0);
  assert.equal(stdout.trim(), "one");
});
