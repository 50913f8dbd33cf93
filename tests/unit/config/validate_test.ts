import assert from "node:assert/strict";
import { sortFindings, validateConfig } from "../../../lib/config/validate.ts";
import type { Finding } from "../../../lib/core/types.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { compose, sourceOf } from "../../../lib/config/compose.ts";
import { briefly, findingsOf, nodeOf } from "../../support/config.ts";

const ROLE = '"arn:aws:iam::123456789012:role/x"';
const SSO = "sso: {kind: aws/iam-identity-center, start_url: https://a.b, region: us-east-1}";
const provider = (body: string) => `auth: {providers: {n: ${body}}}`;
const identity = (body: string) => `auth: {providers: {${SSO}}, identities: {n: ${body}}}`;
const integration = (body: string) =>
  `auth: {identities: {a: {kind: mock}}, integrations: {n: ${body}}}`;

const P = 'invalid auth config: provider "n" validation failed: ';
const I = 'invalid auth config: identity "n" validation failed: ';
const G = 'invalid auth config: integration "n" validation failed: ';
const C = "invalid auth config: identity chain validation failed: ";
const pc = "invalid provider config: ", ic = "invalid identity config: ";

/** The texts of 01 §5.2 with their wrapping, one row a rule. */
const messages: [yaml: string, message: string][] = [
  [provider("{}"), `${P}${pc}provider kind is required`],
  [
    provider("{kind: invalid/provider}"),
    `${P}invalid provider kind: unsupported provider kind: invalid/provider`,
  ],
  [identity("{default: true}"), `${I}${ic}identity kind is required`],
  [
    identity("{kind: aws/x}"),
    `${I}invalid identity kind: unsupported identity kind: aws/x`,
  ],
  [
    provider("{kind: aws/iam-identity-center, region: r}"),
    `${P}${pc}start_url is required for AWS SSO provider`,
  ],
  [
    provider("{kind: aws/iam-identity-center, start_url: https://x}"),
    `${P}${pc}region is required for AWS SSO provider`,
  ],
  [
    provider("{kind: aws/iam-identity-center, start_url: x, region: r}"),
    `${P}${pc}invalid URL format`,
  ],
  [provider("{kind: aws/saml, region: r}"), `${P}${pc}url is required for AWS SAML provider`],
  [
    provider("{kind: aws/saml, url: https://x}"),
    `${P}${pc}region is required for AWS SAML provider`,
  ],
  [provider("{kind: aws/saml, url: 'http://', region: r}"), `${P}${pc}invalid URL format`],
  ...([["cli", "CLI"], ["device-code", "device code"], ["interactive", "interactive"], [
    "oidc",
    "OIDC",
  ]] as const).map(([kind, title]): [string, string] => [
    provider(`{kind: azure/${kind}, spec: {client_id: c}}`),
    `${P}${pc}tenant_id is required in spec for Azure ${title} provider`,
  ]),
  [
    provider("{kind: azure/oidc, spec: {tenant_id: t}}"),
    `${P}${pc}client_id is required in spec for Azure OIDC provider`,
  ],
  [
    provider("{kind: azure/cli, spec: {tenant_id: t, cloud_environment: mars}}"),
    `${P}${pc}unknown cloud_environment "mars"; valid values are: china, public, usgovernment`,
  ],
  [
    provider(
      "{kind: gcp/workload-identity-federation, spec: {workload_identity_pool_id: p, workload_identity_provider_id: q}}",
    ),
    `${P}${pc}project_number is required`,
  ],
  [
    provider(
      "{kind: gcp/workload-identity-federation, project_number: 1, spec: {workload_identity_provider_id: q}}",
    ),
    `${P}${pc}workload_identity_pool_id is required`,
  ],
  [
    provider(
      "{kind: gcp/workload-identity-federation, project_number: 1, workload_identity_pool: p}",
    ),
    `${P}${pc}workload_identity_provider_id is required`,
  ],
  [
    provider("{kind: gcp/adc, spec: {project_id: {a: b}}}"),
    `${P}${pc}project_id: expected string, got map`,
  ],
  [
    identity(`{kind: aws/assume-role, principal: {assume_role: ${ROLE}}}`),
    `${I}${ic}exactly one of via.provider or via.identity must be set`,
  ],
  [
    identity(
      `{kind: aws/assume-role, via: {provider: sso, identity: n}, principal: {assume_role: ${ROLE}}}`,
    ),
    `${I}${ic}via.provider and via.identity are mutually exclusive; only one can be set`,
  ],
  [
    identity("{kind: mock, via: {provider: gone}}"),
    `${I}invalid auth config: referenced provider "gone" does not exist`,
  ],
  [
    identity("{kind: mock, via: {identity: gone}}"),
    `${C}invalid auth config: referenced identity "gone" does not exist`,
  ],
  [
    identity("{kind: mock, via: {identity: n}}"),
    `${C}identity cycle detected: circular dependency detected in identity chain involving "n": n -> n`,
  ],
  [
    identity("{kind: ambient, via: {provider: sso}}"),
    `${I}${ic}kind "ambient" must not define via`,
  ],
  [identity("{kind: aws/emulator}"), `${I}${ic}kind "aws/emulator" must set emulator: <name>`],
  [
    identity("{kind: atmos/pro}"),
    `${I}${ic}atmos/pro identity "n" must define via.provider`,
  ],
  [
    identity("{kind: azure/subscription, principal: {subscription_id: s}}"),
    `${I}${ic}via.provider is required`,
  ],
  [
    identity("{kind: aws/permission-set, via: {provider: sso}}"),
    `${I}${ic}principal is required`,
  ],
  [
    identity("{kind: aws/permission-set, via: {provider: sso}, principal: {account: x}}"),
    `${I}${ic}permission set name is required in principal`,
  ],
  [
    identity("{kind: aws/permission-set, via: {provider: sso}, principal: {name: x}}"),
    `${I}${ic}account specification is required in principal`,
  ],
  [
    identity("{kind: aws/assume-role, via: {provider: sso}, principal: {region: r}}"),
    `${I}${ic}assume_role is required in principal`,
  ],
  [
    identity("{kind: aws/assume-root, via: {provider: sso}, principal: {task_policy_arn: x}}"),
    `${I}${ic}target_principal is required in principal`,
  ],
  [
    identity("{kind: aws/assume-root, via: {provider: sso}, principal: {target_principal: 1}}"),
    `${I}${ic}target_principal must be a 12-digit AWS account ID`,
  ],
  [
    identity("{kind: aws/assume-root, via: {provider: sso}, principal: {target_principal: 1}}"),
    `${I}${ic}task_policy_arn is required in principal`,
  ],
  [
    identity("{kind: aws/assume-root, via: {provider: sso}, principal: {task_policy_arn: x}}"),
    `${I}${ic}task_policy_arn must start with arn:aws:iam::aws:policy/root-task/`,
  ],
  [
    identity("{kind: azure/subscription, via: {provider: sso}, principal: {location: x}}"),
    `${I}${ic}subscription_id is required in principal`,
  ],
  [
    identity("{kind: gcp/service-account, via: {provider: sso}, principal: {lifetime: 1h}}"),
    `${I}${ic}service_account_email is required`,
  ],
  [
    identity("{kind: gcp/project, principal: {zone: x}}"),
    `${I}${ic}project_id is required`,
  ],
  [
    "auth: {logs: {level: loud}}",
    "invalid auth config: logs configuration validation failed: invalid log level " +
    '"loud", must be one of: Trace, Debug, Info, Warning, Error, Off',
  ],
  [
    provider("{kind: mock, session: {duration: 1w}}"),
    `${P}${pc}invalid duration format: 1w (expected: integer seconds, Go duration like '1h30m', ` +
    "or days like '2d')",
  ],
  [
    provider("{kind: mock, session: {duration: 0}}"),
    `${P}${pc}duration must be positive, got: 0`,
  ],
  [
    provider("{kind: aws/saml, url: https://x, region: r, session: {duration: 24h}}"),
    'provider "n": session.duration 24h exceeds the maximum 12h and will be limited',
  ],
  [integration("{kind: aws/ecr}"), `${G}integration must define via.identity or via.provider`],
  [
    integration("{kind: aws/ecr, via: {identity: a, provider: b}}"),
    `${G}integration must define exactly one of via.identity or via.provider`,
  ],
  [integration("{kind: aws/x, via: {identity: a}}"), `${G}unknown integration kind: aws/x`],
  [
    integration("{kind: aws/ecr, via: {identity: a}}"),
    `${G}integration 'n' has no registry configured (spec.registry is required for aws/ecr)`,
  ],
  [
    integration("{kind: aws/eks, via: {identity: a}, spec: {cluster: {name: x}}}"),
    `${G}integration 'n' has no region configured`,
  ],
  [
    integration(
      "{kind: aws/eks, via: {identity: a}, spec: {cluster: {name: x, region: r, kubeconfig: {mode: 999}}}}",
    ),
    `${G}integration 'n' has invalid kubeconfig mode "999"`,
  ],
  [
    integration(
      "{kind: aws/eks, via: {identity: a}, spec: {cluster: {name: x, region: r, kubeconfig: {update: x}}}}",
    ),
    `${G}integration 'n' has invalid kubeconfig update mode "x" (must be merge, replace, or error)`,
  ],
  [
    integration("{kind: github/sts, via: {identity: a}, spec: {git_config_mode: x}}"),
    `${G}integration "n" has invalid git_config_mode "x" (must be "env" or "file")`,
  ],
  [
    integration("{kind: aws/ecr, via: {identity: b}}"),
    `${G}invalid auth config: referenced identity "b" does not exist`,
  ],
  [
    "auth: {identities: {b: {kind: mock, default: true}, a: {kind: mock, default: true}}}",
    "multiple default identities: [a b]",
  ],
  [
    "auth: {realm: A}",
    "invalid realm value: auth.realm configuration: realm contains invalid " +
    "characters: [A] (only lowercase letters, numbers, hyphens, and underscores are allowed)",
  ],
  ["auth: {identities: {n: text}}", 'invalid auth config: identity "n" must be a map'],
];

