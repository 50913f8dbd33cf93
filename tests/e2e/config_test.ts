/** Configuration as a user meets it: files, profiles, stacks, functions, and what the program says of them. */
import assert from "node:assert/strict";
import { privateHome, type RunOptions, runProgram } from "../support/program.ts";

/** Runs in a home with these files. */
async function run(files: Record<string, string>, args: string[], more: Partial<RunOptions> = {}) {
  await using home = await privateHome();
  for (const [path, text] of Object.entries(files)) await home.write(path, text);
  const cwd = more.cwd === undefined ? home.path : home.join(more.cwd);
  await Deno.mkdir(cwd, { recursive: true });
  const result = await runProgram({ ...more, args, home, cwd });
  const shown = (text: string) => text.replaceAll(home.path, "HOME");
  return { ...result, stdout: shown(result.stdout), stderr: shown(result.stderr) };
}

const MOCK = `auth:
  providers: {mock: {kind: mock/aws}}
  identities:
    dev: {kind: mock/aws, via: {provider: mock}, default: true}
    prod: {kind: mock/aws, via: {provider: mock}}
`;

Deno.test("a file that is no YAML: exit 2, file, line and column, nothing on stdout", async () => {
  const { code, stdout, stderr } = await run({ "atmos.yaml": "auth:\n  a: [\n" }, ["list"]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /HOME\/atmos\.yaml:3:1/);
});

Deno.test("a failing !exec ends with its own exit code", async () => {
  const { code, stderr } = await run(
    { "atmos.yaml": "auth: {realm: !exec echo told >&2; exit 42}\n" },
    ["list"],
  );
  assert.equal(code, 42);
  assert.match(stderr, /^told$/m);
  assert.match(stderr, /!exec echo told >&2; exit 42 : exit status 42/);
});

Deno.test("help and version need no readable configuration", async () => {
  for (const args of [["version"], ["help"], ["schema"]]) {
    assert.equal((await run({ "atmos.yaml": "[" }, args)).code, 0, args.join(" "));
  }
});

Deno.test("an import that fails is a warning, and an error for validate and with strict", async () => {
  const files = {
    "atmos.yaml": `import: [nowhere, "https://u:hunter2@127.0.0.1:1/x?token=abcd"]\n${MOCK}`,
  };
  const list = await run(files, ["list", "--format", "json"]);
  assert.equal(list.code, 0);
  assert.match(list.stderr, /failed to resolve import: nowhere/);
  assert.match(list.stderr, /failed to resolve import: https:\/\/127\.0\.0\.1:1\/x:/);
  assert.ok(!/hunter2|abcd/.test(list.stderr));
  assert.equal((await run(files, ["validate"])).code, 1);
  const strict = await run(files, ["list"], { env: { ATMOS_IMPORTS_STRICT: "true" } });
  assert.equal(strict.code, 2);
});

Deno.test("profile list shows what there is, with the active one marked", async () => {
  const files = {
    "atmos.yaml": "profiles: {default: dev}\n",
    "profiles/dev/atmos.yaml": "metadata: {description: For work, tags: [a]}\n",
    "profiles/dev/auth.yaml": "",
    ".atmos/profiles/ops/x.yaml": "",
    "profiles/ops/shadowed.yaml": "",
    "profiles/.hidden/x.yaml": "",
  };
  const table = await run(files, ["profile", "list"]);
  assert.equal(
    table.stdout,
    "PROFILES\n\n" +
      "   NAME  LOCATION        PATH                 FILES\n" +
      "●  dev   project         profiles/dev         2\n" +
      "   ops   project-hidden  .atmos/profiles/ops  1\n",
  );
  const json = JSON.parse((await run(files, ["list", "profiles", "-f", "json"])).stdout);
  assert.deepEqual(json[0], {
    Name: "dev",
    Path: "HOME/profiles/dev",
    LocationType: "project",
    Files: ["atmos.yaml", "auth.yaml"],
    Metadata: { description: "For work", tags: ["a"] },
    Active: true,
  });
  assert.equal(json[1].Metadata, null);
  const yaml = (await run(files, ["profile", "list", "-f", "yaml"])).stdout;
  assert.match(yaml, /^- name: dev\n {2}path: HOME\/profiles\/dev\n {2}locationtype: project\n/);
});

Deno.test("profile list without profiles says so on stderr and exits 0", async () => {
  const none = await run({ "atmos.yaml": "{}\n" }, ["profile", "list"]);
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, "", "No profiles configured.\n"]);
  assert.equal((await run({}, ["profile", "list", "-f", "json"])).stdout, "[]\n");
});

Deno.test("a bad format of the profile commands is exit 2", async () => {
  for (
    const args of [["profile", "list", "-f", "xml"], ["profile", "show", "x", "--format", "table"]]
  ) {
    const { code, stderr } = await run({ "profiles/x/a.yaml": "" }, args);
    assert.equal(code, 2);
    assert.match(stderr, /invalid format: (xml|table)/);
  }
});

