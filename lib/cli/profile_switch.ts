/** When the identity, or any `auth` at all, stands in a profile that is not active (02 §5.1, 01 §3.6). */
import { profilesDefining } from "../config/profile_contents.ts";
import { AuthError } from "../core/types.ts";
import { processEnv } from "../sys/env.ts";
import { takeChdir } from "./grammar.ts";
import type { CommandContext } from "./types.ts";

/** Commands for which an empty `auth` is worth a look into the profiles. */
const needsAuth = new Set(["login", "exec", "shell", "env", "console", "whoami"]);

/** What a re-run must look like: argv for {@link runProgram} in this very process. */
export interface Rerun {
  argv: string[];
}

/**
 * Looks for the profile that would have avoided the error. On a terminal the user may switch: the
 * same command is to be run with the profile. Otherwise throws the error, with what was found.
 */
export async function profileFallback(cx: CommandContext, error: AuthError): Promise<Rerun> {
  const loaded = await cx.loaded();
  const depth = Number(cx.deps.env.nonEmpty("ATMOS_REEXEC_DEPTH") ?? "0");
  if (loaded.profilesExplicit || depth !== 0) throw error;
  const identity = error.code === "identity_not_found" ? error.context.identity : undefined;
  if (identity !== undefined) {
    const names = await profilesDefining(cx.deps, loaded, identity);
    if (names.length > 0) return await choose(cx, error, names, identity);
  }
  const config = await cx.auth();
  const empty = config.providers.size === 0 && config.identities.size === 0;
  if (!empty || !needsAuth.has(cx.invocation.command.words.join(" "))) throw error;
  const names = await profilesDefining(cx.deps, loaded);
  if (names.length === 0) throw error;
  return await choose(cx, error, names, undefined);
}

async function choose(
  cx: CommandContext,
  error: AuthError,
  names: string[],
  identity: string | undefined,
): Promise<Rerun> {
  const { terminal } = cx.deps;
  if (!terminal.interactive) throw suggestion(error, names, identity);
  const what = identity === undefined ? "" : ` for identity ${identity}`;
  let name = names[0]!;
  if (names.length > 1) {
    name = await terminal.select({
      title: `Select a profile${what}:`,
      options: names.map((value) => ({ value })),
    });
  } else if (
    !await terminal.confirm({
      title: `Switch to profile ${name}${what}?`,
      yes: "Yes",
      no: "No",
    })
  ) throw suggestion(error, names, identity);
  return rerun(cx, name, error);
}

/** The error with the way out, for people who cannot be asked. */
function suggestion(error: AuthError, names: string[], identity: string | undefined): AuthError {
  const list = names.map((name) => `\`${name}\``).join(", ");
  const one = names.length === 1;
  const found = identity === undefined
    ? one
      ? `Profile ${list} defines auth configuration`
      : `These profiles define auth configuration: ${list}`
    : one
    ? `Identity \`${identity}\` is defined in profile ${list}`
    : `Identity \`${identity}\` is defined in these profiles: ${list}`;
  return new AuthError({
    code: error.code,
    message: error.message,
    explanation: identity === undefined
      ? "No identities or providers are defined in the currently loaded configuration."
      : `Identity \`${identity}\` is not defined in the currently loaded configuration.`,
    hints: [
      found,
      one
        ? `Re-run with \`--profile ${names[0]}\` to use it`
        : "Re-run with `--profile <name>` using one of the profiles above",
    ],
    context: error.context,
    exit: 1,
    cause: error,
  });
}

/**
 * The same command line with the profile first and without `--chdir`, which has been done; the
 * depth keeps a wrong profile from asking again, here and in every child.
 */
function rerun(cx: CommandContext, profile: string, error: AuthError): Rerun {
  const { argv, missing } = takeChdir(cx.invocation.argv);
  if (missing !== undefined) throw error;
  processEnv.set("ATMOS_REEXEC_DEPTH", "1");
  processEnv.set("ATMOS_CHDIR", "");
  return { argv: [`--profile=${profile}`, ...argv] };
}
