/** Default markers of all stacks, for commands without a target (01 §6.4). */
import { AuthError } from "../core/types.ts";
import { compose, sourceOf } from "../config/compose.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { MapNode, Node } from "../config/node.ts";
import { dirname } from "../config/path.ts";
import { importTargets } from "./imports.ts";
import { manifestFiles, stacksDir } from "./manifests.ts";
import type { StackDeps } from "./manifests.ts";
import { child, textOf, withEntry } from "./nodes.ts";

/** Lower-case name → spelling in the manifests. */
type Defaults = Map<string, string>;

/**
 * The merged configuration with the default that the stacks agree on; undefined when there is none
 * to be had: no marker, several, or one for an identity that is not configured (a warning).
 */
export function scanDefault(
  deps: StackDeps,
  loaded: LoadedConfig,
): { merged: MapNode; identity: string } | undefined {
  const dir = stacksDir(deps, loaded);
  if (dir === undefined || !deps.files.stat(dir)?.isDirectory) return undefined;
  const scan = new Scan(deps, dir);
  const all: Defaults = new Map();
  for (const file of manifestFiles(deps, loaded, dir)) {
    for (const [key, name] of scan.defaultsOf(file)) all.set(key, name);
  }
  const identities = child(loaded.merged, "auth", "identities");
  const configured = new Map<string, string>();
  if (identities?.t === "map") {
    for (const name of identities.entries.keys()) configured.set(name.toLowerCase(), name);
  }
  for (const [key, name] of [...all]) {
    if (configured.has(key)) continue;
    deps.log.warn(`default identity of the stacks is not configured, ignored: ${name}`);
    all.delete(key);
  }
  if (all.size > 1) {
    deps.log.debug(
      `stacks disagree on the default identity: ${[...all.values()].sort().join(", ")}`,
    );
  }
  if (all.size !== 1) return undefined;
  const identity = configured.get([...all.keys()][0]!)!;
  return { merged: withDefault(loaded.merged, identity), identity };
}

class Scan {
  #deps: StackDeps;
  #dir: string;
  #known = new Map<string, Defaults>();

  constructor(deps: StackDeps, dir: string) {
    this.#deps = deps;
    this.#dir = dir;
  }

  /** Markers that hold at the end of a file: those of its imports, then its own. */
  defaultsOf(file: string, above: string[] = []): Defaults {
    const known = this.#known.get(file);
    if (known) return known;
    const found: Defaults = new Map();
    const root = this.#parse(file);
    const chain = [...above, file];
    for (const path of importPaths(root)) {
      const ownDir = dirname(this.#deps.env, file);
      for (const target of importTargets(this.#deps, path, { stacksDir: this.#dir, ownDir })) {
        if (chain.includes(target)) continue;
        for (const [key, name] of this.defaultsOf(target, chain)) found.set(key, name);
      }
    }
    const identities = child(root, "auth", "identities");
    if (identities?.t === "map") {
      for (const [name, { node }] of identities.entries) {
        const mark = textOf(node, "default")?.toLowerCase();
        if (mark === "true") found.set(name.toLowerCase(), name);
        else if (mark === "false") found.delete(name.toLowerCase());
      }
    }
    this.#known.set(file, found);
    return found;
  }

  /** Raw: no templates, no functions. A file that is no YAML is passed over. */
  #parse(file: string): Node | undefined {
    try {
      return compose(sourceOf(file, this.#deps.files.readTextSync(file) ?? "")).root;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      this.#deps.log.trace(error.message);
      return undefined;
    }
  }
}

function importPaths(root: Node | undefined): string[] {
  const value = child(root, "import");
  const items = value?.t === "list" ? value.items : value ? [value] : [];
  return items.flatMap((item) => {
    const path = item.t === "scalar" ? item.text.trim() : textOf(item, "path");
    return path && !path.includes("{{") ? [path] : [];
  });
}

function withDefault(merged: MapNode, identity: string): MapNode {
  const auth = child(merged, "auth") as MapNode;
  const identities = child(auth, "identities") as MapNode;
  const entry = identities.entries.get(identity)!.node;
  const { source, offset } = entry;
  const yes: Node = { t: "scalar", text: "true", plain: true, source, offset };
  const marked = entry.t === "map" ? withEntry(entry, "default", yes) : entry;
  return withEntry(
    merged,
    "auth",
    withEntry(auth, "identities", withEntry(identities, identity, marked)),
  );
}
