import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

const VALID = `
auth:
  providers:
    sso: {kind: mock, region: us-east-1}
  identities:
    dev: {kind: mock, via: {provider: sso}, default: true}
`;

const UNKNOWN_KIND = `
auth:
  providers:
    invalid-provider: {kind: invalid/provider}
    odd: {kind: mock, satrt_url: x, default: true}
`;

/** Runs `validate` with this atmos.yaml in the home directory, which is also the working directory. */
async function validate(yaml: string, args: string[] = [], env: Record<string, string> = {}) {
  await using home = await privateHome();
  await home.write("atmos.yaml", yaml);
  const result = await runProgram({ args: ["validate", ...args], home, env });
  return { ...result, root: home.path };
}

Deno.test("a valid configuration is told on stderr, stdout stays empty, exit 0", async () => {
  const { code, stdout, stderr } = await validate(VALID);
  assert.equal(stderr, "\n**✅ Authentication configuration is valid**\n\n");
  assert.equal(stdout, "");
  assert.equal(code, 0);
});

for (const [args, env] of [[["-v"], {}], [[], { ATMOS_AUTH_VALIDATE_VERBOSE: "true" }]] as const) {
  Deno.test(`validate ${args.join()} ${JSON.stringify(env)} says first what it does`, async () => {
    const { code, stderr } = await validate(VALID, [...args], env);
    assert.equal(
      stderr,
      "\n**Validating authentication configuration...**\n\n" +
        "\n**✅ Authentication configuration is valid**\n\n",
    );
    assert.equal(code, 0);
  });
}

Deno.test("every problem has a line, and the first is the error of the run, exit 1", async () => {
  const { code, stdout, stderr } = await validate(UNKNOWN_KIND);
  const message = 'invalid auth config: provider "invalid-provider" validation failed: ' +
    "invalid provider kind: unsupported provider kind: invalid/provider";
  const kinds = stderr.match(/ {2}💡 (Known kinds are .*)\n/)![1];
  assert.equal(
    stderr,
    "\n**❌ Authentication configuration validation failed:**\n\n" +
      `${message} (atmos.yaml:4:30)\n  💡 ${kinds}\n` +
      '⚠ provider "odd": unknown key satrt_url (atmos.yaml:5:23)\n' +
      "  💡 Did you mean start_url?\n" +
      `\n# Error\n\n**Error:** ${message}\n\natmos.yaml:4:30\n\n💡 ${kinds}\n`,
  );
  assert.equal(stdout, "");
  assert.equal(code, 1);
});

Deno.test("warnings stand before the good news and do not change the exit code", async () => {
  const { code, stderr } = await validate("auth: {providers: {p: {kind: mock, odd: 1}}}\n");
  assert.equal(
    stderr,
    '\n⚠ provider "p": unknown key odd (atmos.yaml:1:36)\n' +
      "\n**✅ Authentication configuration is valid**\n\n",
  );
  assert.equal(code, 0);
});

