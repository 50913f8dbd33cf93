/** What entries say of each other: references, aliases, defaults, use (01 §4.1, §5.2; 02 §6.4). */
import { type AuthConfig, type Entry, type Finding, flagAt, textAt } from "../core/types.ts";
import { placeIn } from "./auth.ts";
import type { MapNode } from "./node.ts";
import { locate } from "./node.ts";
import { finding } from "./problem.ts";
import { kindSchema } from "./schema.ts";
import { suggestions } from "./suggest.ts";
import { nodeAt } from "./typing.ts";

/** Findings between entries; chains of identities apart. */
export function checkReferences(config: AuthConfig, auth: MapNode, findings: Finding[]): void {
  const names = new References(config, findings);
  const used = new Set<string>();
  for (const entry of [...config.identities.all(), ...config.integrations.all()]) {
    const provider = textAt(entry.values, "via", "provider");
    if (provider !== undefined) used.add(names.provider(entry, provider));
    const identity = textAt(entry.values, "via", "identity");
    if (identity !== undefined && entry.section === "integrations") names.identity(entry, identity);
  }
  checkAliases(config, findings);
  checkDefaults(config, findings);
  checkUse(config, used, findings);
  checkNamed(config, auth, names, findings);
}

/** Looks names up and reports what does not exist. */
class References {
  #config: AuthConfig;
  #findings: Finding[];
  readonly suggest = suggestions();

  constructor(config: AuthConfig, findings: Finding[]) {
    this.#config = config;
    this.#findings = findings;
  }

  /** YAML spelling of the provider, or the text itself when there is none. */
  provider(entry: Entry, name: string): string {
    const found = this.#config.findProvider(name);
    if (!found) this.#dangling(entry, "provider", name, () => this.#config.providers.names());
    return found?.name ?? name;
  }

  identity(entry: Entry, name: string): void {
    if (this.#config.findIdentity(name)) return;
    this.#dangling(entry, "identity", name, () => this.#config.identities.names());
  }

  #dangling(
    entry: Entry,
    what: "provider" | "identity",
    name: string,
    known: () => string[],
  ): void {
    if (isFunction(name)) return;
    const role = entry.section === "identities" ? "identity" : "integration";
    const at = placeIn(entry, "via", what) ?? placeIn(entry, "provider") ?? placeIn(entry);
    this.#findings.push(finding(role, entry.name, {
      severity: "error",
      code: "dangling_reference",
      path: ["via", what],
      text: `referenced ${what} "${name}" does not exist`,
      class: "reference",
      ...(at ? { at } : {}),
      ...this.suggest(name, known),
    }));
  }
}

/** The text of a function that was not run: nothing is known of the name it gives. */
export function isFunction(text: string): boolean {
  return /^![a-z]/.test(text);
}

/** An alias may be no name and no other alias, in any case (01 §4.4). */
function checkAliases(config: AuthConfig, findings: Finding[]): void {
  const taken = new Map<string, string>();
  for (const entry of config.identities.all()) {
    const alias = textAt(entry.values, "alias");
    if (alias === undefined || isFunction(alias)) continue;
    const key = alias.toLowerCase();
    const named = config.identities.get(alias);
    const other = named && named !== entry ? named.name : taken.get(key);
    taken.set(key, entry.name);
    if (other === undefined) continue;
    const at = placeIn(entry, "alias");
    findings.push(finding("identity", entry.name, {
      severity: "error",
      code: "duplicate_alias",
      path: ["alias"],
      text: named && named !== entry
        ? `alias "${alias}" is the name of another identity`
        : `alias "${alias}" is also the alias of identity "${other}"`,
      class: "field",
      ...(at ? { at } : {}),
    }));
  }
}

/** Legal, but seldom meant: without a terminal nothing can be chosen (01 §5.2, §7.2). */
function checkDefaults(config: AuthConfig, findings: Finding[]): void {
  for (const section of ["identities", "providers"] as const) {
    const marked = config[section].all().filter((entry) => flagAt(entry.values, "default"));
    if (marked.length < 2) continue;
    const location = marked[0]!.at("default");
    findings.push({
      severity: "warning",
      code: "multiple_defaults",
      path: `auth.${section}`,
      message: `multiple default ${section}: [${marked.map((entry) => entry.name).join(" ")}]`,
      ...(location ? { location } : {}),
      hint: "Leave `default: true` on one of them",
    });
  }
}

/** Providers that no identity and no integration is built on (02 §6.4). */
function checkUse(config: AuthConfig, used: ReadonlySet<string>, findings: Finding[]): void {
  if (config.identities.size === 0) return;
  for (const provider of config.providers.all()) {
    const wanted = used.has(provider.name) || !kindSchema("provider", provider.kind) ||
      flagAt(provider.values, "default") ||
      flagAt(provider.values, "auto_provision_identities");
    if (wanted) continue;
    const at = placeIn(provider);
    findings.push(finding("provider", provider.name, {
      severity: "warning",
      code: "unused_provider",
      path: [],
      text: "no identity and no integration uses it",
      ...(at ? { at } : {}),
    }));
  }
}

/** Identities that `auth` itself names: `defaults.identity`, `select`. */
function checkNamed(
  config: AuthConfig,
  auth: MapNode,
  names: References,
  findings: Finding[],
): void {
  const named: string[][] = [["defaults", "identity"]];
  const select = nodeAt(auth, "select");
  const rules = select?.t === "list" ? select.items : [];
  const check = (node: ReturnType<typeof nodeAt>, path: string) => {
    if (node?.t !== "scalar" || node.tag !== undefined || node.text === "") return;
    if (/^(false|0|no|off)$/i.test(node.text) || config.findIdentity(node.text)) return;
    findings.push({
      severity: "error",
      code: "dangling_reference",
      path,
      message: `invalid auth config: ${path}: referenced identity "${node.text}" does not exist`,
      location: locate(node.source, node.offset),
      ...names.suggest(node.text, () => config.identities.names()),
    });
  };
  for (const path of named) check(nodeAt(auth, ...path), ["auth", ...path].join("."));
  rules.forEach((rule, i) => check(nodeAt(rule, "identity"), `auth.select.${i}.identity`));
}
