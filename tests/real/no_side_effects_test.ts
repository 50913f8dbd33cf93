import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { privateHome, programEnv } from "../support/program.ts";
import { realTest, which } from "../support/real.ts";

const needs = [{ program: "strace", package: "strace", probe: ["-o", "/dev/null", "true"] }];

const CONFIG = `
auth:
  realm: !exec "echo acme"
  providers:
    sso: {kind: aws/iam-identity-center, start_url: "https://acme.awsapps.com/start", region: us-east-1}
  identities:
    dev:
      kind: aws/permission-set
      default: true
      via: {provider: sso}
      principal: {name: Admin, account: {id: "123456789012"}}
`;

/** Sockets opened and programs started, once the runtime itself has been started by the launcher. */
async function sideEffects(args: string[], config = CONFIG): Promise<string[]> {
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  const trace = home.join("trace");
  const calls = "trace=socket,connect,bind,sendto,execve,execveat";
  const { code, stderr } = await new Deno.Command(which("strace")!, {
    args: ["-f", "-qq", "-e", calls, "-e", "signal=none", "-o", trace, await program(), ...args],
    cwd: home.path,
    clearEnv: true,
    env: programEnv(home.path),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const lines = Deno.readTextFileSync(trace).split("\n").filter((line) => line !== "");
  const started = lines.findLastIndex((line) => /execve\("[^"]*\/deno(-[^"/]*)?", /.test(line));
  assert.notEqual(started, -1, "the launcher starts the runtime");
  return lines.slice(started + 1).filter((line) =>
    // A try of the next entry of PATH; a socket pair within the process.
    !/= -1 ENOENT/.test(line) && !/AF_UNIX, SOCK_(STREAM|DGRAM)[^)]*\) = \d+$/.test(line)
  );
}

for (const args of [["validate", "--no-functions"], ["schema"], ["schema", "--section=atmos"]]) {
  realTest(`${args.join(" ")} opens no socket and starts no program`, needs, async () => {
    assert.deepEqual(await sideEffects(args), []);
  });
}

realTest("the trace sees what a plain validate starts for !exec", needs, async () => {
  const seen = await sideEffects(["validate"]);
  assert.ok(seen.some((line) => /execve\("[^"]*\/sh"/.test(line)), seen.join("\n"));
});

for (const args of [["validate"], ["list"], ["list", "--format=json"]]) {
  realTest(
    `${args.join(" ")} of a configuration without functions does neither`,
    needs,
    async () => {
      const plain = CONFIG.replace('!exec "echo acme"', "acme");
      assert.deepEqual(await sideEffects(args, plain), []);
    },
  );
}
