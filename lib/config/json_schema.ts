/**
 * The schema table as JSON Schema, draft 2020-12 (01 §9). Functions are seen by editors as text, so
 * every position but a plain text also takes one.
 */
import { docOf, type DocPlace, kindDoc } from "./schema_docs.ts";
import { kindNames, kindSchema, staleSpellings } from "./schema.ts";
import { authFields } from "./schema_auth.ts";
import { rootFields } from "./schema_root.ts";
import { commonFields } from "./schema_common.ts";
import { formatPattern, FUNCTION_PATTERN } from "./json_schema_patterns.ts";
import type { Field, Fields, KindSchema, Role } from "./schema_types.ts";

export type Json = { [key: string]: unknown };

export interface SchemaRequest {
  /** `auth` alone, or with the other sections of `atmos.yaml` that are read. */
  section: "auth" | "atmos";
  /** For files that hold only overrides: nothing is required. */
  partial: boolean;
  version: string;
}

/** The whole document. */
export function jsonSchema(request: SchemaRequest): Json {
  const printer = new Printer(request.partial);
  const auth: Json = { "$ref": "#/$defs/auth" };
  const properties = request.section === "auth"
    ? { auth }
    : { auth, ...printer.properties(rootFields(), { section: "root" }, []) };
  return {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": `urn:atmos-auth:schema:${request.section}:${request.version}`,
    title: request.section === "auth"
      ? "The auth section of atmos.yaml"
      : "The sections of atmos.yaml that atmos-auth reads",
    type: "object",
    properties,
    "$defs": { ...basicDefs(request.partial), ...printer.defs() },
  };
}

const ref = (name: string): Json => ({ "$ref": `#/$defs/${name}` });
const orFunction = (...schemas: Json[]): Json => ({ anyOf: [...schemas, ref("fn")] });

function basicDefs(partial: boolean): Json {
  const seconds = "[0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h)";
  return {
    fn: { type: "string", pattern: FUNCTION_PATTERN },
    str: { type: ["string", "number", "boolean"] },
    filled: { type: ["string", "number", "boolean"], minLength: 1 },
    bool: orFunction({ type: "boolean" }),
    int: orFunction({ type: "integer" }, { type: "string", pattern: "^[+-]?[0-9]+$" }),
    duration: orFunction(
      { type: "integer", minimum: 1 },
      { type: "string", pattern: `^([1-9][0-9]*d?|(${seconds})+)$` },
    ),
    strings: {
      anyOf: [{ type: "array", items: ref("str") }, ref("str")],
    },
    env: orFunction(
      {
        type: "array",
        items: {
          type: "object",
          properties: { key: { type: "string", pattern: ENV_NAME }, value: ref("str") },
          ...(partial ? {} : { required: ["key"] }),
          additionalProperties: false,
        },
      },
      {
        type: "object",
        propertyNames: { pattern: ENV_NAME },
        additionalProperties: { anyOf: [ref("str"), { type: "null" }] },
      },
    ),
    name: { type: "string", minLength: 1 },
    via: {
      type: "object",
      properties: {
        provider: { ...ref("name"), ...texts({ role: "identity" }, ["via", "provider"]) },
        identity: { ...ref("name"), ...texts({ role: "identity" }, ["via", "identity"]) },
      },
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
    },
  };
}

const ENV_NAME = "^[A-Za-z_][A-Za-z0-9_]*$";

/** Maps whose further keys are the user's or another program's business (01 §1.13). */
function isOpen(place: DocPlace, path: readonly string[]): boolean {
  if ("section" in place && place.section === "root") return true;
  return ["spec", "principal", "credentials"].includes(path.at(-1)!);
}

class Printer {
  readonly #partial: boolean;

  constructor(partial: boolean) {
    this.#partial = partial;
  }

  defs(): Json {
    const section = (role: Role): Json =>
      orFunction({
        type: "object",
        additionalProperties: orFunction(ref(role)),
        propertyNames: { not: { enum: ["__SELECT__", "__DISABLED__"] } },
      });
    const place: DocPlace = { section: "auth" };
    return {
      auth: {
        type: "object",
        properties: {
          ...this.properties(authFields(), place, []),
          providers: { ...section("provider"), ...texts(place, ["providers"]) },
          identities: { ...section("identity"), ...texts(place, ["identities"]) },
          integrations: { ...section("integration"), ...texts(place, ["integrations"]) },
        },
        additionalProperties: false,
      },
      provider: this.#entry("provider"),
      identity: this.#entry("identity"),
      integration: this.#entry("integration"),
    };
  }

