/** `import:` of stack manifests (08 §4.2). */
import { AuthError } from "../core/types.ts";
import { problemAt } from "../config/compose.ts";
import { globFiles, isGlob } from "../config/glob.ts";
import { isNull } from "../config/node.ts";
import type { Node } from "../config/node.ts";
import { resolve } from "../config/path.ts";
import type { ReadDeps } from "../config/read.ts";
import { isAbsolute } from "../store/paths.ts";
import { child, textOf } from "./nodes.ts";

/** Extensions in the order in which they are tried. */
export const EXTENSIONS = [".yaml", ".yml", ".yaml.tmpl", ".yml.tmpl"];

/** One entry of an `import:` list. */
export interface StackImport {
  path: string;
  at: Node;
  /** Template data: makes the imported file a template. */
  context?: Node;
  skipTemplates: boolean;
  ignoreMissingValues: boolean;
  skipIfMissing: boolean;
}

/** Entries in order. Throws AuthError `invalid_stack_import`. */
export function stackImports(root: Node | undefined, file: string): StackImport[] {
  const value = child(root, "import");
  if (value === undefined) return [];
  if (value.t !== "list") {
    throw problemAt(value, {
      code: "invalid_stack_import",
      prefix: `invalid import section in the file '${file}'`,
      reason: "it must be a list",
      exit: 1,
    });
  }
  return value.items.map((item) => {
    const path = item.t === "scalar" && !isNull(item) ? item.text.trim() : textOf(item, "path");
    if (!path) {
      throw problemAt(item, {
        code: "invalid_stack_import",
        prefix: "invalid import",
        reason: "an entry is a path, or a map with a `path`",
        exit: 1,
      });
    }
    const flag = (key: string) => /^true$/i.test(textOf(item, key) ?? "");
    return {
      path,
      at: item,
      context: child(item, "context"),
      skipTemplates: flag("skip_templates_processing"),
      ignoreMissingValues: flag("ignore_missing_template_values"),
      skipIfMissing: flag("skip_if_missing"),
    };
  });
}

/**
 * Files that an import path names, in order: `./` and `../` from the importing file, else from the
 * stacks directory; a name without extension tries all of them.
 */
export function importTargets(
  deps: ReadDeps,
  path: string,
  at: { stacksDir: string; ownDir: string },
): string[] {
  const base = /^\.\.?([/\\]|$)/.test(path) ? at.ownDir : at.stacksDir;
  const known = EXTENSIONS.some((extension) => path.endsWith(extension));
  const names = known
    ? [...(/\.ya?ml$/.test(path) ? [`${path}.tmpl`] : []), path]
    : EXTENSIONS.map((extension) => path + extension);
  for (const name of names) {
    const found = isGlob(name) && !isAbsolute(deps.env, name)
      ? globFiles(deps, base, name)
      : [resolve(deps.env, base, name)].filter((file) => deps.files.stat(file)?.isFile);
    if (found.length > 0) return found.sort();
  }
  return [];
}

export function importNotFound(entry: StackImport, file: string): AuthError {
  return problemAt(entry.at, {
    code: "stack_import_not_found",
    prefix: "stack import not found",
    reason: `import '${entry.path}' in file '${file}'`,
    exit: 1,
  });
}

/** The chain of a cycle over several files. */
export function importCycle(chain: string[]): AuthError {
  return new AuthError({
    code: "stack_import_cycle",
    message: `stack manifests import each other: ${chain.join(" -> ")}`,
  });
}
