/**
 * Deep merge of nodes (01 §1.8). Contributions are added from low to high; what was added is never
 * changed: a map is copied once, when something is laid over it. Adding n files costs the sum of
 * their sizes, not n times the result.
 */
import { MERGE_KEY, problemAt } from "./compose.ts";
import { isNull } from "./node.ts";
import type { ListNode, MapNode, Node, ScalarNode } from "./node.ts";

type Entry = { node: Node; source: Node["source"]; keyOffset: number };

/**
 * A place where a function met a map, or an include met anything: contributions from low to high,
 * decided once it is known what survives (01 §2.1).
 */
export interface LayeredNode extends ScalarNode {
  layers: Node[];
}

/** Where in the tree a map stands, as far as merging cares: the keys of `names` have no case. */
export type Place = "root" | "auth" | "names" | "below";

/** The place of the value of `key`. */
export function placeBelow(place: Place, key: string): Place {
  if (place === "root") return key === "auth" ? "auth" : "below";
  const named = key === "providers" || key === "identities" || key === "integrations";
  return place === "auth" && named ? "names" : "below";
}

export function isLayered(node: Node): node is LayeredNode {
  return (node as Partial<LayeredNode>).layers !== undefined;
}

/** A scalar with a tag of its own: something to run, not a standard tag. */
export function isFunction(node: Node): node is ScalarNode {
  return node.t === "scalar" && node.tag !== undefined;
}

/** What stack manifests do differently (08 §5). */
export interface MergeRules {
  /** An explicit null replaces; in atmos.yaml and profiles it counts as absent. */
  nullReplaces?: boolean;
  /** What becomes of a list over a list; `replace` unless said otherwise. */
  lists?: "replace" | "append" | "merge";
}

/** Merges contributions that arrive from low to high. */
export class Merger {
  #root: Node | undefined;
  #rules: MergeRules;
  /** Maps made here, which alone may be changed. */
  #owned = new Set<MapNode>();
  /** Lower-case name → spelling, for the maps whose keys are names. */
  #spellings = new Map<MapNode, Map<string, string>>();

  constructor(rules: MergeRules = {}) {
    this.#rules = rules;
  }

  /** The result so far. Later `add`s may change it. */
  get root(): Node | undefined {
    return this.#root;
  }

  /** Lays one file's root over what is there. */
  add(over: Node): void {
    this.#root = this.lay(this.#root, over, "root");
  }

  /** What stands at a place after `over` was laid upon `base`; undefined = the key is gone. */
  lay(base: Node | undefined, over: Node, place: Place): Node | undefined {
    if (over.t === "scalar") return this.#layScalar(base, over);
    if (base === undefined || isGone(base)) {
      return over.t === "map" ? this.#fresh(over, place) : over;
    }
    if (isFunction(base) || isLayered(base)) {
      return over.t === "map" || over.tag === "!append" ? layered(base, over) : over;
    }
    if (over.t === "map") return base.t === "map" ? this.#map(base, over, place) : over;
    if (base.t !== "list") return over;
    if (over.tag === "!append" || this.#rules.lists === "append") return appended(base, over);
    return this.#rules.lists === "merge" ? this.#byIndex(base, over) : over;
  }

  /** Maps meet maps; of other pairs the earlier stays, and the longer tail (08 §5). */
  #byIndex(base: ListNode, over: ListNode): ListNode {
    const items: Node[] = [];
    for (let i = 0; i < Math.max(base.items.length, over.items.length); i++) {
      const low = base.items[i], high = over.items[i];
      if (low?.t === "map" && high?.t === "map") items.push(this.lay(low, high, "below")!);
      else items.push(low ?? high!);
    }
    return { ...over, items };
  }

