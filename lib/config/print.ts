/** Nodes as text for people: YAML with a comment per leaf, or plain data (01, Beyond 3). */
import { isNull, locate } from "./node.ts";
import type { Node, ScalarNode } from "./node.ts";

/** Text after a leaf, and what stands in its place; both are given the path of keys. */
export interface PrintOptions {
  comment?: (node: Node, path: readonly string[]) => string | undefined;
  /** A text to show instead of the value. */
  mask?: (node: ScalarNode, path: readonly string[]) => string | undefined;
}

/** Block YAML, keys in their order, every line ended. */
export function printYaml(node: Node, options: PrintOptions = {}): string {
  if (node.t === "scalar" || isEmpty(node)) return `${leaf(node, [], options)}\n`;
  return lines(node, [], options).join("\n") + "\n";
}

function lines(node: Node, path: readonly string[], options: PrintOptions): string[] {
  if (node.t === "map") {
    return [...node.entries].flatMap(([key, { node: value }]) => {
      const below = [...path, key];
      const head = `${quoted(key, false)}:`;
      if (value.t === "scalar" || isEmpty(value)) return [`${head} ${leaf(value, below, options)}`];
      return [head, ...lines(value, below, options).map((line) => `  ${line}`)];
    });
  }
  if (node.t === "scalar") return [leaf(node, path, options)];
  return node.items.flatMap((item, i) => {
    const below = [...path, String(i)];
    if (item.t === "scalar" || isEmpty(item)) return [`- ${leaf(item, below, options)}`];
    const [first, ...rest] = lines(item, below, options);
    return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
  });
}

function isEmpty(node: Node): boolean {
  return node.t === "map" ? node.entries.size === 0 : node.t === "list" && node.items.length === 0;
}

function leaf(node: Node, path: readonly string[], options: PrintOptions): string {
  const comment = options.comment?.(node, path);
  const text = node.t === "map" ? "{}" : node.t === "list" ? "[]" : scalar(node, path, options);
  return comment === undefined ? text : `${text} # ${comment}`;
}

function scalar(node: ScalarNode, path: readonly string[], options: PrintOptions): string {
  const masked = options.mask?.(node, path);
  if (masked !== undefined) return quoted(masked, false);
  if (node.tag === undefined) return quoted(node.text, node.plain);
  const text = node.text.trim();
  return text === "" ? node.tag : `${node.tag} ${quoted(text, true)}`;
}

/** Plain where YAML 1.2 reads the same value back, else in double quotes. */
function quoted(text: string, plain: boolean): string {
  // Beyond ASCII every character is written out, so that none is taken for a line break.
  const safe = /^[A-Za-z0-9_./~+$^(<=][\x20-\x7e]*$/.test(text) &&
    !/: |:$| #|\s$|^\.\.\./.test(text);
  if (safe && (plain || !looksTyped(text))) return text;
  if (plain && text === "") return "null";
  return JSON.stringify(text);
}

/** Text that a plain scalar would not be: null, a boolean, a number. */
function looksTyped(text: string): boolean {
  return /^(~|null|true|false|yes|no|on|off|[-+]?(\.inf|\.nan|0x[0-9a-f]+|0o[0-7]+|\d[\d_]*(\.\d*)?(e[-+]?\d+)?|\.\d+(e[-+]?\d+)?)|\d{4}-\d\d-\d\d.*|<<|=)$/i
    .test(text);
}

/** Plain data: unquoted null, booleans and whole numbers become such, all else is text. */
export function plainData(
  node: Node,
  mask: PrintOptions["mask"] = undefined,
  path: readonly string[] = [],
): unknown {
  if (node.t === "list") {
    return node.items.map((item, i) => plainData(item, mask, [...path, String(i)]));
  }
  if (node.t === "map") {
    const entries = [...node.entries].map(([key, { node: value }]) =>
      [key, plainData(value, mask, [...path, key])] as const
    );
    return Object.fromEntries(entries);
  }
  const masked = mask?.(node, path);
  if (masked !== undefined) return masked;
  if (node.tag !== undefined) return `${node.tag} ${node.text}`.trim();
  if (isNull(node)) return null;
  if (node.plain && /^(true|True|TRUE)$/.test(node.text)) return true;
  if (node.plain && /^(false|False|FALSE)$/.test(node.text)) return false;
  // A leading zero is part of an account id or a mode, not of a number.
  if (node.plain && /^(0|[1-9]\d{0,14})$/.test(node.text)) return Number(node.text);
  return node.text;
}

/** `file:line`, or the name of what is no file. `shorten` gives the path its shown form. */
export function provenance(node: Node, shorten: (path: string) => string): string {
  const { source, offset } = node;
  if (source.kind === "env" || source.kind === "flag" || source.kind === "default") {
    return source.name;
  }
  const { line } = locate(source, offset);
  return `${source.remote ? source.name : shorten(source.name)}:${line}`;
}

/** `leaf path → place` of all leaves, for JSON. */
export function provenanceMap(
  node: Node,
  shorten: (path: string) => string,
  path = "",
  found: Record<string, string> = {},
): Record<string, string> {
  const below = (key: string) => path === "" ? key : `${path}.${key}`;
  if (node.t === "map" && !isEmpty(node)) {
    for (const [key, entry] of node.entries) provenanceMap(entry.node, shorten, below(key), found);
  } else if (node.t === "list" && !isEmpty(node)) {
    node.items.forEach((item, i) => provenanceMap(item, shorten, `${path}[${i}]`, found));
  } else {
    found[path] = provenance(node, shorten);
  }
  return found;
}
