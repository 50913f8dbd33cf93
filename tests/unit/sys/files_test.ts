import assert from "node:assert/strict";
import { AuthError } from "../../../lib/sys/error.ts";
import { type Files, systemFiles, type WriteStep } from "../../../lib/sys/files.ts";

interface Here {
  dir: string;
  root: string;
  files: Files;
  warnings: string[];
}

const posix = Deno.build.os !== "windows";

function test(name: string, run: (here: Here) => Promise<void> | void) {
  Deno.test({
    name,
    ignore: !posix,
    fn: async () => {
      const dir = Deno.realPathSync(Deno.makeTempDirSync());
      const warnings: string[] = [];
      const files = systemFiles({ warn: (text) => warnings.push(text) });
      const root = `${dir}/base`;
      files.grant(root);
      try {
        await run({ dir, root, files, warnings });
      } finally {
        Deno.removeSync(dir, { recursive: true });
      }
    },
  });
}

const mode = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;
const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, expected, error.message);
  return true;
};

test("a write creates directories 0700 and the file 0600, and leaves no temp file", async ({ root, files }) => {
  await files.write(`${root}/aws/p/credentials`, "one");
  assert.equal(mode(`${root}/aws/p`), 0o700);
  assert.equal(mode(`${root}/aws/p/credentials`), 0o600);
  assert.equal(await files.readText(`${root}/aws/p/credentials`), "one");
  await files.write(`${root}/aws/p/credentials`, new Uint8Array([0, 255]));
  assert.deepEqual(await files.readBytes(`${root}/aws/p/credentials`), new Uint8Array([0, 255]));
  assert.deepEqual(files.list(`${root}/aws/p`), ["credentials"]);
});

test("a mode that was asked for is there when the file appears", async ({ root, files }) => {
  await files.write(`${root}/script`, "x", { mode: 0o755 });
  assert.equal(mode(`${root}/script`), 0o755);
});

test("absent files are values", async ({ root, files }) => {
  assert.equal(await files.readText(`${root}/no/file`), undefined);
  assert.equal(files.readSecretSync(`${root}/no/file`), undefined);
  assert.equal(files.stat(`${root}/x`), undefined);
  assert.equal(files.list(`${root}/x`), undefined);
  assert.equal(files.realPath(`${root}/x`), undefined);
  assert.equal(await files.remove(`${root}/x`), false);
  assert.equal(await files.removeTree(`${root}/x`), false);
  assert.equal(await files.removeDirIfEmpty(`${root}/x`), false);
  await files.write(`${root}/plain`, "x");
  assert.equal(await files.readText(`${root}/plain/below`), undefined);
  assert.equal(await files.remove(`${root}/plain/below`), false);
});

test("nothing is written or deleted outside the granted roots", async ({ dir, root, files }) => {
  Deno.writeTextFileSync(`${dir}/outside`, "keep");
  Deno.mkdirSync(root);
  for (
    const path of [
      `${dir}/outside`,
      `${root}/../outside`,
      `${root}/a/../../outside`,
      "relative",
      `${root}/x\0y`,
    ]
  ) {
    await assert.rejects(files.write(path, "gone"), code("path_not_allowed"), path);
  }
  await assert.rejects(files.remove(`${dir}/outside`), code("path_not_allowed"));
  await assert.rejects(files.append(`${dir}/outside`, "x"), code("path_not_allowed"));
  await assert.rejects(files.removeTree(dir), code("path_not_allowed"));
  await assert.rejects(files.ensureDir(`${dir}/base-but-longer`), code("path_not_allowed"));
  assert.equal(Deno.readTextFileSync(`${dir}/outside`), "keep");
});

test("containment is decided on the real path, not on the text", async ({ dir, root, files }) => {
  Deno.mkdirSync(root);
  Deno.mkdirSync(`${dir}/elsewhere`);
  Deno.symlinkSync(`${dir}/elsewhere`, `${root}/link`);
  await assert.rejects(files.write(`${root}/link/file`, "x"), code("path_not_allowed"));
  await assert.rejects(files.ensureDir(`${root}/link/sub`), code("path_not_allowed"));
  assert.deepEqual([...Deno.readDirSync(`${dir}/elsewhere`)], []);
});

