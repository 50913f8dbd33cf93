import assert from "node:assert/strict";
import { FUNCTION_TAGS } from "../../lib/config/settle.ts";
import { type LanguageServer, startLanguageServer } from "../support/lsp.ts";
import { runProgram } from "../support/program.ts";
import { realTest } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const SERVER = "npm:yaml-language-server@2.0.0";

const needs = [{
  program: Deno.execPath(),
  package: `${SERVER} (npm)`,
  probe: ["cache", "--quiet", "--no-lock", SERVER],
}];

/** A server that has our schema for the file, and knows our tags as scalars. */
async function editor(dir: TempDir): Promise<LanguageServer> {
  const { stdout } = await runProgram({ args: ["schema", "--section", "atmos"] });
  const schema = await dir.write("schema.json", stdout);
  const yaml = {
    validate: true,
    completion: true,
    hover: true,
    schemas: { [`file://${schema}`]: "*.yaml" },
    schemaStore: { enable: false },
    customTags: FUNCTION_TAGS.map((tag) => `${tag} scalar`),
  };
  return await startLanguageServer(
    Deno.execPath(),
    ["run", "--quiet", "--allow-all", "--no-lock", "--no-config", SERVER, "--stdio"],
    { yaml },
    { cwd: dir.path },
  );
}

async function open(server: LanguageServer, dir: TempDir, name: string, text: string) {
  const uri = `file://${dir.join(name)}`;
  const reported = server.diagnostics(uri);
  await server.notify("textDocument/didOpen", {
    textDocument: { uri, languageId: "yaml", version: 1, text },
  });
  return { uri, diagnostics: await reported };
}

realTest("an editor marks what is wrong and leaves a good file alone", needs, async () => {
  await using dir = await tempDir();
  await using server = await editor(dir);
  const good = await open(
    server,
    dir,
    "good.yaml",
    `
auth:
  providers:
    sso: {kind: aws/iam-identity-center, start_url: "https://acme.awsapps.com/start", region: us-east-1}
    saml:
      kind: aws/saml
      url: https://idp.example.com
      region: !env IDP_REGION
      username: !env IDP_USER
      password: !exec "pass idp"
      session: {duration: 1h30m}
  identities:
    dev:
      kind: aws/permission-set
      via: {provider: sso}
      principal: {name: Admin, account: {name: sandbox}}
`.trimStart(),
  );
  assert.deepEqual(good.diagnostics, []);

  const bad = await open(
    server,
    dir,
    "bad.yaml",
    `
auth:
  providers:
    sso:
      kind: aws/iam-identity-center
      start_url: https://acme.awsapps.com/start
      satrt_url: x
  identities:
    dev:
      kind: aws/nothing
      default: maybe
`.trimStart(),
  );
  const at = (line: number) =>
    bad.diagnostics.filter((found) => found.range.start.line === line).map((f) => f.message);
  assert.ok(at(5).some((text) => /satrt_url/.test(text)), JSON.stringify(bad.diagnostics));
  assert.ok(at(8).length > 0, JSON.stringify(bad.diagnostics));
  assert.ok(at(9).length > 0, JSON.stringify(bad.diagnostics));
  assert.ok(
    bad.diagnostics.some((found) => /Missing property "region"/.test(found.message)),
    JSON.stringify(bad.diagnostics),
  );
});

realTest("an editor completes kinds and keys and explains them", needs, async () => {
  await using dir = await tempDir();
  await using server = await editor(dir);
  const text = "auth:\n  providers:\n    sso:\n      kind: aws/iam-identity-center\n      \n" +
    "  identities:\n    dev:\n      kind: \n";
  const { uri } = await open(server, dir, "edit.yaml", text);
  const complete = async (line: number, character: number) => {
    const answer = await server.request("textDocument/completion", {
      textDocument: { uri },
      position: { line, character },
    }) as { items: { label: string; documentation?: unknown }[] };
    return answer.items;
  };
  const kinds = (await complete(7, 12)).map((item) => item.label);
  for (const kind of ["aws/permission-set", "aws/assume-role", "gcp/service-account"]) {
    assert.ok(kinds.includes(kind), `${kind} in ${kinds.join(", ")}`);
  }
  assert.ok(!kinds.includes("aws/saml"), "kinds of providers are no kinds of identities");

  const keys = await complete(4, 6);
  const labels = keys.map((item) => item.label);
  for (const key of ["start_url", "region", "session", "spec"]) {
    assert.ok(labels.includes(key), `${key} in ${labels.join(", ")}`);
  }

  const hover = await server.request("textDocument/hover", {
    textDocument: { uri },
    position: { line: 3, character: 8 },
  }) as { contents: { value: string } };
  assert.match(hover.contents.value, /Sign-in through AWS IAM Identity Center/);
});
