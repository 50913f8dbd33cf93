/** Which identity a command acts as: flags and variable in, a choice of the core out (02 §5). */
import type { Core } from "../core/core.ts";
import { identityRequest, selectIdentity, type Selection } from "../core/selection.ts";
import { AuthError, type Entry } from "../core/types.ts";
import type { CommandContext } from "./types.ts";

/** Chooses by `--identity`, `ATMOS_IDENTITY`, defaults, or a prompt. Throws as `selectIdentity`. */
export async function chooseIdentity(
  cx: CommandContext,
  core: Core,
  options: { onlyOne?: boolean; prompts?: boolean } = {},
): Promise<Selection> {
  const flag = cx.given("identity")
    ? { value: cx.text("identity"), bare: cx.bare("identity") }
    : undefined;
  return await selectIdentity(
    core,
    identityRequest(flag, cx.deps.env.get("ATMOS_IDENTITY")),
    options,
  );
}

/** As {@link chooseIdentity} where disabled authentication is an error (`login`, `console`, tokens). */
export async function requireChoice(
  cx: CommandContext,
  core: Core,
  options: { onlyOne?: boolean; prompts?: boolean } = {},
): Promise<{ identity: Entry; rule: string }> {
  const choice = await chooseIdentity(cx, core, options);
  if (choice.state === "disabled") {
    throw new AuthError({
      code: "authentication_disabled",
      message: "authentication is disabled (--identity=false)",
      hints: ["Name an identity with `--identity`, or unset `ATMOS_IDENTITY`"],
    });
  }
  return choice;
}

/** `--identity` together with `--provider` as flags (02 §5-7); a variable never conflicts. */
export function refuseIdentityWithProvider(cx: CommandContext): void {
  if (!cx.given("identity") || !cx.given("provider")) return;
  throw new AuthError({
    code: "mutually_exclusive_flags",
    message: "mutually exclusive flags provided: --identity and --provider",
    hints: ["Give one of them"],
    exit: 2,
  });
}

/** Failures of the configuration, not of the sign-in. */
const signingInWontHelp = new Set([
  "invalid_auth_config",
  "circular_dependency",
  "identity_not_configured",
  "kind_not_available",
]);

/** The tip of 03 §3.10 behind a failed authentication. */
export function withLoginTip(cx: CommandContext, identity: string, error: unknown): unknown {
  if (!(error instanceof AuthError) || error.exit === 130) return error;
  if (signingInWontHelp.has(error.code)) return error;
  const tip = `Run \`${cx.prog} login --identity ${identity}\` to sign in first`;
  return new AuthError({
    code: error.code,
    message: error.message.startsWith("authentication failed")
      ? error.message
      : `authentication failed: ${error.message}`,
    explanation: error.explanation,
    hints: error.hints.some((h) => h.includes("login --identity"))
      ? error.hints
      : [...error.hints, tip],
    context: error.context,
    cause: error,
  });
}
