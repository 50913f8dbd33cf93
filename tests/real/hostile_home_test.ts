import assert from "node:assert/strict";
import { approving, scene } from "../support/emulator.ts";
import { program } from "../support/build.ts";
import { realTest } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const setpriv = { program: "setpriv", package: "util-linux" };
/** A mount of our own needs the right to make one: containers may forbid it. */
const unshare = {
  program: "unshare",
  package: "util-linux, and the right to mount",
  probe: ["-rm", "true"],
};

/** A copy of program and runtime that any user can reach. */
async function reachable(): Promise<TempDir> {
  const dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  const dist = (await program()).replace(/\/[^/]+$/, "");
  for (const entry of Deno.readDirSync(dist)) {
    if (entry.isFile) await Deno.copyFile(`${dist}/${entry.name}`, dir.join(entry.name));
  }
  await Deno.copyFile(Deno.execPath(), dir.join("deno"));
  await Deno.mkdir(dir.join("cache"));
  await Deno.chmod(dir.join("cache"), 0o777);
  return dir;
}

realTest(
  "in a home that cannot be written, login says so and reading still works",
  [setpriv],
  async () => {
    await using s = await scene();
    await using copy = await reachable();
    await s.login();
    const root = Deno.uid() === 0;
    // Root may write anywhere: become nobody, and own what was written so far.
    const as = root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    if (root) {
      const { success } = await new Deno.Command("chown", {
        args: ["-R", "65534:65534", s.home.path],
      })
        .output();
      assert.ok(success);
    }
    await makeReadOnly(s.home.path);
    try {
      const [command, ...first] = [...as, copy.join("atmos-auth")];
      const env = { DENO: copy.join("deno"), DENO_DIR: copy.join("cache"), NO_COLOR: "1" };
      const run = (args: string[]) =>
        s.run([...first, ...args], { command: command!, env: { ...env, ATMOS_FORCE_TTY: "true" } });

      const read = await run(["env", "--format=json"]);
      assert.equal(read.code, 0, read.stderr);
      assert.equal(JSON.parse(read.stdout).AWS_PROFILE, "prod-deployer");

      const write = await approving(s.emulator, run(["login", "--device-code"]));
      assert.equal(write.code, 1, write.stderr);
      assert.match(write.stderr, /# Error/);
      assert.ok(write.stderr.includes(s.home.path), "names the place");
      assert.match(write.stderr, /permission|read-only/i);
      assert.doesNotMatch(write.stderr, /\bat (file|ext):\/\//);
    } finally {
      await new Deno.Command("chmod", { args: ["-R", "u+w", s.home.path] }).output();
    }
  },
);

/** Takes the right to write from every directory below. */
async function makeReadOnly(dir: string): Promise<void> {
  for (const entry of Deno.readDirSync(dir)) {
    if (entry.isDirectory) await makeReadOnly(`${dir}/${entry.name}`);
  }
  await Deno.chmod(dir, 0o500);
}

realTest("on a full disk login fails with a plain word and the old credentials stay whole", [
  unshare,
], async () => {
  await using s = await scene();
  const script = `set -e
home=$1 program=$2
mount -t tmpfs -o size=512k,mode=700 none "$home/disk"
cp "$home/atmos.yaml" "$home/disk/"
cd "$home/disk"
export HOME="$home/disk"
"$program" login --device-code
cp -r .config/atmos/aws/company-sso "$home/before"
cat /dev/zero > fill 2>/dev/null || true
set +e
"$program" login --device-code 2> "$home/stderr"
echo $? > "$home/code"
cp -r .config/atmos/aws/company-sso "$home/after"
rm fill
"$program" env --format=json > "$home/env.json"
"$program" login --device-code
`;
  await Deno.mkdir(s.home.join("disk"));
  const result = await approving(
    s.emulator,
    s.run(
      [
        ...(Deno.uid() === 0 ? ["-m"] : ["-rm"]),
        "/bin/sh",
        "-c",
        script,
        "sh",
        s.home.path,
        await program(),
      ],
      { command: "unshare", env: { ATMOS_FORCE_TTY: "true", NO_COLOR: "1" } },
    ),
  );
  assert.equal(result.code, 0, result.stderr);
  const stderr = result.files.get("stderr")!;
  assert.equal(result.files.get("code"), "1\n", stderr);
  assert.match(stderr, /# Error/);
  assert.match(stderr, /no space|disk is full|full/i);
  assert.doesNotMatch(stderr, /\bat (file|ext):\/\//);
  assert.equal(result.files.get("after/credentials"), result.files.get("before/credentials"));
  assert.equal(JSON.parse(result.files.get("env.json")!).AWS_PROFILE, "prod-deployer");
});
