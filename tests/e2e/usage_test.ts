import assert from "node:assert/strict";
import { shownCommands } from "../../scripts/docs_commands.ts";
import { program } from "../support/build.ts";
import { assertGolden } from "../support/golden.ts";
import { privateHome, runProgram } from "../support/program.ts";

const CONFIG =
  "auth: {providers: {p: {kind: mock}}, identities: {dev: {kind: mock, via: {provider: p}}}}";

/** Runs the program through a link of this name, in a project with one identity. */
async function runAs(name: string, args: string[], env: Record<string, string> = {}) {
  await using home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  await Deno.symlink(await program(), home.join(name));
  return await runProgram({ args, home, command: home.join(name), env });
}

const drop = (...args: string[]) => runAs("atmos", args);
const normal = (...args: string[]) => runAs("atmos-auth", args);

Deno.test("an unknown identity, whole stderr of the drop-in", async () => {
  const { code, stdout, stderr } = await drop("auth", "whoami", "--identity", "nonexistent");
  assert.equal(
    stderr,
    `
# Error

**Error:** identity not found

Identity nonexistent is not defined in the currently loaded auth config.

💡 Run atmos auth list to see available identities
`,
  );
  assert.equal(stdout, "");
  assert.equal(code, 1);
});

Deno.test("an unknown subcommand, layout of the drop-in", async () => {
  const { code, stdout, stderr } = await drop("auth", "invalid-command");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^\n# Incorrect Usage\n\n\*\*Error:\*\* Unknown command invalid-command for atmos auth\n\nValid subcommands are:\n\n( {2}• [\w-]+\n)+\n## Usage\n\n atmos auth \[sub-command\] \[flags\]\n\n💡 Run atmos auth --help for usage\n$/,
  );
  const words = [...stderr.matchAll(/• (\S+)/g)].map((match) => match[1]!);
  assert.deepEqual(words, [...words].sort());
  for (const word of ["console", "env", "exec", "list", "login", "logout"]) {
    assert.ok(words.includes(word));
  }
  for (const word of ["version", "aws", "completion"]) assert.ok(!words.includes(word), word);
});

Deno.test("a near miss is suggested before the list", async () => {
  const { stderr } = await drop("auth", "logn");
  assert.match(
    stderr,
    /for atmos auth\n\nDid you mean this\?\n\n {2}• login\n\nValid subcommands are:\n/,
  );
});

Deno.test("the other name changes the prefix and nothing else", async () => {
  const a = (await drop("auth", "login", "--nope")).stderr;
  const b = (await normal("auth", "login", "--nope")).stderr;
  assert.equal(
    a,
    "\n# Incorrect Usage\n\n**Error:** unknown flag --nope for command atmos auth login\n\n## Usage\n\n" +
      " atmos auth login [flags]\n\n💡 Run atmos auth login --help for usage\n",
  );
  assert.equal(b, a.replaceAll("atmos auth", "atmos-auth"));
});

