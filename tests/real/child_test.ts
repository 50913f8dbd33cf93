import assert from "node:assert/strict";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const sh = { program: "sh", package: "dash" };
const expect = { program: "expect", package: "expect" };
const script = new URL("../fixtures/run_child.ts", import.meta.url).pathname;

interface Request {
  command: string;
  args?: string[];
  unset?: string[];
  set?: Record<string, string>;
}

/** The command line of a process that starts this child. */
function runner(request: Request): [string, ...string[]] {
  return [Deno.execPath(), "run", "-A", "--no-check", "--quiet", script, JSON.stringify(request)];
}

/** Starts the child below a process of ours, without a terminal. */
function start(request: Request, options: Partial<Deno.CommandOptions> = {}) {
  const [command, ...args] = runner(request);
  return new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  }).spawn();
}

async function result(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

const shell = (text: string): Request => ({ command: "sh", args: ["-c", text] });

realTest("the child's exit code is passed on", [sh], async () => {
  for (const code of [0, 1, 42, 255]) {
    assert.equal((await result(start(shell(`exit ${code}`)))).code, code);
  }
});

realTest("a child that a signal ends gives 128 plus its number", [sh], async () => {
  for (const [name, number] of [["TERM", 15], ["KILL", 9], ["INT", 2], ["SEGV", 11]] as const) {
    assert.equal((await result(start(shell(`kill -${name} $$`)))).code, 128 + number, name);
  }
});

realTest("names are removed and set, and everything else reaches the child", [sh], async () => {
  const { stdout } = await result(start({
    ...shell('echo "${REMOVED-unset} $ADDED $KEPT"'),
    unset: ["REMOVED"],
    set: { ADDED: "a" },
  }, { env: { REMOVED: "r", KEPT: "k" } }));
  assert.equal(stdout, "unset a k\n");
});

realTest("a variable that is no UTF-8 survives", [sh], async () => {
  const [command, ...args] = runner({ ...shell('printf %s "$BYTES" | od -An -tx1'), unset: ["X"] });
  const child = new Deno.Command("sh", {
    args: ["-c", `BYTES=$(printf '\\377\\376x') exec "$@"`, "sh", command, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  assert.equal((await result(child)).stdout.trim(), "ff fe 78");
});

realTest("the child gets the user's umask back", [sh], async () => {
  const [command, ...args] = runner(shell("umask"));
  const child = new Deno.Command("sh", {
    args: ["-c", 'umask 0027; exec "$@"', "sh", command, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  assert.equal((await result(child)).stdout, "0027\n");
});

realTest("the command is searched in the child's PATH", [sh], async () => {
  await using dir = await tempDir();
  await dir.write("tool", "#!/bin/sh\necho found\n", 0o755);
  await Deno.chmod(dir.join("tool"), 0o755);
  const { stdout } = await result(start({ command: "tool", set: { PATH: dir.path } }));
  assert.equal(stdout, "found\n");
  const missing = await result(start({ command: "sh", set: { PATH: dir.path } }));
  assert.equal(missing.code, 127);
  assert.equal(missing.stderr, "command not found: sh\n");
});

realTest("a file that is no program gives 126", [sh], async () => {
  await using dir = await tempDir();
  await dir.write("plain", "echo x", 0o644);
  await dir.write("broken", "#!/nonexistent/interpreter\n");
  await Deno.chmod(dir.join("broken"), 0o755);
  assert.equal((await result(start({ command: dir.join("plain") }))).code, 126);
  assert.equal((await result(start({ command: dir.path }))).code, 126);
});

realTest("a working directory that is gone is not called a missing command", [sh], async () => {
  await using dir = await tempDir();
  await dir.write("gone/x", "");
  const [command, ...args] = runner(shell("echo started"));
  const child = new Deno.Command("sh", {
    args: ["-c", 'rm -r ../gone; exec "$@"', "sh", command, ...args],
    cwd: dir.join("gone"),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { stdout, stderr } = await result(child);
  // dash starts all the same; whoever cannot must say why
  if (stdout !== "started\n") assert.match(stderr, /working directory/);
});

for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT"] as const) {
  realTest(
    `without a terminal ${signal} to us reaches the child, whose code we pass on`,
    [sh],
    async () => {
      const name = signal.slice(3);
      const child = start(
        shell(`trap 'echo got ${name}; exit 7' ${name}; echo ready; while :; do sleep 0.05; done`),
      );
      const reader = child.stdout.getReader();
      const decoder = new TextDecoder();
      let text = decoder.decode((await reader.read()).value);
      assert.equal(text, "ready\n");
      child.kill(signal);
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        text += decoder.decode(part.value);
      }
      assert.equal(text, `ready\ngot ${name}\n`);
      assert.equal((await child.status).code, 7);
      await child.stderr.cancel();
    },
  );
}

realTest(
  "on a terminal Ctrl-C reaches the child once, and we wait for its end",
  [sh, expect],
  async () => {
    await using dir = await tempDir();
    const [command, ...args] = runner(
      shell(
        "trap 'echo GOT-INT; sleep 0.2; echo CLEAN; exit 9' INT; echo READY; while :; do sleep 0.05; done",
      ),
    );
    await dir.write("words.json", JSON.stringify([command, ...args]));
    await dir.write(
      "run.sh",
      `#!/bin/sh\ntrap : INT\n${
        [command, ...args].map((w) => `'${w.replaceAll("'", `'\\''`)}'`).join(" ")
      }\necho "CODE=$?"\n`,
    );
    await dir.write(
      "ctrl-c.exp",
      `set timeout 20
spawn sh ${dir.join("run.sh")}
expect READY
send "\\003"
expect eof
`,
    );
    const { stdout } = await new Deno.Command("expect", {
      args: [dir.join("ctrl-c.exp")],
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(text.split("GOT-INT").length, 2, text);
    assert.match(text, /CLEAN[\s\S]*CODE=9/);
  },
);
