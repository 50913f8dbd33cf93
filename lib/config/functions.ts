/**
 * YAML functions of atmos.yaml (01 §2). `!env` is here, because it is on the hot path of almost
 * every project; the others are loaded when one is met.
 */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { registerSecret } from "../sys/mask.ts";
import { locate } from "./node.ts";
import type { Node, ScalarNode } from "./node.ts";
import { FUNCTION_TAGS, unsupportedTag } from "./settle.ts";
import type { Soon } from "./settle.ts";

/** What the functions may use. */
export interface FunctionContext {
  deps: Pick<Deps, "env" | "files" | "spawn" | "http" | "random" | "log" | "clock" | "locks">;
  cwd: string;
  /** Nearest ancestor with `.git`, worktrees and submodules included. */
  gitRoot: () => string | undefined;
  /** Directory for bare paths of `!include`: the base path, as far as it is known. */
  includeBase: () => string | undefined;
  /** Remote sources that a local file trusts (01 §1.7). */
  trusted: (source: string) => boolean;
  /** Reads a remote include (01 §1.7). */
  fetchRemote: (url: string, at: ScalarNode) => Promise<{ text: string; name: string }>;
}

/** Runs one function of a value that survived. Throws AuthError with file, line and column. */
export function runFunction(
  cx: FunctionContext,
  fn: ScalarNode,
  path: readonly string[],
): Soon<Node | undefined> {
  const tag = fn.tag!;
  if (!FUNCTION_TAGS.includes(tag)) throw unsupportedTag(fn, path);
  if (tag !== "!env") return runRare(cx, fn, path);
  const args = functionArgs(fn);
  if (args.length !== 1 && args.length !== 2) {
    throw functionFailed(fn, "env function accepts 1 or 2 arguments");
  }
  const value = cx.deps.env.get(args[0]!)?.trim() ?? args[1];
  if (value === undefined) return undefined;
  return textNode(fn, value, path);
}

async function runRare(
  cx: FunctionContext,
  fn: ScalarNode,
  path: readonly string[],
): Promise<Node | undefined> {
  const { runRareFunction } = await import("./functions_rare.ts");
  return runRareFunction(cx, fn, path);
}

/** A text that a function gave, standing where the function stands. */
export function textNode(fn: ScalarNode, text: string, path: readonly string[]): ScalarNode {
  registerWhenSecret(text, path);
  return { t: "scalar", text, plain: false, source: fn.source, offset: fn.offset };
}

/** Values of `!env` and `!exec` under secret keys are masked in all output (01 §2.1). */
export function registerWhenSecret(text: string, path: readonly string[]): void {
  if (path.some((key) => /^(password|secret_access_key)$|token/i.test(key))) registerSecret(text);
}

/**
 * Arguments after the tag: separated by white space, `'…'` or `"…"` quoted with the quote doubled
 * inside (01 §2.1).
 */
export function functionArgs(fn: ScalarNode): string[] {
  const text = fn.text;
  const args: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    let arg = "";
    while (at < text.length && !/\s/.test(text[at]!)) {
      const quote = text[at]!;
      if (arg !== "" || (quote !== "'" && quote !== '"')) {
        arg += quote;
        at++;
        continue;
      }
      const [inside, end] = quoted(fn, text, at);
      arg = inside;
      at = end;
      break;
    }
    args.push(arg);
  }
  return args;
}

function quoted(fn: ScalarNode, text: string, start: number): [string, number] {
  const quote = text[start]!;
  let inside = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== quote) inside += text[at];
    else if (text[at + 1] === quote) inside += text[at++];
    else return [inside, at + 1];
  }
  throw functionFailed(fn, `unterminated quote ${quote}`);
}

/** The error of a function at its place (01 §2.1). `exit`: the code of a failed `!exec`. */
export function functionFailed(
  fn: ScalarNode,
  cause: string,
  more: { exit?: number; hints?: string[]; cause?: unknown } = {},
): AuthError {
  const { file, line, column } = locate(fn.source, fn.offset);
  return new AuthError({
    code: "yaml_function_failed",
    message: "failed to preprocess YAML functions: failed to execute yaml function: " +
      `${`${fn.tag} ${fn.text}`.trim()} : ${cause} (${file}:${line}:${column})`,
    context: { file, line: String(line), column: String(column) },
    hints: more.hints,
    cause: more.cause,
    exit: more.exit ?? 2,
  });
}
