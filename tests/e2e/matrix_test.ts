/** Every command × every state of the configuration × every form of `--identity`, without a terminal. */
import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

function config(defaults: string[]): string {
  const identity = (name: string, more = "") =>
    `    ${name}: {kind: mock/aws, via: {provider: p}${more}${
      defaults.includes(name) ? ", default: true" : ""
    }}\n`;
  return "auth:\n  keyring: {type: memory}\n  providers:\n    p: {kind: mock/aws}\n  identities:\n" +
    identity("Alpha", ", alias: first") + identity("beta");
}

/** undefined = no file at all. */
const states: Record<string, string | undefined> = {
  "no configuration": undefined,
  "broken configuration": "auth: [1, {",
  "empty auth": "auth: {}\n",
  "one default": config(["Alpha"]),
  "no default": config([]),
  "several defaults": config(["Alpha", "beta"]),
};

const forms: Record<string, string[]> = {
  "no flag": [],
  "bare": ["--identity"],
  "empty": ["--identity="],
  "name": ["--identity", "Alpha"],
  "other case": ["-i", "ALPHA"],
  "alias": ["-i=first"],
  "wrong name": ["-inope"],
  "false": ["--identity=false"],
  "OFF": ["-i", "OFF"],
};

/** How a command is called; the flag form goes behind the first part. */
const commands: Record<string, [string[], string[]]> = {
  login: [["login"], []],
  whoami: [["auth", "whoami"], []],
  env: [["env"], []],
  exec: [["auth", "exec"], ["--", "sh", "-c", "exit 0"]],
  shell: [["shell", "--shell", "/bin/true"], []],
  console: [["console", "--print-only"], []],
  list: [["list"], []],
  validate: [["validate"], []],
  logout: [["auth", "logout"], []],
};

interface Expected {
  code: number;
  /** Somewhere on stderr. */
  stderr?: RegExp;
  stdout?: "empty" | "some";
}

const hasIdentities = (state: string) => state.includes("default");

/** The rules of 02 §5 and §6, written down once more. */
function expected(command: string, state: string, form: string): Expected {
  if (state === "broken configuration") {
    return { code: 2, stdout: "empty", stderr: /failed to parse configuration/ };
  }
  if (command === "validate") return { code: 0, stdout: "empty" };
  if (command === "list") return { code: 0, stdout: "some" };
  const disabled = form === "false" || form === "OFF";
  if (command === "logout") return logout(state, form);
  if (disabled) {
    return command === "login" || command === "console"
      ? { code: 1, stdout: "empty", stderr: /authentication is disabled \(--identity=false\)/ }
      : { code: 0, stdout: "empty" };
  }
  if (form === "wrong name") return { code: 1, stdout: "empty", stderr: /identity not found/ };
  if (!hasIdentities(state)) {
    if (["name", "other case", "alias"].includes(form)) {
      return { code: 1, stdout: "empty", stderr: /identity not found/ };
    }
    const nothing = command === "login"
      ? /no (providers|identities) available/
      : /no identities available/;
    return { code: 1, stdout: "empty", stderr: nothing };
  }
  if (form === "bare" || form === "empty") {
    return {
      code: 1,
      stdout: "empty",
      stderr: /interactive identity selection: requires a TTY/,
    };
  }
  if (form === "no flag" && state === "no default") {
    return {
      code: 1,
      stdout: "empty",
      stderr: /no default identity configured for authentication/,
    };
  }
  if (form === "no flag" && state === "several defaults") {
    return {
      code: 1,
      stdout: "empty",
      stderr: /multiple default identities found: \[Alpha beta\]/,
    };
  }
  if (command === "console") {
    return { code: 1, stdout: "empty", stderr: /does not support web console access|console/ };
  }
  return { code: 0, stdout: command === "env" ? "some" : "empty" };
}

function logout(state: string, form: string): Expected {
  if (!hasIdentities(state)) {
    return ["name", "other case", "alias", "wrong name"].includes(form)
      ? { code: 1, stdout: "empty", stderr: /not found in configuration/ }
      : { code: 0, stdout: "empty", stderr: /No identities configured/ };
  }
  if (["no flag", "bare", "empty", "false", "OFF"].includes(form)) {
    return { code: 1, stdout: "empty", stderr: /interactive identity selection: requires a TTY/ };
  }
  return form === "wrong name"
    ? { code: 1, stdout: "empty", stderr: /identity "nope" not found in configuration/ }
    : { code: 0, stdout: "empty" };
}

for (const [state, text] of Object.entries(states)) {
  for (const [command, [before, behind]] of Object.entries(commands)) {
    Deno.test(`${command}, ${state}: every form of --identity`, async () => {
      await using home = await privateHome();
      if (text !== undefined) await home.write("atmos.yaml", text);
      for (const [form, words] of Object.entries(forms)) {
        const what = `${command}, ${state}, ${form}`;
        const { code, stdout, stderr } = await runProgram({
          args: [...before, ...words, ...behind],
          home,
        });
        const want = expected(command, state, form);
        assert.equal(code, want.code, `${what}: exit code\n${stderr}`);
        if (want.stdout === "empty") assert.equal(stdout, "", what);
        if (want.stdout === "some") assert.notEqual(stdout, "", what);
        if (want.stderr) assert.match(stderr, want.stderr, what);
        assert.equal(stderr.includes("**Error:**"), code !== 0, `${what}: error block\n${stderr}`);
      }
    });
  }
}

for (
  const [variable, code, message] of [
    ["beta", 0, undefined],
    ["BETA", 0, undefined],
    ["first", 0, undefined],
    ["nope", 1, /identity not found/],
    ["__SELECT__", 1, /requires a TTY/],
    ["", 0, undefined],
  ] as [string, number, RegExp | undefined][]
) {
  Deno.test(`ATMOS_IDENTITY=${variable || "(empty)"} chooses like the flag, and the flag wins`, async () => {
    await using home = await privateHome();
    await home.write("atmos.yaml", config(["Alpha"]));
    const env = { ATMOS_IDENTITY: variable };
    const byVariable = await runProgram({ args: ["env"], home, env });
    assert.equal(byVariable.code, code);
    if (message) assert.match(byVariable.stderr, message);
    else {
      const name = variable === "" || variable === "first" ? "Alpha" : "beta";
      assert.match(byVariable.stdout, new RegExp(`^export AWS_PROFILE=${name}$`, "m"));
    }
    const byFlag = await runProgram({ args: ["env", "-i", "Alpha"], home, env });
    assert.match(byFlag.stdout, /^export AWS_PROFILE=Alpha$/m);
  });
}

Deno.test("the variable never conflicts with --provider, the flag does", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config(["Alpha"]));
  const env = { ATMOS_IDENTITY: "beta" };
  assert.equal((await runProgram({ args: ["login", "-p", "p"], home, env })).code, 0);
  const both = await runProgram({ args: ["login", "-p", "p", "-i", "beta"], home });
  assert.equal(both.code, 2);
  assert.match(both.stderr, /mutually exclusive flags provided/);
});