test("a link between our directories is refused even when it stays inside", async ({ root, files }) => {
  await files.ensureDir(`${root}/real`);
  Deno.symlinkSync(`${root}/real`, `${root}/link`);
  await assert.rejects(files.write(`${root}/link/file`, "x"), code("symlink_refused"));
});

test("the base itself may be a link", async ({ dir, files }) => {
  Deno.mkdirSync(`${dir}/volume`);
  Deno.symlinkSync(`${dir}/volume`, `${dir}/home`);
  files.grant(`${dir}/home/.config/atmos`);
  await files.write(`${dir}/home/.config/atmos/aws/p/config`, "x");
  assert.equal(Deno.readTextFileSync(`${dir}/volume/.config/atmos/aws/p/config`), "x");
});

test("a link at a private file is replaced and its target untouched", async ({ dir, root, files }) => {
  Deno.mkdirSync(root, { mode: 0o700 });
  Deno.writeTextFileSync(`${dir}/victim`, "keep");
  Deno.symlinkSync(`${dir}/victim`, `${root}/file`);
  await files.write(`${root}/file`, "new");
  assert.equal(Deno.readTextFileSync(`${dir}/victim`), "keep");
  assert.equal(files.lstat(`${root}/file`)!.isFile, true);
});

test("a shared file that is a link stays one; its target is replaced atomically", async ({ dir, files }) => {
  Deno.mkdirSync(`${dir}/kube`);
  Deno.mkdirSync(`${dir}/dotfiles`, { mode: 0o755 });
  Deno.writeTextFileSync(`${dir}/dotfiles/config`, "old");
  Deno.symlinkSync("../dotfiles/config", `${dir}/kube/config`);
  files.grant(`${dir}/kube`);
  await files.write(`${dir}/kube/config`, "new", { kind: "shared" });
  assert.equal(Deno.readLinkSync(`${dir}/kube/config`), "../dotfiles/config");
  assert.equal(Deno.readTextFileSync(`${dir}/dotfiles/config`), "new");
  Deno.removeSync(`${dir}/dotfiles/config`);
  await files.write(`${dir}/kube/config`, "again", { kind: "shared" });
  assert.equal(Deno.readTextFileSync(`${dir}/dotfiles/config`), "again");
});

test("a shared link into a directory that everybody can write is refused", async ({ dir, files }) => {
  Deno.mkdirSync(`${dir}/kube`);
  Deno.mkdirSync(`${dir}/open`);
  Deno.chmodSync(`${dir}/open`, 0o777);
  Deno.symlinkSync(`${dir}/open/config`, `${dir}/kube/config`);
  files.grant(`${dir}/kube`);
  await assert.rejects(
    files.write(`${dir}/kube/config`, "x", { kind: "shared" }),
    code("symlink_refused"),
  );
});

test("a directory of ours that others can write to is fatal", async ({ root, files }) => {
  await files.ensureDir(`${root}/aws`);
  Deno.chmodSync(`${root}/aws`, 0o777);
  await assert.rejects(files.write(`${root}/aws/x`, "x"), (error) => {
    assert.match((error as Error).message, /^insecure permissions on .*\/aws/);
    return code("insecure_permissions")(error);
  });
});

test("group access to a directory of ours is taken away, with a warning when it was writable", async ({ root, files, warnings }) => {
  await files.ensureDir(`${root}/aws`);
  Deno.chmodSync(`${root}/aws`, 0o755);
  await files.ensureDir(`${root}/aws`);
  assert.equal(mode(`${root}/aws`), 0o700);
  assert.deepEqual(warnings, []);
  Deno.chmodSync(`${root}/aws`, 0o770);
  await files.ensureDir(`${root}/aws`);
  assert.equal(mode(`${root}/aws`), 0o700);
  assert.equal(warnings.length, 1);
});

