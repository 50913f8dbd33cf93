/** Reading configuration files from the disk, and lists of them (01 §1.3, §1.5). */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { join } from "../store/paths.ts";
import { compose, sourceOf } from "./compose.ts";
import type { Composed } from "./compose.ts";
import type { Source } from "./node.ts";
import { dirname } from "./path.ts";

/** What reading needs. */
export type ReadDeps = Pick<Deps, "env" | "files">;

/** Names of a configuration file in a directory, the first that exists counts (01 §1.3). */
export const CONFIG_NAMES = ["atmos.yaml", "atmos.yml", ".atmos.yaml", ".atmos.yml"];

/** The configuration file of a directory, or undefined. A dangling link and a directory count. */
export function configFileIn(deps: ReadDeps, dir: string): string | undefined {
  for (const name of CONFIG_NAMES) {
    const path = join(deps.env, dir, name);
    if (deps.files.lstat(path)) return path;
  }
  return undefined;
}

/** Local overrides beside a configuration file (01, Beyond 8). */
export function localFileIn(deps: ReadDeps, dir: string): string | undefined {
  return ["atmos.local.yaml", "atmos.local.yml"].map((name) => join(deps.env, dir, name))
    .find((path) => deps.files.lstat(path));
}

/** A parsed file. */
export interface ConfigFile extends Composed {
  source: Source;
}

/**
 * Reads and parses one file. Throws AuthError `config_unreadable` when it is missing, no regular
 * file or not readable, `config_syntax` when it is no YAML; both exit 2 and name the file.
 */
export function readConfigFile(
  deps: ReadDeps,
  path: string,
  more: Partial<Source> = {},
): ConfigFile {
  const facts = deps.files.stat(path);
  if (!facts) {
    const dangling = deps.files.lstat(path)?.isSymlink;
    throw unreadable(path, dangling ? "the link points nowhere" : "no such file");
  }
  if (facts.isDirectory) throw unreadable(path, "is a directory");
  if (!facts.isFile) throw unreadable(path, "is not a regular file");
  let text: string | undefined;
  try {
    text = deps.files.readTextSync(path);
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
  if (text === undefined) throw unreadable(path, "no such file");
  const source = sourceOf(more.name ?? path, text, { dir: dirname(deps.env, path), ...more });
  return { source, ...compose(source) };
}

function unreadable(path: string, reason: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "config_unreadable",
    message: `failed to read configuration file: ${path}: ${reason}`,
    context: { file: path },
    cause,
    exit: 2,
  });
}

/**
 * All `*.yaml` and `*.yml` below a directory: shallower first, then by path bytewise; `x.yaml` hides
 * `x.yml` beside it (01 §1.5). Absent directory: empty.
 */
export function yamlFilesBelow(
  deps: ReadDeps,
  dir: string,
  options: { skipHidden?: boolean } = {},
): string[] {
  const found: { path: string; depth: number }[] = [];
  const walk = (at: string, depth: number, above: string[]) => {
    const real = deps.files.realPath(at);
    if (real === undefined || above.includes(real)) return;
    const names = namesIn(deps, at);
    const present = new Set(names);
    for (const name of names) {
      const path = join(deps.env, at, name);
      const extension = /\.ya?ml$/.exec(name)?.[0];
      const facts = deps.files.stat(path);
      if (facts?.isDirectory) {
        if (!(options.skipHidden && name.startsWith("."))) walk(path, depth + 1, [...above, real]);
      } else if (extension && !(extension === ".yml" && present.has(name.slice(0, -3) + "yaml"))) {
        if (facts?.isFile || deps.files.lstat(path)?.isSymlink) found.push({ path, depth });
      }
    }
  };
  walk(dir, 0, []);
  return found.sort((a, b) => a.depth - b.depth || compareBytes(a.path, b.path))
    .map((file) => file.path);
}

/** Names in a directory; none where there is no directory. */
export function namesIn(deps: ReadDeps, dir: string): string[] {
  return deps.files.stat(dir)?.isDirectory ? deps.files.list(dir) ?? [] : [];
}

/** Bytewise order of UTF-8, which is the order of code points. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const x = [...a], y = [...b];
  for (let i = 0; i < x.length && i < y.length; i++) {
    if (x[i] !== y[i]) return x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
  }
  return x.length - y.length;
}