Deno.test("profile show describes one profile, and lists those there are for an unknown name", async () => {
  const files = {
    "atmos.yaml": "{}\n",
    "profiles/dev/atmos.yaml":
      "metadata: {name: Dev, description: For work, version: 1.2.0, tags: [a, b], deprecated: true}\n",
    "profiles/empty/.keep": "",
  };
  assert.equal(
    (await run(files, ["profile", "show", "dev"])).stdout,
    `PROFILE: dev

Location Type: project
Path:          profiles/dev

METADATA
  Name: Dev
  Description: For work
  Version: 1.2.0
  Tags: a, b
  Status: DEPRECATED

FILES
  ✓ atmos.yaml

Use with: atmos-auth --profile dev <command>
`,
  );
  assert.match(
    (await run(files, ["profile", "show", "empty"])).stdout,
    /\nFILES\n {2}No configuration files found\n/,
  );
  const { code, stderr } = await run(files, ["profile", "show", "nope"]);
  assert.equal(code, 2);
  assert.match(stderr, /profile not found/);
  assert.match(stderr, /Available profiles are: dev, empty/);
});

Deno.test("profile list works while an unknown profile is selected; other commands fail with exit 2", async () => {
  const files = { "atmos.yaml": MOCK, "profiles/dev/a.yaml": "" };
  const env = { ATMOS_PROFILE: "typo" };
  assert.equal((await run(files, ["profile", "list"], { env })).code, 0);
  const { code, stderr } = await run(files, ["list"], { env });
  assert.equal(code, 2);
  assert.match(stderr, /Run atmos-auth profile list to see available profiles/);
});

Deno.test("--profile without a value needs a terminal", async () => {
  const { code, stderr } = await run({ "atmos.yaml": MOCK }, ["list", "--profile"]);
  assert.equal(code, 2);
  assert.match(stderr, /interactive mode is not available: --profile requires a value/);
});

Deno.test("an identity that only a profile defines is found there", async () => {
  const files = {
    "atmos.yaml": MOCK,
    "profiles/ops/a.yaml": "auth: {identities: {OPS: {kind: mock/aws}}}\n",
  };
  const { code, stderr } = await run(files, ["whoami", "--identity", "ops"]);
  assert.equal(code, 1);
  assert.match(stderr, /identity not found/);
  assert.match(stderr, /Identity ops is defined in profile ops/);
  assert.match(stderr, /Re-run with --profile ops to use it/);
});

Deno.test("without any auth the profiles that have some are named", async () => {
  const files = { "atmos.yaml": "{}\n", "profiles/ops/a.yaml": MOCK, "profiles/x/a.yaml": MOCK };
  const { code, stderr } = await run(files, ["whoami"]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /No identities or providers are defined in the currently loaded configuration\./,
  );
  assert.match(stderr, /These profiles define auth configuration: ops, x/);
});

Deno.test("env: of atmos.yaml sets defaults for ATMOS_ variables, a real one wins", async () => {
  const files = {
    "atmos.yaml": `env: {ATMOS_PROFILE: p}\n${MOCK}`,
    "profiles/p/a.yaml": "settings: {from: profile}\n",
    "profiles/q/a.yaml": "settings: {from: q}\n",
  };
  const shown = async (env?: Record<string, string>) =>
    (await run(files, ["config", "show", "settings.from"], { env })).stdout;
  assert.equal(await shown(), "profile\n");
  assert.equal(await shown({ ATMOS_PROFILE: "q" }), "q\n");
});

Deno.test("config show masks secrets, names sources, and runs functions only when asked", async () => {
  const files = {
    "atmos.yaml": `auth:
  providers:
    p: {kind: aws/saml, url: https://idp.example.com, region: us-east-1, password: hush-hush}
  identities:
    u: {kind: aws/user, credentials: {access_key_id: !env KEY, secret_access_key: verysecret}}
`,
    ".atmos.d/more.yaml": "auth: {realm: low, identities: {U: {tags: [x]}}}\n",
  };
  const env = { ATMOS_AUTH_REALM: "top", KEY: "AKIAEXAMPLE" };
  const plain = await run(files, ["config", "show", "--provenance"], { env });
  assert.equal(
    plain.stdout,
    `realm: top # ATMOS_AUTH_REALM
identities:
  u:
    tags:
      - x # .atmos.d/more.yaml:1
    kind: aws/user # atmos.yaml:5
    credentials:
      access_key_id: !env KEY # atmos.yaml:5
      secret_access_key: "***REDACTED***" # atmos.yaml:5
providers:
  p:
    kind: aws/saml # atmos.yaml:3
    url: https://idp.example.com # atmos.yaml:3
    region: us-east-1 # atmos.yaml:3
    password: "***REDACTED***" # atmos.yaml:3
`,
  );
  const resolved = await run(files, [
    "config",
    "show",
    "--resolved",
    "-f",
    "json",
    "auth.identities.U",
  ], { env });
  assert.deepEqual(JSON.parse(resolved.stdout).credentials, {
    access_key_id: "***REDACTED***",
    secret_access_key: "***REDACTED***",
  });
  assert.ok(
    !/AKIAEXAMPLE|verysecret|hush/.test(
      plain.stdout + plain.stderr + resolved.stdout + resolved.stderr,
    ),
  );
  const missing = await run(files, ["config", "show", "auth.nothing"]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /nothing is configured at auth\.nothing/);
});

