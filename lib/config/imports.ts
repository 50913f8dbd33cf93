/** What the items of an `import:` stand for on the local disk (01 §1.6). */
import type { Env } from "../sys/env.ts";
import { isAbsolute } from "../store/paths.ts";
import { isDotPath, resolveBasePath } from "./base_path.ts";
import type { BasePathInput } from "./base_path.ts";
import { globFiles, isGlob } from "./glob.ts";
import { isNull } from "./node.ts";
import type { MapNode, Node, Source } from "./node.ts";
import { dirname, resolve } from "./path.ts";
import { yamlFilesBelow } from "./read.ts";
import type { ReadDeps } from "./read.ts";

/** One entry of `import:` that names something. */
export interface ImportItem {
  text: string;
  at: { source: Source; offset: number };
}

/** Items in list order; what is no text is told in `problems`. */
export function importItems(value: Node): { items: ImportItem[]; problems: ImportProblem[] } {
  const nodes = value.t === "list" ? value.items : [value];
  const items: ImportItem[] = [];
  const problems: ImportProblem[] = [];
  nodes.forEach((node, index) => {
    if (isNull(node)) return;
    if (node.t !== "scalar") {
      problems.push({ at: node, reason: `import[${index}] is not a string` });
    } else if (node.text.trim() !== "") {
      items.push({ text: node.text.trim(), at: node });
    }
  });
  return { items, problems };
}

export interface ImportProblem {
  at: { source: Source; offset: number };
  reason: string;
}

/** Where relative items of a file start: one or two directories, the first that has a match counts. */
export function importBases(
  file: { root: MapNode; dir: string },
  at: Omit<BasePathInput, "value" | "runtime" | "anchor"> & { runtimeBasePath: string | undefined },
): string[] {
  const { runtimeBasePath, ...rest } = at;
  if (runtimeBasePath !== undefined) {
    return [
      resolveBasePath({ ...rest, value: runtimeBasePath, runtime: true, anchor: file.dir }),
      file.dir,
    ];
  }
  const node = file.root.entries.get("base_path")?.node;
  const declared = node?.t === "scalar" && node.tag === undefined && !isNull(node)
    ? node.text.trim()
    : "";
  if (isAbsolute(rest.env, declared)) return [declared];
  if (isDotPath(declared)) return [resolve(rest.env, file.dir, declared)];
  const base = resolveBasePath({ ...rest, value: declared, runtime: false, anchor: file.dir });
  return base === file.dir ? [base] : [base, file.dir];
}

/**
 * Files that a local item names, in order: a file, a file without its extension, a directory (all
 * YAML below), a glob. Empty when nothing matches.
 */
export function localTargets(
  deps: ReadDeps,
  item: string,
  bases: string[],
  ownDir: string,
): string[] {
  const { env } = deps;
  const places = isAbsolute(env, item)
    ? [rootOf(env, item)]
    : /^\.\.?([/\\]|$)/.test(item)
    ? [ownDir]
    : bases;
  for (const base of places) {
    const found = targetsIn(deps, base, item);
    if (found.length > 0) return found;
  }
  return [];
}

function rootOf(env: Env, path: string): string {
  let at = path;
  for (let up = dirname(env, at); up !== at; up = dirname(env, at)) at = up;
  return at;
}

/** The targets of a relative or absolute item as seen from one directory. */
export function targetsIn(deps: ReadDeps, base: string, item: string): string[] {
  const { env, files } = deps;
  const path = resolve(env, base, item);
  const exact = files.stat(path);
  if (exact?.isFile) return [path];
  if (!/\.ya?ml$/i.test(item)) {
    for (const extension of [".yaml", ".yml"]) {
      if (files.stat(path + extension)?.isFile) return [path + extension];
    }
  }
  if (exact?.isDirectory) return yamlFilesBelow(deps, path);
  if (exact || !isGlob(item)) return exact ? [path] : [];
  const pattern = env.os === "windows" ? item.replaceAll("\\", "/") : item;
  const relative = isAbsolute(env, pattern) ? pattern.slice(rootOf(env, pattern).length) : pattern;
  const found = globFiles(deps, base, relative);
  const all = new Set(found);
  return found.filter((file) =>
    /\.ya?ml$/.test(file) && !(file.endsWith(".yml") && all.has(`${file.slice(0, -4)}.yaml`))
  );
}
