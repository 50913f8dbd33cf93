import { absolute } from "../../config/absolute.ts";
import { jsonSchema } from "../../config/json_schema.ts";
import { AuthError } from "../../core/types.ts";
import { isTerminal } from "../../sys/stdio.ts";
import type { CommandContext } from "../types.ts";
import { VERSION } from "../version_number.ts";

/** `auth schema` (01 §9): JSON Schema for editors, without loading any configuration. */
export async function run(cx: CommandContext): Promise<number> {
  const section = cx.text("section") ?? "auth";
  if (section !== "auth" && section !== "atmos") {
    throw new AuthError({
      code: "invalid_section",
      message: `invalid section: ${section}`,
      hints: ["Valid sections are `auth` and `atmos`"],
      exit: 2,
    });
  }
  const schema = jsonSchema({ section, partial: cx.bool("partial"), version: VERSION });
  const text = JSON.stringify(schema, null, 2) + "\n";
  const output = cx.text("output");
  if (output === undefined) {
    cx.out(text);
  } else {
    const { env, files } = cx.deps;
    const path = absolute(env, env.cwd(), output);
    files.grant(path);
    await files.write(path, text, { mode: 0o644, kind: "shared" });
    cx.err(`✓ Schema written: ${path}\n`);
  }
  if (isTerminal("stderr")) {
    const path = output === undefined ? "<path>" : absolute(cx.deps.env, cx.deps.env.cwd(), output);
    cx.err(
      `\n💡 For editors, as first line of the file: # yaml-language-server: $schema=${path}\n`,
    );
  }
  return 0;
}
