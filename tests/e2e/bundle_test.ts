import assert from "node:assert/strict";
import { eagerModules } from "../../scripts/bundle.ts";
import { program } from "../support/build.ts";
import { privateHome, runProgram } from "../support/program.ts";
import { tempDir } from "../support/temp.ts";
import { which } from "../support/real.ts";

const posix = { ignore: Deno.build.os === "windows" };

Deno.test("no run loads Node's built-in modules before its first line", async () => {
  await program();
  const modules = await eagerModules();
  assert.ok(modules.length > 0);
  assert.deepEqual(modules.filter((m) => m.specifier.startsWith("node:")), []);
});

Deno.test("the launcher grants what the program needs and no more", posix, async () => {
  const launcher = await Deno.readTextFile(await program());
  const flags = launcher.match(/^exec .*$/m)![0].split(" ").filter((word) => word.startsWith("-"));
  assert.ok(!flags.includes("-A") && !flags.includes("--allow-all"));
  assert.deepEqual(flags.filter((flag) => /^--(allow|deny)-/.test(flag)).sort(), [
    "--allow-env",
    "--allow-net",
    "--allow-read",
    "--allow-run",
    "--allow-sys",
    "--allow-write",
    "--deny-ffi",
    "--deny-import",
  ]);
  for (const flag of ["--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm"]) {
    assert.ok(flags.includes(flag), flag);
  }
});

Deno.test("the launcher works through a chain of links, from anywhere", posix, async () => {
  const launcher = await program();
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("with blank", "bin"), { recursive: true });
  await Deno.symlink(launcher, dir.join("with blank", "atmos-auth"));
  await Deno.symlink("../atmos-auth", dir.join("with blank", "bin", "atmos-auth"));
  const result = await runProgram({
    command: dir.join("with blank", "bin", "atmos-auth"),
    args: ["version"],
    cwd: "/",
  });
  assert.equal(result.stderr, "");
  assert.match(result.stdout, /Atmos Auth \d+\.\d+\.\d+ on/);
  assert.equal(result.code, 0);
});

Deno.test(
  "the launcher is found on PATH and hands on the name it was called by",
  posix,
  async () => {
    const launcher = await program();
    await using dir = await tempDir();
    await Deno.symlink(launcher, dir.join("atmos"));
    const result = await runProgram({
      command: "/bin/sh",
      args: ["-c", "atmos login --help"],
      env: { PATH: `${dir.path}:${Deno.env.get("PATH")}` },
    });
    // Drop-in mode has no short forms, so `login` alone is no command there.
    assert.match(result.stderr, /Unknown command login for atmos\b/);
    assert.equal(result.code, 1);
  },
);

Deno.test("arguments reach the program untouched", posix, async () => {
  const result = await runProgram({ args: ["a  b*'\"$HOME\n"] });
  assert.ok(result.stderr.includes("a  b*'\"$HOME"), result.stderr);
});

Deno.test("without a runtime the launcher says what is missing", posix, async () => {
  await using home = await privateHome();
  // Only what the launcher itself needs.
  await Deno.mkdir(home.join("bin"));
  await Deno.symlink(which("readlink")!, home.join("bin", "readlink"));
  const result = await runProgram({
    home,
    args: ["version"],
    env: { PATH: home.join("bin"), DENO: "" },
  });
  assert.equal(result.code, 127);
  assert.match(result.stderr, /^atmos-auth: cannot find deno on PATH: .*npm install/);
  assert.equal(result.stdout, "");
});

Deno.test("a run leaves no file of the runtime in the home directory", async () => {
  const { files } = await runProgram({ args: ["version"] });
  assert.deepEqual([...files.keys()], []);
});
