/** JSON text as nodes: what `!exec` printed, or an included file. Numbers keep their digits. */
import { registerWhenSecret } from "./functions.ts";
import type { Node, ScalarNode } from "./node.ts";

/** A number as written. */
class Digits {
  constructor(readonly text: string) {}
}

/**
 * The value of a JSON text, standing at `at`; undefined when it is no JSON. Texts under secret keys
 * are registered with the masker.
 */
export function jsonNode(
  at: ScalarNode,
  text: string,
  path: readonly string[],
): Node | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
  return nodeOf(at, value, path);
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? new Digits(context?.source ?? String(value)) : value;
}

function nodeOf(at: ScalarNode, value: unknown, path: readonly string[]): Node {
  const { source, offset } = at;
  if (Array.isArray(value)) {
    const items = value.map((item, i) => nodeOf(at, item, [...path, String(i)]));
    return { t: "list", items, source, offset };
  }
  if (value !== null && typeof value === "object" && !(value instanceof Digits)) {
    const entries = new Map(
      Object.entries(value).map(([key, child]) => {
        const node = nodeOf(at, child, [...path, key]);
        return [key, { node, source, keyOffset: offset }] as const;
      }),
    );
    return { t: "map", entries, source, offset };
  }
  const text = value instanceof Digits ? value.text : String(value);
  registerWhenSecret(text, path);
  return { t: "scalar", text, plain: typeof value !== "string", source, offset };
}
