import { childEnvironment } from "../../core/environment.ts";
import { modeFor } from "../../core/core.ts";
import { openIdentity } from "../../core/open.ts";
import { AuthError } from "../../core/types.ts";
import { chooseIdentity, withLoginTip } from "../identity_choice.ts";
import type { CommandContext } from "../types.ts";

/** `auth exec -- COMMAND` (02 §6.7, §7). */
export async function run(cx: CommandContext): Promise<number> {
  const words = cx.invocation.rest ?? [];
  const { positionals } = cx.invocation;
  if (words.length === 0 || positionals.length > 0) throw noCommand(cx, positionals, words);
  const core = await cx.core();
  const [command, ...args] = words;
  const choice = await chooseIdentity(cx, core);
  if (choice.state === "disabled") {
    return await cx.deps.spawn.child({ command: command!, args, unset: [], set: {} });
  }
  const mode = modeFor(core, "use");
  let session;
  try {
    session = await openIdentity(core, choice.identity, mode, {
      required: !cx.bool("no-required"),
    });
  } catch (error) {
    throw withLoginTip(cx, choice.identity.name, error);
  }
  const delta = await childEnvironment(core, session.chain, mode, session.credentials);
  return await cx.deps.spawn.child({ command: command!, args, ...delta });
}

function noCommand(cx: CommandContext, positionals: string[], rest: string[]): AuthError {
  const words = [...positionals, ...rest];
  return new AuthError({
    code: "no_command",
    message: "no command specified: invalid subcommand",
    explanation: positionals.length > 0
      ? "The command to run stands behind `--`."
      : "There is nothing to run.",
    hints: [
      words.length > 0
        ? `Put the command behind \`--\`: \`${cx.prog} exec -- ${words.join(" ")}\``
        : `Say what to run: \`${cx.prog} exec --identity NAME -- COMMAND\``,
    ],
  });
}
