import assert from "node:assert/strict";
import { loadConfig } from "../../../lib/config/load.ts";
import type { LoadRequest } from "../../../lib/config/load.ts";
import { fakeDeps } from "../../support/deps.ts";
import { plain } from "./plain.ts";

async function load(
  files: Record<string, string>,
  more: Partial<Omit<LoadRequest, "deps">> & { env?: Record<string, string>; cwd?: string } = {},
) {
  const deps = fakeDeps({ env: more.env, cwd: more.cwd ?? "/work" });
  for (const [path, text] of Object.entries(files)) deps.files.put(path, text);
  const promoted: Record<string, string> = {};
  const loaded = await loadConfig({
    deps,
    flags: more.flags,
    functions: more.functions,
    promote: (name, value) => void (promoted[name] = value),
  });
  return { loaded, promoted, get: (...path: string[]) => plain(loaded.at(...path)), deps };
}

async function failure(work: Promise<unknown>): Promise<{ message: string; exit: number }> {
  try {
    await work;
  } catch (error) {
    return error as { message: string; exit: number };
  }
  throw new Error("nothing failed");
}

Deno.test("a later source wins over an earlier one, key by key", async () => {
  const { get, loaded } = await load({
    "/home/u/.atmos/atmos.yaml": "auth: {realm: home, logs: {level: Info}}\n",
    "/work/atmos.yaml": "auth: {realm: work}\n",
  });
  assert.deepEqual(get("auth"), { realm: "work", logs: { level: "Info" } });
  assert.equal(loaded.configDir, "/work");
});

Deno.test("the nearest ancestor and the git root are read when the directory has nothing of its own", async () => {
  const files = {
    "/repo/.git/HEAD": "ref: refs/heads/main\n",
    "/repo/atmos.yaml": "a: root\nb: root\n",
    "/repo/x/atmos.yaml": "a: near\nc: near\n",
    "/repo/x/y/z/keep": "",
  };
  const { get, loaded } = await load(files, { cwd: "/repo/x/y/z" });
  assert.deepEqual([get("a"), get("b"), get("c")], ["root", "root", "near"]);
  assert.equal(loaded.configDir, "/repo");
  const marked = await load({ ...files, "/repo/x/y/z/.atmos/keep": "" }, { cwd: "/repo/x/y/z" });
  assert.equal(marked.get("a"), undefined);
  const pathSet = await load(files, {
    cwd: "/repo/x/y/z",
    env: { ATMOS_CLI_CONFIG_PATH: "/repo/x" },
  });
  assert.deepEqual([pathSet.get("a"), pathSet.get("b")], ["near", undefined]);
});

Deno.test("--config switches discovery off and reads files in order", async () => {
  const files = {
    "/work/atmos.yaml": "a: cwd\n",
    "/one.yaml": "a: one\nb: one\n",
    "/two.yaml": "a: two\n",
  };
  const { get, loaded } = await load(files, { flags: { config: ["/one.yaml,/two.yaml"] } });
  assert.deepEqual([get("a"), get("b")], ["two", "one"]);
  assert.deepEqual(loaded.configDirs, ["/"]);
});

Deno.test("a bad --config or --config-path is an error with exit code 2", async () => {
  const files = { "/work/d/keep": "", "/work/f.yaml": "" };
  const cases: [LoadRequest["flags"], string][] = [
    [{ config: [""] }, "config file path is empty: --config requires a non-empty file path"],
    [{ config: ["no"] }, "file not found: --config file 'no' does not exist"],
    [{ config: ["d"] }, "expected file: --config 'd' is a directory"],
    [
      { configPath: [""] },
      "config path is empty: --config-path requires a non-empty directory path",
    ],
    [
      { configPath: ["no"] },
      "atmos config directory not found: --config-path directory 'no' does not exist",
    ],
    [
      { configPath: ["f.yaml"] },
      "--config-path requires a directory but found a file at 'f.yaml'",
    ],
    [{ configPath: ["d"] }, "atmos configuration file not found in directory: d"],
  ];
  for (const [flags, message] of cases) {
    const error = await failure(load(files, { flags }));
    assert.deepEqual([error.message, error.exit], [message, 2]);
  }
});

Deno.test("env: promotes ATMOS_ names that are not set and keeps the others for children", async () => {
  const { promoted, loaded } = await load(
    { "/work/atmos.yaml": "env: {ATMOS_PAGER: less, ATMOS_IDENTITY: x, Foo: 012}\n" },
    { env: { ATMOS_IDENTITY: "" } },
  );
  assert.deepEqual(promoted, { ATMOS_PAGER: "less" });
  assert.deepEqual(loaded.childEnv, { Foo: "012" });
});

Deno.test("!env gives the variable, the default, or nothing", async () => {
  const text = [
    "settings:",
    "  a: !env SET",
    "  b: !env EMPTY fallback",
    '  c: !env MISSING "two words"',
    "  d: !env MISSING",
    "  e: !env MISSING 'it''s'",
  ].join("\n");
  const { get } = await load({ "/work/atmos.yaml": text }, {
    env: { SET: "  012 ", EMPTY: "" },
  });
  assert.deepEqual(get("settings"), { a: "012", b: "", c: "two words", e: "it's" });
});

Deno.test("variables replace values of the configuration and an empty one does not", async () => {
  const { get } = await load({ "/work/atmos.yaml": "auth: {realm: file}\nlogs: {level: Info}\n" }, {
    env: { ATMOS_AUTH_REALM: "env", ATMOS_LOGS_LEVEL: "" },
  });
  assert.deepEqual([get("auth", "realm"), get("logs", "level")], ["env", "Info"]);
});

Deno.test("without any file the defaults hold", async () => {
  const { get, loaded } = await load({});
  assert.equal(get("stacks", "name_pattern"), "{tenant}-{environment}-{stage}");
  assert.deepEqual([loaded.configDir, loaded.basePath], ["/work", "/work"]);
});

Deno.test("an error in a file names line and column and exits with 2", async () => {
  const error = await failure(load({ "/work/atmos.yaml": "a: 1\nb:\n\t- x\n" }));
  assert.match(error.message, /\/work\/atmos\.yaml:3:1: tab characters/);
  assert.equal(error.exit, 2);
});
