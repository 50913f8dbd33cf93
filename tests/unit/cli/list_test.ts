import assert from "node:assert/strict";
import { listJson, listYaml } from "../../../lib/cli/list_data.ts";
import { listGraphviz, listMarkdown, listMermaid } from "../../../lib/cli/list_graph.ts";
import { type ListFilter, type Listing, makeListing } from "../../../lib/cli/list_model.ts";
import { listTables } from "../../../lib/cli/list_table.ts";
import { listTree } from "../../../lib/cli/list_tree.ts";
import { authOf } from "../../support/config.ts";
import { assertGolden } from "../../support/golden.ts";

const NOW = Date.parse("2025-10-31T20:57:59Z");
const END = Date.parse("2099-12-31T23:59:59Z");

const MOCK = `
auth:
  providers:
    mock-provider: {kind: mock/aws}
  identities:
    mock-identity-2:
      kind: mock/aws
      via: {provider: mock-provider}
      principal: {account: {id: 987654321098}}
    mock-identity:
      kind: mock/aws
      default: true
      via: {provider: mock-provider}
      principal: {account: {id: "123456789012"}}
`;

/** Every feature of the formats at once. */
const COMPANY = `
auth:
  providers:
    sso:
      kind: aws/iam-identity-center
      region: eu-west-1
      start_url: https://company.awsapps.com/start/
      default: true
      session: {duration: 8h}
      tags: [human]
    okta:
      kind: aws/saml
      region: us-east-1
      url: https://company.okta.com/app
      username: alice
      password: secret-of-alice
      provider_type: Okta
    unused: {kind: github/oidc, region: us-east-1, tags: [ci]}
  identities:
    admin:
      kind: aws/permission-set
      via: {provider: SSO}
      alias: a
      principal: {name: Admin, account: {name: core, id: "111111111111"}}
      tags: [human, prod]
    deploy:
      kind: aws/assume-role
      via: {identity: admin}
      default: true
      principal: {assume_role: "arn:aws:iam::222222222222:role/deploy", session: {a: {b: {c: {d: {e: {f: deep}}}}}}}
      env:
        - {key: API_TOKEN, value: hidden-value}
        - {key: STAGE, value: prod}
    audit:
      kind: aws/assume-role
      via: {identity: deploy}
      principal: {assume_role: "arn:aws:iam::333333333333:role/audit"}
      tags: [prod]
    break-glass:
      kind: aws/user
      credentials: {access_key_id: AKIAEXAMPLE, secret_access_key: hidden-secret, region: us-east-1}
    login-okta:
      kind: aws/assume-role
      via: {provider: okta}
      principal: {assume_role: "arn:aws:iam::111111111111:role/okta"}
`;

function listing(yaml: string, filter: Partial<ListFilter> = {}): Listing {
  return makeListing(authOf(yaml), {
    providers: undefined,
    identities: undefined,
    tags: [],
    ...filter,
  });
}

function withExpiry(list: Listing, ends: Record<string, number | "never" | "unreadable">): Listing {
  for (const identity of list.identities) identity.expiry = ends[identity.name];
  return list;
}

const plain = { colour: false, now: NOW };