  /** Properties of a map, each with its texts. */
  properties(fields: Fields, place: DocPlace, path: readonly string[]): Json {
    return Object.fromEntries(
      Object.entries(fields).map((
        [key, field],
      ) => [key, this.#field(field, place, [...path, key])]),
    );
  }

  /** An entry: the common keys, then what each kind adds and demands. */
  #entry(role: Role): Json {
    const fields = commonFields(role);
    return {
      type: "object",
      properties: {
        ...this.properties(fields, { role }, []),
        kind: { ...kindProperty(role), ...texts({ role }, ["kind"]) },
        ...(fields.via ? { via: { ...orFunction(ref("via")), ...texts({ role }, ["via"]) } } : {}),
      },
      ...(this.#partial ? {} : { required: ["kind"] }),
      allOf: kindNames(role).map((kind) => this.#condition(role, kind)),
      unevaluatedProperties: false,
    };
  }

  #condition(role: Role, kind: string): Json {
    const schema = kindSchema(role, kind)!;
    const common = commonFields(role);
    const place: DocPlace = { role, kind, cloud: schema.cloud };
    const spellings = [kind, ...staleSpellings(role, kind)];
    const known = spellings.length === 1 ? { const: kind } : { enum: spellings };
    const differing = Object.fromEntries(
      Object.entries(schema.fields).filter(([key, field]) => !sameField(field, common[key])),
    );
    return {
      if: { properties: { kind: known }, required: ["kind"] },
      then: {
        properties: { ...this.properties(differing, place, []), ...this.#via(role, schema) },
        ...(this.#partial ? {} : requirements(role, schema)),
      },
    };
  }

  /** A kind that starts a chain has no `via`; one that needs a provider hangs from no identity. */
  #via(role: Role, schema: KindSchema): Json {
    if (role !== "identity") return {};
    if (schema.via === "forbidden") return { via: false, provider: false };
    if (schema.via !== "provider") return {};
    const provider = {
      type: "object",
      properties: { identity: false, ...(this.#partial ? {} : { provider: true }) },
      ...(this.#partial ? {} : { required: ["provider"] }),
    };
    return { via: orFunction(provider) };
  }

  #field(field: Field, place: DocPlace, path: readonly string[]): Json {
    return {
      ...this.#shape(field, place, path),
      ...texts(place, path),
      ...(field.default === undefined ? {} : { default: field.default }),
      ...(field.replacedBy
        ? { deprecated: true, "x-atmos-replacement": replacement(path, field.replacedBy) }
        : {}),
      ...(field.secret ? { writeOnly: true } : {}),
    };
  }

  #shape(field: Field, place: DocPlace, path: readonly string[]): Json {
    if (field.values) return valuesShape(field);
    switch (field.type) {
      case "string":
      case "path":
        return textShape(field, this.#partial);
      case "bool":
      case "int":
      case "duration":
      case "env":
        return ref(field.type);
      case "strings":
        return ref("strings");
      case "any":
        return {};
      case "list":
        return orFunction({
          type: "array",
          items: {
            type: "object",
            properties: this.properties(field.fields ?? {}, place, [...path, "*"]),
            additionalProperties: false,
          },
        });
      case "map":
        return this.#map(field, place, path);
    }
  }

  #map(field: Field, place: DocPlace, path: readonly string[]): Json {
    if (field.each) {
      const each = this.#shape(field.each, place, [...path, "*"]);
      return orFunction({ type: "object", additionalProperties: each });
    }
    if (!field.fields) return orFunction({ type: "object" });
    const required = this.#partial || "role" in place && isHoisting(place) && path[0] === "spec"
      ? []
      : requiredKeys(field.fields);
    const map: Json = {
      type: "object",
      properties: this.properties(field.fields, place, path),
      ...(required.length > 0 ? { required } : {}),
      ...(isOpen(place, path) ? {} : { additionalProperties: false }),
    };
    return field.scalar ? { anyOf: [map, ref("str")] } : orFunction(map);
  }
}

/** A key beside the deprecated one by its name alone, one elsewhere by its path (01 §9). */
function replacement(path: readonly string[], by: string): string {
  const steps = by.split(".");
  const beside = steps.length === path.length && steps.slice(0, -1).every((s, i) => s === path[i]);
  return beside ? steps.at(-1)! : by;
}

function sameField(a: Field, b: Field | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

function isHoisting(place: { role: Role; kind?: string }): boolean {
  return place.kind !== undefined && kindSchema(place.role, place.kind)?.hoist !== undefined;
}

/** Description and examples of a key. */
function texts(place: DocPlace, path: readonly string[]): Json {
  const doc = docOf(place, path);
  if (!doc) return {};
  const [description, ...examples] = doc;
  return { description, ...(examples.length > 0 ? { examples } : {}) };
}

function kindProperty(role: Role): Json {
  const known = kindNames(role).map((kind) => ({
    const: kind,
    description: kindDoc(role, kind) ?? kind,
  }));
  const stale = kindNames(role).flatMap((kind) =>
    staleSpellings(role, kind).map((written) => ({
      const: written,
      description: `Older name of ${kind}.`,
      deprecated: true,
      "x-atmos-replacement": kind,
    }))
  );
  return orFunction({ oneOf: [...known, ...stale] });
}

function valuesShape(field: Field): Json {
  const values: Json[] = [{ enum: [...field.values!] }];
  if (field.anyCase) {
    const pattern = [...field.values!, ...field.also ?? []].map(anyCase).join("|");
    values.push({ type: "string", pattern: `^(${pattern})$` });
  }
  if (field.type === "strings") {
    return { anyOf: [{ type: "array", items: orFunction(...values) }, ref("str")] };
  }
  return orFunction(...values);
}

/** A pattern that takes a word in any case. */
function anyCase(word: string): string {
  return word.replace(/[A-Za-z]/g, (c) => `[${c.toUpperCase()}${c.toLowerCase()}]`);
}

function textShape(field: Field, partial: boolean): Json {
  const pattern = field.pattern ?? (field.format && formatPattern(field.format));
  if (pattern) return orFunction({ type: "string", pattern }, ...numbers(field));
  return field.required && !partial ? ref("filled") : ref("str");
}

/** Texts of digits that an editor reads as numbers. */
function numbers(field: Field): Json[] {
  const digits = ["account-id", "account-id-or-root-arn", "digits", "octal-mode"];
  return digits.includes(field.format!) ? [{ type: "integer" }] : [];
}

/** Keys that must stand in a map: those that are required, and maps that hold required keys. */
function requiredKeys(fields: Fields): string[] {
  return Object.entries(fields).filter(([, field]) => demands(field)).map(([key]) => key);
}

function demands(field: Field): boolean {
  if (field.required) return true;
  return field.type === "map" && Object.values(field.fields ?? {}).some(demands);
}

/** What a kind demands of an entry as a whole. */
function requirements(role: Role, schema: KindSchema): Json {
  const keys = requiredKeys(schema.fields).filter((key) => !(schema.hoist && key === "spec"));
  const all = [...viaRequired(role, schema), ...hoistedRequired(schema)];
  return {
    ...(keys.length > 0 ? { required: keys } : {}),
    ...(all.length > 0 ? { allOf: all } : {}),
  };
}

/** The key is there; strict validators want it declared beside `required`. */
function has(key: string, shape: Json | true = true): Json {
  return { properties: { [key]: shape }, required: [key] };
}

function viaRequired(role: Role, schema: KindSchema): Json[] {
  if (role === "integration") return [has("via")];
  if (schema.via === "provider" || schema.via === "either") {
    return [{ anyOf: [has("via"), has("provider")] }];
  }
  return [];
}

/** Keys that may stand in `spec` or beside it, under either of their names (06 §1.1, §1.3). */
function hoistedRequired(schema: KindSchema): Json[] {
  const fields = schema.hoist ? schema.fields.spec?.fields ?? {} : {};
  return Object.entries(fields).filter(([, field]) => field.required).map(([key, field]) => {
    const older = Object.entries(fields)
      .filter(([, other]) => other.replacedBy === `spec.${key}`)
      .map(([name]) => name);
    const names = [...new Set([key, ...older, ...field.filledBy ?? []])];
    return {
      anyOf: names.flatMap((name) => [
        has(name),
        has("spec", orFunction({ type: "object", ...has(name) })),
      ]),
    };
  });
}
