/** The one place where errors become text (02 §3.2). */
import { AuthError } from "../sys/error.ts";
import { maskText } from "../sys/mask.ts";
import { renderText, type TextStyle } from "./markdown.ts";
import { wrap } from "./width.ts";

/** How an error is shown. */
export interface ErrorStyle extends TextStyle {
  /** Wrap at this width; undefined = never (02 §3.2: never without a terminal). */
  columns?: number | undefined;
  verbose: boolean;
  format: "text" | "json";
}

/** Anything thrown as an {@link AuthError}; what nobody foresaw becomes `internal_error`. */
export function asAuthError(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  const text = error instanceof Error ? error.message || error.name : String(error);
  return new AuthError({
    code: "internal_error",
    message: `internal error: ${text}`,
    hints: ["Run the command again with `--verbose` and report what it prints"],
    cause: error,
  });
}

/** The whole block for stderr, ending in one newline. */
export function renderError(thrown: unknown, style: ErrorStyle): string {
  const error = asAuthError(thrown);
  return style.format === "json" ? renderJson(error) : renderBlock(error, style);
}

/** `--error-format json` (02 B15): one object on one line, codes stable. */
function renderJson(error: AuthError): string {
  const body: Record<string, unknown> = { code: error.code, message: maskText(error.message) };
  if (error.explanation) body.explanation = maskText(error.explanation);
  if (error.hints.length > 0) body.hints = error.hints.map(maskText);
  body.exit_code = error.exit;
  return JSON.stringify({ error: body }) + "\n";
}

function renderBlock(error: AuthError, style: ErrorStyle): string {
  const parts = [`# ${error.title}`, `**Error:** ${error.message}`];
  if (error.explanation) parts.push(error.explanation.replace(/\n+$/, ""));
  if (error.example) parts.push("## Example");
  let text = "\n" + parts.map((part) => paragraph(part, style)).join("\n\n") + "\n";
  if (error.example) {
    text += "\n```\n" + maskText(error.example).replace(/\n+$/, "") + "\n```\n";
  }
  for (const hint of error.hints) text += "\n" + paragraph(`💡 ${hint}`, style) + "\n";
  if (style.verbose) text += renderVerbose(error, style);
  return text;
}

/** Masked as a whole, wrapped, then coloured. */
function paragraph(text: string, style: ErrorStyle): string {
  const masked = maskText(text);
  return renderText(style.columns ? wrap(masked, style.columns).join("\n") : masked, style);
}

function renderVerbose(error: AuthError, style: ErrorStyle): string {
  let text = "";
  const context = Object.entries(error.context);
  if (context.length > 0) {
    const rows = [["Key", "Value"], ...context];
    const table = rows.map(([key, value]) => `${key} | ${value}`).join("\n");
    text += "\n" + renderText("## Context", style) + "\n\n" + maskText(table) + "\n";
  }
  const stack: string[] = [];
  const seen = new Set<unknown>();
  for (let at: unknown = error; at !== undefined && !seen.has(at);) {
    seen.add(at);
    const here = at instanceof Error ? at.stack ?? at.message : String(at);
    stack.push((stack.length > 0 ? "Caused by: " : "") + here);
    at = at instanceof Error ? at.cause : undefined;
  }
  text += "\n" + renderText("## Stack Trace", style) + "\n\n" + maskText(stack.join("\n")) + "\n";
  return text;
}
