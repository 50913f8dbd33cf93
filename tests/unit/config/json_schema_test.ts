import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/2020";
import { type Json, jsonSchema, type SchemaRequest } from "../../../lib/config/json_schema.ts";
import { docKeyList, docKeys, docOf, type DocPlace } from "../../../lib/config/schema_docs.ts";
import { kindNames, kindSchema } from "../../../lib/config/schema.ts";
import { authFields } from "../../../lib/config/schema_auth.ts";
import { rootFields } from "../../../lib/config/schema_root.ts";
import { commonFields } from "../../../lib/config/schema_common.ts";
import type { Field, Fields, Role } from "../../../lib/config/schema_types.ts";
import { asEditorSees, configFixtures } from "../../support/config_fixtures.ts";

const ROLES: Role[] = ["provider", "identity", "integration"];

function schemaOf(part: Partial<SchemaRequest> = {}): Json {
  return jsonSchema({ section: "atmos", partial: false, version: "1.2.3", ...part });
}

/** Strict in everything but union types, which 01 §9 itself uses. */
function compile(schema: Json) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addVocabulary(["x-atmos-replacement"]);
  return ajv.compile(schema);
}

for (const section of ["auth", "atmos"] as const) {
  for (const partial of [false, true]) {
    Deno.test(`the schema of ${section}${partial ? ", partial" : ""} passes a strict compiler`, () => {
      const schema = schemaOf({ section, partial });
      compile(schema);
      assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
      assert.equal(schema.$id, `urn:atmos-auth:schema:${section}:1.2.3`);
    });
  }
}

const validate = compile(schemaOf());

for (const fixture of [...configFixtures("valid"), ...configFixtures("invalid")]) {
  Deno.test(`the schema ${fixture.accepted ? "accepts" : "rejects"} ${fixture.name}`, () => {
    const accepted = validate(asEditorSees(fixture.text));
    assert.equal(accepted, fixture.accepted, JSON.stringify(validate.errors?.slice(0, 3)));
  });
}

Deno.test("what the schema rejects has at least a warning, what has no finding is accepted", () => {
  for (const fixture of [...configFixtures("valid"), ...configFixtures("invalid")]) {
    if (fixture.accepted) continue;
    assert.notEqual(fixture.expected.length, 0, fixture.name);
  }
});

Deno.test("a file that holds only overrides is taken by the partial schema alone", () => {
  const partial = compile(schemaOf({ partial: true }));
  for (
    const text of [
      "auth: {identities: {prod: {default: true}}}",
      "auth: {identities: {prod: {kind: aws/assume-role, principal: {duration: 1h}}}}",
      "auth: {providers: {sso: {kind: aws/iam-identity-center}}}",
      "auth: {integrations: {e: {kind: aws/eks, spec: {cluster: {alias: x}}}}}",
    ]
  ) {
    assert.equal(partial(asEditorSees(text)), true, JSON.stringify(partial.errors?.slice(0, 3)));
    assert.equal(validate(asEditorSees(text)), false, text);
  }
  assert.equal(partial(asEditorSees("auth: {identities: {p: {defualt: true}}}")), false);
  assert.equal(partial(asEditorSees("auth: {identities: {p: {kind: aws/nothing}}}")), false);
});

Deno.test("nothing is required in the partial schema but the kind in conditions", () => {
  const found: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (node === null || typeof node !== "object") return;
    for (const [key, below] of Object.entries(node)) {
      if (key === "required" && Array.isArray(below) && !path.endsWith("/if")) found.push(path);
      if (key !== "examples" && key !== "default") walk(below, `${path}/${key}`);
    }
  };
  walk(schemaOf({ partial: true }), "");
  assert.deepEqual(found, []);
});

Deno.test("deprecated keys say what replaces them", () => {
  const deprecated: string[] = [];
  const walk = (node: unknown, name: string): void => {
    if (node === null || typeof node !== "object" || Array.isArray(node)) {
      if (Array.isArray(node)) node.forEach((item) => walk(item, name));
      return;
    }
    const map = node as Json;
    if (map.deprecated === true) deprecated.push(`${name} → ${map["x-atmos-replacement"]}`);
    for (const [key, below] of Object.entries(map)) {
      walk(below, key === "properties" || /^(anyOf|allOf|oneOf|then|\d+)$/.test(key) ? name : key);
    }
  };
  walk(schemaOf(), "");
  for (
    const expected of [
      "provider_type → driver",
      "isolated_sessions → isolated",
      "workload_identity_pool → workload_identity_pool_id",
      "url → spec.endpoint_url",
    ]
  ) assert.ok(deprecated.includes(expected), `${expected} in ${deprecated.join(", ")}`);
});

