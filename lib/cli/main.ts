/** The walk of one command line: argv in, exit code out. */
import { AuthError } from "../sys/error.ts";
import { systemEnv } from "../sys/env.ts";
import { BrokenPipe, redirectStderr, writeStderr } from "../sys/stdio.ts";
import { type StrippedEnv, strippedEnv } from "../sys/stripped_env.ts";
import { makeContext } from "./context.ts";
import { checkGlobalVariables, FlagReader } from "./flag_values.ts";
import { type Chdir, type HelpRequest, parse, takeChdir } from "./grammar.ts";
import { ProgramName } from "./program.ts";
import type { CommandContext, Invocation } from "./types.ts";
import { rootPlace } from "./table.ts";
import { usageError } from "./usage.ts";
import { enterWorkdir } from "./workdir.ts";

/** Runs the program; resolves to the exit code. Never rejects. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const run: Run = { argv, name: undefined, cx: undefined };
  try {
    const name = run.name = new ProgramName();
    return await walk(run, name);
  } catch (error) {
    if (error instanceof BrokenPipe) return 141;
    return await report(run, error);
  }
}

/** What is known of this run, for the error at its end. */
interface Run {
  argv: readonly string[];
  name: ProgramName | undefined;
  cx: CommandContext | undefined;
}

async function walk(run: Run, name: ProgramName): Promise<number> {
  if (run.argv[0] === "__complete" || run.argv[0] === "__completeNoDesc") {
    const { printCompletions } = await import("./completion.ts");
    return await printCompletions(run.argv, name);
  }
  const chdir = takeChdir(run.argv);
  changeDirectory(chdir, name);
  const parsed = read(chdir.argv, run.argv, name);
  if ("help" in parsed) {
    const { printHelp } = await import("./help.ts");
    const { lookFromWords } = await import("./colour.ts");
    const env = systemEnv();
    return await printHelp(parsed, lookFromWords(run.argv, env), env);
  }
  const env = strippedEnv();
  env.strip("ATMOS_KEYRING_PASSWORD", "DENO_INTERNAL_CHILD_ENTRYPOINT", "NODE_CHANNEL_FD");
  checkGlobalVariables(env);
  redirect(parsed, env);
  const cx = run.cx = makeContext(parsed, name, env);
  const { run: command } = await parsed.command.load();
  try {
    return await command(cx);
  } catch (error) {
    if (!(error instanceof AuthError) || !profileErrors.has(error.code)) throw error;
    const { profileFallback } = await import("./profile_switch.ts");
    run.argv = (await profileFallback(cx, error)).argv;
    return await walk(run, name);
  }
}

/** Codes of errors that a profile may be the answer to (02 §5.1). */
const profileErrors = new Set([
  "identity_not_found",
  "no_identities_available",
  "no_providers_available",
]);

/** Reads the words, asking for the program's name only where it changes their meaning (02 §1.1). */
function read(
  argv: readonly string[],
  original: readonly string[],
  name: ProgramName,
): Invocation | HelpRequest {
  const known = name.handedOver;
  if (known) return readAs(argv, original, known);
  let parsed: Invocation | HelpRequest | undefined, failed: unknown;
  try {
    parsed = parse(argv, { dropIn: false, original });
  } catch (error) {
    failed = error;
  }
  if (parsed && !name.matters(firstWord(parsed, argv))) return parsed;
  const role = name.role();
  if (role.mode !== "normal") return readAs(argv, original, role);
  if (parsed) return parsed;
  throw failed;
}

function readAs(
  argv: readonly string[],
  original: readonly string[],
  role: ReturnType<ProgramName["role"]>,
): Invocation | HelpRequest {
  const words = role.mode === "helper" ? ["auth", "credential", role.kind, ...argv] : argv;
  return parse(words, { dropIn: role.mode === "drop-in", original });
}

function firstWord(parsed: Invocation | HelpRequest, argv: readonly string[]): string | undefined {
  if ("help" in parsed) return argv.find((word) => !word.startsWith("-"));
  return parsed.long ? "auth" : parsed.command.words[0];
}

/** `--chdir`, else `ATMOS_CHDIR` (02 §1.2-1): before anything is looked up. */
function changeDirectory(chdir: Chdir, name: ProgramName): void {
  if (chdir.missing !== undefined) {
    const message = chdir.missing === "-C"
      ? "flag needs an argument: 'C' in -C"
      : "flag needs an argument: --chdir";
    const dropIn = name.role().mode === "drop-in";
    throw usageError({ place: rootPlace(dropIn), dropIn, words: "" }, message, {
      code: "flag_needs_argument",
    });
  }
  enterWorkdir(chdir.dir);
}

/** `--redirect-stderr`: everything for people goes to that file (02 §1.3). */
function redirect(invocation: Invocation, env: StrippedEnv): void {
  // `terraform` has a flag of this name of its own (08 §11.1)
  if (invocation.command.flags.some((flag) => flag.name === "redirect-stderr")) return;
  const flags = new FlagReader(invocation, env);
  const path = flags.text("redirect-stderr");
  if (path === undefined || path === "/dev/stderr") return;
  redirectStderr(flags.expandHome(path));
}

/** Prints the error block and gives the exit code. */
async function report(run: Run, thrown: unknown): Promise<number> {
  const { asAuthError, renderError } = await import("./errors.ts");
  const error = asAuthError(thrown);
  const { errorStyle } = await import("./style.ts");
  writeStderr(renderError(error, errorStyle(run.argv, run.cx)));
  return error.exit;
}
