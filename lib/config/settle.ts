/**
 * After the merge: functions whose value survived are run, once each, and places where a function
 * met a map are decided (01 §1.8, §2.1). Work is done synchronously as long as every function met
 * can be answered so: a promise appears only where one has to wait.
 */
import type { AuthError } from "../core/types.ts";
import { problemAt } from "./compose.ts";
import {
  checkNames,
  hasPendingMerge,
  isLayered,
  isUnset,
  Merger,
  placeBelow,
  splitMergeKey,
} from "./merge.ts";
import type { LayeredNode, Place } from "./merge.ts";
import { isNull } from "./node.ts";
import type { ListNode, MapNode, Node, ScalarNode } from "./node.ts";
import { nearest } from "./suggest.ts";

/** A value now or later. */
export type Soon<T> = T | Promise<T>;

/** Runs one function; undefined = no value (an unset variable, an empty include). */
export type RunFunction = (fn: ScalarNode, path: readonly string[]) => Soon<Node | undefined>;

/** Nested includes and functions that yield functions. */
const MAX_DEPTH = 20;

/** `then` for values that may be there already. */
export function after<T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

export class Settler {
  #run: RunFunction;
  #results = new Map<ScalarNode, Soon<Node | undefined>>();
  /** Nodes without anything to do, by identity: shared subtrees are looked at once. */
  #plain = new WeakSet<Node>();

  constructor(run: RunFunction) {
    this.#run = run;
  }

  /** The node without functions, `!append`, `!unset` and open merges; undefined = no value. */
  settle(
    node: Node,
    path: readonly string[],
    place: Place = "below",
    depth = 0,
  ): Soon<Node | undefined> {
    if (this.#plain.has(node)) return node;
    if (depth > MAX_DEPTH) {
      throw problemAt(node, {
        code: "yaml_function_failed",
        prefix: "failed to preprocess YAML functions",
        reason: `functions and includes nest deeper than ${MAX_DEPTH}`,
      });
    }
    if (node.t === "scalar") return this.#scalar(node, path, place, depth);
    const settled = node.t === "list"
      ? this.#list(node, path, depth)
      : this.#map(node, path, place, depth);
    return after(settled, (result) => {
      if (result !== undefined) this.#plain.add(result);
      return result;
    });
  }

  #scalar(
    node: ScalarNode,
    path: readonly string[],
    place: Place,
    depth: number,
  ): Soon<Node | undefined> {
    if (isLayered(node)) return this.#layers(node, path, place, depth);
    if (node.tag === undefined) return node;
    if (isUnset(node)) return undefined;
    if (this.#results.has(node)) return this.#results.get(node);
    const result = after(this.#run(node, path), (value) => {
      if (value === undefined || value === node) return value;
      checkNames(value, place);
      return this.settle(value, path, place, depth + 1);
    });
    // Somebody may stop at another error before this one is awaited.
    if (result instanceof Promise) result.catch(() => {});
    this.#results.set(node, result);
    return result;
  }

