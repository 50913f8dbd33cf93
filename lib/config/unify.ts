import { mapAt, textAt } from "../core/types.ts";
import type { Env } from "../sys/env.ts";
import type { MapNode, Node } from "./node.ts";
import type { Fallback, Field, Fields, KindSchema, Role } from "./schema_types.ts";
import { nodeAt, textOf, typeNode } from "./typing.ts";

type Values = Record<string, unknown>;

/** What an entry's values are completed from. */
export interface EntryWorld {
  role: Role;
  schema: KindSchema | undefined;
  /** Root of the merged configuration, for settings outside `auth`. */
  root: Node | undefined;
  auth: MapNode | undefined;
  env: Env;
}

/**
 * Brings the several ways of writing one thing into one place, in place: keys beside `spec` into
 * it, deprecated keys to what replaces them (never over it), `provider:` to `via.provider`, other
 * spellings of the kind, then values that come from elsewhere when the entry has none.
 */
export function completeEntry(values: Values, world: EntryWorld): void {
  const { schema } = world;
  if (schema?.hoist) hoist(values, schema.hoist);
  schema?.unify?.(values);
  if (schema) replaceDeprecated(values, schema.fields, values);
  if (world.role === "identity") viaFromShorthand(values);
  for (const fallback of schema?.fallbacks ?? []) fall(values, fallback, world);
  if (world.role === "provider") fallToDefaults(values, world.auth);
}

function hoist(values: Values, keys: readonly string[]): void {
  for (const key of keys) {
    if (values[key] !== undefined) setDefault(values, ["spec", key], values[key]);
  }
}

function replaceDeprecated(values: Values, fields: Fields, entry: Values): void {
  for (const [key, value] of Object.entries(values)) {
    const field = Object.hasOwn(fields, key) ? fields[key]! : undefined;
    if (field?.replacedBy) setDefault(entry, field.replacedBy.split("."), value);
    if (field?.fields && value !== null && typeof value === "object" && !Array.isArray(value)) {
      replaceDeprecated(value as Values, field.fields, entry);
    }
  }
}

function viaFromShorthand(values: Values): void {
  const provider = textAt(values, "provider");
  if (provider && !textAt(values, "via", "provider")) {
    setDefault(values, ["via", "provider"], provider);
  }
}

function fall(values: Values, { key, env, setting }: Fallback, world: EntryWorld): void {
  const path = key.split(".");
  if (textAt(values, ...path) !== undefined) return;
  const fromEnv = env ? world.env.nonEmpty(env) : undefined;
  if (fromEnv) return setDefault(values, path, fromEnv);
  const node = setting ? nodeAt(world.root, ...setting.split(".")) : undefined;
  const value = node && typeNode(node, fieldAt(world.schema, path) ?? { type: "string" }, {});
  if (value !== undefined && value !== "") setDefault(values, path, value);
}

/** `auth.defaults.session.duration` and `auth.defaults.console.session_duration` (01 Beyond 4). */
function fallToDefaults(values: Values, auth: MapNode | undefined): void {
  for (const path of [["session", "duration"], ["console", "session_duration"]]) {
    const written = textOf(auth, "defaults", ...path);
    if (written && textAt(values, ...path) === undefined) setDefault(values, path, written);
  }
}

function fieldAt(schema: KindSchema | undefined, path: readonly string[]): Field | undefined {
  let fields: Fields | undefined = schema?.fields;
  let field: Field | undefined;
  for (const step of path) {
    field = fields && Object.hasOwn(fields, step) ? fields[step] : undefined;
    fields = field?.fields;
  }
  return field;
}

/** Sets what is absent or empty; makes the maps on the way. */
function setDefault(values: Values, path: readonly string[], value: unknown): void {
  const parents = path.slice(0, -1), key = path.at(-1)!;
  let here = values;
  for (const step of parents) {
    const next = mapAt(here, step);
    here = next ?? (here[step] = {} as Values) as Values;
  }
  if (here[key] === undefined || here[key] === "") here[key] = value;
}
