/** How text for people is drawn in this run. */
import { systemEnv } from "../sys/env.ts";
import { lookFromWords } from "./colour.ts";
import { booleanVariable } from "./flag_values.ts";
import type { ErrorStyle } from "./errors.ts";
import type { CommandContext } from "./types.ts";

/**
 * Style of the error block. Works without a context too: an error of the command line itself must
 * still honour `--error-format`, `--verbose` and colour.
 */
export function errorStyle(argv: readonly string[], cx: CommandContext | undefined): ErrorStyle {
  const env = systemEnv();
  const words = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const at = words.indexOf("--error-format");
  const asked = words.findLast((word) => word.startsWith("--error-format="))?.slice(15) ??
    (at >= 0 ? words[at + 1] : undefined) ?? env.nonEmpty("ATMOS_ERROR_FORMAT");
  const look = cx?.look ?? lookFromWords(argv, env);
  const ownVerbose = cx?.invocation.command.flags.some((flag) => flag.name === "verbose");
  return {
    colour: look.colour("stderr"),
    columns: look.wrap("stderr"),
    format: asked === "json" ? "json" : "text",
    verbose: cx
      ? !ownVerbose && cx.bool("verbose") || cx.invocation.globals.get("verbose")?.value === true
      : words.includes("--verbose") || quietBool("ATMOS_VERBOSE"),
  };

  function quietBool(name: string): boolean {
    try {
      return booleanVariable(env, name) === true;
    } catch {
      return false; // the error being printed may be about this very variable
    }
  }
}
