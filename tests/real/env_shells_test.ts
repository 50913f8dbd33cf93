import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { hostileValues } from "../support/hostile.ts";
import { privateHome, runProgram } from "../support/program.ts";
import { realTest, which } from "../support/real.ts";
import type { TempDir } from "../support/temp.ts";

const named = hostileValues.map((value, i): [string, string] => [`V${i}`, value]);

/** A project whose identity has the values in its `env:`. */
async function project(values: [string, string][]): Promise<TempDir> {
  const home = await privateHome();
  const env = values.map(([key, value]) => ({ key, value }));
  await home.write(
    "atmos.yaml",
    JSON.stringify({ auth: { identities: { x: { kind: "ambient", default: true, env } } } }),
  );
  return home;
}

/** Hex of every variable as a shell sees it after evaluating our output. */
async function seenBy(
  command: string[],
  script: string,
  values = named,
): Promise<Map<string, string>> {
  await using home = await project(values);
  const launcher = await program();
  const { stdout, stderr, code, files } = await runProgram({
    command: which(command[0]!)!,
    args: [...command.slice(1), script],
    home,
    env: { PATH: `${launcher.slice(0, launcher.lastIndexOf("/"))}:${Deno.env.get("PATH")}` },
    stdin: "",
  });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.ok(!files.has("evaluated"), "a value was evaluated");
  return new Map(
    stdout.trimEnd().split("\n").map((line) => {
      const [name, ...bytes] = line.split(/\s+/);
      return [name!, bytes.join("")];
    }),
  );
}

function hexOf(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

function assertSeen(seen: Map<string, string>, values: [string, string][]): void {
  for (const [name, value] of values) {
    assert.equal(seen.get(name), hexOf(value), `${name}: ${JSON.stringify(value)}`);
  }
}

/** Prints `NAME hex` for every variable, whatever is in it. */
const printAll = named.map(([name]) =>
  `printf '%s' ${name}; printf '%s' "$${name}" | od -An -v -tx1 | tr -d '\\n'; echo`
).join("\n");

for (
  const [shell, command] of [
    ["bash", ["bash", "--norc", "-c"]],
    ["dash", ["dash", "-c"]],
    ["zsh", ["zsh", "-f", "-c"]],
    ["busybox", ["busybox", "sh", "-c"]],
  ] as [string, string[]][]
) {
  realTest(
    `${shell} gets every hostile value back from eval`,
    [{ program: shell, package: shell }],
    async () => {
      const format = shell === "zsh" ? "zsh" : shell === "bash" ? "bash" : "sh";
      assertSeen(
        await seenBy(command, `eval "$(atmos-auth env -f ${format})"\n${printAll}`),
        named,
      );
    },
  );
}

realTest("bash with history expansion on gets every value back", [{
  program: "bash",
  package: "bash",
}], async () => {
  const script = `set -o history -o histexpand\neval "$(atmos-auth env)"\n${printAll}`;
  assertSeen(await seenBy(["bash", "--norc", "-c"], script), named);
});

realTest("fish gets every hostile value back from source", [{
  program: "fish",
  package: "fish",
}], async () => {
  const print = named.map(([name]) =>
    `printf '%s' ${name}; printf '%s' "$${name}" | od -An -v -tx1 | tr -d '\\n'; echo`
  ).join("\n");
  const script = `atmos-auth env -f fish | source\n${print}`;
  assertSeen(await seenBy(["fish", "--no-config", "-c"], script), named);
});

realTest("a shell that unsets has none of the variables left", [{
  program: "bash",
  package: "bash",
}], async () => {
  const seen = await seenBy(
    ["bash", "--norc", "-c"],
    `eval "$(atmos-auth env)"; eval "$(atmos-auth env --unset)"\n` +
      named.map(([name]) => `echo "${name} \${${name}-gone}"`).join("\n"),
  );
  for (const [name] of named) assert.equal(seen.get(name), "gone", name);
});

Deno.test("npm dotenv reads the dotenv form", async () => {
  // npm dotenv knows no way to write a single quote inside single quotes
  const values = named.filter(([, value]) => !value.includes("'") && !value.includes("\r"));
  await using home = await project(values);
  const { stdout } = await runProgram({ args: ["env", "-f", "dotenv"], home });
  const { parse } = await import("dotenv");
  const parsed = parse(stdout);
  for (const [name, value] of values) assert.equal(parsed[name], value, JSON.stringify(value));
});

/** The runner's rules for its environment file: `K=V`, or `K<<D` up to the line D. */
function readRunnerFile(text: string): Map<string, string> {
  const pieces = text.match(/[^\r\n]*(?:\r\n|\r|\n|$)/g)!.filter((piece) => piece !== "");
  const found = new Map<string, string>();
  for (let i = 0; i < pieces.length; i++) {
    const line = pieces[i]!.replace(/[\r\n]+$/, "");
    if (line === "") continue;
    const equals = line.indexOf("="), heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      found.set(line.slice(0, equals), line.slice(equals + 1));
      continue;
    }
    assert.ok(heredoc >= 0, `Invalid format '${line}'`);
    const end = line.slice(heredoc + 2);
    let value = "", ended = false;
    for (i++; i < pieces.length; i++) {
      if (pieces[i]!.replace(/[\r\n]+$/, "") === end) {
        ended = true;
        break;
      }
      value += pieces[i];
    }
    assert.ok(ended, `Matching delimiter not found '${end}'`);
    found.set(line.slice(0, heredoc), value.replace(/(\r\n|\r|\n)$/, ""));
  }
  return found;
}

Deno.test("the runner's environment file holds every value, after what stood there", async () => {
  await using home = await project(named);
  await home.write("github-env", "BEFORE=without line end");
  const { code, stdout, stderr } = await runProgram({
    args: ["env", "-f", "github"],
    home,
    env: { GITHUB_ENV: home.join("github-env") },
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  const found = readRunnerFile(await Deno.readTextFile(home.join("github-env")));
  assert.equal(found.get("BEFORE"), "without line end");
  for (const [name, value] of named) {
    assert.equal(found.get(name), value, JSON.stringify(value));
  }
});

Deno.test("json holds every value", async () => {
  await using home = await project(named);
  for (const format of ["json", "nu"]) {
    const { stdout } = await runProgram({ args: ["env", "-f", format], home });
    const parsed = JSON.parse(stdout);
    for (const [name, value] of named) assert.equal(parsed[name], value);
    assert.deepEqual(Object.keys(parsed), Object.keys(parsed).sort());
  }
});

Deno.test("the env form is read as docker reads an env-file: raw, up to the line end", async () => {
  const values = named.filter(([, value]) => !/[\r\n]/.test(value));
  await using home = await project(values);
  const { stdout } = await runProgram({ args: ["env", "-f", "env"], home });
  const lines = new Map(
    stdout.trimEnd().split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  for (const [name, value] of values) assert.equal(lines.get(name), value);
});
