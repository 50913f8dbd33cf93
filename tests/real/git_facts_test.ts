/** `!git.*` and `!repo-root` say what git says: branches, detached heads, worktrees, submodules, packed refs. */
import assert from "node:assert/strict";
import { loadConfig } from "../../lib/config/load.ts";
import { plain } from "../unit/config/plain.ts";
import { fixedEnv } from "../../lib/sys/env.ts";
import { systemFiles } from "../../lib/sys/files.ts";
import { fakeDeps } from "../support/deps.ts";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const needs = [{ program: "git", package: "git" }];

const YAML = `settings:
  root: !repo-root
  root2: !git.root none
  sha: !git.sha
  ref: !git.ref
  branch: !git.branch "(none)"
  repository: !git.repository a/b
  owner: !git.owner o
  name: !git.name n
  host: !git.host h
  url: !git.url u
`;

async function git(dir: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: [
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      "-c",
      "protocol.file.allow=always",
      ...args,
    ],
    cwd: dir,
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

async function facts(cwd: string): Promise<Record<string, string>> {
  Deno.writeTextFileSync(`${cwd}/atmos.yaml`, YAML);
  const deps = {
    ...fakeDeps(),
    files: systemFiles(),
    env: fixedEnv({ HOME: "/nowhere" }, { cwd }),
  };
  const loaded = await loadConfig({ deps });
  return plain(loaded.at("settings")) as Record<string, string>;
}

async function same(dir: string): Promise<void> {
  const found = await facts(dir);
  assert.equal(found.root, await git(dir, "rev-parse", "--show-toplevel"));
  assert.equal(found.root2, found.root);
  assert.equal(found.sha, await git(dir, "rev-parse", "HEAD"));
  assert.equal(found.ref, found.sha);
  const branch = await git(dir, "rev-parse", "--abbrev-ref", "HEAD");
  assert.equal(found.branch, branch === "HEAD" ? "(none)" : branch);
}

async function repository(dir: string): Promise<void> {
  await git(dir, "init", "-q", "-b", "main", ".");
  Deno.writeTextFileSync(`${dir}/f`, "1");
  await git(dir, "add", "f");
  await git(dir, "commit", "-q", "-m", "one");
}

realTest(
  "facts of a checkout are git's own: loose and packed refs, branches with slashes, detached",
  needs,
  async () => {
    await using dir = await tempDir();
    await repository(dir.path);
    await same(dir.path);
    await git(dir.path, "checkout", "-q", "-b", "feature/x/y");
    await same(dir.path);
    await git(dir.path, "pack-refs", "--all");
    await same(dir.path);
    await git(dir.path, "checkout", "-q", "--detach");
    await same(dir.path);
  },
);

realTest("a worktree and a submodule have facts of their own", needs, async () => {
  await using dir = await tempDir();
  const main = dir.join("main");
  Deno.mkdirSync(main);
  await repository(main);
  await git(main, "worktree", "add", "-q", "-b", "side", dir.join("tree"));
  Deno.mkdirSync(dir.join("tree/sub"));
  await git(dir.join("tree"), "commit", "-q", "--allow-empty", "-m", "two");
  await same(dir.join("tree"));
  const below = await facts(dir.join("tree/sub"));
  assert.equal(below.root, dir.join("tree"));
  assert.notEqual(below.sha, (await facts(main)).sha);

  const outer = dir.join("outer");
  Deno.mkdirSync(outer);
  await repository(outer);
  await git(outer, "submodule", "add", "-q", main, "mod");
  await same(dir.join("outer/mod"));
});

realTest("owner, name, host and url come from origin, without credentials", needs, async () => {
  await using dir = await tempDir();
  await repository(dir.path);
  const none = await facts(dir.path);
  assert.deepEqual([none.repository, none.owner, none.name, none.host, none.url], [
    "a/b",
    "o",
    "n",
    "h",
    "u",
  ]);
  const cases: [string, string[]][] = [
    ["https://u:secret@github.com/acme/infra.git", [
      "acme/infra",
      "acme",
      "infra",
      "github.com",
      "https://github.com/acme/infra.git",
    ]],
    ["git@github.com:acme/infra.git", [
      "acme/infra",
      "acme",
      "infra",
      "github.com",
      "git@github.com:acme/infra.git",
    ]],
    ["ssh://git@gitlab.com:2222/a/b/c", [
      "a/b/c",
      "a/b",
      "c",
      "gitlab.com",
      "ssh://git@gitlab.com:2222/a/b/c",
    ]],
  ];
  for (const [url, expected] of cases) {
    await git(dir.path, "config", "remote.origin.url", url);
    const found = await facts(dir.path);
    assert.deepEqual([found.repository, found.owner, found.name, found.host, found.url], expected);
    assert.equal(await git(dir.path, "config", "remote.origin.url"), url);
  }
});

realTest(
  "outside a repository, and without a commit, functions without a default fail",
  needs,
  async () => {
    await using dir = await tempDir();
    await assert.rejects(facts(dir.path), /!repo-root : not in a git repository/);
    await git(dir.path, "init", "-q", ".");
    await assert.rejects(facts(dir.path), /!git\.sha : HEAD has no commit yet/);
    Deno.writeTextFileSync(dir.join("atmos.yaml"), "settings: {b: !git.branch }\n");
    await git(dir.path, "add", ".");
    await git(dir.path, "commit", "-q", "-m", "x");
    await git(dir.path, "checkout", "-q", "--detach");
    const deps = { ...fakeDeps(), files: systemFiles(), env: fixedEnv({}, { cwd: dir.path }) };
    await assert.rejects(loadConfig({ deps }), /!git\.branch : HEAD is detached/);
  },
);

realTest("atmos.local.yaml is a warning once git tracks it", needs, async () => {
  await using dir = await tempDir();
  await repository(dir.path);
  Deno.mkdirSync(dir.join("sub"));
  Deno.writeTextFileSync(dir.join("sub/atmos.yaml"), "{}\n");
  Deno.writeTextFileSync(dir.join("sub/atmos.local.yaml"), "settings: {a: 1}\n");
  const cwd = dir.join("sub");
  const deps = { ...fakeDeps(), files: systemFiles(), env: fixedEnv({}, { cwd }) };
  const codes = async () =>
    (await loadConfig({ deps, checks: true })).findings.map((found) => found.code);
  assert.deepEqual(await codes(), []);
  await git(cwd, "add", "atmos.local.yaml");
  assert.deepEqual(await codes(), ["local_file_tracked"]);
});
