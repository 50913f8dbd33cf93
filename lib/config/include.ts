/** `!include` and `!include.raw` (01 §2.1): another file's content in the place of a value. */
import { AuthError } from "../core/types.ts";
import { isAbsolute } from "../store/paths.ts";
import { compose, problemAt, sourceOf } from "./compose.ts";
import { DotenvError, parseDotenv } from "./dotenv.ts";
import { functionArgs, functionFailed, textNode } from "./functions.ts";
import type { FunctionContext } from "./functions.ts";
import { isNull } from "./node.ts";
import type { MapNode, Node, ScalarNode, Source } from "./node.ts";
import { basename, dirname, isWithin, resolve } from "./path.ts";
import { query } from "./query.ts";
import { isRemote } from "./remote_address.ts";

/** The parsed file, or the part of it that the expression picks; undefined when it is empty. */
export async function include(cx: FunctionContext, fn: ScalarNode): Promise<Node | undefined> {
  const { path, rest } = splitPath(fn);
  const source = await readIncluded(cx, fn, path);
  const root = parse(source, fn);
  const picked = root !== undefined && rest !== "" ? query(fn, root, rest) : root;
  return picked === undefined || isNull(picked) ? undefined : picked;
}

/** The file as text. */
export async function includeRaw(cx: FunctionContext, fn: ScalarNode): Promise<Node> {
  const { path, rest } = splitPath(fn);
  if (rest !== "") throw functionFailed(fn, "include.raw function accepts 1 argument");
  const source = await readIncluded(cx, fn, path);
  return textNode(fn, source.text, []);
}

/** The first argument, and what follows it as written: an expression may hold quotes. */
function splitPath(fn: ScalarNode): { path: string; rest: string } {
  const [path, ...others] = functionArgs(fn);
  if (path === undefined || path === "") {
    throw functionFailed(fn, `${fn.tag!.slice(1)} function needs a path`);
  }
  if (others.length === 0) return { path, rest: "" };
  const text = fn.text.trim();
  const quote = text[0] === "'" || text[0] === '"' ? text[0] : undefined;
  const length = quote ? path.replaceAll(quote, quote + quote).length + 2 : path.length;
  const rest = text.slice(length).trim();
  // An expression quoted as a whole.
  return { path, rest: others.length === 1 ? others[0]! : rest };
}

async function readIncluded(cx: FunctionContext, fn: ScalarNode, path: string): Promise<Source> {
  if (isRemote(path)) {
    if (fn.source.remote && !cx.trusted(fn.source.name)) throw outside(fn);
    try {
      const { text, name } = await cx.fetchRemote(path, fn);
      return sourceOf(name, text, { remote: true });
    } catch (error) {
      if (!(error instanceof AuthError) || error.code === "yaml_function_failed") throw error;
      throw functionFailed(fn, error.message, { hints: error.hints, cause: error });
    }
  }
  const { env, files } = cx.deps;
  const found = candidates(cx, fn, path).find((file) => files.stat(file)?.isFile);
  if (found === undefined) throw functionFailed(fn, `could not find local file: ${path}`);
  const { remote, tree } = fn.source;
  if (remote && !cx.trusted(fn.source.name)) {
    const real = files.realPath(found);
    if (tree === undefined || real === undefined || !isWithin(env, tree, real)) throw outside(fn);
  }
  const text = files.readTextSync(found);
  if (text === undefined) throw functionFailed(fn, `could not find local file: ${path}`);
  const name = tree === undefined ? found : `${fn.source.name} → ${basename(env, found)}`;
  return sourceOf(name, text, { dir: dirname(env, found), remote, tree });
}

function outside(fn: ScalarNode): Error {
  return functionFailed(fn, "a remote file may not include files outside its own tree", {
    hints: ["List its URL under `imports.trust` in a local file to allow it"],
  });
}

function candidates(cx: FunctionContext, fn: ScalarNode, path: string): string[] {
  const { env } = cx.deps;
  const own = fn.source.dir ?? cx.cwd;
  if (isAbsolute(env, path)) return [resolve(env, own, path)];
  if (/^\.\.?[/\\]/.test(path)) return [resolve(env, own, path)];
  const base = fn.source.remote ? undefined : cx.includeBase();
  return [...(base === undefined ? [] : [resolve(env, base, path)]), resolve(env, own, path)];
}

/** The content by the kind of file that its name tells. */
function parse(source: Source, fn: ScalarNode): Node | undefined {
  const name = source.name.replace(/[?#].*$/, "");
  if (/\.ya?ml$/i.test(name)) return compose(source, "any").root;
  if (/\.json$/i.test(name)) return parseJson(source);
  if (/(^|[/\\ ])\.env(\.[^/\\]*)?$|\.env$/.test(name)) return parseEnvFile(source);
  if (/\.(hcl|tf|tfvars)$/i.test(name)) {
    throw functionFailed(fn, `HCL files cannot be included: ${name}`, {
      hints: ["Use `!include.raw`, or keep the values in YAML or JSON"],
    });
  }
  return source.text === "" ? undefined : { ...textNode(fn, source.text, []), source, offset: 0 };
}

function parseJson(source: Source): Node | undefined {
  if (source.text.trim() === "") return undefined;
  try {
    JSON.parse(source.text);
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
    const reason = `invalid JSON: ${(error as Error).message}`;
    throw problemAt({ source, offset }, { code: "config_syntax", reason }, error);
  }
  // JSON is YAML, and this way every value knows its place.
  return compose(source, "any").root;
}

function parseEnvFile(source: Source): MapNode | undefined {
  const entries: MapNode["entries"] = new Map();
  try {
    for (const { name, value, offset } of parseDotenv(source.text)) {
      const node: ScalarNode = { t: "scalar", text: value, plain: false, source, offset };
      entries.set(name, { node, source, keyOffset: offset });
    }
  } catch (error) {
    if (!(error instanceof DotenvError)) throw error;
    throw problemAt({ source, offset: error.offset }, {
      code: "config_syntax",
      reason: error.message,
    });
  }
  return entries.size === 0 ? undefined : { t: "map", entries, source, offset: 0 };
}