  #list(node: ListNode, path: readonly string[], depth: number): Soon<ListNode> {
    if (node.tag !== undefined && node.tag !== "!append") throw unsupportedTag(node, path);
    let changed = node.tag !== undefined;
    const results: Soon<Node | undefined>[] = [];
    let waits = false;
    for (let i = 0; i < node.items.length; i++) {
      const item = node.items[i]!;
      const needsPath = item.t !== "scalar" || item.tag !== undefined;
      const result = needsPath
        ? this.settle(item, [...path, String(i)], "below", depth)
        : this.settle(item, path, "below", depth);
      changed ||= result !== item;
      waits ||= result instanceof Promise;
      results.push(result);
    }
    const finish = (items: (Node | undefined)[]): ListNode => {
      const { t, source, offset } = node;
      const kept = items.filter((item) => item !== undefined);
      return changed ? { t, items: kept, source, offset } : node;
    };
    return waits ? Promise.all(results).then(finish) : finish(results as (Node | undefined)[]);
  }

  #map(
    node: MapNode,
    path: readonly string[],
    place: Place,
    depth: number,
  ): Soon<Node | undefined> {
    if (node.tag !== undefined) throw unsupportedTag(node, path);
    if (hasPendingMerge(node)) {
      return this.#layers(splitMergeKey(undefined, node), path, place, depth);
    }
    let changed: Map<string, Soon<Node | undefined>> | undefined;
    let waits = false;
    for (const [key, entry] of node.entries) {
      const child = entry.node;
      if (child.t === "scalar" && child.tag === undefined && !isLayered(child)) continue;
      const result = this.settle(child, [...path, key], placeBelow(place, key), depth);
      if (result === child) continue;
      (changed ??= new Map()).set(key, result);
      waits ||= result instanceof Promise;
    }
    if (changed === undefined) return node;
    return waits ? this.#later(node, changed) : withChanged(node, changed);
  }

  async #later(node: MapNode, changed: Map<string, Soon<Node | undefined>>): Promise<MapNode> {
    // All at once, so that a failure never leaves another promise unhandled.
    const values = await Promise.all(changed.values());
    return withChanged(node, new Map([...changed.keys()].map((key, i) => [key, values[i]])));
  }

  /** From the highest down: a scalar or list ends it, maps are merged, nothing is passed over. */
  #layers(
    node: LayeredNode,
    path: readonly string[],
    place: Place,
    depth: number,
  ): Soon<Node | undefined> {
    const { layers } = node;
    const merger = new Merger();
    const from = (index: number, above: Node | undefined): Soon<Node | undefined> => {
      if (index < 0) return above;
      const layer = layers[index]!;
      return after(this.settle(layer, path, place, depth), (value) => {
        if (value === undefined || isNull(value)) return from(index - 1, above);
        const appends = layer.t === "list" && layer.tag === "!append" && value.t === "list";
        const mine: Node = appends ? { ...value, tag: "!append" } : value;
        if (above === undefined) {
          return value.t === "map" || appends ? from(index - 1, mine) : value;
        }
        // A lower value of another type does not show through.
        if (value.t !== above.t) return above;
        const both = merger.lay(value, above, place)!;
        if (value.t === "map") return from(index - 1, both);
        return appends ? from(index - 1, { ...both, tag: "!append" } as ListNode) : both;
      });
    };
    return after(from(layers.length - 1, undefined), (result) => {
      if (result?.t !== "list" || result.tag === undefined) return result;
      const { t, items, source, offset } = result;
      return { t, items, source, offset };
    });
  }
}

function withChanged(node: MapNode, changed: Map<string, Soon<Node | undefined>>): MapNode {
  const entries = new Map(node.entries);
  for (const [key, value] of changed as Map<string, Node | undefined>) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, { ...entries.get(key)!, node: value });
  }
  return { t: "map", entries, source: node.source, offset: node.offset };
}

/** Functions of atmos.yaml, sorted (01 §2.1). */
export const FUNCTION_TAGS = [
  "!append",
  "!cwd",
  "!env",
  "!exec",
  "!git.branch",
  "!git.host",
  "!git.name",
  "!git.owner",
  "!git.ref",
  "!git.repository",
  "!git.root",
  "!git.sha",
  "!git.url",
  "!include",
  "!include.raw",
  "!random",
  "!repo-root",
  "!unset",
];

/** Fatal, with the nearest supported tag (01 §2.1). */
export function unsupportedTag(node: Node, path: readonly string[]): AuthError {
  const tag = node.tag!;
  const [near] = nearest(tag, FUNCTION_TAGS);
  const problem = FUNCTION_TAGS.includes(tag)
    ? `YAML function ${tag} cannot stand on a ${node.t} at path '${path.join(".")}'`
    : `unsupported YAML tag: '${tag}' at path '${path.join(".")}'. ` +
      `Supported tags for atmos.yaml are: ${FUNCTION_TAGS.join(", ")}`;
  return problemAt(node, {
    code: "unsupported_yaml_tag",
    prefix: "failed to preprocess YAML functions",
    reason: problem,
    hints: near ? [`Did you mean \`${near}\`?`] : undefined,
  });
}
