import type { Chain } from "../../core/chain.ts";
import { type Core, modeFor } from "../../core/core.ts";
import { childEnvironment, exportedEnvironment } from "../../core/environment.ts";
import { openIdentity } from "../../core/open.ts";
import { cached, chainOf } from "../../core/session.ts";
import { AuthError, type Credentials, type Entry } from "../../core/types.ts";
import {
  type EnvFormat,
  envFormat,
  formatRemovals,
  formatVariables,
  isWholeDocument,
} from "../env_format.ts";
import { chooseIdentity, withLoginTip } from "../identity_choice.ts";
import type { CommandContext } from "../types.ts";

/** `auth env` (02 §6.6). */
export async function run(cx: CommandContext): Promise<number> {
  const format = envFormat(cx.text("format") ?? "bash");
  const file = target(cx, format);
  const core = await cx.core();
  const choice = await chooseIdentity(cx, core);
  if (choice.state === "disabled") {
    if (isWholeDocument(format) && file === undefined) cx.out("{}\n");
    return 0;
  }
  const variables = await variablesOf(cx, core, choice.identity);
  if (format === "github" && "NODE_OPTIONS" in variables.set && !cx.bool("unset")) {
    // the runner refuses this one name in its environment file (07 §7)
    delete variables.set.NODE_OPTIONS;
    cx.deps.log.warn("NODE_OPTIONS is left out: the runner does not accept it");
  }
  const text = cx.bool("unset")
    ? formatRemovals(
      format,
      [...new Set([...variables.unset, ...Object.keys(variables.set)])].sort(),
    )
    : formatVariables(format, variables.set, { toFile: file !== undefined });
  if (cx.deps.env.nonEmpty("GITHUB_ACTIONS") === "true" && !cx.bool("unset")) {
    const { announceSecrets } = await import("../env_secrets.ts");
    announceSecrets(cx, variables.set);
  }
  if (file === undefined) cx.out(text);
  else {
    const { writeEnvFile } = await import("../env_file.ts");
    await writeEnvFile(cx.deps, file, text, format);
    cx.err(`✓ Environment written to ${file}\n`);
  }
  return 0;
}

/** The file to write to; undefined = stdout. `github` has one of its own (02 §6.6-6). */
function target(cx: CommandContext, format: EnvFormat): string | undefined {
  const file = cx.text("output-file") || undefined;
  if (file !== undefined || format !== "github") return file;
  const runner = cx.deps.env.nonEmpty("GITHUB_ENV");
  if (runner !== undefined) return runner;
  throw new AuthError({
    code: "required_flag_missing",
    message: "required flag not provided",
    explanation: "--format=github requires GITHUB_ENV environment variable to be set, or use " +
      "--output-file to specify a file path.",
  });
}

interface Variables {
  set: Record<string, string>;
  unset: string[];
}

async function variablesOf(cx: CommandContext, core: Core, identity: Entry): Promise<Variables> {
  const { chain, credentials } = cx.bool("login")
    ? await signedIn(cx, core, identity)
    : await asConfigured(cx, core, identity);
  const mode = modeFor(core, "silent");
  const full = cx.bool("full"), unset = cx.bool("unset");
  const child = full || unset
    ? await childEnvironment(core, chain, mode, credentials)
    : { set: {}, unset: [] };
  if (full) {
    if (credentials?.type === "aws" && credentials.expiration) {
      child.set.AWS_CREDENTIAL_EXPIRATION ??= credentials.expiration;
    }
    return child;
  }
  return {
    set: await exportedEnvironment(core, chain, mode, credentials),
    unset: child.unset,
  };
}

interface Source {
  chain: Chain;
  credentials: Credentials | null;
}

async function signedIn(cx: CommandContext, core: Core, identity: Entry): Promise<Source> {
  try {
    return await openIdentity(core, identity, modeFor(core, "use"));
  } catch (error) {
    throw withLoginTip(cx, identity.name, error);
  }
}

/**
 * Without `--login` nothing is authenticated: configuration, paths and what the identity's own
 * files hold; the network and other programs are out of reach from here on.
 */
async function asConfigured(cx: CommandContext, core: Core, identity: Entry): Promise<Source> {
  cx.narrow("net", "run");
  const mode = modeFor(core, "silent");
  const { session } = await cached(core, identity, { mode, keyring: false });
  return {
    chain: session?.chain ?? chainOf(core, identity),
    credentials: session?.credentials ?? null,
  };
}