Deno.test("short forms are off in the drop-in, with a word about what this program is", async () => {
  for (const word of ["login", "env", "whoami", "nope"]) {
    const { code, stderr } = await drop(word);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Unknown command ${word} for atmos\\n`));
    assert.match(stderr, /💡 This executable provides only a part of the commands of Atmos\n/);
  }
  assert.ok(!(await normal("nope")).stderr.includes("only a part"));
});

Deno.test("what Atmos has beyond this program is an unsupported feature", async () => {
  for (const word of ["helmfile", "packer", "workflow", "emulator"]) {
    const { code, stderr } = await drop(word, "apply");
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`\\*\\*Error:\\*\\* unsupported feature: ${word}\\n`));
  }
});

Deno.test("a group without a subcommand prints its help on stdout, exit 0", async () => {
  for (const args of [[], ["auth"], ["aws"], ["aws", "ecr"], ["profile"]]) {
    const { code, stdout, stderr } = await normal(...args);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /\nUSAGE\n\n {4}\$ atmos-auth[ a-z]* \[sub-command\] \[flags\]\n/);
  }
  assert.match((await drop("auth")).stdout, / {4}\$ atmos auth \[sub-command\] \[flags\]\n/);
});

Deno.test("usage errors never reach authentication or configuration", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", "auth: [1, {");
  for (const args of [["login", "--nope"], ["whoami", "x"], ["env", "-f"], ["nope"]]) {
    const { code, stderr } = await runProgram({ args, home });
    assert.equal(code, 1);
    assert.match(stderr, /^\n# Incorrect Usage\n/);
  }
});

Deno.test("help and version work with a broken configuration, and are on stdout alone", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", "auth: [1, {");
  for (
    const args of [["--help"], ["login", "--help"], ["help", "aws", "eks", "token"], ["version"], [
      "--version",
    ], ["completion", "bash"]]
  ) {
    const { code, stdout, stderr } = await runProgram({ args, home });
    assert.equal(code, 0, args.join(" "));
    assert.equal(stderr, "");
    assert.notEqual(stdout, "");
  }
});

Deno.test("help has topics, and an unknown one names them", async () => {
  const usage = (await normal("login", "--help=usage")).stdout;
  assert.match(usage, /EXAMPLES/);
  assert.ok(!usage.includes("--device-code"));
  const flags = (await normal("login", "--help=flags")).stdout;
  assert.match(flags, /--device-code/);
  assert.ok(!flags.includes("EXAMPLES") && !flags.includes("--logs-level"));
  const all = (await normal("login", "--help=all")).stdout;
  for (const part of ["EXAMPLES", "--device-code", "--logs-level"]) assert.ok(all.includes(part));
  const { code, stderr } = await normal("login", "--help=nope");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /\*\*Error:\*\* unknown help topic: nope\n\nValid topics: usage, flags, all\n/,
  );
});

Deno.test("every help page fits 80 columns and has its sections", async () => {
  for (const { words } of shownCommands()) {
    const { stdout } = await runProgram({ args: [...words, "--help=all"] });
    for (const line of stdout.split("\n")) {
      if (/^ {4,6}\$ /.test(line)) continue; // commands to copy are not broken
      assert.ok([...line].length <= 80, `${words.join(" ")}: ${line}`);
      assert.ok(!/\s$/.test(line), `${words.join(" ")}: blank at the end: ${line}`);
    }
  }
});

Deno.test("help of a command, golden", async () => {
  const page = (text: string) => text.replace(/^👽 .*$/m, "👽 VERSION OS/ARCH");
  assertGolden("help/profile-show.txt", page((await normal("profile", "show", "--help")).stdout));
  assertGolden("help/drop-in-eks.txt", page((await drop("aws", "eks", "--help")).stdout));
});

Deno.test("version: text, json, yaml, and a bad format", async () => {
  const text = (await normal("version")).stdout;
  assert.match(
    text,
    /^\n👽 Atmos Auth \d+\.\d+\.\d+ on (linux|darwin|windows)\/(amd64|arm64)\n\n$/,
  );
  const version = /Auth (\S+)/.exec(text)![1]!;
  const json = JSON.parse((await normal("version", "--format", "json")).stdout);
  assert.deepEqual(Object.keys(json), ["version", "os", "arch"]);
  assert.equal(json.version, version);
  const yaml = (await runAs("atmos-auth", ["version"], { ATMOS_VERSION_FORMAT: "yaml" })).stdout;
  assert.equal(yaml, `version: ${json.version}\nos: ${json.os}\narch: ${json.arch}\n`);
  const bad = await normal("version", "-f", "xml");
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /\*\*Error:\*\* invalid version output format/);
});

Deno.test("--chdir comes before everything, and its errors name the absolute path", async () => {
  await using home = await privateHome();
  await home.write("sub/atmos.yaml", "auth: {identities: {inner: {kind: ambient}}}");
  await home.write("file", "");
  for (const form of [["--chdir", "sub"], ["--chdir=sub"], ["-C", "sub"], ["-Csub"], ["-C=sub"]]) {
    const { stdout } = await runProgram({ args: ["list", ...form], home });
    assert.match(stdout, /inner/, form.join(" "));
  }
  const byVariable = await runProgram({ args: ["list"], home, env: { ATMOS_CHDIR: "~/sub" } });
  assert.match(byVariable.stdout, /inner/);
  const pwd = await runProgram({
    args: ["-C", "sub", "exec", "-i", "inner", "--", "sh", "-c", 'echo "$PWD"'],
    home,
  });
  assert.equal(pwd.stdout, `${home.join("sub")}\n`);
  const missing = await runProgram({ args: ["-C", "no/./such", "list"], home });
  assert.equal(missing.code, 1);
  assert.ok(
    missing.stderr.includes(
      `**Error:** workdir does not exist: directory does not exist: ${home.join("no/such")}\n`,
    ),
    missing.stderr,
  );
  const file = await runProgram({ args: ["-C", "file", "list"], home });
  assert.equal(file.code, 1);
  assert.ok(file.stderr.includes(`not a directory: ${home.join("file")}\n`), file.stderr);
  const behind = await runProgram({
    args: ["-C", "sub", "exec", "-i", "inner", "--", "echo", "-C", "nowhere"],
    home,
  });
  assert.equal(behind.stdout, "-C nowhere\n");
});

Deno.test("a boolean variable that is no boolean is an error naming it, exit 1", async () => {
  for (const name of ["ATMOS_INTERACTIVE", "ATMOS_MASK", "ATMOS_VERBOSE", "ATMOS_FORCE_TTY"]) {
    const { code, stdout, stderr } = await runAs("atmos-auth", ["list"], { [name]: "banana" });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      new RegExp(`\\*\\*Error:\\*\\* invalid boolean value for ${name}: "banana"\\n`),
    );
  }
  const empty = await runAs("atmos-auth", ["list"], { ATMOS_INTERACTIVE: "", COLOR: "always" });
  assert.equal(empty.code, 0);
});

Deno.test("a log level that does not exist lists those that do, wherever it was said", async () => {
  const set =
    /the log level 'loud' is not recognized\. Valid options are: \[Trace Debug Info Warning Error Off\]/;
  for (
    const { args, env, config } of [
      { args: ["list", "--logs-level", "loud"], env: {}, config: CONFIG },
      { args: ["list"], env: { ATMOS_LOGS_LEVEL: "loud" }, config: CONFIG },
      { args: ["list"], env: {}, config: `logs: {level: loud}\n${CONFIG}` },
    ]
  ) {
    await using home = await privateHome();
    await home.write("atmos.yaml", config);
    const { code, stderr } = await runProgram({ args, home, env: env as Record<string, string> });
    assert.equal(code, 1);
    assert.match(stderr, /\*\*Error:\*\* invalid log level/);
    assert.match(stderr, set);
  }
});

Deno.test("--error-format json is one object on stderr, for usage errors too", async () => {
  for (
    const [args, error, exit] of [
      [["whoami", "-i", "nope"], "identity_not_found", 1],
      [["whoami", "--nope"], "unknown_flag", 1],
      [["login", "-i", "a", "-p", "b"], "mutually_exclusive_flags", 2],
    ] as [string[], string, number][]
  ) {
    const { code, stdout, stderr } = await normal(...args, "--error-format=json");
    assert.equal(code, exit);
    assert.equal(stdout, "");
    assert.equal(stderr.trimEnd().split("\n").length, 1);
    const body = JSON.parse(stderr).error;
    assert.equal(body.code, error);
    assert.equal(body.exit_code, exit);
  }
  const byVariable = await runAs("atmos-auth", ["nope"], { ATMOS_ERROR_FORMAT: "json" });
  assert.equal(JSON.parse(byVariable.stderr).error.code, "unknown_command");
});

Deno.test("--redirect-stderr takes everything for people, and stdout stays", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  const { code, stdout, stderr } = await runProgram({
    args: ["whoami", "-i", "nope", "--redirect-stderr", "messages"],
    home,
  });
  assert.equal(code, 1);
  assert.equal(stdout + stderr, "");
  assert.match(await Deno.readTextFile(home.join("messages")), /identity not found/);
  assert.equal((await Deno.stat(home.join("messages"))).mode! & 0o777, 0o600);
});

Deno.test("exec without a command names the fix with the user's own words", async () => {
  const none = await normal("exec");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /\*\*Error:\*\* no command specified: invalid subcommand\n/);
  const forgot = await normal("exec", "-i", "dev", "aws", "s3", "ls", "--profile", "x");
  assert.equal(forgot.code, 1);
  assert.match(forgot.stderr, /no command specified/);
  assert.match(forgot.stderr, /-- aws s3 ls --profile x/);
});
