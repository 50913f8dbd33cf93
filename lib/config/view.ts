/** Entries as `list --format json|yaml` shows them (02 §6.5): as written, in order, without secrets. */
import { secretLooking } from "../sys/secret.ts";
import type { Entry } from "../core/types.ts";
import { kindOf, roleOf, type Section, slotOf } from "./auth.ts";
import type { Node } from "./node.ts";
import { fieldsOf } from "./schema.ts";
import type { Field, Fields } from "./schema_types.ts";
import { nodeAt, textOf, typeMap } from "./typing.ts";

/** What stands in place of a secret. */
export const REDACTED = "***REDACTED***";

/**
 * One entry as a plain object: paths as written, known keys in the order of 02 §6.5, then unknown
 * ones, `tags` last; empty values and switches that are off are left out.
 */
export function entryView(entry: Entry): Record<string, unknown> {
  const slot = slotOf(entry);
  if (slot?.node.t !== "map") return {};
  const fields = fieldsOf(roleOf[entry.section], entry.kind);
  const values = typeMap(slot.node, fields, {});
  const known = Object.keys(fields).filter((key) => key !== "tags");
  const unknown = Object.keys(values).filter((key) => !Object.hasOwn(fields, key));
  const view: Record<string, unknown> = {};
  for (const key of [...known, ...unknown, "tags"]) {
    const value = values[key];
    if (isEmpty(value)) continue;
    view[key] = masked(key, value, Object.hasOwn(fields, key) ? fields[key] : undefined);
  }
  return view;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return value !== null && typeof value === "object" && Object.keys(value).length === 0;
}

function masked(key: string, value: unknown, field: Field | undefined): unknown {
  if (key === "credentials") return redactAll(value);
  if (field?.type === "env") {
    return (value as { key: string; value: string }[]).map((variable) =>
      secretLooking(variable.key) ? { key: variable.key, value: REDACTED } : variable
    );
  }
  return redact(key, value, field);
}

function redactAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactAll);
  if (value === null || typeof value !== "object") return REDACTED;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, redactAll(below)]));
}

function redact(key: string, value: unknown, field: Field | undefined): unknown {
  if (Array.isArray(value)) {
    return value.map((item) =>
      item !== null && typeof item === "object" ? redactMap(item, field?.fields) : item
    );
  }
  if (value !== null && typeof value === "object") {
    return redactMap(value as Record<string, unknown>, field?.fields, field?.each);
  }
  return field?.secret || SECRET_KEY.test(key) ? REDACTED : value;
}

function redactMap(map: object, fields?: Fields, each?: Field): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(map).map(([key, below]) => [
      key,
      redact(key, below, each ?? (fields && Object.hasOwn(fields, key) ? fields[key] : undefined)),
    ]),
  );
}

/** Keys of open maps that hold secrets though no row says so. */
const SECRET_KEY = /(secret|password|passphrase|private_key)$/i;

/**
 * Whether the value at a path of the whole configuration is a secret: by the schema table below
 * `auth`, elsewhere by its name.
 */
export function isSecretPath(root: Node, path: readonly string[]): boolean {
  const last = path.findLast((key) => !/^\d+$/.test(key)) ?? "";
  if (SECRET_KEY.test(last) || /token$/i.test(last)) return true;
  const [first, section, name, ...rest] = path;
  if (first === "env") return secretLooking(last);
  if (first !== "auth" || !isSection(section) || name === undefined) return false;
  if (rest[0] === "credentials") return true;
  const entry = nodeAt(root, "auth", section, name);
  if (rest[0] === "env") return isSecretVariable(entry, rest);
  const kind = entry ? kindOf(roleOf[section], entry) : "";
  let fields: Fields | undefined = fieldsOf(roleOf[section], kind);
  for (const key of rest) {
    const field: Field | undefined = fields && Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field?.secret) return true;
    fields = field?.fields;
  }
  return false;
}

/** `env` of an entry: a map of names, or a list of `{key, value}`. */
function isSecretVariable(entry: Node | undefined, rest: readonly string[]): boolean {
  const [, index, member] = rest;
  const list = nodeAt(entry, "env");
  if (list?.t !== "list") return secretLooking(index ?? "");
  const item = list.items[Number(index)];
  return member === "value" && secretLooking(textOf(nodeAt(item, "key")) ?? "");
}

function isSection(text: string | undefined): text is Section {
  return text === "providers" || text === "identities" || text === "integrations";
}
