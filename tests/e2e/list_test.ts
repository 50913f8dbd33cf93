import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { privateHome, runProgram } from "../support/program.ts";
import { which } from "../support/real.ts";

const MOCK = `
auth:
  providers:
    mock-provider: {kind: mock/aws}
  identities:
    mock-identity:
      kind: mock/aws
      default: true
      via: {provider: mock-provider}
      principal: {account: {id: "123456789012"}}
    mock-identity-2:
      kind: mock/aws
      via: {provider: mock-provider}
      principal: {account: {id: "987654321098"}}
`;

async function list(
  args: string[],
  given: { config?: string; env?: Record<string, string>; login?: boolean } = {},
) {
  await using home = await privateHome();
  await home.write("atmos.yaml", given.config ?? MOCK);
  if (given.login) {
    for (const name of ["mock-identity", "mock-identity-2"]) {
      await runProgram({ args: ["login", "-i", name], home });
    }
  }
  return await runProgram({ args: ["auth", "list", ...args], home, env: given.env ?? {} });
}

Deno.test("after a login every identity has its dot and what is left, to the byte", async () => {
  const { code, stdout, stderr } = await list([], {
    login: true,
    env: { ATMOS_TEST_NOW: "2025-10-31T20:57:59Z" },
  });
  assert.equal(
    stdout,
    ` Authentication Configuration
└──mock-provider (mock/aws)
   └──Identities
      ├──● mock-identity (mock/aws) [DEFAULT] 650139h2m
      │  └──Principal
      │     └──account
      │        └──id: 123456789012
      └──● mock-identity-2 (mock/aws) 650139h2m
         └──Principal
            └──account
               └──id: 987654321098
`,
  );
  assert.equal(stderr, "");
  assert.equal(code, 0);
});

Deno.test("ATMOS_TEST_NOW beyond the expiry shows expired, and decides nothing", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", MOCK);
  await runProgram({ args: ["login"], home });
  const env = { ATMOS_TEST_NOW: "2100-06-01T00:00:00Z" };
  const { stdout } = await runProgram({ args: ["list"], home, env });
  assert.match(stdout, /● mock-identity \(mock\/aws\) \[DEFAULT\] expired\n/);
  assert.equal((await runProgram({ args: ["status"], home, env })).code, 0);
});

Deno.test("without a session there is no dot and no time", async () => {
  const { stdout } = await list([]);
  assert.match(stdout, /├──mock-identity \(mock\/aws\) \[DEFAULT\]\n/);
  assert.ok(!stdout.includes("●"));
});

Deno.test("a format that does not exist names those that do, exit 1, stdout empty", async () => {
  const { code, stdout, stderr } = await list(["--format", "xml"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    '\n# Error\n\n**Error:** invalid flag: invalid format "xml" (valid formats: table, tree, json, ' +
      "yaml, graphviz, mermaid, markdown)\n",
  );
});

for (const [other, format] of [["dot", "graphviz"], ["md", "markdown"]]) {
  Deno.test(`${other} is another name of ${format}`, async () => {
    assert.equal((await list(["-f", other!])).stdout, (await list(["-f", format!])).stdout);
  });
}

Deno.test("--providers with --identities is refused", async () => {
  const { code, stderr } = await list(["--providers", "--identities"]);
  assert.equal(code, 1);
  assert.match(stderr, /\*\*Error:\*\* mutually exclusive flags provided/);
});

for (
  const [flag, message] of [
    ["--providers=nope", 'provider not found: "nope"'],
    ["--identities=nope", 'identity not found: "nope"'],
  ]
) {
  Deno.test(`${flag} is an error`, async () => {
    const { code, stdout, stderr } = await list([flag!]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.ok(stderr.includes(`**Error:** ${message}\n`), stderr);
  });
}

Deno.test("names are trimmed, blanks dropped, case ignored; bare means all of that kind", async () => {
  const one = await list(["-f", "json", "--identities", " MOCK-identity , ,"]);
  assert.deepEqual(Object.keys(JSON.parse(one.stdout).identities), ["mock-identity"]);
  assert.deepEqual(JSON.parse(one.stdout).providers, {});
  const all = await list(["--providers", "-f", "json"]);
  assert.deepEqual(JSON.parse(all.stdout), {
    identities: {},
    providers: { "mock-provider": { kind: "mock/aws" } },
  });
});

for (
  const [format, expected] of [
    ["tree", "No providers or identities configured.\n"],
    ["table", "No providers or identities configured.\n"],
    ["json", '{\n  "identities": {},\n  "providers": {}\n}\n'],
    ["yaml", "identities: {}\nproviders: {}\n"],
    ["graphviz", "digraph AuthConfig {\n  // No providers or identities configured\n}\n"],
    ["mermaid", "graph LR\n  Empty[No providers or identities configured]\n"],
  ]
) {
  Deno.test(`nothing configured, as ${format}`, async () => {
    const { code, stdout, stderr } = await list(["-f", format!], { config: "auth: {}" });
    assert.equal(stdout, expected);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });
}

Deno.test("nothing configured but profiles there: the error names them", async () => {
  await using home = await privateHome();
  await home.write("profiles/work/auth.yaml", MOCK);
  await home.write("atmos.yaml", "logs: {level: Warning}");
  const { code, stdout, stderr } = await runProgram({ args: ["list"], home });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /\*\*Error:\*\* authentication not configured in atmos\.yaml\n\nAvailable profiles: work\n/,
  );
  assert.match(stderr, /💡 Try: atmos-auth list --profile <name>\n/);
  const active = await runProgram({ args: ["list", "--profile", "work"], home });
  assert.equal(active.code, 0);
});

Deno.test("a reader that leaves early ends it quietly with 141", async () => {
  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    "auth: {identities: {" +
      Array.from({ length: 3000 }, (_, i) => `i${i}: {kind: ambient}`).join(", ") + "}}",
  );
  const { stdout, stderr } = await runProgram({
    command: which("bash")!,
    args: ["-c", `"$0" list | head -1; echo "\${PIPESTATUS[0]}"`, await program()],
    home,
  });
  assert.equal(stdout, " Authentication Configuration\n141\n");
  assert.equal(stderr, "");
});

Deno.test("a loop, a missing parent and an unknown kind are shown, not refused", async () => {
  const { code, stdout } = await list([], {
    config: `
auth:
  identities:
    a: {kind: aws/assume-role, via: {identity: b}}
    b: {kind: aws/assume-role, via: {identity: a}}
    c: {kind: no/such, via: {provider: gone}}
`,
  });
  assert.equal(code, 0);
  assert.match(stdout, /\(cycle detected\)/);
  assert.match(stdout, /gone \(missing\)/);
  assert.match(stdout, /c \(no\/such\)/);
});
