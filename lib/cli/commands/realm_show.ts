import { rowsBlock } from "../blocks.ts";
import type { CommandContext } from "../types.ts";

/** `auth realm show` (03 Beyond 14): the realm in effect, its source, and the derived one. */
export async function run(cx: CommandContext): Promise<number> {
  const { value, source, derived } = (await cx.auth()).realm;
  if (cx.text("format") === "json") {
    cx.out(JSON.stringify({ realm: value, source, derived }, null, 2) + "\n");
    return 0;
  }
  cx.out(rowsBlock([
    ["Realm", value === "" ? "(no realm)" : value],
    ["Source", source === "auto" ? "default (no realm isolation)" : source],
    ["Derived", derived],
  ]));
  return 0;
}
