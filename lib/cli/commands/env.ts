import { modeFor } from "../../core/core.ts";
import { childEnvironment, exportedEnvironment } from "../../core/environment.ts";
import { openIdentity } from "../../core/open.ts";
import { chainOf } from "../../core/session.ts";
import type { Core } from "../../core/core.ts";
import { AuthError, type Credentials, type Entry } from "../../core/types.ts";
import { type EnvFormat, envFormat, formatRemovals, formatVariables } from "../env_format.ts";
import { chooseIdentity } from "../identity_choice.ts";
import type { CommandContext } from "../types.ts";
import { withLoginTip } from "./exec.ts";

/** `auth env` (02 §6.6). */
export async function run(cx: CommandContext): Promise<number> {
  const format = envFormat(cx.text("format") ?? "bash");
  const target = targetFile(cx, format);
  const core = await cx.core();
  const choice = await chooseIdentity(cx, core);
  if (choice.state === "disabled") {
    if (format === "json" || format === "nu") await emit(cx, format, target, "{}\n");
    return 0;
  }
  const { set, unset } = await variables(cx, core, choice.identity);
  if (format === "github" && set.NODE_OPTIONS !== undefined) {
    // the runner refuses this one variable (07 §7)
    delete set.NODE_OPTIONS;
    cx.err("⚠ NODE_OPTIONS cannot be set through GITHUB_ENV and was left out\n");
  }
  if (cx.bool("unset")) {
    const names = [...new Set([...unset, ...Object.keys(set)])].sort();
    await emit(cx, format, target, formatRemovals(format, names));
    return 0;
  }
  if (cx.deps.env.get("GITHUB_ACTIONS") === "true") await maskSecrets(cx, set);
  await emit(cx, format, target, formatVariables(format, set, { toFile: target !== undefined }));
  return 0;
}

/** Variables to set and, for `--unset`, names to remove. Without `--login` nothing is authenticated. */
async function variables(
  cx: CommandContext,
  core: Core,
  identity: Entry,
): Promise<{ set: Record<string, string>; unset: string[] }> {
  const mode = modeFor(core, cx.bool("login") ? "use" : "silent");
  let credentials: Credentials | null | undefined;
  let chain;
  if (cx.bool("login")) {
    try {
      const session = await openIdentity(core, identity, mode);
      chain = session.chain;
      credentials = session.credentials;
    } catch (error) {
      throw withLoginTip(cx, identity.name, error);
    }
  } else chain = chainOf(core, identity);
  if (!cx.bool("full") && !cx.bool("unset")) {
    return { set: await exportedEnvironment(core, chain, mode, credentials), unset: [] };
  }
  const child = await childEnvironment(core, chain, mode, credentials ?? null);
  if (cx.bool("full")) return child;
  const set = await exportedEnvironment(core, chain, mode, credentials);
  return { set, unset: [...child.unset, ...Object.keys(child.set)] };
}

/** The file to write to: `-o`, else `$GITHUB_ENV` for the format `github`; undefined = stdout. */
function targetFile(cx: CommandContext, format: EnvFormat): string | undefined {
  const asked = cx.text("output-file");
  if (asked) return asked;
  if (format !== "github") return undefined;
  const runner = cx.deps.env.nonEmpty("GITHUB_ENV");
  if (runner) return runner;
  throw new AuthError({
    code: "required_flag",
    message: "required flag not provided",
    explanation:
      "--format=github requires GITHUB_ENV environment variable to be set, or use --output-file to specify a file path.",
  });
}

async function emit(
  cx: CommandContext,
  format: EnvFormat,
  target: string | undefined,
  text: string,
): Promise<void> {
  if (target === undefined) {
    cx.out(text);
    return;
  }
  const { writeEnvFile } = await import("../env_file.ts");
  await writeEnvFile(cx.deps, target, text, format);
  cx.err(`✓ Environment written to ${target}\n`);
}

/** `::add-mask::` lines before anything is written, on stderr and past the filter (00-13). */
async function maskSecrets(cx: CommandContext, set: Record<string, string>): Promise<void> {
  const [{ secretLooking }, { maskCommands }] = await Promise.all([
    import("../../core/whoami.ts"),
    import("../env_format.ts"),
  ]);
  const paths = /_FILE$|_DIR$/;
  const secrets = Object.entries(set)
    .filter(([name, value]) => secretLooking(name) && !paths.test(name) && value !== "")
    .map(([, value]) => value);
  const lines = maskCommands(secrets);
  if (lines !== "") cx.errRaw(lines);
}
