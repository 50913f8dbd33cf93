import type { Location } from "../core/types.ts";

/**
 * One file (or environment variable, flag, cache) that values came from. Nodes keep a byte-free
 * pointer into it; line and column are computed only when somebody asks (00, Packages).
 */
export interface Source {
  /** Path or sanitised URL as shown to people. */
  name: string;
  text: string;
  /** What it is; a file when absent. `env`: `name` is the variable. */
  kind?: "file" | "env" | "flag" | "default" | "provisioned";
  /** Absolute directory that relative paths of this file start from. */
  dir?: string;
  /** Fetched tree that includes and imports of a remote file may not leave (01 §1.7). */
  tree?: string;
  /** Remote files may not run commands (01 §1.7). */
  remote?: boolean;
  /** Offsets of line starts, filled at the first question. */
  lineStarts?: number[];
}

/** A scalar as it stands in the file: its source text decides the type later (01 §1.13). */
export interface ScalarNode {
  t: "scalar";
  /** Source text, unquoted and unescaped. */
  text: string;
  /** A plain (unquoted) scalar may be null, bool or number; others are text. */
  plain: boolean;
  /** `!env`, `!exec`, … without having been run; undefined for none and for standard `!!` tags. */
  tag?: string;
  source: Source;
  offset: number;
}

export interface ListNode {
  t: "list";
  items: Node[];
  /** `!append` (01 §1.8). */
  tag?: string;
  source: Source;
  offset: number;
}

export interface MapNode {
  t: "map";
  /** Keys in file order; the key's own position is the entry's position. */
  entries: Map<string, { node: Node; source: Source; keyOffset: number }>;
  tag?: string;
  source: Source;
  offset: number;
}

export type Node = ScalarNode | ListNode | MapNode;

/** Line and column (from 1) of an offset in a source. */
export function locate(source: Source, offset: number): Location {
  const starts = source.lineStarts ??= lineStarts(source.text);
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.name, line: low + 1, column: offset - starts[low]! + 1 };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}

/** A plain scalar that YAML 1.2 core reads as null. */
export function isNull(node: Node): boolean {
  if (node.t !== "scalar" || !node.plain || node.tag !== undefined) return false;
  switch (node.text) {
    case "":
    case "~":
    case "null":
    case "Null":
    case "NULL":
      return true;
  }
  return false;
}

/** The node at a path of map keys; undefined when absent or null. */
export function nodeAt(root: Node | undefined, path: readonly string[]): Node | undefined {
  let here = root;
  for (const key of path) {
    if (here?.t !== "map") return undefined;
    here = here.entries.get(key)?.node;
  }
  return here === undefined || isNull(here) ? undefined : here;
}
