/** Stack manifests: found, read, merged with what they import (08 §3.1, §4, §5, §6.3). */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { compose, sourceOf } from "../config/compose.ts";
import { globFiles } from "../config/glob.ts";
import type { LoadedConfig } from "../config/load.ts";
import { Merger } from "../config/merge.ts";
import type { MergeRules } from "../config/merge.ts";
import type { MapNode, Node } from "../config/node.ts";
import { dirname, resolve } from "../config/path.ts";
import { compareBytes } from "../config/read.ts";
import { isRemote } from "../config/remote_address.ts";
import { expandHome } from "../store/paths.ts";
import { dataOf } from "./data.ts";
import {
  EXTENSIONS,
  importCycle,
  importNotFound,
  importTargets,
  type StackImport,
  stackImports,
} from "./imports.ts";
import { child, over, section, textOf, textsOf, unsupported, withEntry, without } from "./nodes.ts";
import { render } from "./template.ts";
import type { Data } from "./template.ts";

export type StackDeps = Pick<Deps, "env" | "files" | "log">;

/** Component types whose sections manifests may hold. */
export const COMPONENT_TYPES = ["terraform", "helmfile", "packer", "ansible", "kubernetes", "helm"];

/** A root manifest with everything it imports. */
export interface Manifest {
  /** Relative to the stacks directory, `/`, without extension. */
  path: string;
  file: string;
  /** Merged; components carry the overrides that reach them under `overrides`. */
  root: MapNode;
  /** `name:` of the file itself. */
  ownName: string | undefined;
}

/** A manifest that could not be read, and why. */
export interface Unreadable {
  path: string;
  error: AuthError;
}

/** Absolute directory of the stack manifests; undefined when none is configured. */
export function stacksDir(deps: StackDeps, loaded: LoadedConfig): string | undefined {
  const base = loaded.text("stacks", "base_path");
  return base === undefined || base === ""
    ? undefined
    : resolve(deps.env, loaded.basePath, expandHome(deps.env, base));
}

/** Files of root manifests: included minus excluded, sorted by path (08 §3.1). */
export function manifestFiles(deps: StackDeps, loaded: LoadedConfig, dir: string): string[] {
  const match = (pattern: string) => {
    const known = EXTENSIONS.some((extension) => pattern.endsWith(extension));
    const patterns = known ? [pattern] : EXTENSIONS.map((extension) => pattern + extension);
    return patterns.flatMap((one) => globFiles(deps, dir, one));
  };
  const stacks = loaded.at("stacks");
  const excluded = new Set(textsOf(stacks, "excluded_paths").flatMap(match));
  const included = new Set(textsOf(stacks, "included_paths").flatMap(match));
  return [...included].filter((file) => !excluded.has(file)).sort(compareBytes);
}

/** What an importer hands down, and what comes back (08 §6.3). By component type. */
type Overrides = Partial<Record<string, MapNode>>;

interface Handed {
  inline: Overrides;
  imported: Overrides;
}

interface Reading extends Handed {
  merger: Merger;
  /** Files that led here. */
  stack: string[];
  /** Template data of the import entries so far; the outer one wins. */
  context: Node | undefined;
  asTemplate: boolean;
  ignoreMissing: boolean;
}

/** Reads manifests; parsed text is kept by file and context. */
export class Manifests {
  readonly dir: string;
  #deps: StackDeps;
  #loaded: LoadedConfig;
  #rules: MergeRules;
  #parsed = new Map<string, Node | undefined>();

  constructor(deps: StackDeps, loaded: LoadedConfig, dir: string) {
    this.#deps = deps;
    this.#loaded = loaded;
    this.dir = dir;
    this.#rules = { nullReplaces: true, lists: listStrategy(loaded) };
  }

  get rules(): MergeRules {
    return this.#rules;
  }