Deno.test("secrets are write-only", () => {
  const text = JSON.stringify(schemaOf());
  for (const key of ["password", "secret_access_key", "request_token"]) {
    assert.match(text, new RegExp(`"${key}":\\{[^{}]*(\\[[^\\]]*\\])?[^{}]*"writeOnly":true`));
  }
});

/** Every key of the table with its place and dotted path. */
function* everyKey(): Generator<{ place: DocPlace; path: string[]; field: Field }> {
  const walk = function* (
    fields: Fields,
    place: DocPlace,
    path: string[],
  ): Generator<{ place: DocPlace; path: string[]; field: Field }> {
    for (const [key, field] of Object.entries(fields)) {
      const here = [...path, key];
      yield { place, path: here, field };
      if (field.fields) {
        yield* walk(field.fields, place, field.type === "list" ? [...here, "*"] : here);
      }
      if (field.each?.fields) yield* walk(field.each.fields, place, [...here, "*"]);
    }
  };
  yield* walk(authFields(), { section: "auth" }, []);
  yield* walk(rootFields(), { section: "root" }, []);
  for (const role of ROLES) {
    yield* walk(commonFields(role), { role }, []);
    for (const kind of kindNames(role)) {
      const schema = kindSchema(role, kind)!;
      yield* walk(schema.fields, { role, kind, cloud: schema.cloud }, []);
    }
  }
}

Deno.test("every key of the table has a text", () => {
  const missing = new Set<string>();
  for (const { place, path } of everyKey()) {
    if (!docOf(place, path)) missing.add(docKeys(place, path.join("."))[0]!);
  }
  assert.deepEqual([...missing], []);
});

Deno.test("every text belongs to a key of the table", () => {
  const wanted = new Set<string>([
    "root auth",
    "auth providers",
    "auth identities",
    "auth integrations",
  ]);
  for (const { place, path } of everyKey()) {
    for (const key of docKeys(place, path.join("."))) wanted.add(key);
  }
  assert.deepEqual(docKeyList().filter((key) => !wanted.has(key)), []);
});

Deno.test("every key but a map has an example, and the schema takes it", () => {
  const schema = schemaOf();
  const ajv = new Ajv2020({ strict: false });
  const problems: string[] = [];
  const check = (property: unknown, path: string): void => {
    if (property === null || typeof property !== "object") return;
    const { examples, ...shape } = property as Json & { examples?: unknown[] };
    const test = examples && ajv.compile({ ...shape, "$defs": schema.$defs });
    for (const example of examples ?? []) {
      if (!test!(example)) problems.push(`${path}: ${JSON.stringify(example)}`);
    }
    walk(shape, path);
  };
  const walk = (node: unknown, path: string): void => {
    if (node === null || typeof node !== "object") return;
    for (const [key, below] of Object.entries(node)) {
      if (key === "properties") {
        for (const [name, property] of Object.entries(below as Json)) {
          check(property, `${path}.${name}`);
        }
      } else if (typeof below === "object") walk(below, `${path}/${key}`);
    }
  };
  walk(schema, "");
  assert.deepEqual(problems, []);

  const bare = new Set<string>();
  for (const { place, path, field } of everyKey()) {
    const doc = docOf(place, path);
    if (doc?.length === 1 && field.type !== "map" && field.type !== "list") {
      bare.add(path.join("."));
    }
  }
  assert.deepEqual([...bare], []);
});

Deno.test("every kind has a text and is offered with it", () => {
  const defs = schemaOf().$defs as Record<string, { properties: { kind: Json } }>;
  for (const role of ROLES) {
    const offered = (defs[role]!.properties.kind.anyOf as { oneOf?: Json[] }[])[0]!.oneOf!;
    assert.deepEqual(
      offered.filter((row) => !row.deprecated).map((row) => row.const),
      kindNames(role),
    );
    for (const row of offered) assert.match(row.description as string, /^[A-Z].*\.$/);
  }
});

Deno.test("the definitions of the specification stand as they are", () => {
  const defs = schemaOf({ section: "auth" }).$defs as Record<string, Json>;
  assert.deepEqual(defs.str, { type: ["string", "number", "boolean"] });
  assert.deepEqual(defs.bool, { anyOf: [{ type: "boolean" }, { "$ref": "#/$defs/fn" }] });
  assert.deepEqual(defs.name, { type: "string", minLength: 1 });
  assert.deepEqual(defs.duration, {
    anyOf: [
      { type: "integer", minimum: 1 },
      {
        type: "string",
        pattern: "^([1-9][0-9]*d?|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$",
      },
      { "$ref": "#/$defs/fn" },
    ],
  });
  assert.equal(
    defs.fn!.pattern,
    "^(?:!git\\.repository|!include\\.raw|!git\\.branch|!git\\.owner|!repo-root|!git\\.host|!git\\.name|!git\\.root|!git\\.ref|!git\\.sha|!git\\.url|!include|!append|!random|!unset|!exec|!cwd|!env)(?:\\s|$)",
  );
});
