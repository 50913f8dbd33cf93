/** The `auth` that holds for a stack, or for a component of it (01 §6, 08 §14.1, §14.2). */
import { AuthError } from "../core/types.ts";
import { problemAt } from "../config/compose.ts";
import type { LoadedConfig } from "../config/load.ts";
import { Merger } from "../config/merge.ts";
import type { MergeRules } from "../config/merge.ts";
import { isNull, locate } from "../config/node.ts";
import type { MapNode, Node } from "../config/node.ts";
import { layersOf, mergedSection } from "./component.ts";
import type { Layer } from "./component.ts";
import { dataOf } from "./data.ts";
import { Manifests, stacksDir } from "./manifests.ts";
import type { Manifest, StackDeps } from "./manifests.ts";
import { matchStack } from "./names.ts";
import type { StackRequest } from "./names.ts";
import { child, withEntry, without } from "./nodes.ts";
import { render } from "./template.ts";

/** The merged configuration as a stack sees it: `auth` replaced, all else as it was. */
export interface StackConfig {
  merged: MapNode;
  manifest: Manifest;
  /** What contributed to `auth`, low to high. */
  layers: Layer[];
}

/**
 * Resolves `--stack` and `--component`. Throws AuthError for an unknown stack or component, for
 * manifests that disagree, and for what is wrong in an `auth` section; exit 1. Nothing is asked and
 * nothing is fetched.
 */
export async function stackConfig(
  deps: StackDeps,
  loaded: LoadedConfig,
  request: StackRequest,
): Promise<StackConfig> {
  const manifests = openManifests(deps, loaded);
  const cx = { loaded, rules: manifests.rules };
  const found = matchStack(cx, manifests.all(), request);
  const target = request.component === undefined
    ? undefined
    : { type: request.type, component: request.component };
  const results = found.map((manifest) => {
    const layers = layersOf(manifest, "auth", target);
    const auth = effectiveAuth(child(loaded.merged, "auth"), layers, manifests.rules);
    return { manifest, layers, auth };
  });
  const [first, ...others] = results as [typeof results[0], ...typeof results];
  const other = others.find(({ auth }) => !same(auth, first.auth));
  if (other) throw disagree(request, [first.manifest.path, other.manifest.path]);
  const rendered = renderTemplates(loaded, first.auth, first.manifest, target, manifests.rules);
  const settled = rendered && await loaded.evaluate(rendered, ["auth"], "auth");
  const merged = settled ? withEntry(loaded.merged, "auth", primary(settled)) : loaded.merged;
  return { merged, manifest: first.manifest, layers: first.layers };
}

/** The manifests of a project. Throws the errors of 08 §2.1. */
export function openManifests(deps: StackDeps, loaded: LoadedConfig): Manifests {
  const dir = stacksDir(deps, loaded);
  const missing = (message: string) => new AuthError({ code: "stacks_not_configured", message });
  if (dir === undefined) {
    throw missing(
      "stack base path must be provided in 'stacks.base_path' config or ATMOS_STACKS_BASE_PATH " +
        "ENV variable",
    );
  }
  if (loaded.at("stacks", "included_paths") === undefined) {
    throw missing(
      "at least one path must be provided in 'stacks.included_paths' config or " +
        "ATMOS_STACKS_INCLUDED_PATHS ENV variable",
    );
  }
  if (!deps.files.stat(dir)?.isDirectory) {
    throw missing(`directory for Atmos stacks does not exist: ${dir}`);
  }
  return new Manifests(deps, loaded, dir);
}

/** Lays the layers over the `auth` of configuration and profiles, with the rules for defaults. */
export function effectiveAuth(
  base: Node | undefined,
  layers: readonly Layer[],
  rules: MergeRules,
): MapNode | undefined {
  let result = base?.t === "map" ? base : undefined;
  for (const { node, from } of layers) {
    if (isNull(node)) continue;
    if (node.t !== "map") {
      throw problemAt(node, {
        code: "invalid_stack_section",
        prefix: "invalid auth section",
        reason: `${from} must be a map`,
        exit: 1,
      });
    }
    result = withoutNulls(layAuth(result, node, rules));
  }
  return result;
}

/** In manifests null replaces (08 §5): an entry that is null is gone. */
function withoutNulls(auth: MapNode): MapNode {
  let result = auth;
  for (const name of ["providers", "identities", "integrations"]) {
    const entries = child(result, name);
    if (entries?.t !== "map") continue;
    const gone = [...entries.entries].filter(([, { node }]) => isNull(node)).map(([key]) => key);
    if (gone.length > 0) result = withEntry(result, name, without(entries, ...gone));
  }
  return result;
}

function layAuth(base: MapNode | undefined, layer: MapNode, rules: MergeRules): MapNode {
  const identities = child(layer, "identities");
  let low = base, high = layer;
  if (identities?.t === "map") {
    const known = knownNames(base, identities);
    const kept = markersChecked(identities, known);
    high = withEntry(layer, "identities", kept);
    // One layer that sets a default silences all below it (08 §14.2).
    if ([...kept.entries.values()].some(({ node }) => setsDefault(node))) {
      low = withoutDefaults(base);
    }
  }
  const merger = new Merger(rules);
  return (low ? merger.lay(low, high, "auth") : merger.lay(undefined, high, "auth")) as MapNode;
}