  /** All root manifests, and those that cannot be read. */
  all(): { manifests: Manifest[]; unreadable: Unreadable[] } {
    const manifests: Manifest[] = [], unreadable: Unreadable[] = [];
    for (const file of manifestFiles(this.#deps, this.#loaded, this.dir)) {
      try {
        manifests.push(this.load(file));
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        unreadable.push({ path: this.pathOf(file), error });
      }
    }
    return { manifests, unreadable };
  }

  /** Path of a manifest relative to the stacks directory, without extension. */
  pathOf(file: string): string {
    return file.slice(this.dir.length + 1).replaceAll("\\", "/").replace(/\.ya?ml(\.tmpl)?$/, "");
  }

  /** One root manifest. */
  load(file: string): Manifest {
    const merger = new Merger(this.#rules);
    this.#process(file, {
      merger,
      stack: [],
      inline: {},
      imported: {},
      context: undefined,
      asTemplate: file.endsWith(".tmpl"),
      ignoreMissing: false,
    });
    const root = merger.root;
    const own = this.#parse(file, undefined, file.endsWith(".tmpl"), false);
    return {
      path: this.pathOf(file),
      file,
      root: root?.t === "map" ? root : emptyMap(file),
      ownName: textOf(own, "name"),
    };
  }

  /** Adds a file after what it imports; returns the overrides that act on later files. */
  #process(file: string, reading: Reading): Handed {
    const { stack, merger } = reading;
    const shown = this.pathOf(file);
    if (stack.includes(file)) {
      throw importCycle([...stack.slice(stack.indexOf(file)), file].map((f) => this.pathOf(f)));
    }
    const root = this.#parse(file, reading.context, reading.asTemplate, reading.ignoreMissing);
    const inline = this.#inline(root, reading.inline, shown);
    let imported = reading.imported;
    let seen: Node | undefined;
    const entries = stackImports(root, shown);
    const needData = entries.some((entry) => entry.path.includes("{{"));
    for (const entry of entries) {
      const before = imported;
      for (const target of this.#targets(entry, file, seen, reading)) {
        if (target === file) continue;
        const back = this.#process(target, {
          merger,
          stack: [...stack, file],
          inline,
          imported: before,
          context: this.#both(entry.context, reading.context),
          asTemplate: !entry.skipTemplates &&
            (target.endsWith(".tmpl") || entry.context !== undefined ||
              reading.context !== undefined),
          ignoreMissing: entry.ignoreMissingValues,
        });
        imported = this.#lay(this.#lay(imported, back.imported), back.inline);
        if (needData && !target.endsWith(".tmpl")) {
          seen = over(seen, this.#parse(target, undefined, false, true), this.#rules);
        }
      }
    }
    if (root?.t === "map") merger.add(this.#content(root, this.#lay(imported, inline)));
    return { inline, imported };
  }

  /** The context of an entry, over which that of the importing chain wins (08 §4.3). */
  #both(entry: Node | undefined, outer: Node | undefined): Node | undefined {
    return over(entry, outer, this.#rules);
  }

  #lay(low: Overrides, high: Overrides): Overrides {
    const result: Overrides = { ...low };
    for (const [type, map] of Object.entries(high)) {
      result[type] = over(result[type], map, this.#rules);
    }
    return result;
  }

  /** A file's own overrides, beneath what its importer hands down. */
  #inline(root: Node | undefined, handed: Overrides, file: string): Overrides {
    const result: Overrides = {};
    const general = section(root, ["overrides"], "overrides");
    for (const type of COMPONENT_TYPES) {
      const typed = section(root, [type, "overrides"], `${type}.overrides`);
      const own = over(over(general, typed, this.#rules), handed[type], this.#rules);
      if (own) result[type] = own;
    }
    if (general) this.#deps.log.debug(`overrides in ${file}`);
    return result;
  }

  /** What a file adds to the merge: everything but its imports and overrides, which bind to it. */
  #content(root: MapNode, overrides: Overrides): MapNode {
    let content = without(root, "import", "overrides");
    for (const type of COMPONENT_TYPES) {
      const typed = child(content, type);
      if (typed?.t === "map") content = withEntry(content, type, without(typed, "overrides"));
      const own = overrides[type];
      const components = child(content, "components", type);
      if (!own || components?.t !== "map") continue;
      let changed = components;
      for (const [name, { node }] of components.entries) {
        const base = node.t === "map" ? node : emptyAt(node);
        const both = over(section(base, ["overrides"], "overrides"), own, this.#rules)!;
        changed = withEntry(changed, name, withEntry(base, "overrides", both));
      }
      const all = child(content, "components") as MapNode;
      content = withEntry(content, "components", withEntry(all, type, changed));
    }
    return content;
  }

  #targets(entry: StackImport, file: string, seen: Node | undefined, reading: Reading): string[] {
    const path = this.#renderedPath(entry, file, seen, reading);
    if (path === undefined) return [];
    const ownDir = dirname(this.#deps.env, file);
    const found = importTargets(this.#deps, path, { stacksDir: this.dir, ownDir });
    if (found.length > 0) {
      if (found.length === 1 && found[0] === file) {
        throw new AuthError({
          code: "stack_import_cycle",
          message: `stack manifest imports itself: import '${entry.path}' in file '${
            this.pathOf(file)
          }'`,
        });
      }
      return found;
    }
    if (isRemote(path)) throw unsupported("remote imports of stack manifests", this.pathOf(file));
    if (entry.skipIfMissing || path.includes("{{")) return [];
    throw importNotFound(entry, this.pathOf(file));
  }

  /** Paths with template actions, rendered with what stands above them (08 §4.2). */
  #renderedPath(
    entry: StackImport,
    file: string,
    seen: Node | undefined,
    reading: Reading,
  ): string | undefined {
    if (!entry.path.includes("{{") || entry.skipTemplates || !this.#templatesEnabled()) {
      return entry.path;
    }
    const context = this.#both(entry.context, reading.context);
    const data = { ...dataOf(seen) as object, ...dataOf(context) as object };
    try {
      return render(entry.path, data as Data, {
        where: `import path in ${this.pathOf(file)}`,
        ignoreMissing: entry.ignoreMissingValues,
      });
    } catch (error) {
      if (entry.skipIfMissing && error instanceof AuthError && error.code === "template_failed") {
        return undefined;
      }
      throw error;
    }
  }

  #templatesEnabled(): boolean {
    return /^true$/i.test(this.#loaded.text("templates", "settings", "enabled") ?? "");
  }

  #parse(
    file: string,
    context: Node | undefined,
    asTemplate: boolean,
    ignoreMissing: boolean,
  ): Node | undefined {
    const key = asTemplate ? `${file}\0${JSON.stringify(dataOf(context))}` : file;
    if (this.#parsed.has(key)) return this.#parsed.get(key);
    const text = this.#deps.files.readTextSync(file) ?? "";
    const rendered = asTemplate
      ? render(text, dataOf(context) ?? {}, { where: this.pathOf(file), ignoreMissing })
      : text;
    const source = sourceOf(file, rendered, { dir: dirname(this.#deps.env, file) });
    const { root } = compose(source);
    this.#parsed.set(key, root);
    return root;
  }
}

function emptyMap(file: string): MapNode {
  return { t: "map", entries: new Map(), source: { name: file, text: "" }, offset: 0 };
}

function emptyAt(node: Node): MapNode {
  return { t: "map", entries: new Map(), source: node.source, offset: node.offset };
}

/** `settings.list_merge_strategy` (08 §2.3). */
function listStrategy(loaded: LoadedConfig): MergeRules["lists"] {
  const written = loaded.text("settings", "list_merge_strategy") || "replace";
  if (written === "replace" || written === "append" || written === "merge") return written;
  throw new AuthError({
    code: "invalid_list_merge_strategy",
    message: `invalid list merge strategy: '${written}'. ` +
      "Supported list merge strategies are: replace, append, merge",
  });
}
