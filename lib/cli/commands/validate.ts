import { findingCodes } from "../../config/finding_codes.ts";
import { sortFindings, validateConfig } from "../../config/validate.ts";
import { AuthError, type Finding } from "../../core/types.ts";
import { findingLines, findingsJson, findingsSarif, placeText } from "../findings.ts";
import type { CommandContext } from "../types.ts";

/** `auth validate` (01 §5.1, 02 §6.4): no network, no keyring, no browser. */
export async function run(cx: CommandContext): Promise<number> {
  const format = cx.text("format") ?? "text";
  if (!["text", "json", "sarif"].includes(format)) {
    throw new AuthError({
      code: "invalid_format",
      message: `invalid format: ${format}`,
      hints: ["Valid formats are `text`, `json` and `sarif`"],
      exit: 2,
    });
  }
  const machine = format !== "text";
  if (!machine && cx.bool("verbose")) {
    cx.err("\n**Validating authentication configuration...**\n\n");
  }
  const { findings, exit, thrown } = await examine(cx);
  const cwd = cx.deps.env.cwd();
  if (format === "json") cx.out(findingsJson(findings));
  else if (format === "sarif") cx.out(findingsSarif(findings, cwd, findingCodes));
  if (machine) return exit;

  const lines = findingLines(findings, cwd);
  if (exit === 0) {
    if (lines) cx.err(`\n${lines}`);
    cx.err("\n**✅ Authentication configuration is valid**\n\n");
    return 0;
  }
  cx.err(`\n**❌ Authentication configuration validation failed:**\n\n${lines}`);
  throw thrown ?? firstError(findings, cwd);
}

/** What is wrong, and the exit code that it comes to. */
interface Examined {
  findings: Finding[];
  exit: number;
  /** The configuration could not be loaded at all. */
  thrown?: AuthError;
}

async function examine(cx: CommandContext): Promise<Examined> {
  try {
    const loaded = await cx.loaded({ functions: !cx.bool("no-functions"), silent: true });
    cx.narrow("net", "run", "ffi");
    const findings = sortFindings([
      ...loaded.findings,
      ...validateConfig(loaded.merged, cx.deps.env, loaded, { strict: cx.bool("strict") }),
    ]);
    const failed = findings.some((found) => found.severity === "error");
    return { findings, exit: failed ? 1 : 0 };
  } catch (error) {
    if (!(error instanceof AuthError) || error.code === "user_aborted") throw error;
    return { findings: [loadFinding(error)], exit: error.exit, thrown: error };
  }
}

/** A configuration that cannot be loaded, reported the same way (01 §5.1). */
function loadFinding(error: AuthError): Finding {
  const { file, line, column } = error.context;
  return {
    severity: "error",
    code: error.code,
    path: "",
    message: error.message,
    ...(file && line && column
      ? { location: { file, line: Number(line), column: Number(column) } }
      : {}),
    ...(error.hints[0] ? { hint: error.hints[0] } : {}),
  };
}

function firstError(findings: readonly Finding[], cwd: string): AuthError {
  const first = findings.find((found) => found.severity === "error")!;
  return new AuthError({
    code: "invalid_auth_config",
    message: first.message,
    explanation: placeText(first, cwd),
    hints: first.hint ? [first.hint] : [],
  });
}
