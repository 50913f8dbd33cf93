/** Canonical names of stacks, and what `--stack` means (08 §3.2, §3.3). */
import { AuthError } from "../core/types.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { MergeRules } from "../config/merge.ts";
import { nearest } from "../config/suggest.ts";
import { componentEntry, componentNames, mergedSection } from "./component.ts";
import { dataOf } from "./data.ts";
import { COMPONENT_TYPES } from "./manifests.ts";
import type { Manifest, Unreadable } from "./manifests.ts";
import { render } from "./template.ts";
import type { Data } from "./template.ts";

export interface NamingContext {
  loaded: LoadedConfig;
  rules: MergeRules;
}

/** A component of a manifest, or the manifest itself. */
type Target = { type: string; component: string } | undefined;

const PATTERN_VARS = ["namespace", "tenant", "environment", "stage"];

/**
 * The canonical name of a stack as one component of a manifest gives it; undefined when the manifest
 * lacks what the pattern needs. Throws when the template cannot be rendered.
 */
export function canonicalName(
  cx: NamingContext,
  manifest: Manifest,
  target: Target,
): string | undefined {
  if (manifest.ownName) return manifest.ownName;
  const template = cx.loaded.text("stacks", "name_template");
  if (template) {
    const ignoreMissing =
      cx.loaded.text("templates", "settings", "ignore_missing_template_values") === "true";
    const name = render(template, componentData(cx, manifest, target), {
      where: `stacks.name_template for ${manifest.path}`,
      ignoreMissing,
    });
    return name.trim() || undefined;
  }
  const pattern = cx.loaded.text("stacks", "name_pattern");
  if (!pattern) return manifest.path;
  const vars = dataOf(mergedSection(manifest, "vars", target, cx.rules)) as
    | { [key: string]: Data }
    | undefined;
  const parts: string[] = [];
  for (const part of pattern.split("-")) {
    const key = /^\{(.*)\}$/.exec(part.trim())?.[1];
    if (key === undefined || !PATTERN_VARS.includes(key)) continue;
    const value = vars?.[key];
    if (value === undefined || value === null || value === "") return undefined;
    parts.push(String(value));
  }
  return parts.join("-") || undefined;
}

/** Sections are merged when the template asks for them. */
function componentData(cx: NamingContext, manifest: Manifest, target: Target): Data {
  const data: { [key: string]: Data } = {};
  for (const key of ["vars", "settings", "env", "metadata"]) {
    Object.defineProperty(data, key, {
      enumerable: true,
      get: () => dataOf(mergedSection(manifest, key, target, cx.rules)) ?? {},
    });
  }
  return data;
}

/** Every name a manifest goes by: one for each component, its own without any. */
export function namesOf(
  cx: NamingContext,
  manifest: Manifest,
  only?: Target[],
): { name: string; target: Target; problem?: AuthError }[] {
  const targets: Target[] = only ??
    COMPONENT_TYPES.flatMap((type) =>
      componentNames(manifest, type).map((component) => ({ type, component }))
    );
  return (targets.length > 0 ? targets : [undefined]).flatMap((target) => {
    try {
      const name = canonicalName(cx, manifest, target);
      return name === undefined ? [] : [{ name, target }];
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      return [{ name: "", target, problem: error }];
    }
  });
}

export interface StackRequest {
  stack: string;
  component?: string;
  type: string;
}

/** Manifests that a request means, by path; equal candidates are the caller's to compare. */
export function matchStack(
  cx: NamingContext,
  found: { manifests: Manifest[]; unreadable: Unreadable[] },
  request: StackRequest,
): Manifest[] {
  const { stack, component, type } = request;
  if (component !== undefined) {
    const direct = withComponent(cx, found.manifests, stack, { type, component });
    if (direct.length > 0) return direct;
  }
  const named = found.manifests.map((manifest) => ({ manifest, names: namesOf(cx, manifest) }));
  const wanted = (stack.includes("/") ? aliasOf(named, stack) : undefined) ?? stack;
  const here = named.filter(({ names }) => names.some(({ name }) => name === wanted))
    .map(({ manifest }) => manifest);
  if (here.length === 0) throw stackNotFound(named, found.unreadable, stack);
  if (component === undefined) return here;
  const having = withComponent(cx, here, wanted, { type, component });
  if (having.length > 0) return having;
  throw componentNotFound(here, wanted, component, type);
}

/** Manifests that define the component and by it bear the name. */
function withComponent(
  cx: NamingContext,
  manifests: Manifest[],
  stack: string,
  target: { type: string; component: string },
): Manifest[] {
  return manifests.filter((manifest) =>
    componentEntry(manifest, target.type, target.component) !== undefined &&
    namesOf(cx, manifest, [target]).some(({ name }) => name === stack)
  );
}

type Named = { manifest: Manifest; names: ReturnType<typeof namesOf> };

/** A manifest path stands for the canonical name when the manifest holds one only. */
function aliasOf(named: Named[], stack: string): string | undefined {
  const manifest = named.find((one) => one.manifest.path === stack);
  const names = new Set(manifest?.names.map(({ name }) => name).filter((name) => name !== ""));
  return names.size === 1 ? [...names][0] : undefined;
}

function stackNotFound(named: Named[], unreadable: Unreadable[], stack: string): AuthError {
  const all = [...new Set(named.flatMap(({ names }) => names.map(({ name }) => name)))]
    .filter((name) => name !== "").sort();
  const byPath = named.find(({ manifest }) => manifest.path === stack);
  const meant = byPath ? byPath.names.map(({ name }) => name) : nearest(stack, all);
  const problems = [
    ...unreadable.map(({ path, error }) => `${path}: ${error.message}`),
    ...named.flatMap(({ manifest, names }) =>
      names.slice(0, 1).flatMap(({ problem }) =>
        problem ? [`${manifest.path}: ${problem.message}`] : []
      )
    ),
  ];
  return new AuthError({
    code: "stack_not_found",
    message: "invalid stack",
    explanation: [
      `Stack \`${stack}\` not found.`,
      all.length > 0 ? `Known stacks: ${all.join(", ")}` : "There are no stacks.",
      ...(problems.length > 0 ? [`Manifests that cannot be used:\n${problems.join("\n")}`] : []),
    ].join("\n\n"),
    hints: [
      ...(meant[0] ? [`Did you mean \`${meant[0]}\`?`] : []),
      "Run `atmos list stacks` to see all available stacks.",
    ],
  });
}

function componentNotFound(
  manifests: Manifest[],
  stack: string,
  component: string,
  type: string,
): AuthError {
  const known = [...new Set(manifests.flatMap((manifest) => componentNames(manifest, type)))]
    .sort();
  const [near] = nearest(component, known);
  return new AuthError({
    code: "component_not_found",
    message: `invalid component: Could not find the component \`${component}\` in the stack ` +
      `\`${stack}\`. Check that all the context variables are correctly defined in the stack ` +
      "manifests. Are the component and stack names correct? Did you forget an import?",
    hints: [
      ...(near ? [`Did you mean \`${near}\`?`] : []),
      "Run `atmos list stacks` to see all available stacks.",
    ],
  });
}
