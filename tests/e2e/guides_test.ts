import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";
import { root } from "../support/graph.ts";

const guide = Deno.readTextFileSync(new URL("docs/guides/aws.md", root));
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp("```" + language + "\\n([^]*?)```", "g"))].map((m) => m[1]!);

Deno.test("the configurations of the AWS guide are valid", async () => {
  const configs = blocks("yaml").filter((text) => text.startsWith("auth:"));
  assert.equal(configs.length, 2);
  for (const yaml of configs) {
    await using home = await privateHome();
    await home.write("atmos.yaml", yaml);
    const { code, stderr } = await runProgram({ args: ["validate", "--strict"], home });
    assert.equal(code, 0, stderr);
  }
});

Deno.test("every command of the AWS guide exists and takes its flags", async () => {
  const commands = blocks("console").flatMap((text) => text.split("\n"))
    .map((line) => /^\$ (?:eval "\$\()?atmos-auth ([^#")>]+)/.exec(line)?.[1]?.trim())
    .filter((line) => line !== undefined);
  assert.ok(commands.length >= 8);
  for (const line of commands) {
    const words = line.split(/\s+/);
    const end = words.indexOf("--");
    const args = end === -1 ? [...words, "--help"] : [...words.slice(0, end), "--help"];
    const { code, stderr } = await runProgram({ args });
    assert.equal(code, 0, `${line}: ${stderr}`);
  }
});
