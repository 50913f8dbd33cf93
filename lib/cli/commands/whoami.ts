import { describe, verify, type Whoami, whoamiJson, whoamiSession } from "../../core/whoami.ts";
import { AuthError, type Principal } from "../../core/types.ts";
import { expiryText, realmText, remaining, rowsBlock } from "../blocks.ts";
import { chooseIdentity } from "../identity_choice.ts";
import { localInstant } from "../times.ts";
import type { CommandContext } from "../types.ts";

/** `auth whoami` (02 §6.3). */
export async function run(cx: CommandContext): Promise<number> {
  const format = cx.text("output") ?? "";
  if (!["", "text", "json", "yaml"].includes(format)) {
    throw new AuthError({
      code: "invalid_format",
      message: `invalid format: ${format}`,
      explanation: `unsupported output format: ${format}`,
      hints: ["Valid formats are `json`, `yaml` and `text`"],
    });
  }
  const core = await cx.core();
  const choice = await chooseIdentity(cx, core);
  if (choice.state === "disabled") {
    cx.err(`Authentication is disabled (identity is "${choice.value}")\n`);
    return 0;
  }
  const session = await whoamiSession(core, choice.identity);
  const principal = await verify(core, session);
  const who = await describe(core, session, principal);
  if (format === "json") cx.out(JSON.stringify(whoamiJson(core, who), null, 2) + "\n");
  else if (format === "yaml") {
    const { yamlText } = await import("../yaml_text.ts");
    cx.out(yamlText(whoamiJson(core, who)));
  } else printStatus(cx, who, principal);
  return 0;
}

function printStatus(cx: CommandContext, who: Whoami, principal: Principal): void {
  const ended = who.expiration !== undefined && remaining(cx, who.expiration) < 0;
  const bad = principal.state === "invalid" || ended;
  const rows = rowsBlock([
    ["Realm", realmText(who)],
    ["Provider", who.provider],
    ["Identity", who.identity],
    ["Principal", who.principal],
    ["Account", who.account],
    ["Region", who.region],
    ["Expires", expiryText(cx, who.expiration)],
    ["Last Updated", localInstant(Date.parse(who.last_updated))],
  ]);
  cx.err(`${bad ? "✗" : "✓"} Current Authentication Status\n\n${rows}`);
  if (bad) {
    cx.err(
      `\n⚠ Credentials may be expired or invalid.\n  Run '${cx.prog} login --identity ${who.identity}' to refresh.\n`,
    );
    if (principal.reason) cx.deps.log.debug(`verification: ${principal.reason}`);
  }
}