/** Lower-case names of identities that are declared below, or in this layer itself. */
function knownNames(base: MapNode | undefined, own: MapNode): Set<string> {
  const below = child(base, "identities");
  const names = below?.t === "map" ? [...below.entries.keys()] : [];
  for (const [name, { node }] of own.entries) if (marker(node) === undefined) names.push(name);
  return new Set(names.map((name) => name.toLowerCase()));
}

/** An unknown identity cannot be marked: `true` is an error, `false` is dropped. */
function markersChecked(identities: MapNode, known: Set<string>): MapNode {
  const entries: MapNode["entries"] = new Map();
  for (const [name, entry] of identities.entries) {
    const mark = marker(entry.node);
    if (mark !== undefined && !known.has(name.toLowerCase())) {
      if (mark) throw unknownDefault(name, entry);
      continue;
    }
    entries.set(name, entry);
  }
  return { ...identities, entries };
}

function unknownDefault(
  name: string,
  entry: { source: MapNode["source"]; keyOffset: number },
): AuthError {
  const { file, line, column } = locate(entry.source, entry.keyOffset);
  return new AuthError({
    code: "unknown_default_identity",
    message: `invalid identity config: Component default identity "${name}" is not defined in ` +
      "the active global auth configuration",
    explanation: `It is marked at ${file}:${line}:${column}.`,
    hints: [
      "Define the identity in atmos.yaml or the active profile, or select an existing identity",
    ],
    context: { file, line: String(line), column: String(column) },
  });
}

/** The value of an entry whose single field is a boolean `default`; undefined for any other. */
export function marker(node: Node): boolean | undefined {
  if (node.t !== "map" || node.entries.size !== 1) return undefined;
  return booleanOf(node.entries.get("default")?.node);
}

export function setsDefault(node: Node): boolean {
  return booleanOf(child(node, "default")) === true;
}

function booleanOf(node: Node | undefined): boolean | undefined {
  if (node?.t !== "scalar" || node.tag !== undefined) return undefined;
  return /^true$/i.test(node.text) ? true : /^false$/i.test(node.text) ? false : undefined;
}

function withoutDefaults(auth: MapNode | undefined): MapNode | undefined {
  const identities = child(auth, "identities");
  if (!auth || identities?.t !== "map") return auth;
  const entries: MapNode["entries"] = new Map();
  for (const [name, entry] of identities.entries) {
    const node = entry.node.t === "map" ? without(entry.node, "default") : entry.node;
    entries.set(name, node === entry.node ? entry : { ...entry, node });
  }
  return withEntry(auth, "identities", { ...identities, entries });
}

/** Exactly one `required` identity and no default: it is the primary (01 §6.5). */
function primary(auth: Node): Node {
  const identities = child(auth, "identities");
  if (auth.t !== "map" || identities?.t !== "map") return auth;
  const all = [...identities.entries];
  if (all.some(([, { node }]) => setsDefault(node))) return auth;
  const required = all.filter(([, { node }]) => booleanOf(child(node, "required")) === true);
  if (required.length !== 1) return auth;
  const [name, { node }] = required[0]!;
  const yes: Node = {
    t: "scalar",
    text: "true",
    plain: true,
    source: node.source,
    offset: node.offset,
  };
  const marked = withEntry(node as MapNode, "default", yes);
  return withEntry(auth, "identities", withEntry(identities, name, marked));
}

/** Texts of `auth` with template actions, where templates are enabled (08 §14.1). */
function renderTemplates(
  loaded: LoadedConfig,
  auth: MapNode | undefined,
  manifest: Manifest,
  target: { type: string; component: string } | undefined,
  rules: MergeRules,
): MapNode | undefined {
  if (!auth || !/^true$/i.test(loaded.text("templates", "settings", "enabled") ?? "")) return auth;
  const data = Object.fromEntries(
    ["vars", "settings", "env", "metadata"].map((key) =>
      [key, dataOf(mergedSection(manifest, key, target, rules)) ?? {}] as const
    ),
  );
  const walk = (node: Node, path: string): Node => {
    if (node.t === "list") {
      return {
        ...node,
        items: node.items.map((item, i) => walk(item, `${path}.${i}`)),
      };
    }
    if (node.t === "map") {
      const entries = new Map(
        [...node.entries].map(([key, entry]) =>
          [key, { ...entry, node: walk(entry.node, `${path}.${key}`) }] as const
        ),
      );
      return { ...node, entries };
    }
    if (!node.text.includes("{{")) return node;
    const where = `${manifest.path}: ${path}`;
    const text = render(node.text, data, { where, ignoreMissing: true });
    return { ...node, text, plain: node.tag === undefined ? false : node.plain };
  };
  return walk(auth, "auth") as MapNode;
}

/** Equal values, whatever their place. */
function same(a: Node | undefined, b: Node | undefined): boolean {
  return JSON.stringify(sorted(dataOf(a))) === JSON.stringify(sorted(dataOf(b)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, v]) => [key, sorted(v)]),
  );
}

function disagree(request: StackRequest, paths: string[]): AuthError {
  const what = request.component === undefined
    ? `the \`auth\` of the stack '${request.stack}'`
    : `the component '${request.component}' in the stack '${request.stack}'`;
  return new AuthError({
    code: "duplicate_component",
    message: `duplicate component configuration: Found duplicate config for ${what}`,
    explanation: `The manifests differ:\n${paths.map((path) => `- ${path}`).join("\n")}`,
    hints: request.component === undefined
      ? ["Name the component with `--component`"]
      : ["Keep the component in one of the manifests"],
  });
}