test("an existing base keeps its mode", async ({ root, files }) => {
  Deno.mkdirSync(root);
  Deno.chmodSync(root, 0o755);
  await files.write(`${root}/aws/x`, "x");
  assert.equal(mode(root), 0o755);
});

test("directories of a project are ordinary ones", async ({ dir, files }) => {
  files.grant(`${dir}/project`, "project");
  await files.write(`${dir}/project/components/a.tf`, "x", { mode: 0o644 });
  assert.equal(mode(`${dir}/project/components`), 0o755);
  assert.equal(mode(`${dir}/project/components/a.tf`), 0o644);
  Deno.symlinkSync(`${dir}/outside`, `${dir}/project/link`);
  Deno.writeTextFileSync(`${dir}/outside`, "keep");
  await assert.rejects(files.write(`${dir}/project/link`, "x", { kind: "shared" }));
  await assert.rejects(files.append(`${dir}/project/link`, "x"), code("symlink_refused"));
  assert.equal(Deno.readTextFileSync(`${dir}/outside`), "keep");
});

test("a secret that others can read is closed, with a warning", async ({ root, files, warnings }) => {
  await files.write(`${root}/secret`, "s");
  Deno.chmodSync(`${root}/secret`, 0o644);
  assert.equal(await files.readSecret(`${root}/secret`), "s");
  assert.equal(mode(`${root}/secret`), 0o600);
  assert.match(warnings.join(), /mode 0644/);
});

test("a secret outside our directories is read as it is, through a link too", async ({ dir, files, warnings }) => {
  Deno.writeTextFileSync(`${dir}/token`, "t", { mode: 0o644 });
  Deno.chmodSync(`${dir}/token`, 0o644);
  Deno.symlinkSync("token", `${dir}/link`);
  assert.equal(await files.readSecret(`${dir}/link`), "t");
  assert.equal(mode(`${dir}/token`), 0o644);
  assert.deepEqual(warnings, []);
});

test("secret reads refuse links of ours, FIFOs, directories and more than 1 MiB", async ({ dir, root, files }) => {
  await files.ensureDir(root);
  Deno.writeTextFileSync(`${dir}/elsewhere`, "x");
  Deno.symlinkSync(`${dir}/elsewhere`, `${root}/link`);
  new Deno.Command("mkfifo", { args: [`${root}/fifo`] }).outputSync();
  Deno.writeFileSync(`${root}/large`, new Uint8Array(1024 * 1024 + 1), { mode: 0o600 });
  Deno.mkdirSync(`${root}/dir`);
  for (const name of ["link", "fifo", "large", "dir"]) {
    await assert.rejects(files.readSecret(`${root}/${name}`), code("file_refused"), name);
  }
  await assert.rejects(files.readText(`${root}/fifo`), code("file_refused"));
});

test("names are listed in byte order", async ({ root, files }) => {
  for (const name of ["b", "B", "\u{1f600}", "\uffee", "ab", "a"]) {
    await files.write(`${root}/${name}`, "");
  }
  assert.deepEqual(files.list(root), ["B", "a", "ab", "b", "\uffee", "\u{1f600}"]);
});

test("a tree is deleted without following links, and never a base", async ({ dir, root, files }) => {
  await files.write(`${root}/aws/p/file`, "x");
  Deno.mkdirSync(`${dir}/elsewhere`);
  Deno.writeTextFileSync(`${dir}/elsewhere/keep`, "x");
  Deno.symlinkSync(`${dir}/elsewhere`, `${root}/aws/p/link`);
  Deno.symlinkSync(`${dir}/elsewhere`, `${root}/link`);
  assert.equal(await files.removeTree(`${root}/aws`), true);
  assert.equal(await files.removeTree(`${root}/link`), true);
  assert.equal(files.exists(`${dir}/elsewhere/keep`), true);
  assert.deepEqual(files.list(root), []);
  await assert.rejects(files.removeTree(root), code("path_not_allowed"));
});

