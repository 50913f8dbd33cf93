/** One component of one manifest: its bases and the layers of its sections (08 §6). */
import { AuthError } from "../core/types.ts";
import type { Node } from "../config/node.ts";
import type { MapNode } from "../config/node.ts";
import type { MergeRules } from "../config/merge.ts";
import type { Manifest } from "./manifests.ts";
import { child, over, section, textOf, textsOf } from "./nodes.ts";

/** Where a layer comes from, for explanations. */
export interface Layer {
  from: string;
  node: Node;
}

/** Entry of a component; undefined when the manifest does not define it. */
export function componentEntry(
  manifest: Manifest,
  type: string,
  name: string,
): MapNode | undefined {
  const components = section(manifest.root, ["components", type], `components.${type}`);
  const entry = components?.entries.get(name)?.node;
  if (entry === undefined) return undefined;
  if (entry.t === "map") return entry;
  return { t: "map", entries: new Map(), source: entry.source, offset: entry.offset };
}

/** Names of the components of a type. */
export function componentNames(manifest: Manifest, type: string): string[] {
  const components = child(manifest.root, "components", type);
  return components?.t === "map" ? [...components.entries.keys()] : [];
}

/**
 * Bases from low to high, each after its own (08 §6.2): the legacy `component`, then
 * `metadata.inherits`. Throws AuthError for an unknown base and for a circle.
 */
export function basesOf(manifest: Manifest, type: string, name: string): string[] {
  const bases: string[] = [];
  const walk = (component: string, chain: string[]): void => {
    const entry = componentEntry(manifest, type, component);
    const legacy = textOf(entry, "component");
    const named = [...(legacy ? [legacy] : []), ...textsOf(entry, "metadata", "inherits")];
    for (const base of named) {
      if (base === component && base === legacy) continue;
      if (chain.includes(base)) {
        throw new AuthError({
          code: "circular_inheritance",
          message: `circular component inheritance: ${[...chain, base].join(" -> ")}`,
        });
      }
      if (componentEntry(manifest, type, base) === undefined) {
        if (base === legacy && !textsOf(entry, "metadata", "inherits").includes(base)) continue;
        throw new AuthError({
          code: "component_base_not_found",
          message: "component not defined in any config files: " +
            `the component '${component}' in the stack manifest '${manifest.path}' inherits from ` +
            `'${base}' (using 'metadata.inherits'), but '${base}' is not defined in any of the ` +
            `config files for the stack '${manifest.path}'`,
        });
      }
      walk(base, [...chain, base]);
      bases.push(base);
    }
  };
  walk(name, [name]);
  return bases;
}

/**
 * Layers of one section from low to high: root, `<type>.<section>`, bases, the component, its
 * overrides. Without a component: the root alone.
 */
export function layersOf(
  manifest: Manifest,
  key: string,
  at: { type: string; component: string } | undefined,
): Layer[] {
  const layers: Layer[] = [];
  const add = (from: string, node: Node | undefined) => {
    if (node !== undefined) layers.push({ from, node });
  };
  add(`${manifest.path}: ${key}`, child(manifest.root, key));
  if (!at) return layers;
  const { type, component } = at;
  add(`${manifest.path}: ${type}.${key}`, child(manifest.root, type, key));
  for (const name of [...basesOf(manifest, type, component), component]) {
    const entry = componentEntry(manifest, type, name);
    add(`${manifest.path}: components.${type}.${name}.${key}`, child(entry, key));
  }
  const own = componentEntry(manifest, type, component);
  add(
    `${manifest.path}: components.${type}.${component}.overrides.${key}`,
    child(own, "overrides", key),
  );
  return layers;
}

/** A section of plain maps, all layers merged. */
export function mergedSection(
  manifest: Manifest,
  key: string,
  at: { type: string; component: string } | undefined,
  rules: MergeRules,
): MapNode | undefined {
  let result: Node | undefined;
  for (const { node } of layersOf(manifest, key, at)) result = over(result, node, rules);
  return result?.t === "map" ? result : undefined;
}
