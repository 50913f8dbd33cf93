import assert from "node:assert/strict";
import { AuthError } from "../../lib/sys/error.ts";
import { systemLocks } from "../../lib/sys/locks.ts";

function installed(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((dir) => {
    try {
      return Deno.statSync(`${dir}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

function test(name: string, run: (dir: string) => Promise<void>) {
  Deno.test({
    name,
    ignore: !installed("flock"),
    fn: async () => {
      const dir = Deno.realPathSync(Deno.makeTempDirSync());
      try {
        await run(dir);
      } finally {
        Deno.removeSync(dir, { recursive: true });
      }
    },
  });
}

const busy = (error: unknown) => error instanceof AuthError && error.code === "lock_timeout";

/** Starts a program and waits for its first line. */
async function started(command: string, args: string[]): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(command, { args, stdout: "piped", stderr: "null" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  return child;
}

test("flock(1) shuts us out, and we get in when it ends", async (dir) => {
  const path = `${dir}/config.lock`;
  const child = await started("flock", [path, "sh", "-c", "echo held; exec sleep 0.4"]);
  await assert.rejects(systemLocks().acquire({ path, timeoutMs: 50 }), busy);
  await using held = await systemLocks().acquire({ path });
  assert.equal(held.waited, true);
  await child.stdout.cancel();
  await child.status;
});

test("we shut flock(1) out", async (dir) => {
  const path = `${dir}/config.lock`;
  const tried = () => new Deno.Command("flock", { args: ["-n", path, "true"] }).output();
  const held = await systemLocks().acquire({ path });
  assert.equal((await tried()).code, 1);
  await held.release();
  assert.equal((await tried()).code, 0);
});

test("kill -9 of the holder frees the lock", async (dir) => {
  const path = `${dir}/config.lock`;
  const script = new URL("../fixtures/hold_lock.ts", import.meta.url).pathname;
  const child = await started(Deno.execPath(), ["run", "-A", "--no-check", script, path, "60000"]);
  await assert.rejects(systemLocks().acquire({ path, timeoutMs: 50 }), busy);
  child.kill("SIGKILL");
  await (await systemLocks().acquire({ path, timeoutMs: 2000 })).release();
  await child.stdout.cancel();
  await child.status;
});
