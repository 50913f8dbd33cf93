import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { privateHome, runProgram } from "../support/program.ts";

const CONFIG = `
auth:
  providers:
    sso: {kind: mock, tags: [people]}
    ci: {kind: mock, tags: [machines]}
  identities:
    dev: {kind: mock, via: {provider: sso}, tags: [blue]}
    prod: {kind: mock, via: {provider: sso}, tags: [red]}
  integrations:
    registry: {kind: aws/ecr, via: {identity: dev}, spec: {registry: {account_id: "1", region: r}}}
    cluster: {kind: aws/eks, via: {identity: dev}, spec: {cluster: {name: c, region: r}}}
`;

async function complete(
  words: string[],
  given: { config?: string; hidden?: string; env?: Record<string, string> } = {},
): Promise<string> {
  await using home = await privateHome();
  await home.write("atmos.yaml", given.config ?? CONFIG);
  await home.write(
    "profiles/work/auth.yaml",
    "auth: {identities: {extra: {kind: mock, via: {provider: sso}}}}",
  );
  await home.write("sub/atmos.yaml", "auth: {identities: {inner: {kind: ambient}}}");
  const { code, stdout, stderr } = await runProgram({
    args: [given.hidden ?? "__complete", ...words],
    home,
    env: given.env ?? {},
  });
  assert.equal(code, 0);
  assert.equal(stderr, "");
  return stdout;
}

const cases: [string, string[], string][] = [
  ["identities with their kind", ["env", "--identity", ""], "dev\tmock\nprod\tmock\n:4\n"],
  ["identities after an equals sign", ["env", "--identity=p"], "prod\tmock\n:4\n"],
  ["identities before the command", ["--identity", ""], "dev\tmock\nprod\tmock\n:4\n"],
  ["the argument of logout", ["logout", "d"], "dev\tmock\n:4\n"],
  ["no second argument of logout", ["logout", "dev", ""], ":4\n"],
  ["providers", ["login", "--provider", ""], "ci\tmock\nsso\tmock\n:4\n"],
  ["providers of list", ["list", "--providers", "s"], "sso\tmock\n:4\n"],
  ["tags of identities for login", ["login", "--tags", ""], "blue\nred\n:4\n"],
  ["tags of both for list", ["list", "--tags", ""], "blue\nmachines\npeople\nred\n:4\n"],
  ["tags of both for logout", ["logout", "--tags", "m"], "machines\n:4\n"],
  ["tags behind a comma", ["login", "--tags", "red,"], "red,blue\n:4\n"],
  ["formats", ["list", "-f", "m"], "markdown\nmd\nmermaid\n:4\n"],
  ["outputs of whoami", ["whoami", "--output", ""], "json\ntext\nyaml\n:4\n"],
  ["service aliases", ["console", "--destination", "cloudf"], "cloudformation\ncloudfront\n:4\n"],
  ["profiles", ["--profile", ""], "work\tproject\n:4\n"],
  ["the argument of profile show", ["profile", "show", ""], "work\tproject\n:4\n"],
  ["integrations of the registry's kind", ["aws", "ecr", "login", ""], "registry\taws/ecr\n:4\n"],
  [
    "integrations of the cluster's kind",
    ["aws", "eks", "update-kubeconfig", "--integration", ""],
    "cluster\taws/eks\n:4\n",
  ],
  [
    "identities of a profile on the line",
    ["--profile", "work", "env", "-i", ""],
    "dev\tmock\nextra\tmock\nprod\tmock\n:4\n",
  ],
  [
    "identities of another directory",
    ["--chdir", "sub", "env", "-i", "inn"],
    "inner\tambient\n:4\n",
  ],
  ["what stands after -- is the shell's business", ["exec", "--", "l"], ":0\n"],
  ["files", ["env", "--output-file", ""], ":0\n"],
  ["directories", ["-C", ""], ":16\n"],
  ["a value that nobody knows", ["console", "--duration", ""], ":4\n"],
  ["booleans", ["login", "--all="], "false\ntrue\n:4\n"],
  ["an unknown command", ["nope", ""], ":4\n"],
  ["shells", ["completion", ""], "bash\nfish\npowershell\nzsh\n:4\n"],
  ["no words at all", [], ""],
];
for (const [name, words, expected] of cases) {
  if (words.length === 0) continue;
  Deno.test(`completes ${name}`, async () => {
    assert.equal(await complete(words), expected);
  });
}

Deno.test("without descriptions only the values are printed", async () => {
  assert.equal(
    await complete(["env", "-i", ""], { hidden: "__completeNoDesc" }),
    "dev\nprod\n:4\n",
  );
});

Deno.test("the first word completes to commands, the empty current word being the last", async () => {
  const lines = (await complete([""])).trimEnd().split("\n");
  assert.equal(lines.at(-1), ":4");
  const words = lines.slice(0, -1).map((line) => line.split("\t")[0]!);
  assert.deepEqual(words, [...words].sort());
  for (const word of ["auth", "login", "aws", "list", "version"]) {
    assert.ok(words.includes(word), word);
  }
  assert.ok(!words.includes("__complete"));
});

Deno.test("flags complete with their text, those already given are left out", async () => {
  const text = await complete(["login", "--all", "--a"]);
  assert.equal(text, ":4\n");
  assert.match(await complete(["login", "--al"]), /^--all\t.+\n:4\n$/);
});

/** Runs the program through a link of this name. */
async function runAs(name: string, args: string[]): Promise<string> {
  await using home = await privateHome();
  await Deno.symlink(await program(), home.join(name));
  const { stdout } = await runProgram({ args, home, command: home.join(name) });
  return stdout;
}

Deno.test("in drop-in mode the words of that mode are completed", async () => {
  const first = await runAs("atmos", ["__complete", ""]);
  assert.match(first, /^auth\t/m);
  assert.ok(!/^login\t/m.test(first));
  assert.match(await runAs("atmos", ["__complete", "auth", "logi"]), /^login\t/);
});

Deno.test("a broken configuration has nothing to offer and is not heard of", async () => {
  assert.equal(await complete(["env", "-i", ""], { config: "auth: [1, {" }), ":4\n");
});

Deno.test("functions of the configuration are not run", async () => {
  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    "auth: {identities: {a: {kind: mock, alias: !exec 'touch ran'}, b: {kind: !exec 'touch ran'}}}",
  );
  const { stdout, files } = await runProgram({ args: ["__complete", "env", "-i", ""], home });
  assert.equal(stdout, "a\tmock\nb\n:4\n");
  assert.ok(!files.has("ran"));
});

Deno.test("debug logging does not reach the shell", async () => {
  const text = await complete(["env", "-i", "p"], {
    env: { ATMOS_LOGS_LEVEL: "Trace", ATMOS_LOGS_FILE: "/dev/stdout", ATMOS_VERBOSE: "true" },
  });
  assert.equal(text, "prod\tmock\n:4\n");
});

for (const shell of ["bash", "zsh", "fish", "powershell"]) {
  Deno.test(`completion ${shell} registers the name as invoked`, async () => {
    const here = await runAs("atmos", ["completion", shell]);
    const there = await runAs("atmos-auth", ["completion", shell]);
    assert.match(here, /\batmos\b(?!-auth)/);
    assert.ok(!here.includes("atmos-auth"));
    assert.match(there, /\batmos-auth\b/);
  });
}

Deno.test("completion for an unknown shell is an error", async () => {
  const { code, stdout, stderr } = await runProgram({ args: ["completion", "tcsh"] });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /no completion for the shell "tcsh"/);
});