test("an empty directory is removed, a full one is not", async ({ root, files }) => {
  await files.write(`${root}/a/b/file`, "x");
  assert.equal(await files.removeDirIfEmpty(`${root}/a`), false);
  await files.remove(`${root}/a/b/file`);
  assert.equal(await files.removeDirIfEmpty(`${root}/a/b`), true);
});

test("one damaged file at most is kept aside, 0600", async ({ root, files }) => {
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${root}/config.corrupt-1`, "older");
  Deno.writeTextFileSync(`${root}/config`, "damaged", { mode: 0o644 });
  await files.quarantine(`${root}/config`);
  const names = files.list(root)!;
  assert.equal(names.length, 1);
  assert.match(names[0]!, /^config\.corrupt-\d{10}$/);
  assert.equal(mode(`${root}/${names[0]}`), 0o600);
  await files.quarantine(`${root}/config`);
});

test("append creates 0600, keeps an existing mode, and refuses a planted link", async ({ dir, root, files }) => {
  await files.ensureDir(root);
  await files.append(`${root}/log`, "a\n");
  assert.equal(mode(`${root}/log`), 0o600);
  await files.append(`${root}/log`, "b\n");
  assert.equal(Deno.readTextFileSync(`${root}/log`), "a\nb\n");
  Deno.writeTextFileSync(`${dir}/ci`, "");
  Deno.chmodSync(`${dir}/ci`, 0o644);
  files.grant(`${dir}/ci`);
  await files.append(`${dir}/ci`, "x=1\n");
  assert.equal(mode(`${dir}/ci`), 0o644);
  Deno.symlinkSync(`${dir}/ci`, `${root}/planted`);
  await assert.rejects(files.append(`${root}/planted`, "x"), code("symlink_refused"));
});

test("leftover temp files older than an hour go, younger and foreign ones stay", async ({ root, files }) => {
  Deno.mkdirSync(root);
  const old = `${root}/.config.0123456789abcdef.tmp`;
  const young = `${root}/.config.fedcba9876543210.tmp`;
  const foreign = `${root}/.config.tmp`;
  for (const path of [old, young, foreign]) Deno.writeTextFileSync(path, "");
  const then = new Date(Date.now() - 2 * 3600_000);
  Deno.utimeSync(old, then, then);
  Deno.utimeSync(foreign, then, then);
  await files.write(`${root}/config`, "x");
  assert.deepEqual(files.list(root), [".config.fedcba9876543210.tmp", ".config.tmp", "config"]);
});

test("a write that fails at any step leaves the old file, no temp file, and names the path", async ({ dir, root }) => {
  for (const at of ["created", "partial", "written", "synced", "rename"] as WriteStep[]) {
    const files = systemFiles({
      onStep: (step) => {
        if (step === at) {
          throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
        }
      },
    });
    files.grant(root);
    Deno.mkdirSync(root, { recursive: true });
    Deno.writeTextFileSync(`${root}/config`, "old");
    await assert.rejects(files.write(`${root}/config`, "new"), (error) => {
      assert.match((error as Error).message, /^cannot write .*\/config: no space left on device$/);
      return code("disk_full")(error);
    });
    assert.equal(Deno.readTextFileSync(`${root}/config`), "old", at);
    assert.deepEqual(Array.from(Deno.readDirSync(root), (e) => e.name), ["config"], at);
  }
  assert.ok(dir);
});

test("on Windows a rename over an open file is tried again", async ({ root }) => {
  let failures = 3;
  const files = systemFiles({
    os: "windows",
    onStep: (step) => {
      if (step === "rename" && failures-- > 0) throw new Deno.errors.Busy("sharing violation");
    },
  });
  Deno.mkdirSync(root);
  files.grant(root);
  await files.write(`${root}/config`, "x");
  assert.equal(Deno.readTextFileSync(`${root}/config`), "x");
  assert.equal(failures, -1);
});

test("a very long name is written all the same", async ({ root, files }) => {
  const name = "n".repeat(250);
  await files.write(`${root}/${name}`, "x");
  assert.deepEqual(files.list(root), [name]);
});
