/** YAML functions other than `!env` (01 §2.1), loaded when one is met. */
import { functionArgs, functionFailed, textNode } from "./functions.ts";
import type { FunctionContext } from "./functions.ts";
import { readHead, readOrigin } from "./git_facts.ts";
import { jsonNode } from "./json_node.ts";
import type { Node, ScalarNode } from "./node.ts";
import { resolve } from "./path.ts";
import { include, includeRaw } from "./include.ts";

/** Nested calls of this program through `!exec` (01 §2.1). */
const MAX_SHELL_LEVEL = 10;

/** Runs a function; undefined = no value. Throws AuthError with file, line and column. */
export function runRareFunction(
  cx: FunctionContext,
  fn: ScalarNode,
  path: readonly string[],
): Promise<Node | undefined> | Node | undefined {
  switch (fn.tag) {
    case "!exec":
      return inTurn(cx, () => exec(cx, fn, path));
    case "!include":
      return include(cx, fn);
    case "!include.raw":
      return includeRaw(cx, fn);
    case "!cwd":
      return textNode(fn, cwd(cx, fn), path);
    case "!random":
      return { ...textNode(fn, String(random(cx, fn)), path), plain: true };
    case "!unset":
      throw functionFailed(fn, "unset function accepts no arguments");
    case "!append":
      throw functionFailed(fn, "append works on a list only");
    default:
      return textNode(fn, gitFact(cx, fn), path);
  }
}

/** Commands run one after the other, in the order of the file: they may ask or share state. */
const turns = new WeakMap<FunctionContext, Promise<unknown>>();

function inTurn<T>(cx: FunctionContext, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(cx) ?? Promise.resolve()).then(work);
  turns.set(cx, mine.catch(() => undefined));
  return mine;
}

async function exec(
  cx: FunctionContext,
  fn: ScalarNode,
  path: readonly string[],
): Promise<Node | undefined> {
  const { env, spawn } = cx.deps;
  const command = fn.text.trim();
  if (command === "") throw functionFailed(fn, "exec function needs a command");
  if (fn.source.remote && !cx.trusted(fn.source.name)) {
    throw functionFailed(fn, "a remote file may not run commands", {
      hints: ["List its URL under `imports.trust` in a local file to allow it"],
    });
  }
  const level = (Number(env.get("ATMOS_SHLVL")) || 0) + 1;
  if (level > MAX_SHELL_LEVEL) {
    throw functionFailed(
      fn,
      `ATMOS_SHLVL (${level}) exceeds maximum allowed depth (${MAX_SHELL_LEVEL}). ` +
        "Infinite recursion?",
    );
  }
  const shell = shellOf(cx);
  const result = await spawn.helper({
    command: shell.command,
    args: [...shell.args, command],
    env: { ATMOS_SHLVL: String(level) },
    inheritEnv: true,
    stderr: "inherit",
    timeoutMs: Infinity,
    cwd: cx.cwd,
  });
  if (result.code !== 0) {
    throw functionFailed(fn, `exit status ${result.code}`, { exit: result.code });
  }
  const text = result.stdoutText.replace(/[\r\n]+$/, "");
  const parsed = jsonNode(fn, text, path);
  return parsed ?? textNode(fn, text, path);
}

function shellOf(cx: FunctionContext): { command: string; args: string[] } {
  const { env, spawn } = cx.deps;
  if (env.os !== "windows") return { command: "/bin/sh", args: ["-c"] };
  const sh = spawn.which("sh");
  if (sh) return { command: sh, args: ["-c"] };
  return { command: spawn.which("cmd") ?? "cmd", args: ["/c"] };
}

function cwd(cx: FunctionContext, fn: ScalarNode): string {
  const args = functionArgs(fn);
  if (args.length > 1) throw functionFailed(fn, "cwd function accepts at most 1 argument");
  return args[0] === undefined ? cx.cwd : resolve(cx.deps.env, cx.cwd, args[0]);
}

function random(cx: FunctionContext, fn: ScalarNode): number {
  const args = functionArgs(fn);
  if (args.length > 2) throw functionFailed(fn, "random function accepts at most 2 arguments");
  const numbers = args.map((text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
      throw functionFailed(fn, `not a number: '${text}'`);
    }
    return value;
  });
  const [min, max] = numbers.length === 2 ? numbers as [number, number] : [0, numbers[0] ?? 65535];
  if (min >= max) throw functionFailed(fn, `min (${min}) must be less than max (${max})`);
  return min + below(cx, max - min + 1);
}

/** A uniform integer in [0, count): draws beyond the last whole multiple are thrown away. */
function below(cx: FunctionContext, count: number): number {
  const range = 2n ** 64n;
  const limit = range - range % BigInt(count);
  for (;;) {
    const bytes = cx.deps.random.bytes(8);
    const drawn = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
    if (drawn < limit) return Number(drawn % BigInt(count));
  }
}

function gitFact(cx: FunctionContext, fn: ScalarNode): string {
  const args = functionArgs(fn);
  if (args.length > 1) throw functionFailed(fn, `${fn.tag!.slice(1)} accepts at most 1 argument`);
  const found = gitValue(cx, fn.tag!);
  if ("value" in found) return found.value;
  // `!git.sha` and `!git.ref` take no default (01 §2.1).
  if (args[0] !== undefined && fn.tag !== "!git.sha" && fn.tag !== "!git.ref") return args[0];
  throw functionFailed(fn, found.missing);
}

function gitValue(cx: FunctionContext, tag: string): { value: string } | { missing: string } {
  const root = cx.gitRoot();
  if (root === undefined) return { missing: "not in a git repository" };
  if (tag === "!repo-root" || tag === "!git.root") return { value: root };
  const isRef = tag === "!git.sha" || tag === "!git.ref" || tag === "!git.branch";
  const head = isRef ? readHead(cx.deps, root) : undefined;
  if (head?.reftable) {
    return {
      missing: "the repository keeps its refs in a reftable: use `!exec git rev-parse HEAD`",
    };
  }
  if (tag === "!git.sha" || tag === "!git.ref") {
    const { commit } = head!;
    return commit === undefined ? { missing: "HEAD has no commit yet" } : { value: commit };
  }
  if (tag === "!git.branch") {
    const { branch } = head!;
    return branch === undefined ? { missing: "HEAD is detached" } : { value: branch };
  }
  const origin = readOrigin(cx.deps, root);
  if (!origin) return { missing: "the repository has no remote `origin`" };
  const part = tag.slice("!git.".length) as keyof typeof origin;
  return { value: origin[part] };
}