for (const [yaml, message] of messages) {
  Deno.test(`validation says: ${message}`, () => {
    const said = findingsOf(yaml).map((found) => found.message);
    assert.ok(said.some((text) => text === message || text.endsWith(message)), said.join("\n"));
  });
}

for (
  const [yaml, hint] of [
    [provider("{kind: aws/sml}"), "Did you mean `aws/saml`?"],
    [identity("{kind: mock, via: {provider: sos}}"), "Did you mean `sso`?"],
    [identity("{kind: mock, via: {identity: m}}"), "Did you mean `n`?"],
    [provider("{kind: mock, satrt_url: x}"), "Did you mean `start_url`?"],
    [provider("{kind: azure/cli, tenant_id: x}"), "Did you mean `spec.tenant_id`?"],
  ] as const
) {
  Deno.test(`validation asks: ${hint}`, () => {
    assert.ok(findingsOf(yaml).some((found) => found.hint === hint));
  });
}

Deno.test("strict makes unknown keys errors and leaves other warnings", () => {
  const yaml = provider("{kind: aws-sso, start_url: https://x, region: r, odd: 1}");
  const lenient = findingsOf(yaml), strict = findingsOf(yaml, { strict: true });
  assert.deepEqual(briefly(lenient), [
    "warning deprecated_kind auth.providers.n.kind",
    "warning unknown_key auth.providers.n.odd",
  ]);
  assert.deepEqual(briefly(strict), [
    "warning deprecated_kind auth.providers.n.kind",
    "error unknown_key auth.providers.n.odd",
  ]);
});

