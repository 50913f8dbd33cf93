/**
 * From nodes to values (01 §1.13): the source text of a scalar becomes what the schema table says
 * the position holds. Never throws: what does not fit is left out here and found by `check_fields.ts`.
 */
import type { Field, Fields } from "./schema_types.ts";
import { isNull, type ListNode, type MapNode, type Node, type ScalarNode } from "./node.ts";

/** How an entry is to be typed. */
export interface Typing {
  /**
   * Makes a path absolute (01 §1.10), from the base path or from a directory given; undefined leaves
   * paths as written (listings).
   */
  absolute?: (path: string, from?: string) => string;
  /** Texts lose blanks at both ends. */
  trim?: boolean;
}

/** A map by its known keys; unknown keys keep the type that YAML 1.2 core gives them. */
export function typeMap(
  node: MapNode,
  fields: Fields,
  typing: Typing,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, { node: value }] of node.entries) {
    const typed = Object.hasOwn(fields, key)
      ? typeNode(value, fields[key]!, typing)
      : plainValue(value);
    if (typed !== undefined) set(out, key, typed);
  }
  return out;
}

/** A key such as `__proto__` is a key like any other. */
function set(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") out[key] = value;
  else {Object.defineProperty(out, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });}
}

/** One position; undefined = absent, or of a shape that the field cannot take. */
export function typeNode(node: Node, field: Field, typing: Typing): unknown {
  if (isNull(node)) return undefined;
  switch (field.type) {
    case "string":
    case "duration":
      return node.t === "scalar" ? text(node, typing) : undefined;
    case "path":
      return node.t === "scalar" ? path(node, field, typing) : undefined;
    case "bool":
      return node.t === "scalar" ? boolOf(node.text)?.value : undefined;
    case "int":
      return node.t === "scalar" ? intOf(node.text) : undefined;
    case "strings":
      return stringsOf(node, field.blanks === true);
    case "env":
      return envOf(node);
    case "map":
      return mapOf(node, field, typing);
    case "list":
      return listOf(node, field, typing);
    case "any":
      return plainValue(node);
  }
}

function text(node: ScalarNode, typing: Typing): string {
  const written = shown(node);
  return typing.trim ? written.trim() : written;
}

/** The text of a scalar; a function that was not run shows as it is written. */
function shown(node: ScalarNode): string {
  if (node.tag === undefined) return node.text;
  return node.text === "" ? node.tag : `${node.tag} ${node.text}`;
}

function path(node: ScalarNode, field: Field, typing: Typing): string {
  const written = text(node, typing);
  if (node.tag !== undefined || !typing.absolute || written.trim() === "") return written;
  return typing.absolute(written, field.besideFile ? node.source.dir : undefined);
}

/** A boolean by 01 §1.13; `vague` for `yes/no/on/off`, which are taken with a warning. */
export function boolOf(written: string): { value: boolean; vague: boolean } | undefined {
  switch (written.trim().toLowerCase()) {
    case "true":
    case "t":
    case "1":
      return { value: true, vague: false };
    case "false":
    case "f":
    case "0":
      return { value: false, vague: false };
    case "yes":
    case "on":
      return { value: true, vague: true };
    case "no":
    case "off":
      return { value: false, vague: true };
  }
  return undefined;
}

/** An integer or the text of one. */
export function intOf(written: string): number | undefined {
  const trimmed = written.trim();
  if (!/^[+-]?\d+$/.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A list of scalars, or one text split at commas (and at blanks); empty items are dropped. */
function stringsOf(node: Node, blanks: boolean): string[] | undefined {
  if (node.t === "map") return undefined;
  if (node.t === "scalar") {
    if (node.tag !== undefined) return [shown(node)];
    return node.text.split(blanks ? /[\s,]+/ : ",").map((s) => s.trim()).filter((s) => s !== "");
  }
  const out: string[] = [];
  for (const item of node.items) {
    if (item.t === "scalar" && !isNull(item)) out.push(shown(item));
  }
  return out;
}

/** `env` of an identity: a list of `{key, value}` or a map (01 §4.4). */
function envOf(node: Node): { key: string; value: string }[] | undefined {
  const out: { key: string; value: string }[] = [];
  if (node.t === "map") {
    for (const [key, { node: value }] of node.entries) {
      if (value.t === "scalar") out.push({ key, value: isNull(value) ? "" : shown(value) });
    }
    return out;
  }
  if (node.t !== "list") return undefined;
  for (const item of node.items) {
    const key = item.t === "map" ? item.entries.get("key")?.node : undefined;
    const value = item.t === "map" ? item.entries.get("value")?.node : undefined;
    if (key?.t !== "scalar") continue;
    out.push({
      key: shown(key),
      value: value?.t === "scalar" && !isNull(value) ? shown(value) : "",
    });
  }
  return out;
}

function mapOf(node: Node, field: Field, typing: Typing): unknown {
  if (node.t === "scalar") return field.scalar ? text(node, typing) : undefined;
  if (node.t !== "map") return undefined;
  if (!field.each) return typeMap(node, field.fields ?? {}, typing);
  const out: Record<string, unknown> = {};
  for (const [key, { node: value }] of node.entries) {
    const typed = typeNode(value, field.each, typing);
    if (typed !== undefined) set(out, key, typed);
  }
  return out;
}

function listOf(node: Node, field: Field, typing: Typing): unknown[] | undefined {
  if (node.t !== "list") return undefined;
  return node.items.flatMap((item) =>
    item.t === "map" ? [typeMap(item, field.fields ?? {}, typing)] : []
  );
}

/** YAML 1.2 core for keys that no row describes; long or padded numbers stay text. */
export function plainValue(node: Node): unknown {
  if (node.t === "map") return typeMap(node, {}, {});
  if (node.t === "list") return listItems(node);
  if (isNull(node)) return undefined;
  if (!node.plain || node.tag !== undefined) return shown(node);
  if (/^(true|True|TRUE)$/.test(node.text)) return true;
  if (/^(false|False|FALSE)$/.test(node.text)) return false;
  if (/^(0|-?[1-9]\d{0,14})$/.test(node.text)) return Number(node.text);
  return node.text;
}

function listItems(node: ListNode): unknown[] {
  return node.items.map(plainValue).filter((value) => value !== undefined);
}

/** The node below a map by key names; undefined where a step is missing. */
export function nodeAt(node: Node | undefined, ...steps: string[]): Node | undefined {
  let here = node;
  for (const step of steps) {
    if (here?.t !== "map") return undefined;
    here = here.entries.get(step)?.node;
  }
  return here !== undefined && isNull(here) ? undefined : here;
}

/** The text of a scalar below a map; undefined when absent, null or no scalar. */
export function textOf(node: Node | undefined, ...steps: string[]): string | undefined {
  const found = nodeAt(node, ...steps);
  return found?.t === "scalar" ? shown(found) : undefined;
}

/** The boolean below a map; undefined when absent or none. */
export function flagOf(node: Node | undefined, ...steps: string[]): boolean | undefined {
  const written = textOf(node, ...steps);
  return written === undefined ? undefined : boolOf(written)?.value;
}
