import assert from "node:assert/strict";
import { stackConfig } from "../../../lib/stacks/auth.ts";
import { scanDefault } from "../../../lib/stacks/scan.ts";
import { Manifests } from "../../../lib/stacks/manifests.ts";
import { mergedSection } from "../../../lib/stacks/component.ts";
import { plain } from "../config/plain.ts";
import { project, STACKS } from "./stacks.ts";

const IDS = `auth:
  realm: base
  identities:
    Dev: {kind: mock, default: true}
    prod: {kind: mock}
    ops: {kind: mock}
`;

async function authOf(
  stacks: Record<string, string>,
  stack: string,
  component?: string,
  atmos = STACKS + IDS,
) {
  const { deps, loaded } = await project(atmos, stacks);
  const before = JSON.stringify(plain(loaded.merged));
  const { merged } = await stackConfig(deps, loaded, { stack, component, type: "terraform" });
  assert.equal(JSON.stringify(plain(loaded.merged)), before, "the configuration was changed");
  return (plain(merged) as {
    auth: { realm: string; identities: Record<string, Record<string, string>> };
  }).auth;
}

function defaultsIn(auth: { identities: Record<string, Record<string, string>> }): string[] {
  return Object.entries(auth.identities).filter(([, v]) => v.default === "true").map(([k]) => k);
}

async function failure(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    const { message, explanation, hints, exit } = error as {
      message: string;
      explanation?: string;
      hints: string[];
      exit: number;
    };
    return { text: [message, explanation, ...hints].join("\n"), exit };
  }
  throw new Error("nothing failed");
}

const TWO = {
  "acme/dev.yaml":
    "vars: {tenant: acme, stage: dev}\nauth: {realm: d, identities: {PROD: {default: true}}}\n" +
    "components: {terraform: {vpc: {auth: {identities: {ops: {default: true}}}}, eks: {}}}\n",
  "acme/prod.yaml": "vars: {tenant: acme, stage: prod}\ncomponents: {terraform: {vpc: {}}}\n",
};

Deno.test("a stack's marker replaces the default of the configuration, and no other stack's counts", async () => {
  const dev = await authOf(TWO, "acme-dev");
  assert.deepEqual([defaultsIn(dev), dev.realm], [["prod"], "d"]);
  assert.deepEqual(dev.identities.prod, { kind: "mock", default: "true" });
  const prod = await authOf(TWO, "acme-prod");
  assert.deepEqual([defaultsIn(prod), prod.realm], [["Dev"], "base"]);
});

Deno.test("a component's marker lies above that of its stack", async () => {
  assert.deepEqual(defaultsIn(await authOf(TWO, "acme-dev", "vpc")), ["ops"]);
  assert.deepEqual(defaultsIn(await authOf(TWO, "acme-dev", "eks")), ["prod"]);
});

Deno.test("type section, bases and overrides come in their order", async () => {
  const stacks = {
    "s.yaml": `import: [catalog/base]
vars: {tenant: t, stage: s}
terraform: {auth: {realm: type, identities: {dev: {alias: type}}}}
components:
  terraform:
    vpc: {metadata: {inherits: [mid]}, auth: {identities: {dev: {tags: [own]}}}}
    mid: {metadata: {type: abstract, inherits: [base]}, auth: {realm: mid}}
overrides: {auth: {identities: {ops: {default: true}}}}
`,
    "catalog/base.yaml":
      "components: {terraform: {base: {auth: {realm: baseline, identities: {dev: {alias: base, tags: [b]}}}}}}\n",
  };
  const auth = await authOf(stacks, "t-s", "vpc");
  assert.equal(auth.realm, "mid");
  assert.deepEqual(auth.identities.Dev, { kind: "mock", alias: "base", tags: ["own"] });
  assert.deepEqual(defaultsIn(auth), ["ops"]);
});

Deno.test("false demotes a known identity and is dropped for an unknown one", async () => {
  const stacks = {
    "s.yaml":
      "vars: {tenant: t, stage: s}\nauth: {identities: {dev: {default: false}, gone: {default: false}}}\n",
  };
  const auth = await authOf(stacks, "t-s");
  assert.deepEqual([defaultsIn(auth), Object.keys(auth.identities)], [[], ["Dev", "prod", "ops"]]);
});

Deno.test("true on an unknown identity is an error with its place", async () => {
  const stacks = {
    "s.yaml": "vars: {tenant: t, stage: s}\nauth: {identities: {nobody: {default: true}}}\n",
  };
  const { text, exit } = await failure(authOf(stacks, "t-s"));
  assert.match(
    text,
    /^invalid identity config: Component default identity "nobody" is not defined in the active global auth configuration/,
  );
  assert.match(text, /\/p\/stacks\/s\.yaml:2:21/);
  assert.match(
    text,
    /Define the identity in atmos\.yaml or the active profile, or select an existing identity/,
  );
  assert.equal(exit, 1);
});

