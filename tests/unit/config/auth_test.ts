import assert from "node:assert/strict";
import { makeAuthConfig } from "../../../lib/config/auth.ts";
import { compose, sourceOf } from "../../../lib/config/compose.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { authOf, type ConfigWorld } from "../../support/config.ts";

/** Values of one identity or provider given by its body in YAML flow or block style. */
function identity(body: string, given: ConfigWorld = {}): Record<string, unknown> {
  return authOf(`auth:\n  identities:\n    x: ${body}\n`, given).findIdentity("x")!.values;
}

function provider(body: string, rest = "", given: ConfigWorld = {}): Record<string, unknown> {
  return authOf(`auth:\n  providers:\n    x: ${body}\n${rest}`, given).findProvider("x")!.values;
}

for (
  const [written, expected] of [
    ["012345678901", "012345678901"],
    ["1e5", "1e5"],
    ["2025-01-01", "2025-01-01"],
    ["true", "true"],
    ["0x1F", "0x1F"],
    ["3600", "3600"],
    ["'it''s'", "it's"],
    ['"a\\tb"', "a\tb"],
  ] as const
) {
  Deno.test(`a text position takes the source text ${written}`, () => {
    const values = identity(`{kind: aws/assume-role, principal: {session_name: ${written}}}`);
    assert.deepEqual(values.principal, { session_name: expected });
  });
}

for (
  const [written, expected] of [
    ["true", true],
    ["TRUE", true],
    ["True", true],
    ["1", true],
    ['"t"', true],
    ["yes", true],
    ["on", true],
    ["false", false],
    ["0", false],
    ['"f"', false],
    ["no", false],
    ["maybe", undefined],
    ["[]", undefined],
    ["~", undefined],
  ] as const
) {
  Deno.test(`a switch written ${written} is ${expected}`, () => {
    assert.equal(identity(`{kind: mock, default: ${written}}`).default, expected);
  });
}

