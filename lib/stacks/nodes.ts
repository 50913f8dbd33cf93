/** Small questions to nodes of stack manifests. */
import { AuthError } from "../core/types.ts";
import { problemAt } from "../config/compose.ts";
import { Merger } from "../config/merge.ts";
import type { MergeRules, Place } from "../config/merge.ts";
import { isNull } from "../config/node.ts";
import type { MapNode, Node } from "../config/node.ts";

/** Node at a path of map keys; undefined when absent or null. */
export function child(node: Node | undefined, ...path: string[]): Node | undefined {
  for (const key of path) node = node?.t === "map" ? node.entries.get(key)?.node : undefined;
  return node === undefined || isNull(node) ? undefined : node;
}

/** Text of a scalar at a path. */
export function textOf(node: Node | undefined, ...path: string[]): string | undefined {
  const found = child(node, ...path);
  return found?.t === "scalar" && found.tag === undefined && found.text !== ""
    ? found.text
    : undefined;
}

/** Texts of a list of scalars at a path, or of one scalar. */
export function textsOf(node: Node | undefined, ...path: string[]): string[] {
  const found = child(node, ...path);
  const items = found?.t === "list" ? found.items : found ? [found] : [];
  return items.flatMap((item) => item.t === "scalar" && item.text !== "" ? [item.text] : []);
}

/** A section that must be a map; undefined when absent or null (a null section is an empty one). */
export function section(node: Node | undefined, path: string[], what: string): MapNode | undefined {
  const found = child(node, ...path);
  if (found === undefined || found.t === "map") return found;
  throw problemAt(found, {
    code: "invalid_stack_section",
    prefix: `invalid ${what} section`,
    reason: `'${path.join(".")}' must be a map`,
    exit: 1,
  });
}

/** `high` over `low`; either may be missing. */
export function over<T extends Node>(
  low: T | undefined,
  high: T | undefined,
  rules: MergeRules,
  place: Place = "below",
): T | undefined {
  if (low === undefined || high === undefined) return high ?? low;
  return new Merger(rules).lay(low, high, place) as T | undefined;
}

/** The map without some of its keys. */
export function without(map: MapNode, ...keys: string[]): MapNode {
  if (!keys.some((key) => map.entries.has(key))) return map;
  const entries = new Map(map.entries);
  for (const key of keys) entries.delete(key);
  return { ...map, entries };
}

/** The map with one entry put in or replaced. */
export function withEntry(map: MapNode, key: string, node: Node): MapNode {
  const entries = new Map(map.entries);
  const { source, offset: keyOffset } = node;
  entries.set(key, { ...(entries.get(key) ?? { source, keyOffset }), node });
  return { ...map, entries };
}

/** `unsupported feature: <what>` (08 §1). */
export function unsupported(what: string, where: string): AuthError {
  return new AuthError({
    code: "unsupported_feature",
    message: `unsupported feature: ${what}${where && ` (${where})`}`,
    hints: ["The full Atmos CLI has it"],
  });
}