Deno.test("a full entry with default: true clears lower defaults; other single fields are no markers", async () => {
  const stacks = {
    "s.yaml": "vars: {tenant: t, stage: s}\n" +
      "auth: {identities: {extra: {kind: mock, default: true}, ops: {required: true}}}\n",
  };
  const auth = await authOf(stacks, "t-s");
  assert.deepEqual(defaultsIn(auth), ["extra"]);
  assert.deepEqual(auth.identities.ops, { kind: "mock", required: "true" });
});

Deno.test("the only required identity is the primary where there is no default", async () => {
  const atmos = STACKS + "auth: {identities: {a: {kind: mock}, b: {kind: mock}}}\n";
  const one = {
    "s.yaml": "vars: {tenant: t, stage: s}\nauth: {identities: {b: {required: true}}}\n",
  };
  assert.deepEqual(defaultsIn(await authOf(one, "t-s", undefined, atmos)), ["b"]);
  const two = {
    "s.yaml":
      "vars: {tenant: t, stage: s}\nauth: {identities: {a: {required: true}, b: {required: true}}}\n",
  };
  assert.deepEqual(defaultsIn(await authOf(two, "t-s", undefined, atmos)), []);
});

Deno.test("an auth section that is no map is an error", async () => {
  const stacks = { "s.yaml": "vars: {tenant: t, stage: s}\nauth: [x]\n" };
  assert.match((await failure(authOf(stacks, "t-s"))).text, /^invalid auth section: .*s\.yaml:2:7/);
});

Deno.test("null in a manifest removes, unlike in the configuration", async () => {
  const stacks = {
    "s.yaml":
      "vars: {tenant: t, stage: s}\nauth: {realm: , identities: {Prod: , dev: {alias: }}}\n",
  };
  const auth = await authOf(stacks, "t-s");
  assert.deepEqual(Object.keys(auth.identities), ["Dev", "ops"]);
  assert.equal(auth.realm, "");
});

Deno.test("functions in a stack's auth are run, those of other stacks are not", async () => {
  const stacks = {
    "a.yaml": "vars: {tenant: t, stage: a}\nauth: {realm: !env NOPE fallback}\n",
    "b.yaml": "vars: {tenant: t, stage: b}\nauth: {realm: !exec exit 3}\n",
  };
  assert.equal((await authOf(stacks, "t-a")).realm, "fallback");
});

Deno.test("an unknown stack lists the known ones and the nearest", async () => {
  const { text, exit } = await failure(authOf(TWO, "acme-dve"));
  assert.match(text, /^invalid stack\n/);
  assert.match(text, /Stack `acme-dve` not found/);
  assert.match(text, /Known stacks: acme-dev, acme-prod/);
  assert.match(text, /Did you mean `acme-dev`\?/);
  assert.equal(exit, 1);
  assert.match(
    (await failure(authOf(TWO, "acme-dev", "vpcs"))).text,
    /^invalid component: Could not find the component `vpcs` in the stack `acme-dev`/,
  );
});

Deno.test("a manifest path is an alias of the one stack it holds", async () => {
  assert.equal((await authOf(TWO, "acme/dev")).realm, "d");
});

Deno.test("manifests of one stack must agree", async () => {
  const stacks = {
    "a.yaml": "vars: {tenant: t, stage: s}\nauth: {realm: a}\n",
    "b.yaml": "vars: {tenant: t, stage: s}\nauth: {realm: b}\n",
  };
  const { text } = await failure(authOf(stacks, "t-s"));
  assert.match(text, /^duplicate component configuration: /);
  assert.match(text, /- a\n- b/);
});

Deno.test("a broken manifest disturbs no other stack, and is told when a stack is not found", async () => {
  const stacks = { ...TWO, "broken.yaml": "vars: [\n" };
  assert.equal((await authOf(stacks, "acme-dev")).realm, "d");
  assert.match(
    (await failure(authOf(stacks, "nope"))).text,
    /Manifests that cannot be used:\nbroken: .*broken\.yaml:2:1/,
  );
});

Deno.test("names by pattern, by the file's own name, and by path", async () => {
  const pattern = STACKS.replace(/name_template.*\n/, 'name_pattern: "{tenant}-x-{stage}"\n') + IDS;
  assert.equal((await authOf(TWO, "acme-dev", undefined, pattern)).realm, "d");
  const own = { "s.yaml": "name: mine\nauth: {realm: own}\n" };
  assert.equal((await authOf(own, "mine")).realm, "own");
  const path = STACKS.replace(/.*name_template.*\n/, "") + IDS;
  assert.equal(
    (await authOf({ "x/y.yaml": "auth: {realm: path}\n" }, "x/y", undefined, path)).realm,
    "path",
  );
});

