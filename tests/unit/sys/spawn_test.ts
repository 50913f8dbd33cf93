import assert from "node:assert/strict";
import { systemSpawn } from "../../../lib/sys/spawn.ts";
import { AuthError } from "../../../lib/sys/error.ts";

const spawn = systemSpawn();
const posix = Deno.build.os === "windows" ? Deno.test.ignore : Deno.test;

posix("a helper gets its input by stdin and both outputs are captured", async () => {
  const result = await spawn.helper({
    command: "/bin/sh",
    args: ["-c", "cat; echo err >&2; exit 3"],
    stdin: "x".repeat(300_000),
    timeoutMs: 10_000,
  });
  assert.equal(result.code, 3);
  assert.equal(result.stdoutText.length, 300_000);
  assert.equal(result.stderrText, "err\n");
});

posix("a helper that does not read its input is no failure", async () => {
  const result = await spawn.helper({
    command: "/bin/sh",
    args: ["-c", "exit 0"],
    stdin: "x".repeat(1_000_000),
    timeoutMs: 10_000,
  });
  assert.equal(result.code, 0);
});

posix("a helper sees a minimal environment", async () => {
  Deno.env.set("ATMOS_SPAWN_TEST", "must not be seen");
  try {
    const { stdoutText } = await spawn.helper({
      command: "/usr/bin/env",
      args: [],
      env: { EXTRA: "1" },
      timeoutMs: 10_000,
    });
    assert.ok(!stdoutText.includes("ATMOS_SPAWN_TEST"));
    assert.ok(stdoutText.includes("PATH=") && stdoutText.includes("EXTRA=1"));
  } finally {
    Deno.env.delete("ATMOS_SPAWN_TEST");
  }
});

posix("a helper over its time is killed with all it has started", async () => {
  const begun = performance.now();
  const result = await spawn.helper({
    command: "/bin/sh",
    args: ["-c", "sleep 60 & sleep 60"],
    timeoutMs: 200,
  });
  assert.equal(result.timedOut, true);
  assert.ok(performance.now() - begun < 5_000);
});

posix("a name outside of the list of helpers is refused, a missing one told", async () => {
  const code = async (command: string) => {
    try {
      await spawn.helper({ command, args: [], timeoutMs: 1000 });
      return "started";
    } catch (error) {
      return (error as AuthError).code;
    }
  };
  assert.equal(await code("rm"), "helper_not_allowed");
  assert.equal(await code("/does/not/exist"), "helper_not_found");
});

posix("which finds executables and nothing else", () => {
  assert.match(spawn.which("sh")!, /^\/.*\/sh$/);
  assert.equal(spawn.which("does-not-exist-anywhere"), undefined);
  assert.equal(spawn.which("sh", "/nonexistent"), undefined);
});

for (
  const [what, command, exit, message] of [
    [
      "a missing command",
      "does-not-exist-anywhere",
      127,
      "command not found: does-not-exist-anywhere",
    ],
    ["a missing path", "./does-not-exist", 127, "command not found: ./does-not-exist"],
    ["a directory", "/tmp", 126, "command cannot be executed: /tmp"],
    [
      "a file without the permission",
      "/etc/passwd",
      126,
      "command cannot be executed: /etc/passwd",
    ],
  ] as const
) {
  posix(`a child that is ${what} gives ${exit}`, async () => {
    await assert.rejects(spawn.child({ command, args: [], unset: [], set: {} }), (error) => {
      assert.ok(error instanceof AuthError);
      assert.equal(error.message, message);
      assert.equal(error.exit, exit);
      return true;
    });
  });
}
