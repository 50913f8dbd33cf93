import type { Core } from "../core/core.ts";
import { AuthError, type Entry } from "../core/types.ts";
import { requireChoice } from "./identity_choice.ts";
import type { CommandContext } from "./types.ts";

/** `--all`, else the one identity of section 5, without asking anybody (02 B10). */
export async function identitiesAsked(cx: CommandContext, core: Core): Promise<Entry[]> {
  if (!cx.bool("all")) {
    return [(await requireChoice(cx, core, { onlyOne: true, prompts: false })).identity];
  }
  if (cx.given("identity")) {
    throw new AuthError({
      code: "mutually_exclusive_flags",
      message: "mutually exclusive flags provided: --all and --identity",
      hints: ["Give one of them"],
      exit: 2,
    });
  }
  const all = core.config.identities.all();
  if (all.length > 0) return all;
  throw new AuthError({ code: "no_identities_available", message: "no identities available" });
}
