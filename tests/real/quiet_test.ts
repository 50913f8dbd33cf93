import assert from "node:assert/strict";
import { scene } from "../support/emulator.ts";
import { program } from "../support/build.ts";
import { realTest } from "../support/real.ts";

const strace = { program: "strace", package: "strace", probe: ["-o", "/dev/null", "true"] };

/** What a run asked the kernel for, one call a line, with the program's own start left out. */
async function calls(
  s: Awaited<ReturnType<typeof scene>>,
  args: string[],
): Promise<{ sockets: string[]; started: string[] }> {
  const trace = s.home.join("trace");
  const { code, stderr } = await s.run(
    ["-f", "-qq", "-o", trace, "-e", "trace=network,execve", await program(), ...args],
    { command: "strace" },
  );
  assert.equal(code, 0, stderr);
  const lines = (await Deno.readTextFile(trace)).split("\n");
  await Deno.remove(trace);
  return {
    sockets: lines.filter((line) => /\b(socket|connect|sendto|bind)\(/.test(line)),
    // The first two are the launcher and the runtime that it becomes.
    started: lines.filter((line) => /\bexecve\(.*= 0$/.test(line)).slice(2),
  };
}

for (const args of [["env"], ["env", "--format=json"], ["list"], ["list", "--format=json"]]) {
  realTest(`${args.join(" ")} with valid credentials opens no socket and starts no program`, [
    strace,
  ], async () => {
    await using s = await scene();
    await s.login();
    const { sockets, started } = await calls(s, args);
    assert.deepEqual(sockets, []);
    assert.deepEqual(started, []);
  });
}

realTest("exec with valid credentials opens no socket and starts the one program", [
  strace,
], async () => {
  await using s = await scene();
  await s.login();
  const { sockets, started } = await calls(s, ["exec", "--", "/bin/sleep", "1.5"]);
  assert.deepEqual(sockets, []);
  assert.equal(started.length, 1, started.join("\n"));
  assert.match(started[0]!, /"\/(usr\/)?bin\/sleep"/);
});

realTest("no argument list of a login holds a secret", [strace], async () => {
  await using s = await scene();
  const trace = s.home.join("trace");
  await s.login();
  const credentials = await Deno.readTextFile(
    s.home.join(".config/atmos/aws/company-sso/credentials"),
  );
  const { code, stderr } = await s.run(
    ["-f", "-qq", "-s", "4096", "-o", trace, "-e", "trace=execve", await program(), "login"],
    { command: "strace" },
  );
  assert.equal(code, 0, stderr);
  const text = await Deno.readTextFile(trace);
  for (const [, secret] of credentials.matchAll(/aws_(?:secret\w*|session_token)\s*=\s*(\S+)/g)) {
    assert.ok(!text.includes(secret!));
  }
  assert.ok(!text.replace(/"ATMOS_KEYRING_PASSWORD=[^"]*"/g, "").includes("correct horse battery"));
});