Deno.test("tree: the mock configuration, to the byte", () => {
  const list = withExpiry(listing(MOCK), { "mock-identity": END, "mock-identity-2": END });
  assert.equal(
    listTree(list, plain),
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
});

const companyEnds = {
  admin: NOW + 2 * 3_600_000 + 5 * 60_000,
  deploy: NOW + 10 * 60_000,
  audit: NOW - 1000,
  "break-glass": "never" as const,
};

for (const colour of [false, true]) {
  Deno.test(`tree: every feature${colour ? " in colour" : ""}`, () => {
    const list = withExpiry(listing(COMPANY), companyEnds);
    assertGolden(
      `list/company${colour ? ".colour" : ""}.tree`,
      listTree(list, { colour, now: NOW }),
    );
  });
  Deno.test(`table: every feature on a terminal${colour ? " in colour" : ""}`, () => {
    const list = withExpiry(listing(COMPANY), companyEnds);
    assertGolden(
      `list/company${colour ? ".colour" : ""}.table`,
      listTables(list, { colour, terminal: true, now: NOW }),
    );
  });
}

Deno.test("table: without a terminal fields are parted by one tab, without headings", () => {
  const list = withExpiry(listing(COMPANY), companyEnds);
  assertGolden("list/company.tsv", listTables(list, { ...plain, terminal: false }));
});

Deno.test("json, yaml, graphviz, mermaid and markdown: every feature", async () => {
  const list = listing(COMPANY);
  assertGolden("list/company.json", listJson(list));
  assertGolden("list/company.yaml", await listYaml(list));
  assertGolden("list/company.dot", listGraphviz(list));
  assertGolden("list/company.mmd", listMermaid(list));
  assertGolden("list/company.md", listMarkdown(list));
});

Deno.test("json: the mock configuration, to the byte", () => {
  assert.equal(
    listJson(listing(MOCK, { identities: ["mock-identity"] })),
    `{
  "identities": {
    "mock-identity": {
      "kind": "mock/aws",
      "default": true,
      "via": {
        "provider": "mock-provider"
      },
      "principal": {
        "account": {
          "id": "123456789012"
        }
      }
    }
  },
  "providers": {}
}
`,
  );
});

Deno.test("no secret of the configuration is printed in any format", async () => {
  const list = listing(COMPANY);
  const all = [
    listTree(list, plain),
    listTables(list, { ...plain, terminal: false }),
    listJson(list),
    await listYaml(list),
    listGraphviz(list),
    listMermaid(list),
  ].join("\n");
  for (const secret of ["secret-of-alice", "hidden-value", "hidden-secret"]) {
    assert.ok(!all.includes(secret), secret);
  }
  assert.match(listJson(list), /\*\*\*REDACTED\*\*\*/);
});

Deno.test("names made of digits keep their place in json and yaml", async () => {
  const yaml = "auth: {identities: {b: {kind: mock}, '10': {kind: mock}, '9': {kind: mock}}}";
  assert.deepEqual(
    listJson(listing(yaml)).match(/^ {4}"(\w+)"/gm)!.map((line) => line.trim()),
    ['"10"', '"9"', '"b"'],
  );
  assert.match(await listYaml(listing(yaml)), /^identities:\n {2}'10':\n/);
});

Deno.test("a provider that is filtered out stays as the parent of what is shown", () => {
  const list = listing(COMPANY, { identities: ["LOGIN-okta"] });
  assert.equal(
    listTree(list, plain),
    ` Authentication Configuration
└──okta (filtered)
   └──Identities
      └──login-okta (aws/assume-role)
         └──Principal
            └──assume_role: arn:aws:iam::111111111111:role/okta
`,
  );
  assert.match(listGraphviz(list), /"okta" \[label="okta\\n\(filtered\)"\];/);
  assert.match(listMermaid(list), /okta\["okta<br\/>filtered"\]/);
  assert.ok(!listTables(list, { ...plain, terminal: false }).includes("PROVIDERS"));
});

Deno.test("an identity whose parent identity is filtered out hangs in its chain", () => {
  assert.equal(
    listTree(listing(COMPANY, { identities: ["audit"] }), plain),
    ` Authentication Configuration
└──sso (filtered)
   └──Identities
      └──admin (filtered)
         └──deploy (filtered)
            └──audit (aws/assume-role)
               └──Principal
                  └──assume_role: arn:aws:iam::333333333333:role/audit
`,
  );
});

Deno.test("--providers leaves identities out; tags apply to what is left", () => {
  const names = (list: Listing) => [
    list.providers.map((p) => p.name).join(),
    list.identities.map((i) => i.name).join(),
  ];
  assert.deepEqual(names(listing(COMPANY, { providers: [] })), ["okta,sso,unused", ""]);
  assert.deepEqual(names(listing(COMPANY, { providers: ["UNUSED"] })), ["unused", ""]);
  assert.deepEqual(names(listing(COMPANY, { providers: [], tags: ["ci"] })), ["unused", ""]);
  assert.deepEqual(names(listing(COMPANY, { tags: ["prod", "ci"] })), ["unused", "admin,audit"]);
  assert.deepEqual(names(listing(COMPANY, { identities: [], tags: ["prod"] })), [
    "",
    "admin,audit",
  ]);
});

Deno.test("a name that is not there is an error", () => {
  assert.throws(() => listing(MOCK, { providers: ["nope"] }), {
    message: 'provider not found: "nope"',
  });
  assert.throws(() => listing(MOCK, { identities: ["nope"] }), {
    message: 'identity not found: "nope"',
  });
});

Deno.test("a loop is shown as such, once", () => {
  const yaml = `
auth:
  identities:
    a: {kind: aws/assume-role, via: {identity: b}}
    b: {kind: aws/assume-role, via: {identity: a}}
`;
  assert.equal(
    listTree(listing(yaml), plain),
    ` Authentication Configuration
└──Standalone Identities
   └──a (aws/assume-role)
      └──b (aws/assume-role)
         └──a (cycle detected)
`,
  );
  assert.match(listGraphviz(listing(yaml)), /"b" -> "a";/);
});

Deno.test("a parent that does not exist is said to be missing", () => {
  const yaml = "auth: {identities: {a: {kind: aws/assume-role, via: {provider: gone}}}}";
  assert.match(listTree(listing(yaml), plain), /└──gone \(missing\)\n {3}└──Identities/);
});

Deno.test("graphviz: quotes, backslashes and equal names", () => {
  const yaml = `
auth:
  providers: {'x"y': {kind: mock}, same: {kind: mock, default: true}}
  identities: {same: {kind: mock, via: {provider: same}}}
`;
  assert.equal(
    listGraphviz(listing(yaml)),
    `digraph AuthConfig {
  rankdir=LR;
  node [shape=box, style=rounded];
  "same" [label="same\\n(mock)", style="rounded,filled", fillcolor=lightblue];
  "x\\"y" [label="x\\"y\\n(mock)"];
  "identity:same" [label="same\\n(mock)"];
  "same" -> "identity:same";
}
`,
  );
});

Deno.test("mermaid: ids are made safe and stay apart", () => {
  const yaml = `
auth:
  providers: {end: {kind: mock}, a-b: {kind: mock}, a.b: {kind: mock}}
  identities: {default: {kind: mock, via: {provider: end}}, '<i>': {kind: mock}}
`;
  const text = listMermaid(listing(yaml));
  for (
    const line of [
      '  a_b["a-b<br/>mock"]',
      '  a_b_2["a.b<br/>mock"]',
      '  end_["end<br/>mock"]',
      '  default_["default<br/>mock"]',
      "  end_ --> default_",
      '  _i_["&lt;i&gt;<br/>mock"]',
    ]
  ) assert.ok(text.split("\n").includes(line), line);
});

Deno.test("nothing configured", () => {
  const list = listing("auth: {}");
  assert.equal(
    listGraphviz(list),
    "digraph AuthConfig {\n  // No providers or identities configured\n}\n",
  );
  assert.equal(listMermaid(list), "graph LR\n  Empty[No providers or identities configured]\n");
  assert.equal(listJson(list), '{\n  "identities": {},\n  "providers": {}\n}\n');
  assert.equal(
    listMarkdown(list),
    "# Authentication Configuration\n\n```mermaid\ngraph LR\n  Empty[No providers or identities configured]\n```\n",
  );
});

Deno.test("control characters in names cannot draw on the terminal", () => {
  const yaml = 'auth: {identities: {a: {kind: mock, alias: "x\\e[31m", principal: {n: "1\\n2"}}}}';
  const text = listTree(listing(yaml), plain);
  assert.ok(!text.includes("\x1b"));
  assert.match(text, /n: 1 2\n/);
});