Deno.test("overrides act on the file, on what it imports, and on later imports", async () => {
  const c1 = "components: {terraform: {c1: {vars: {a: a, b: b, c: c, d: d}}}}\n";
  const files = {
    "catalog/c1.yaml": c1,
    "catalog/team1.yaml":
      "import: [catalog/c1]\nterraform: {overrides: {vars: {a: a-team1, b: b-team1, c: c-team1}}}\n",
    "catalog/team2.yaml":
      "import: [catalog/c1]\nterraform: {overrides: {vars: {a: a-team2, b: b-team2}}}\n",
    "catalog/ov.yaml": "terraform: {overrides: {vars: {a: a-overridden, b: b-overridden}}}\n",
  };
  const table: [string, string][] = [
    ["import: [catalog/team1, catalog/team2]\n", "a-team2 b-team2 c-team1 d"],
    [
      "import: [catalog/team1, catalog/team2]\nterraform: {overrides: {vars: {a: a-dev}}}\n",
      "a-dev b-team2 c-team1 d",
    ],
    [
      "import: [catalog/team1, catalog/team2]\nterraform: {overrides: {vars: {a: a-prod, b: b-prod, c: c-prod}}}\n",
      "a-prod b-prod c-prod d",
    ],
    [
      "import: [catalog/team1]\noverrides: {vars: {a: a-test, b: b-test}}\nterraform: {overrides: {vars: {a: a-test-2}}}\n",
      "a-test-2 b-test c-team1 d",
    ],
    ["import: [catalog/c1, catalog/ov]\n", "a b c d"],
    ["import: [catalog/ov, catalog/c1]\n", "a-overridden b-overridden c d"],
  ];
  for (const [text, expected] of table) {
    const { deps, loaded } = await project(STACKS, { ...files, "s.yaml": text });
    const manifests = new Manifests(deps, loaded, "/p/stacks");
    const manifest = manifests.load("/p/stacks/s.yaml");
    const target = { type: "terraform", component: "c1" };
    const vars = plain(mergedSection(manifest, "vars", target, manifests.rules)) as Record<
      string,
      string
    >;
    assert.equal(["a", "b", "c", "d"].map((key) => vars[key]).join(" "), expected, text);
  }
});

Deno.test("a circle of imports, a missing import and a bad entry are errors of their manifest", async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{
      "s.yaml": "import: [catalog/x]\n",
      "catalog/x.yaml": "import: [catalog/y]\n",
      "catalog/y.yaml": "import: [catalog/x]\n",
    }, /catalog\/x -> catalog\/y -> catalog\/x/],
    [{ "s.yaml": "import: [nowhere]\n" }, /stack import not found: .*import 'nowhere' in file 's'/],
    [{ "s.yaml": "import: [{context: {}}]\n" }, /invalid import: /],
    [{ "s.yaml": "import: x\n" }, /invalid import section in the file 's'/],
  ];
  for (const [stacks, message] of cases) {
    assert.match((await failure(authOf(stacks, "nope"))).text, message);
  }
  const fine = {
    "s.yaml":
      "vars: {tenant: t, stage: s}\nimport: [{path: nowhere, skip_if_missing: true}]\nauth: {realm: fine}\n",
  };
  assert.equal((await authOf(fine, "t-s")).realm, "fine");
});

const NODEFAULT = STACKS + "auth: {identities: {Dev: {kind: mock}, prod: {kind: mock}}}\n";

async function scanned(stacks: Record<string, string>, atmos = NODEFAULT) {
  const { deps, loaded } = await project(atmos, stacks);
  return { found: scanDefault(deps, loaded)?.identity, log: deps.log.lines };
}

Deno.test("one marker in all stacks is the default, found through excluded files too", async () => {
  const stacks = {
    "dev.yaml": "import: [_defaults]\n",
    "_defaults.yaml": "auth: {identities: {dev: {default: true}}}\n",
    "other.yaml": "vars: {a: 1}\n",
    "broken.yaml": "a: [\n",
  };
  assert.equal((await scanned(stacks)).found, "Dev");
});

Deno.test("markers of several stacks cancel each other", async () => {
  const stacks = {
    "a.yaml": "auth: {identities: {dev: {default: true}}}\n",
    "b.yaml": "auth: {identities: {prod: {default: true}}}\n",
  };
  const { found, log } = await scanned(stacks);
  assert.equal(found, undefined);
  assert.ok(log.some((line) => line.startsWith("debug: stacks disagree")));
});

Deno.test("a file may take back a marker of its imports", async () => {
  const stacks = {
    "a.yaml": "import: [{path: catalog/d}]\nauth: {identities: {DEV: {default: false}}}\n",
    "catalog/d.yaml": "auth: {identities: {dev: {default: true}}}\n",
  };
  assert.equal((await scanned(stacks)).found, undefined);
});

Deno.test("a marker for an identity that is not configured is ignored with a warning", async () => {
  const stacks = {
    "a.yaml": "auth: {identities: {nobody: {default: true}, prod: {default: true}}}\n",
  };
  const { found, log } = await scanned(stacks);
  assert.equal(found, "prod");
  assert.ok(log.some((line) => line.startsWith("warn: ") && line.includes("nobody")));
});

Deno.test("files that import each other are scanned once", async () => {
  const stacks = {
    "a.yaml": "import: [b]\n",
    "b.yaml": "import: [a, '{{ .x }}']\nauth: {identities: {prod: {default: true}}}\n",
  };
  assert.equal((await scanned(stacks)).found, "prod");
});

Deno.test("without stacks there is nothing to scan", async () => {
  assert.equal((await scanned({}, "auth: {identities: {a: {kind: mock}}}\n")).found, undefined);
});