Deno.test("--strict makes an unknown key an error", async () => {
  const { code, stderr } = await validate("auth: {providers: {p: {kind: mock, odd: 1}}}\n", [
    "--strict",
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /\n\*\*Error:\*\* invalid auth config: provider "p": unknown key odd\n/);
});

Deno.test("json goes to stdout whole, and nothing to stderr", async () => {
  const { code, stdout, stderr, root } = await validate(UNKNOWN_KIND, ["--format", "json"]);
  const body = JSON.parse(stdout);
  assert.equal(body.valid, false);
  assert.deepEqual(body.findings[1], {
    severity: "warning",
    code: "unknown_key",
    path: "auth.providers.odd.satrt_url",
    message: 'provider "odd": unknown key satrt_url',
    file: `${root}/atmos.yaml`,
    line: 5,
    column: 23,
    hint: "Did you mean `start_url`?",
  });
  assert.equal(stderr, "");
  assert.equal(code, 1);
  const good = await validate(VALID, ["--format=json"]);
  assert.deepEqual(JSON.parse(good.stdout), { valid: true, findings: [] });
  assert.equal(good.code, 0);
});

Deno.test("sarif names rule, level, file and region of each finding", async () => {
  const { code, stdout } = await validate(UNKNOWN_KIND, ["--format", "sarif"]);
  const log = JSON.parse(stdout);
  assert.equal(log.version, "2.1.0");
  const [run] = log.runs;
  assert.deepEqual(run.tool.driver.rules.map((rule: { id: string }) => rule.id), [
    "unknown_key",
    "unknown_kind",
  ]);
  const [first, second] = run.results;
  assert.equal(first.level, "error");
  assert.equal(run.tool.driver.rules[first.ruleIndex].id, "unknown_kind");
  assert.equal(second.level, "warning");
  assert.deepEqual(second.locations[0].physicalLocation, {
    artifactLocation: { uri: "atmos.yaml", uriBaseId: "SRCROOT" },
    region: { startLine: 5, startColumn: 23 },
  });
  assert.equal(code, 1);
});

Deno.test("a configuration that cannot be loaded is reported the same way, exit 2", async () => {
  const yaml = "auth:\n  providers: {a: [}\n";
  const { code, stderr } = await validate(yaml);
  assert.match(
    stderr,
    /^\n\*\*❌ Authentication configuration validation failed:\*\*\n\nfailed to parse configuration: [^\n]*atmos\.yaml:2:\d+[^\n]*\n(?: {2}[^\n]+\n)*\n# Error\n\n\*\*Error:\*\* failed to parse/,
  );
  assert.equal(code, 2);
  const json = await validate(yaml, ["--format", "json"]);
  const [found] = JSON.parse(json.stdout).findings;
  assert.equal(found.line, 2);
  assert.equal(found.severity, "error");
  assert.equal(json.code, 2);
});

Deno.test("an import that failed is an error of validation, though a warning elsewhere", async () => {
  const { code, stderr } = await validate(`import: [missing.yaml]\n${VALID}`);
  assert.match(stderr, /failed to resolve import: missing\.yaml/);
  assert.equal(code, 1);
});

Deno.test("--no-functions runs no command, a plain run does", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const yaml = 'auth: {realm: !exec "echo ran >> $HOME/ran; echo acme"}\n';
  const without = await validate(yaml, ["--no-functions"]);
  assert.equal(without.code, 0, without.stderr);
  assert.equal(without.files.has("ran"), false);
  const plain = await validate(yaml);
  assert.equal(plain.code, 0, plain.stderr);
  assert.equal(plain.files.get("ran"), "ran\n");
});

Deno.test(
  "a failed !exec gives its own exit code",
  { ignore: Deno.build.os === "windows" },
  async () => {
    const { code, stderr } = await validate('auth: {realm: !exec "exit 7"}\n');
    assert.equal(code, 7);
    assert.match(stderr, /Authentication configuration validation failed/);
  },
);

Deno.test("a bad realm and bad log level are found, and stop nothing else", async () => {
  const { code, stderr } = await validate("auth: {realm: Bad Realm}\nlogs: {level: loud}\n");
  assert.match(stderr, /invalid realm value: auth\.realm configuration: realm contains invalid/);
  assert.match(stderr, /invalid log level: the log level 'loud' is not recognized/);
  assert.equal(code, 1);
});

Deno.test("what a variable says is checked as well, and the variable is its place", async () => {
  const { code, stderr } = await validate(VALID, [], { ATMOS_KEYRING_TYPE: "vault" });
  assert.match(
    stderr,
    /\ninvalid auth config: unsupported keyring type: vault \(ATMOS_KEYRING_TYPE\)\n/,
  );
  assert.equal(code, 1);
});

Deno.test("without any configuration there is nothing wrong", async () => {
  const { code, stderr } = await runProgram({ args: ["validate"] });
  assert.equal(stderr, "\n**✅ Authentication configuration is valid**\n\n");
  assert.equal(code, 0);
});

Deno.test("a format that does not exist is a usage error", async () => {
  const { code, stderr } = await validate(VALID, ["--format", "xml"]);
  assert.match(stderr, /invalid format: xml/);
  assert.equal(code, 2);
});

Deno.test("the long form and the short form are one command", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", VALID);
  const { code, stderr } = await runProgram({ args: ["auth", "validate"], home });
  assert.equal(stderr, "\n**✅ Authentication configuration is valid**\n\n");
  assert.equal(code, 0);
});
