/**
 * One test for each directory below `tests/fixtures/config_trees/`: the tree is copied to a place of its
 * own and loaded as `expect.json` says. `$ROOT` there stands for that place.
 */
import assert from "node:assert/strict";
import { loadConfig } from "../../../lib/config/load.ts";
import type { LoadedConfig, LoadRequest } from "../../../lib/config/load.ts";
import { locate } from "../../../lib/config/node.ts";
import { sortFindings, validateConfig } from "../../../lib/config/validate.ts";
import { AuthError } from "../../../lib/core/types.ts";
import type { Finding } from "../../../lib/core/types.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { systemFiles } from "../../../lib/sys/files.ts";
import { fakeDeps } from "../../support/deps.ts";
import { tempDir } from "../../support/temp.ts";
import { plain } from "./plain.ts";

interface Expectation {
  /** The sentence that names the test. */
  about: string;
  /** Working directory, relative to the tree. */
  cwd?: string;
  /** Directories that get a `.git` directory (or, with a value, a `.git` file of that content). */
  git?: string[] | Record<string, string>;
  /** Link → target. */
  links?: Record<string, string>;
  /** Directories to be made, which git does not keep. */
  dirs?: string[];
  env?: Record<string, string>;
  flags?: LoadRequest["flags"];
  functions?: boolean;
  /** Path of keys → plain value, `null` for absent. */
  values?: [string[], unknown][];
  /** Path of keys → `file:line:column` of the value. */
  places?: [string[], string][];
  configDir?: string;
  configFiles?: string[];
  basePath?: string;
  profiles?: string[];
  childEnv?: Record<string, string>;
  promoted?: Record<string, string>;
  /** `name state` of the sources in order; missing ones are left out. */
  sources?: string[];
  /** Messages of what loading found, as regular expressions, all of them. */
  findings?: string[];
  /** Log lines that must be there, as regular expressions. */
  logs?: string[];
  error?: { exit: number; message: string[]; code?: string; hints?: string[] };
  /** All findings of validation, loading included. */
  validate?: {
    severity: string;
    code: string;
    path?: string;
    message?: string;
    line?: number;
    file?: string;
    hint?: string;
  }[];
  strict?: boolean;
}

const fixtures = new URL("../../fixtures/config_trees/", import.meta.url);

for (const entry of [...Deno.readDirSync(fixtures)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  if (!entry.isDirectory) continue;
  const dir = new URL(`${entry.name}/`, fixtures);
  const expected: Expectation = JSON.parse(Deno.readTextFileSync(new URL("expect.json", dir)));
  Deno.test(`config tree ${entry.name}: ${expected.about}`, async () => {
    await using root = await tempDir();
    copyTree(dir, root.path);
    plant(root.path, expected);
    await check(root.path, expected);
  });
}

function copyTree(from: URL, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const entry of Deno.readDirSync(from)) {
    if (entry.name === "expect.json") continue;
    const source = new URL(encodeURIComponent(entry.name), from);
    if (entry.isDirectory) copyTree(new URL(`${source}/`), `${to}/${entry.name}`);
    else Deno.copyFileSync(source, `${to}/${entry.name}`);
  }
}

/** Adds what cannot be kept in a repository. */
function plant(root: string, expected: Expectation): void {
  for (const dir of expected.dirs ?? []) Deno.mkdirSync(`${root}/${dir}`, { recursive: true });
  if (Array.isArray(expected.git)) {
    for (const dir of expected.git) {
      Deno.mkdirSync(`${root}/${dir}/.git`, { recursive: true });
      Deno.writeTextFileSync(`${root}/${dir}/.git/HEAD`, "ref: refs/heads/main\n");
    }
  } else {
    for (const [dir, text] of Object.entries(expected.git ?? {})) {
      Deno.writeTextFileSync(`${root}/${dir}/.git`, text);
    }
  }
  for (const [link, target] of Object.entries(expected.links ?? {})) {
    Deno.symlinkSync(target, `${root}/${link}`);
  }
}