for (
  const [written, expected] of [
    ["[a, 012, true]", ["a", "012", "true"]],
    ["a, b,,c ", ["a", "b", "c"]],
    ["solo", ["solo"]],
    ["[]", []],
    ["{a: b}", undefined],
  ] as const
) {
  Deno.test(`a list of texts written ${written} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(identity(`{kind: mock, tags: "${written}"}`).tags !== undefined, true);
    assert.deepEqual(identity(`\n      kind: mock\n      tags: ${written}`).tags, expected);
  });
}

Deno.test("scopes split at blanks too", () => {
  const values = provider('{kind: gcp/adc, spec: {scopes: "a b,c"}}');
  assert.deepEqual(values.spec, { scopes: ["a", "b", "c"] });
});

Deno.test("env is taken as a list and as a map", () => {
  const expected = [{ key: "A", value: "1" }, { key: "B", value: "" }];
  assert.deepEqual(identity("{kind: mock, env: [{key: A, value: 1}, {key: B}]}").env, expected);
  assert.deepEqual(identity("{kind: mock, env: {A: 1, B: }}").env, expected);
});

Deno.test("keys that no row knows keep the type of YAML 1.2, long numbers stay text", () => {
  const values = identity(
    "{kind: mock, spec: {a: 1, b: true, c: 007, d: 12345678901234567890, e: null, f: [1, x], g: '1'}}",
  );
  assert.deepEqual(values.spec, {
    a: 1,
    b: true,
    c: "007",
    d: "12345678901234567890",
    f: [1, "x"],
    g: "1",
  });
});

Deno.test("a key named __proto__ is a key like any other", () => {
  const values = identity("{kind: mock, spec: {__proto__: {polluted: 1}}}");
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.deepEqual(Object.keys(values.spec as object), ["__proto__"]);
});

Deno.test("provider: is short for via.provider, which wins", () => {
  assert.deepEqual(identity("{kind: mock, provider: p}").via, { provider: "p" });
  assert.deepEqual(identity("{kind: mock, provider: p, via: {provider: q}}").via, {
    provider: "q",
  });
});

for (
  const [kind, more, expected] of [
    ["aws-sso", "", "aws/iam-identity-center"],
    ["aws/sso", "", "aws/iam-identity-center"],
    ["aws", ", start_url: https://x", "aws/iam-identity-center"],
    ["aws", "", "aws"],
    ["aws/saml", "", "aws/saml"],
  ] as const
) {
  Deno.test(`provider kind ${kind}${more} means ${expected}`, () => {
    const config = authOf(`auth: {providers: {x: {kind: ${kind}${more}}}}`);
    assert.equal(config.findProvider("x")!.kind, expected);
  });
}

Deno.test("deprecated keys fill what replaces them and never overwrite it", () => {
  assert.equal(provider("{kind: aws/saml, provider_type: Okta}").driver, "Okta");
  assert.equal(provider("{kind: aws/saml, provider_type: Okta, driver: ADFS}").driver, "ADFS");
  assert.deepEqual(
    provider("{kind: aws/saml, spec: {aws: {resolver: {url: http://l}}}}").spec,
    { aws: { resolver: { url: "http://l" } }, endpoint_url: "http://l" },
  );
  assert.deepEqual(
    identity("{kind: aws/user, credentials: {aws: {resolver: {url: http://l}}}}").spec,
    { endpoint_url: "http://l" },
  );
});

for (
  const [written, expected] of [
    ["012345678901", { id: "012345678901" }],
    ["sandbox", { name: "sandbox" }],
    ["{id: 12345678901}", { id: "012345678901" }],
    ["{id: 012345678901, name: x}", { id: "012345678901", name: "x" }],
  ] as const
) {
  Deno.test(`the account ${written} of a permission set is ${JSON.stringify(expected)}`, () => {
    const values = identity(`{kind: aws/permission-set, principal: {account: ${written}}}`);
    assert.deepEqual(values.principal, { account: expected });
  });
}

Deno.test("Google keys beside spec move into it, spec wins", () => {
  assert.deepEqual(
    provider("{kind: gcp/adc, project_id: ' p1 ', region: r1, spec: {region: r2}}").spec,
    { region: "r2", project_id: "p1" },
  );
});

Deno.test("a full name of a workload identity provider fills what is absent", () => {
  const full = "projects/7/locations/global/workloadIdentityPools/pool/providers/prov";
  for (const before of ["", "//iam.googleapis.com/", "https://iam.googleapis.com/"]) {
    const { spec } = provider(
      `{kind: gcp/workload-identity-federation, spec: {workload_identity_provider: "${before}${full}"}}`,
    ) as { spec: Record<string, unknown> };
    assert.equal(spec.project_number, "7");
    assert.equal(spec.workload_identity_pool_id, "pool");
    assert.equal(spec.workload_identity_provider_id, "prov");
  }
});

Deno.test("relative paths start at the base path, ~ at the home directory", () => {
  const at = { basePath: "/repo" };
  const path = (written: string) =>
    (provider(`{kind: aws/saml, browser_executable_path: ${written}}`, "", at))
      .browser_executable_path;
  assert.equal(path("bin/chrome"), "/repo/bin/chrome");
  assert.equal(path("./bin/../chrome"), "/repo/chrome");
  assert.equal(path("~/chrome"), "/home/u/chrome");
  assert.equal(path("/opt/chrome"), "/opt/chrome");
});

Deno.test("a subject token file starts at the directory of its configuration file", () => {
  const source = sourceOf(
    "/repo/config/atmos.yaml",
    "auth: {providers: {x: {kind: gcp/workload-identity-federation, " +
      "spec: {token_source: {file_path: ./t}}}}}",
    { dir: "/repo/config" },
  );
  const place = { basePath: "/repo", derivedRealm: "" };
  const config = makeAuthConfig(compose(source).root, fixedEnv({}), place);
  const spec = config.findProvider("x")!.values.spec as { token_source: { file_path: string } };
  assert.equal(spec.token_source.file_path, "/repo/config/t");
});

Deno.test("Atmos Pro settings come from spec, then the variable, then settings.pro", () => {
  const settings = "settings: {pro: {workspace_id: from-settings, endpoint: api/v2}}\n";
  const env = { ATMOS_PRO_WORKSPACE_ID: "from-env" };
  const id = (
    body: string,
    given: ConfigWorld,
  ) => (provider(body, settings, given).spec as Record<string, unknown>);
  assert.deepEqual(id("{kind: atmos/pro, spec: {workspace_id: own}}", { env }), {
    workspace_id: "own",
    endpoint: "api/v2",
  });
  assert.equal(id("{kind: atmos/pro}", { env }).workspace_id, "from-env");
  assert.equal(id("{kind: atmos/pro}", {}).workspace_id, "from-settings");
});

Deno.test("github/sts takes mode and revocation from settings.pro.git_sts, typed", () => {
  const config = authOf(`
auth: {integrations: {g: {kind: github/sts, via: {provider: p}, spec: {git_config_mode: env}}}}
settings: {pro: {git_sts: {git_config_mode: file, revoke_on_exit: no}}}
`);
  assert.deepEqual(config.integrations.get("g")!.values.spec, {
    git_config_mode: "env",
    revoke_on_exit: false,
  });
});

Deno.test("auth.defaults fills durations that a provider leaves open", () => {
  const rest = "  defaults: {session: {duration: 8h}, console: {session_duration: 30m}}\n";
  const values = provider("{kind: aws/saml, session: {duration: 1h}}", rest);
  assert.deepEqual(values.session, { duration: "1h" });
  assert.deepEqual(values.console, { session_duration: "30m" });
});

const world = authOf(`
auth:
  providers:
    Company-SSO: {kind: mock}
  identities:
    product.usa/ReadOnlyAccess: {kind: mock, alias: RO}
    Zed: {kind: mock, default: true}
    a:b: {kind: mock, default: on}
    ro2: {kind: mock, default: false}
`);

Deno.test("names keep their spelling and are found in any case, then by alias", () => {
  assert.deepEqual(world.identities.names(), ["Zed", "a:b", "product.usa/ReadOnlyAccess", "ro2"]);
  assert.equal(
    world.findIdentity("PRODUCT.USA/readonlyaccess")?.name,
    "product.usa/ReadOnlyAccess",
  );
  assert.equal(world.findIdentity("ro")?.name, "product.usa/ReadOnlyAccess");
  assert.equal(world.findProvider("company-sso")?.name, "Company-SSO");
  assert.equal(world.findIdentity("RO3"), undefined);
  assert.equal(world.findProvider("RO"), undefined);
});

Deno.test("the exact spelling is preferred, the first one otherwise", () => {
  const config = authOf("auth: {identities: {Dev: {kind: mock}, dev: {kind: mock}}}");
  assert.equal(config.findIdentity("dev")?.name, "dev");
  assert.equal(config.findIdentity("DEV")?.name, "Dev");
});

Deno.test("defaults come sorted", () => {
  assert.deepEqual(world.defaults().map((entry) => entry.name), ["Zed", "a:b"]);
});

Deno.test("an entry is made once", () => {
  assert.equal(world.findIdentity("zed"), world.identities.get("Zed"));
  assert.equal(world.identities.all()[0], world.identities.get("Zed"));
});

Deno.test("positions count from one", () => {
  const entry = world.findIdentity("zed")!;
  assert.deepEqual(entry.at(), { file: "atmos.yaml", line: 7, column: 5 });
  assert.deepEqual(entry.at("default"), { file: "atmos.yaml", line: 7, column: 32 });
  assert.equal(entry.at("principal", "name"), undefined);
});

for (
  const [yaml, env, expected] of [
    ["{}", {}, undefined],
    ["{defaults: {identity: prod}}", {}, "prod"],
    ["{defaults: {identity: false}}", {}, false],
    ["{defaults: {identity: off}}", {}, false],
    ["{defaults: {identity: prod}}", { ATMOS_DEFAULTS_IDENTITY: "dev" }, "dev"],
    ["{defaults: {identity: prod}}", { ATMOS_DEFAULTS_IDENTITY: "false" }, false],
    ["{defaults: {identity: prod}}", { ATMOS_DEFAULTS_IDENTITY: "" }, "prod"],
  ] as const
) {
  Deno.test(`the chosen default of ${yaml} with ${JSON.stringify(env)} is ${expected}`, () => {
    assert.equal(authOf(`auth: ${yaml}`, { env }).defaultIdentity, expected);
  });
}

Deno.test("console isolation has two spellings that must agree", () => {
  const isolated = (body: string) => authOf(`auth: {console: ${body}}`).consoleIsolated;
  assert.equal(isolated("{isolated: true}"), true);
  assert.equal(isolated("{isolated_sessions: true}"), true);
  assert.equal(isolated("{}"), false);
  assert.throws(() => isolated("{isolated: true, isolated_sessions: false}"), {
    code: "invalid_auth_config",
  });
});

Deno.test("the audit file has an older spelling, hosts may be one text", () => {
  const config = authOf(
    "auth: {audit_log: logs/a.jsonl, network: {allowed_hosts: 'a.com, b.com'}}",
  );
  assert.equal(config.auditFile, "/work/logs/a.jsonl");
  assert.deepEqual(config.allowedHosts, ["a.com", "b.com"]);
  assert.equal(authOf("auth: {audit: {file: /a}, audit_log: /b}").auditFile, "/a");
});

Deno.test("nothing configured is an empty configuration", () => {
  for (const yaml of ["", "auth:", "auth: {}", "auth: {identities: }", "stacks: {}"]) {
    const config = authOf(yaml);
    assert.equal(config.identities.size + config.providers.size + config.integrations.size, 0);
    assert.deepEqual(config.defaults(), []);
    assert.equal(config.findIdentity("x"), undefined);
  }
});

Deno.test("a section that is no map is refused with its place", () => {
  assert.throws(() => authOf("auth: [a]"), {
    code: "invalid_auth_config",
    message: "invalid auth config: auth must be a map",
    explanation: "atmos.yaml:1:7",
  });
  assert.throws(() => authOf("auth: {identities: text}").identities, {
    message: "invalid auth config: auth.identities must be a map",
  });
});

Deno.test("an entry that is no map has no values and says so when checked", () => {
  const entry = authOf("auth: {identities: {x: text}}").findIdentity("x")!;
  assert.deepEqual(entry.values, {});
  assert.deepEqual(entry.check().map((found) => found.message), [
    'invalid auth config: identity "x" must be a map',
  ]);
});

Deno.test("a function that was not run shows as it is written", () => {
  assert.equal(provider("{kind: aws/saml, url: !env IDP_URL}").url, "!env IDP_URL");
});

for (
  const [yaml, path] of [
    ["auth: {policy: {}}", "auth.policy"],
    ["auth: {delivery: process}", "auth.delivery"],
    ["auth: {cache: {secrets: sealed}}", "auth.cache.secrets"],
    ["auth: {exec: {mask_output: auto}}", "auth.exec.mask_output"],
    ["auth: {audit: {required: true}}", "auth.audit.required"],
    ["imports: {require_signature: true}", "imports.require_signature"],
  ] as const
) {
  Deno.test(`${yaml} is refused: it would promise what is not enforced`, () => {
    assert.throws(() => authOf(yaml), {
      code: "unsupported_setting",
      message: `invalid auth config: ${path} is not supported by this version: ` +
        "nothing would be enforced",
    });
  });
}

Deno.test("the same settings with the value that asks for nothing are taken", () => {
  authOf(
    "auth: {delivery: files, cache: {secrets: plain}, exec: {mask_output: never}, " +
      "audit: {required: false}, policy: }\nimports: {require_signature: false}",
  );
});
