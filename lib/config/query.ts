/** The subset of yq expressions that `!include` understands (01 §2.1). */
import { functionFailed } from "./functions.ts";
import { isNull } from "./node.ts";
import type { Node, ScalarNode } from "./node.ts";

/**
 * `.a.b`, `.a[0]`, `.["k"]`, stages joined by `|`, `//` with a default. undefined = null. Anything
 * else throws `unsupported expression`.
 */
export function query(fn: ScalarNode, root: Node, expression: string): Node | undefined {
  let here: Node | undefined = root;
  for (const stage of split(expression, "|")) here = alternatives(fn, here, stage, expression);
  return here;
}

function alternatives(
  fn: ScalarNode,
  input: Node | undefined,
  stage: string,
  whole: string,
): Node | undefined {
  for (const option of split(stage, "//")) {
    const found = literal(fn, option) ?? walk(fn, input, option, whole);
    const empty = found === undefined || isNull(found) || isFalse(found);
    if (!empty) return found;
  }
  return undefined;
}

/** As in jq, `//` passes over false as well as null. */
function isFalse(node: Node): boolean {
  return node.t === "scalar" && node.plain && /^(false|False|FALSE)$/.test(node.text);
}

function literal(fn: ScalarNode, text: string): ScalarNode | undefined {
  const { source, offset } = fn;
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text);
  if (quoted) {
    const value = JSON.parse(text) as string;
    return { t: "scalar", text: value, plain: false, source, offset };
  }
  if (!/^(-?\d+(\.\d+)?|true|false|null)$/.test(text)) return undefined;
  return { t: "scalar", text, plain: true, source, offset };
}

const STEP =
  /\.([A-Za-z_][\w-]*)|\.?\[\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+))\s*\]|\."((?:[^"\\]|\\.)*)"/y;

function walk(
  fn: ScalarNode,
  input: Node | undefined,
  text: string,
  whole: string,
): Node | undefined {
  const unsupported = () => functionFailed(fn, `unsupported expression: ${whole}`);
  if (!text.startsWith(".")) throw unsupported();
  if (text === ".") return input;
  let here = input;
  for (let at = 0; at < text.length;) {
    STEP.lastIndex = at;
    const step = STEP.exec(text);
    if (!step) throw unsupported();
    at = STEP.lastIndex;
    const index = step[3];
    if (index !== undefined) {
      here = here?.t === "list" ? here.items.at(Number(index)) : undefined;
    } else {
      const quoted = step[2] ?? step[4];
      const key = quoted === undefined ? step[1]! : JSON.parse(`"${quoted}"`) as string;
      here = here?.t === "map" ? here.entries.get(key)?.node : undefined;
    }
  }
  return here;
}

/** Parts between separators that stand outside quotes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0, quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (quoted && text[at] === "\\") at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text.startsWith(separator, at)) {
      parts.push(text.slice(start, at).trim());
      at += separator.length - 1;
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
