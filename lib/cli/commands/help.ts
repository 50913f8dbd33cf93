import { printHelp } from "../help.ts";
import { commandAt, descend, rootPlace } from "../table.ts";
import type { CommandContext } from "../types.ts";
import { unknownCommand, type UsagePlace } from "../usage.ts";

/** `help [command…]`: the same pages as `--help`. */
export async function run(cx: CommandContext): Promise<number> {
  const { dropIn, positionals } = cx.invocation;
  let place = rootPlace(dropIn);
  const words: string[] = [];
  let at: UsagePlace = { place, dropIn, words: "" };
  for (const word of positionals) {
    const next = descend(place, word, dropIn);
    if (!next) throw unknownCommand(at, word);
    place = next;
    if (word !== "auth" || next.auth !== "") words.push(word);
    at = { place, dropIn, words: words.join(" "), command: commandAt(place) };
  }
  const pager = cx.invocation.globals.get("pager");
  return await printHelp({ help: true, at, topic: "", pager }, cx.look, cx.deps.env);
}