Deno.test("findings are sorted by file, line and path, and told once", () => {
  const at = (file: string, line: number, path: string): Finding => ({
    severity: "error",
    code: "c",
    path,
    message: path,
    location: { file, line, column: 1 },
  });
  const nowhere: Finding = { severity: "error", code: "c", path: "a", message: "nowhere" };
  const sorted = sortFindings([
    nowhere,
    at("b.yaml", 1, "x"),
    at("a.yaml", 10, "x"),
    at("a.yaml", 9, "y"),
    at("a.yaml", 9, "x"),
    at("a.yaml", 9, "x"),
  ]);
  assert.deepEqual(sorted.map((f) => `${f.location?.file}:${f.location?.line} ${f.path}`), [
    "a.yaml:9 x",
    "a.yaml:9 y",
    "a.yaml:10 x",
    "b.yaml:1 x",
    "undefined:undefined a",
  ]);
});

Deno.test("the order of the file does not change what is said of a circle", () => {
  const members = ["a", "b", "c"].map((name, i) =>
    `${name}: {kind: mock, via: {identity: ${"bca"[i]}}}`
  );
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0]]) {
    const yaml = `auth: {identities: {${order.map((i) => members[i]).join(", ")}}}`;
    const circles = findingsOf(yaml).filter((found) => found.code === "circular_dependency");
    assert.equal(circles.length, 1);
    assert.match(circles[0]!.message, /involving "a": a -> b -> c -> a$/);
  }
});

