import assert from "node:assert/strict";
import { AuthError } from "../../../lib/sys/error.ts";
import { systemLocks } from "../../../lib/sys/locks.ts";

function test(name: string, run: (dir: string) => Promise<void>) {
  Deno.test(name, async () => {
    const dir = Deno.realPathSync(Deno.makeTempDirSync());
    try {
      await run(dir);
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  });
}

const withCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

test("tasks of one process take turns in the order they came", async (dir) => {
  const locks = systemLocks();
  const path = `${dir}/data.lock`;
  const seen: string[] = [];
  const first = await locks.acquire({ path });
  assert.equal(first.waited, false);
  const later = ["a", "b", "c"].map(async (name) => {
    await using held = await locks.acquire({ path });
    seen.push(name);
    assert.equal(held.waited, true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.push(name);
  });
  await first.release();
  await first.release();
  await Promise.all(later);
  assert.deepEqual(seen, ["a", "a", "b", "b", "c", "c"]);
});

test("the lock file is 0600, says who holds it, and stays", async (dir) => {
  const path = `${dir}/data.lock`;
  {
    await using _held = await systemLocks().acquire({ path, what: "signing in" });
    const [pid, time, what] = Deno.readTextFileSync(path).split("\n");
    assert.equal(Number(pid), Deno.pid);
    assert.ok(Math.abs(Date.parse(time!) - Date.now()) < 5000);
    assert.equal(what, "signing in");
  }
  const info = Deno.statSync(path);
  assert.ok(info.isFile);
  if (Deno.build.os !== "windows") assert.equal(info.mode! & 0o777, 0o600);
});

test("a lock held elsewhere gives the timeout error with the path", async (dir) => {
  const path = `${dir}/data.lock`;
  await using _held = await systemLocks().acquire({ path });
  await assert.rejects(systemLocks().acquire({ path, timeoutMs: 60 }), (error) => {
    assert.equal(
      (error as Error).message,
      `failed to acquire file lock within timeout: ${path}`,
    );
    return withCode("lock_timeout")(error);
  });
});

test("a task that waits behind another of this process gives up in time too", async (dir) => {
  const locks = systemLocks();
  const path = `${dir}/data.lock`;
  const held = await locks.acquire({ path });
  await assert.rejects(locks.acquire({ path, timeoutMs: 20 }), withCode("lock_timeout"));
  await held.release();
  await (await locks.acquire({ path, timeoutMs: 20 })).release();
});

test("after a second the waiter hears the holder's process id, once", async (dir) => {
  const path = `${dir}/data.lock`;
  const held = await systemLocks().acquire({ path });
  const heard: (number | undefined)[] = [];
  setTimeout(() => held.release(), 1500);
  const late = await systemLocks().acquire({ path, onWait: (pid) => heard.push(pid) });
  assert.equal(late.waited, true);
  await late.release();
  assert.deepEqual(heard, [Deno.pid]);
});

test("waiting ends when the signal is aborted", async (dir) => {
  const locks = systemLocks();
  const path = `${dir}/data.lock`;
  const held = await locks.acquire({ path });
  for (const other of [locks, systemLocks()]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stop")), 20);
    await assert.rejects(other.acquire({ path, signal: controller.signal }), /stop/);
  }
  await held.release();
  await (await locks.acquire({ path })).release();
});

test("a link planted in place of the lock file is refused, its target untouched", async (dir) => {
  Deno.writeTextFileSync(`${dir}/victim`, "keep");
  Deno.symlinkSync(`${dir}/victim`, `${dir}/a.lock`);
  Deno.symlinkSync(`${dir}/absent`, `${dir}/b.lock`);
  for (const name of ["a", "b"]) {
    await assert.rejects(
      systemLocks().acquire({ path: `${dir}/${name}.lock` }),
      withCode("symlink_refused"),
    );
  }
  assert.equal(Deno.readTextFileSync(`${dir}/victim`), "keep");
  assert.throws(() => Deno.lstatSync(`${dir}/absent`));
});

test("a lock file that was deleted while we waited is made anew", async (dir) => {
  const path = `${dir}/data.lock`;
  const held = await systemLocks().acquire({ path });
  const waiting = systemLocks().acquire({ path });
  await new Promise((resolve) => setTimeout(resolve, 30));
  Deno.removeSync(path);
  await held.release();
  const late = await waiting;
  await assert.rejects(systemLocks().acquire({ path, timeoutMs: 30 }), withCode("lock_timeout"));
  await late.release();
});

test("a file system without locks is named once and the process still takes turns", async (dir) => {
  const warnings: string[] = [];
  const locks = systemLocks({
    warn: (text) => warnings.push(text),
    tryLock: () => Promise.reject(Object.assign(new Error("no locks"), { code: "ENOLCK" })),
  });
  const path = `${dir}/data.lock`;
  const first = await locks.acquire({ path });
  await assert.rejects(locks.acquire({ path, timeoutMs: 20 }), withCode("lock_timeout"));
  await first.release();
  await (await locks.acquire({ path })).release();
  assert.equal(warnings.length, 1);
});

test("a missing directory is made by the gateway, or it is an error", async (dir) => {
  const path = `${dir}/cache/locks/x.lock`;
  await assert.rejects(systemLocks().acquire({ path }), withCode("file_not_found"));
  const locks = systemLocks({
    ensureDir: async (missing) => Deno.mkdirSync(missing, { recursive: true, mode: 0o700 }),
  });
  await (await locks.acquire({ path })).release();
});
