import assert from "node:assert/strict";
import { helpTexts } from "../../lib/cli/help_texts.ts";
import { asTyped, shownCommands } from "../../scripts/docs_commands.ts";
import { program } from "../support/build.ts";
import { privateHome, runProgram } from "../support/program.ts";
import { which } from "../support/real.ts";
import type { TempDir } from "../support/temp.ts";

/** The project that the examples of help and docs/commands speak of. */
const CONFIG = `
auth:
  realm: acme
  keyring: {type: memory}
  providers:
    company: {kind: mock/aws, region: eu-west-1}
    ci: {kind: mock/aws}
  identities:
    dev: {kind: mock/aws, default: true, via: {provider: company}, tags: [staging]}
    prod: {kind: mock/aws, via: {provider: company}}
`;

async function project(): Promise<TempDir> {
  const home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  await home.write("profiles/developer/auth.yaml", "auth: {identities: {dev: {alias: d}}}\n");
  for (const name of ["dev", "prod"]) await runProgram({ args: ["login", "-i", name], home });
  return home;
}

/** Examples that need more than this project: what they say instead of succeeding. */
const beyond: Record<string, RegExp> = {
  "console": /does not support web console access/,
  "aws ecr login images": /integration not found/,
  "aws ecr login --identity prod": /identity has no linked integrations/,
  "aws ecr login --public": /network_error|cannot reach|failed/i,
  "aws eks update-kubeconfig --integration cluster": /integration not found/,
  "aws eks update-kubeconfig --name main": /failed|network/i,
  "keyring show": /no keyring entry/,
  "keyring delete": /no keyring entry|requires|interactive/,
  "keyring migrate": /.+/,
  "keyring verify": /.+/,
  "keyring rotate-password": /.+/,
  "realm migrate": /.+/,
  "user configure": /identity not found/,
  "emulator start": /.+/,
  "doctor --online": /.+/,
  "completion powershell": /.+/,
};

/** Programs that an example pipes into; without them it is not run. */
function missingProgram(command: string): string | undefined {
  if (/emulator start/.test(command)) return "a foreground server";
  if (/Out-String/.test(command)) return "pwsh";
  if (/completion zsh/.test(command)) return "zsh with compinit, see tests/real";
  for (const name of ["fish", "aws"]) {
    if (new RegExp(`(\\||-- )\\s*${name}\\b`).test(command) && !which(name)) return name;
  }
  return undefined;
}

for (const command of shownCommands()) {
  const words = command.words.join(" ");
  const text = helpTexts[words];
  Deno.test(`${words} has a description and an example`, () => {
    assert.ok(text, "no text");
    assert.ok(text.description.length > 40, text.description);
    assert.ok(text.examples.length > 0);
    for (const example of text.examples) assert.match(example.command, /\{(prog|top)\}/);
  });
  for (const example of text?.examples ?? []) {
    const typed = asTyped(example.command);
    const missing = missingProgram(typed);
    Deno.test({
      name: `example: ${typed}${missing ? ` [not run: needs ${missing}]` : ""}`,
      ignore: missing !== undefined,
      fn: () => runExample(typed),
    });
  }
}

async function runExample(typed: string): Promise<void> {
  await using home = await project();
  const launcher = await program();
  const { code, stdout, stderr } = await runProgram({
    command: which("bash")!,
    args: ["-c", `set -o pipefail\n${typed.replace(/(\|\s*)source$/, "$1fish -N -c source")}`],
    home,
    env: {
      PATH: `${launcher.slice(0, launcher.lastIndexOf("/"))}:${Deno.env.get("PATH")}`,
      GITHUB_ENV: home.join("github-env"),
      SHELL: "/bin/sh",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    stdin: "",
  });
  const all = stdout + stderr;
  assert.ok(!/Incorrect Usage|internal error|not part of this build/.test(all), all);
  const excuse = Object.entries(beyond).find(([part]) => typed.includes(part))?.[1];
  if (code === 0 && !all.includes("**Error:**")) return;
  assert.ok(excuse, `exit ${code}: ${typed}\n${all}`);
  assert.match(all, excuse);
}