Deno.test("two circles and what hangs from them give two findings", () => {
  const yaml = `
auth:
  identities:
    a: {kind: mock, via: {identity: b}}
    b: {kind: mock, via: {identity: a}}
    t: {kind: mock, via: {identity: u}}
    u: {kind: mock, via: {identity: b}}
    x: {kind: mock, via: {identity: x}}
`;
  assert.deepEqual(
    findingsOf(yaml).map((found) => found.message.replace(/^.*involving /, "")),
    ['"a": a -> b -> a', '"x": x -> x'],
  );
});

Deno.test("values that a function gave are no secrets in clear text, and included ones are", () => {
  const source = sourceOf(
    "atmos.yaml",
    'auth: {providers: {n: {password: !env PW}, m: {password: "!x"}}}',
  );
  const root = compose(source).root!;
  // As the loader leaves it: the result stands where the function stands.
  const auth = root.t === "map" ? root.entries.get("auth")!.node : undefined;
  const providers = auth?.t === "map" ? auth.entries.get("providers")!.node : undefined;
  const n = providers?.t === "map" ? providers.entries.get("n")!.node : undefined;
  const password = n?.t === "map" ? n.entries.get("password")! : undefined;
  assert.equal(password!.node.t, "scalar");
  if (password!.node.t === "scalar") {
    password!.node = { ...password!.node, text: "hunter2", plain: false };
    delete (password!.node as { tag?: string }).tag;
  }
  const found = validateConfig(root, fixedEnv({}), { basePath: "/", derivedRealm: "" })
    .filter((f) => f.code === "secret_in_yaml").map((f) => f.path);
  assert.deepEqual(found, ["auth.providers.m.password"]);
});

Deno.test("no secret stands in any finding", () => {
  const text = JSON.stringify(findingsOf(`
auth:
  keyring: {spec: {password_env: "hunter-1"}}
  providers:
    s: {kind: aws/saml, url: https://x, region: r, password: hunter-2, default: true}
  identities:
    u: {kind: aws/user, credentials: {access_key_id: AKIA, secret_access_key: hunter-3}}
`));
  assert.doesNotMatch(text, /hunter/);
});

Deno.test("an empty realm from the configuration counts as unset", () => {
  assert.deepEqual(findingsOf('auth: {realm: ""}'), []);
  assert.deepEqual(findingsOf("auth: {realm: auto}"), []);
});

function manyIdentities(count: number): string {
  let yaml = `auth:\n  providers:\n    ${SSO}\n  identities:\n`;
  for (let i = 0; i < count; i++) {
    const id = String(i).padStart(12, "0");
    yaml +=
      `    account-${i}/Admin:\n      kind: aws/permission-set\n      via: {provider: sso}\n` +
      `      principal: {name: Admin, account: {id: "${id}"}}\n`;
  }
  for (let i = 0; i < count / 10; i++) {
    yaml += `    lost-${i}: {kind: mock, via: {identity: gone-${i}}}\n`;
  }
  return yaml;
}

/** Best of three, in milliseconds. */
function timeOf(count: number): number {
  const root = nodeOf(manyIdentities(count));
  const place = { basePath: "/", derivedRealm: "" };
  const runs = [1, 2, 3].map(() => {
    const start = performance.now();
    assert.equal(validateConfig(root, fixedEnv({}), place).length, count / 10);
    return performance.now() - start;
  });
  return Math.min(...runs);
}

Deno.test("twice as many identities take about twice as long", () => {
  timeOf(1_000);
  const small = timeOf(5_000), large = timeOf(20_000);
  assert.ok(large < small * 12, `5 000: ${small.toFixed(0)} ms, 20 000: ${large.toFixed(0)} ms`);
});

Deno.test("a chain of ten thousand identities is walked, not recursed into", () => {
  let yaml = "auth:\n  identities:\n    i0: {kind: mock}\n";
  for (let i = 1; i < 10_000; i++) yaml += `    i${i}: {kind: mock, via: {identity: i${i - 1}}}\n`;
  assert.deepEqual(findingsOf(yaml).map((found) => found.code), ["chain_too_long"]);
});
