import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/2020";
import { stringify } from "yaml";
import { jsonSchema } from "../../../lib/config/json_schema.ts";
import { kindNames } from "../../../lib/config/schema.ts";
import { configPages, kindExample } from "../../../scripts/docs_config.ts";
import { findingsOf } from "../../support/config.ts";

const root = new URL("../../../", import.meta.url);

for (const [path, text] of configPages()) {
  Deno.test(`${path} is what the schema table says (else: deno task docs)`, () => {
    assert.equal(Deno.readTextFileSync(new URL(path, root)), text);
  });
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
const accepts = ajv.compile(jsonSchema({ section: "atmos", partial: false, version: "0" }));

for (const role of ["provider", "identity", "integration"] as const) {
  for (const kind of kindNames(role)) {
    Deno.test(`the example of ${role} ${kind} is without a finding and taken by the schema`, () => {
      const example = kindExample(role, kind);
      assert.deepEqual(findingsOf(stringify(example)), []);
      assert.ok(accepts(example), JSON.stringify(accepts.errors));
    });
  }
}