Deno.test("config sources lists what was considered, in order, and why not", async () => {
  const files = {
    "repo/.git/HEAD": "ref: refs/heads/main\n",
    "repo/atmos.yaml": "import: [gone, extra]\nprofiles: {default: a}\n",
    "repo/extra.yaml": "{}\n",
    "repo/.atmos.d/f.yaml": "{}\n",
    "repo/profiles/a/x.yaml": "{}\n",
    "repo/profiles/b/x.yaml": "{}\n",
    "repo/sub/atmos.yaml": "{}\n",
  };
  const { stdout } = await run(files, ["config", "sources", "-f", "json"], { cwd: "repo/sub" });
  const seen = JSON.parse(stdout).filter(({ source }: { source: string }) =>
    source.startsWith("HOME/repo")
  )
    .map(({ source, what, state }: Record<string, string>) =>
      `${state} ${what} ${source!.replace("HOME/repo/", "")}`
    );
  assert.deepEqual(seen, [
    "skipped ancestor HOME/repo",
    "skipped git root atmos.yaml",
    "loaded fragment .atmos.d/f.yaml",
    "loaded cwd sub/atmos.yaml",
  ]);
  const root = JSON.parse(
    (await run(files, ["config", "sources", "-f", "json"], { cwd: "repo" })).stdout,
  )
    .filter(({ source, what }: Record<string, string>) =>
      what === "import" || source!.startsWith("HOME/repo/")
    )
    .map(({ source, what, state }: Record<string, string>) =>
      `${state} ${what} ${source!.replace("HOME/repo/", "")}`
    );
  assert.deepEqual(root, [
    "skipped git root atmos.yaml",
    "loaded fragment .atmos.d/f.yaml",
    "failed import gone",
    "loaded import extra.yaml",
    "loaded cwd atmos.yaml",
    "loaded profile a profiles/a/x.yaml",
    "skipped profile b profiles/b",
  ]);
});

const STACKED = {
  "atmos.yaml":
    `stacks: {base_path: stacks, included_paths: ["*.yaml"], excluded_paths: ["_*"], name_template: "{{ .vars.stage }}"}
${MOCK}`,
  "stacks/dev.yaml":
    "import: [_prod]\nvars: {stage: dev}\ncomponents: {terraform: {vpc: {auth: {identities: {dev: {default: true}}}}}}\n",
  "stacks/_prod.yaml": "auth: {identities: {Prod: {default: true}}}\n",
  "stacks/plain.yaml": "vars: {stage: plain}\n",
};

Deno.test("--stack chooses the identity that the stack marks as default", async () => {
  const identity = async (...args: string[]) => {
    const { stdout, stderr } = await run(STACKED, ["env", "--login", "-f", "json", ...args]);
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout).AWS_PROFILE;
  };
  assert.equal(await identity(), "dev");
  assert.equal(await identity("--stack", "dev"), "prod");
  assert.equal(await identity("-s", "dev", "-c", "vpc"), "dev");
  assert.equal(await identity("--stack=plain"), "dev");
});

Deno.test("an unknown stack, an unknown component, and a component without a stack are exit 1", async () => {
  const cases: [string[], RegExp][] = [
    [
      ["--stack", "nope"],
      /invalid stack[\s\S]*Stack nope not found[\s\S]*Known stacks: dev, plain/,
    ],
    [
      ["--stack", "dev", "--component", "nope"],
      /invalid component: Could not find the component nope in the stack dev/,
    ],
    [
      ["--component", "vpc"],
      /stack is required; specify it on the command line using the flag --stack <stack> \(shorthand -s\)/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await run(STACKED, ["env", ...args]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  }
});

Deno.test("without a default in the configuration the stacks' only marker counts, an explicit identity does not ask them", async () => {
  const files = { ...STACKED, "atmos.yaml": STACKED["atmos.yaml"].replace(", default: true", "") };
  const scanned = await run({
    ...files,
    "stacks/dev.yaml": "import: [_prod]\nvars: {stage: dev}\n",
  }, ["env", "--login", "-f", "json"]);
  assert.equal(JSON.parse(scanned.stdout).AWS_PROFILE, "prod");
  const named = await run(files, ["env", "--login", "-f", "json", "-i", "dev"]);
  assert.equal(JSON.parse(named.stdout).AWS_PROFILE, "dev");
});