async function check(root: string, expected: Expectation): Promise<void> {
  const inRoot = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value ?? null).replaceAll("$ROOT", root));
  const env = inRoot(expected.env ?? {});
  const cwd = `${root}/${expected.cwd ?? ""}`.replace(/\/$/, "");
  const deps = {
    ...fakeDeps(),
    files: systemFiles(),
    env: fixedEnv({ HOME: `${root}/home`, PATH: "/usr/bin:/bin", ...env }, { cwd }),
  };
  deps.spawn.onHelper = (request) => {
    const { code, stdout } = new Deno.Command(request.command, {
      args: request.args,
      cwd: request.cwd,
      env: request.env,
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return { code, stdoutText: new TextDecoder().decode(stdout) };
  };
  const promoted: Record<string, string> = {};
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig({
      deps,
      flags: inRoot(expected.flags) ?? undefined,
      functions: expected.functions,
      promote: (name, value) => void (promoted[name] = value),
    });
  } catch (error) {
    if (!expected.error || !(error instanceof AuthError)) throw error;
    checkError(error, inRoot(expected.error));
    return;
  }
  assert.equal(expected.error, undefined, "loading was to fail");
  checkLoaded(loaded, inRoot(expected), root);
  if (expected.promoted) assert.deepEqual(promoted, expected.promoted);
  for (const line of expected.logs ?? []) {
    assert.ok(deps.log.lines.some((l) => new RegExp(line).test(l)), deps.log.lines.join("\n"));
  }
  if (expected.validate) {
    const found = validateConfig(loaded.merged, deps.env, loaded, { strict: expected.strict });
    checkFindings(sortFindings([...loaded.findings, ...found]), inRoot(expected.validate), root);
  }
}

function checkError(error: AuthError, expected: NonNullable<Expectation["error"]>): void {
  const all = [error.message, error.explanation, ...error.hints, error.example].join("\n");
  for (const text of expected.message) assert.ok(all.includes(text), `${text}\nnot in\n${all}`);
  assert.equal(error.exit, expected.exit);
  if (expected.code) assert.equal(error.code, expected.code);
}

function checkLoaded(loaded: LoadedConfig, expected: Expectation, root: string): void {
  for (const [path, value] of expected.values ?? []) {
    assert.deepEqual(plain(loaded.at(...path)) ?? null, value, path.join("."));
  }
  for (const [path, place] of expected.places ?? []) {
    const node = loaded.at(...path);
    assert.ok(node, `nothing at ${path.join(".")}`);
    const { file, line, column } = locate(node.source, node.offset);
    assert.equal(`${file.replace(`${root}/`, "")}:${line}:${column}`, place, path.join("."));
  }
  const relative = (path: string) => path.replace(`${root}/`, "");
  if (expected.configDir) assert.equal(loaded.configDir, expected.configDir);
  if (expected.configFiles) {
    assert.deepEqual(loaded.configFiles.map(relative), expected.configFiles);
  }
  if (expected.basePath) assert.equal(loaded.basePath, expected.basePath);
  if (expected.profiles) assert.deepEqual(loaded.activeProfiles, expected.profiles);
  if (expected.childEnv) assert.deepEqual(loaded.childEnv, expected.childEnv);
  if (expected.sources) {
    const seen = loaded.sources.filter((source) =>
      source.state !== "missing" &&
      (source.name.startsWith(`${root}/`) || !source.name.startsWith("/"))
    )
      .map((source) => `${relative(source.name)} ${source.state}`);
    assert.deepEqual(seen, expected.sources);
  }
  if (expected.findings) {
    const messages = loaded.findings.map((found) => found.message);
    assert.equal(messages.length, expected.findings.length, messages.join("\n"));
    expected.findings.forEach((text, i) => assert.match(messages[i]!, new RegExp(text)));
  }
}

/** Of each finding those members are compared that the expectation names. */
function checkFindings(
  found: Finding[],
  expected: NonNullable<Expectation["validate"]>,
  root: string,
): void {
  const shown = found.map((f) => ({
    severity: f.severity as string,
    code: f.code,
    path: f.path,
    message: f.message,
    line: f.location?.line,
    file: f.location?.file.replace(`${root}/`, ""),
    hint: f.hint,
  }));
  const compared = shown.map((finding, i) => {
    const wanted = expected[i];
    if (!wanted) return finding;
    return Object.fromEntries(
      Object.keys(wanted).map((key) => [key, finding[key as keyof typeof finding]]),
    );
  });
  assert.deepEqual(compared, expected);
}
