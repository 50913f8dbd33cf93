import { childEnvironment } from "../../core/environment.ts";
import { modeFor } from "../../core/core.ts";
import { openIdentity } from "../../core/open.ts";
import { AuthError, type EnvDelta } from "../../core/types.ts";
import { chooseIdentity, withLoginTip } from "../identity_choice.ts";
import type { CommandContext } from "../types.ts";

/** `auth shell` (02 §6.8). */
export async function run(cx: CommandContext): Promise<number> {
  const { positionals, rest } = cx.invocation;
  if (positionals.length > 0) {
    throw new AuthError({
      code: "invalid_arguments",
      message: "invalid arguments",
      explanation: "use `--shell` to choose a shell binary, and place shell args only after `--`",
      context: { arguments: positionals.join(" ") },
    });
  }
  const core = await cx.core();
  const choice = await chooseIdentity(cx, core);
  const command = shellProgram(cx);
  const args = rest && rest.length > 0 ? rest : cx.deps.env.os === "windows" ? [] : ["-l"];
  const level = { ATMOS_SHLVL: String(nextLevel(cx)) };
  if (choice.state === "disabled") {
    return await cx.deps.spawn.child({ command, args, unset: [], set: level });
  }
  const mode = modeFor(core, "use");
  const { identity } = choice;
  let delta: EnvDelta, provider: string;
  try {
    const session = await openIdentity(core, identity, mode, {
      required: !cx.bool("no-required"),
    });
    provider = session.chain.shownProvider;
    delta = await childEnvironment(core, session.chain, mode, session.credentials);
  } catch (error) {
    throw withLoginTip(cx, identity.name, prepared(error));
  }
  cx.err(
    `\n→ Entering Atmos shell with identity: ${identity.name} (${provider})\n` +
      "  Type 'exit' to return to your normal shell\n\n",
  );
  const code = await cx.deps.spawn.child({
    command,
    args,
    unset: delta.unset,
    set: { ...delta.set, ...level },
  });
  cx.err(`\n← Exited Atmos shell for identity: ${identity.name} (${provider})\n\n`);
  return code;
}

/** A failure that is none of the sign-in is one of the environment. */
function prepared(error: unknown): unknown {
  if (error instanceof AuthError) return error;
  return new AuthError({
    code: "shell_environment_failed",
    message: `failed to prepare authenticated shell environment: ${(error as Error).message}`,
    cause: error,
  });
}

/** `--shell`, `ATMOS_SHELL`, `SHELL`; on Windows `COMSPEC` and `cmd.exe`, elsewhere bash, then sh. */
function shellProgram(cx: CommandContext): string {
  const { env, spawn } = cx.deps;
  const named = cx.text("shell") ?? env.nonEmpty("SHELL");
  if (named) return named;
  const found = env.os === "windows"
    ? env.nonEmpty("COMSPEC") ?? spawn.which("cmd.exe")
    : spawn.which("bash") ?? spawn.which("sh");
  if (found) return found;
  throw new AuthError({
    code: "no_shell",
    message: "no suitable shell found",
    hints: ["Name one with `--shell` or set `SHELL`"],
  });
}

/** Nesting depth of our shells; absent or no number counts as none. */
function nextLevel(cx: CommandContext): number {
  const level = cx.deps.env.nonEmpty("ATMOS_SHLVL") ?? "";
  return /^\d+$/.test(level) ? Number(level) + 1 : 1;
}
