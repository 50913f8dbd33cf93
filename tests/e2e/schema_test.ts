import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/2020";
import { privateHome, runProgram } from "../support/program.ts";

Deno.test("schema prints JSON Schema of the auth section on stdout", async () => {
  const { code, stdout, stderr } = await runProgram({ args: ["schema"] });
  const schema = JSON.parse(stdout);
  assert.match(schema.$id, /^urn:atmos-auth:schema:auth:\d/);
  assert.deepEqual(Object.keys(schema.properties), ["auth"]);
  assert.match(stdout, /^\{\n {2}"\$schema"/);
  assert.ok(stdout.endsWith("}\n"));
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  ajv.addVocabulary(["x-atmos-replacement"]);
  assert.equal(ajv.compile(schema)({ auth: { identities: { a: { kind: "mock" } } } }), true);
  assert.equal(stderr, "");
  assert.equal(code, 0);
});

Deno.test("schema --section atmos holds the other sections too", async () => {
  const { stdout } = await runProgram({ args: ["auth", "schema", "--section=atmos"] });
  const { properties } = JSON.parse(stdout);
  for (const key of ["auth", "base_path", "import", "logs", "profiles", "settings", "stacks"]) {
    assert.ok(key in properties, key);
  }
});

Deno.test("schema --output writes the file and nothing to stdout", async () => {
  await using home = await privateHome();
  const { code, stdout, files } = await runProgram({
    args: ["schema", "--partial", "--output", "auth.schema.json"],
    home,
  });
  assert.equal(code, 0);
  assert.equal(stdout, "");
  const schema = JSON.parse(files.get("auth.schema.json")!);
  assert.equal("required" in schema.$defs.identity, false);
});

Deno.test("schema needs no valid configuration and reads none", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", "auth: [\n");
  const { code, stdout } = await runProgram({ args: ["schema"], home });
  assert.equal(code, 0);
  JSON.parse(stdout);
});

Deno.test("an unknown section is a usage error", async () => {
  const { code, stderr } = await runProgram({ args: ["schema", "--section", "stacks"] });
  assert.match(stderr, /invalid section: stacks/);
  assert.equal(code, 2);
});