  #layScalar(base: Node | undefined, over: ScalarNode): Node | undefined {
    if (isUnset(over)) return undefined;
    if (isNull(over)) return this.#rules.nullReplaces ? over : base ?? over;
    if (isLayered(over)) return layered(base, over);
    if (over.tag === undefined || base === undefined || isGone(base)) return over;
    const waits = base.t === "map" || isLayered(base) || over.tag.startsWith("!include");
    return waits ? layered(base, over) : over;
  }

  /** A map with nothing below it: shared as it is where no rule of ours applies inside. */
  #fresh(over: MapNode, place: Place): Node {
    if (place !== "below") return this.#map(emptyMap(over), over, place);
    return hasPendingMerge(over) ? splitMergeKey(undefined, over) : over;
  }

  #map(base: MapNode, over: MapNode, place: Place): Node {
    if (hasPendingMerge(over)) return splitMergeKey(base, over);
    const own = this.#own(base, over);
    if (place === "names") this.#mapOfNames(own, over);
    else {
      for (const [key, entry] of over.entries) {
        const below = own.entries.get(key);
        const node = this.lay(below?.node, entry.node, placeBelow(place, key));
        if (node === undefined) own.entries.delete(key);
        else if (below === undefined || !isNull(entry.node) || this.#rules.nullReplaces) {
          own.entries.set(key, node === entry.node ? entry : { ...entry, node });
        }
      }
    }
    return own;
  }

  /** Spelling and place of an entry are those of the highest file that gives its kind. */
  #mapOfNames(own: MapNode, over: MapNode): void {
    const spellings = this.#spellingsOf(own);
    for (const [key, entry] of over.entries) {
      const lower = key.toLowerCase();
      const known = spellings.get(lower) ?? key;
      const below = own.entries.get(known);
      const node = this.lay(below?.node, entry.node, "below");
      if (node === undefined) {
        own.entries.delete(known);
        spellings.delete(lower);
      } else if (below !== undefined && !givesKind(entry.node)) {
        own.entries.set(known, { ...below, node });
      } else {
        if (known !== key) own.entries.delete(known);
        spellings.set(lower, key);
        own.entries.set(key, node === entry.node ? entry : { ...entry, node });
      }
    }
  }

  #own(base: MapNode, over: MapNode): MapNode {
    if (this.#owned.has(base)) {
      // A merged map stands where its highest contribution does.
      base.source = over.source;
      base.offset = over.offset;
      return base;
    }
    const { source, offset } = over;
    const own: MapNode = { t: "map", entries: new Map(base.entries), source, offset };
    const tag = over.tag ?? base.tag;
    if (tag !== undefined) own.tag = tag;
    this.#owned.add(own);
    return own;
  }

  #spellingsOf(own: MapNode): Map<string, string> {
    let spellings = this.#spellings.get(own);
    if (!spellings) {
      spellings = new Map();
      for (const key of own.entries.keys()) spellings.set(key.toLowerCase(), key);
      this.#spellings.set(own, spellings);
    }
    return spellings;
  }
}

/** `base` and `over` waiting to be decided together. */
function layered(base: Node | undefined, over: Node): LayeredNode {
  const below = base === undefined ? [] : isLayered(base) ? base.layers : [base];
  const layers = [...below, ...(isLayered(over) ? over.layers : [over])];
  return { t: "scalar", text: "", plain: false, source: over.source, offset: over.offset, layers };
}

function appended(base: ListNode, over: ListNode): ListNode {
  const { t, source, offset } = over;
  const list: ListNode = { t, items: [...base.items, ...over.items], source, offset };
  if (base.tag !== undefined) list.tag = base.tag;
  return list;
}

/** True when a `<<` of the map waits for an include or another function. */
export function hasPendingMerge(map: MapNode): boolean {
  const node = map.entries.get(MERGE_KEY)?.node;
  return node !== undefined &&
    (isFunction(node) || (node.t === "list" && node.items.some(isFunction)));
}

/** `{<<: !include f, x: y}` = what lies below, the included map, then the map without its `<<`. */
export function splitMergeKey(base: Node | undefined, over: MapNode): LayeredNode {
  const entries = new Map(over.entries);
  const value = entries.get(MERGE_KEY)!.node;
  entries.delete(MERGE_KEY);
  // Of several sources the first wins, so it lies highest.
  const sources = value.t === "list" ? [...value.items].reverse() : [value];
  let result: Node | undefined = base;
  for (const from of sources) result = layered(result, from);
  return layered(result, { ...over, entries });
}

/** `!unset`; with an argument it is a mistake, reported when it is run. */
export function isUnset(node: Node): boolean {
  return node.t === "scalar" && node.tag === "!unset" && node.text === "";
}

function isGone(node: Node): boolean {
  return isNull(node) || isUnset(node);
}

function givesKind(node: Node): boolean {
  if (node.t !== "map") return false;
  const kind = node.entries.get("kind");
  return kind !== undefined && !isGone(kind.node);
}

function emptyMap(at: Node): MapNode {
  return { t: "map", entries: new Map(), source: at.source, offset: at.offset };
}

/**
 * Refuses two names of one file that differ in case alone: AuthError `duplicate_name` (01 §4.1).
 * `place` is where `node` stands.
 */
export function checkNames(node: Node, place: Place = "root"): void {
  if (node.t !== "map" || place === "below") return;
  if (place === "names") return refuseTwins(node);
  for (const [key, entry] of node.entries) {
    const below = placeBelow(place, key);
    if (below !== "below") checkNames(entry.node, below);
  }
}

function refuseTwins(map: MapNode): void {
  const seen = new Map<string, string>();
  for (const [key, entry] of map.entries as Map<string, Entry>) {
    const lower = key.toLowerCase();
    const first = seen.get(lower);
    if (first !== undefined) {
      throw problemAt({ source: entry.source, offset: entry.keyOffset }, {
        code: "duplicate_name",
        prefix: "invalid configuration",
        reason: `duplicate name (case-insensitive): "${key}" and "${first}"`,
      });
    }
    seen.set(lower, key);
  }
}
