import assert from "node:assert/strict";
import { AuthError } from "../../lib/sys/error.ts";
import { systemFiles, type WriteStep } from "../../lib/sys/files.ts";

const linux = Deno.build.os === "linux";

function scratch(): string {
  return Deno.realPathSync(Deno.makeTempDirSync());
}

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

Deno.test({
  name: "kill -9 at every step of a write leaves the old or the new file, never a part",
  ignore: !linux,
  fn: async () => {
    const root = scratch();
    try {
      const steps: WriteStep[] = [
        "created",
        "partial",
        "written",
        "synced",
        "rename",
        "renamed",
        "done",
      ];
      const script = new URL("../fixtures/write_and_die.ts", import.meta.url).pathname;
      for (const step of steps) {
        Deno.writeTextFileSync(`${root}/credentials`, "old", { mode: 0o600 });
        const { signal } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--no-check", script, root, step, "new"],
          stdout: "null",
          stderr: "null",
        }).output();
        assert.equal(signal, "SIGKILL", step);
        const expected = step === "renamed" || step === "done" ? "new".repeat(100_000) : "old";
        assert.ok(Deno.readTextFileSync(`${root}/credentials`) === expected, step);
        for (const entry of Deno.readDirSync(root)) {
          assert.equal(Deno.lstatSync(`${root}/${entry.name}`).mode! & 0o077, 0, entry.name);
        }
      }
    } finally {
      Deno.removeSync(root, { recursive: true });
    }
  },
});

async function mounted(options: string): Promise<string | undefined> {
  const dir = scratch();
  const made = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", options, "tmpfs", dir],
    stderr: "null",
  }).output().catch(() => undefined);
  if (made?.success) return dir;
  Deno.removeSync(dir);
  return undefined;
}

async function unmount(dir: string): Promise<void> {
  await new Deno.Command("umount", { args: [dir] }).output();
  Deno.removeSync(dir);
}

Deno.test({
  name: "a full disk: the write says so and the old file stays whole",
  ignore: !linux,
  fn: async () => {
    const dir = await mounted("size=64k");
    if (!dir) return console.log("skipped: mounting a tmpfs is refused here");
    try {
      const files = systemFiles();
      files.grant(dir);
      await files.write(`${dir}/a/config`, "old");
      await assert.rejects(
        files.write(`${dir}/a/config`, "x".repeat(200_000)),
        refusedWith("disk_full"),
      );
      assert.equal(Deno.readTextFileSync(`${dir}/a/config`), "old");
      assert.deepEqual(files.list(`${dir}/a`), ["config"]);
    } finally {
      await unmount(dir);
    }
  },
});

Deno.test({
  name: "a read-only file system is named as such",
  ignore: !linux,
  fn: async () => {
    const dir = await mounted("ro,size=64k");
    if (dir) {
      try {
        const files = systemFiles();
        files.grant(dir);
        await assert.rejects(
          files.write(`${dir}/config`, "x"),
          refusedWith("read_only_file_system"),
        );
        await assert.rejects(files.ensureDir(`${dir}/aws`), refusedWith("read_only_file_system"));
      } finally {
        await unmount(dir);
      }
    } else console.log("skipped: mounting a tmpfs is refused here");
  },
});

Deno.test({
  name: "a directory without write permission is named as such",
  ignore: !linux,
  fn: async () => {
    const dir = scratch();
    try {
      Deno.chmodSync(dir, 0o755);
      // Runtime and sources may lie where nobody else may look: an npm cache below /root, say.
      Deno.copyFileSync(Deno.execPath(), `${dir}/deno`);
      const script = new URL("../fixtures/write_and_report.ts", import.meta.url).pathname;
      const bundled = await new Deno.Command(Deno.execPath(), {
        args: ["bundle", "--quiet", `--output=${dir}/script.js`, script],
      }).output();
      assert.ok(bundled.success, new TextDecoder().decode(bundled.stderr));
      Deno.chmodSync(`${dir}/script.js`, 0o644);
      Deno.mkdirSync(`${dir}/cache`, { mode: 0o777 });
      Deno.chmodSync(`${dir}/cache`, 0o777);
      Deno.mkdirSync(`${dir}/closed`, { mode: 0o555 });
      const { stdout } = await new Deno.Command(`${dir}/deno`, {
        args: ["run", "-A", "--no-check", "--no-config", `${dir}/script.js`, `${dir}/closed`],
        cwd: dir,
        env: { DENO_DIR: `${dir}/cache` },
        stderr: "inherit",
        ...(Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {}),
      }).output();
      assert.equal(
        new TextDecoder().decode(stdout),
        `permission_denied: cannot write ${dir}/closed/config: permission denied\n`,
      );
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  },
});
