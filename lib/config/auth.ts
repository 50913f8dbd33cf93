import type { AuthConfig, Entry, EntryTable, Finding } from "../core/types.ts";
import { AuthError } from "../sys/error.ts";
import type { Env } from "../sys/env.ts";
import { absolute } from "./absolute.ts";
import { checkEntry } from "./check_entry.ts";
import { keyringSetting } from "./keyring.ts";
import { locate, type MapNode, type Node, type Source } from "./node.ts";
import { located, type Place } from "./problem.ts";
import { refuseUnsupported } from "./refused.ts";
import { resolveRealm } from "./realm.ts";
import { canonicalKind, fieldsOf, kindSchema } from "./schema.ts";
import type { Role } from "./schema_types.ts";
import { boolOf, flagOf, nodeAt, textOf, typeMap, typeNode } from "./typing.ts";
import { completeEntry } from "./unify.ts";

/** What typing asks of the loaded configuration (`LoadedConfig` fits), and only when it must. */
export interface AuthConfigPlace {
  /** Resolved project base path, absolute (01 §1.10). */
  readonly basePath: string;
  /** The realm that the reference derives here (01 §4.8). */
  readonly derivedRealm: string;
}

export type Section = Entry["section"];

export const SECTIONS: readonly Section[] = ["providers", "identities", "integrations"];

/** Role of the entries of a section. */
export const roleOf: Readonly<Record<Section, Role>> = {
  providers: "provider",
  identities: "identity",
  integrations: "integration",
};

/** A map entry as the loader gives it. */
export interface Slot {
  node: Node;
  source: Source;
  keyOffset: number;
}

/**
 * The `auth:` section of a merged configuration (01 §4). `merged` is the root of `atmos.yaml`, or
 * undefined when there is none. Only what is asked for is typed. Throws AuthError
 * `invalid_auth_config` when `auth` is no map, `unsupported_setting` for what cannot be had;
 * everything else waits until it is asked for.
 */
export function makeAuthConfig(
  merged: Node | undefined,
  env: Env,
  place: AuthConfigPlace,
): AuthConfig {
  refuseUnsupported(merged);
  return readAuthConfig(merged, env, place);
}

/** As {@link makeAuthConfig}, for validation, which reports instead of refusing. */
export function readAuthConfig(
  merged: Node | undefined,
  env: Env,
  place: AuthConfigPlace,
): AuthConfig {
  const auth = mapNode(merged, "auth");
  const tables: Partial<Record<Section, EntryTable>> = {};
  const table = (section: Section) =>
    tables[section] ??= entryTable(section, { merged, auth, env, place });
  let aliases: Map<string, string> | undefined;

  return {
    get providers() {
      return table("providers");
    },
    get identities() {
      return table("identities");
    },
    get integrations() {
      return table("integrations");
    },
    get realm() {
      return resolveRealm(env, textOf(auth, "realm"), place);
    },
    get keyring() {
      return keyringSetting(env, nodeAt(auth, "keyring"), place);
    },
    get consoleIsolated() {
      return consoleIsolated(nodeAt(auth, "console"));
    },
    get defaultIdentity() {
      return defaultIdentity(
        env.nonEmpty("ATMOS_DEFAULTS_IDENTITY") ?? textOf(auth, "defaults", "identity"),
      );
    },
    get allowedHosts() {
      const hosts = nodeAt(auth, "network", "allowed_hosts");
      return hosts ? typeNode(hosts, { type: "strings" }, {}) as string[] ?? [] : [];
    },
    get auditFile() {
      const written = textOf(auth, "audit", "file") || textOf(auth, "audit_log");
      return written ? absolute(env, place.basePath, written) : undefined;
    },
    findIdentity(name) {
      const found = table("identities").get(name);
      if (found) return found;
      aliases ??= aliasIndex(auth);
      const target = aliases.get(name.toLowerCase());
      return target === undefined ? undefined : table("identities").get(target);
    },
    findProvider: (name) => table("providers").get(name),
    defaults() {
      const marked: string[] = [];
      for (const [name, { node }] of sectionNode(auth, "identities")?.entries ?? []) {
        if (flagOf(node, "default")) marked.push(name);
      }
      return marked.sort().map((name) => table("identities").get(name)!);
    },
  };
}

/** A map below a node; undefined when absent. AuthError when something else stands there. */
function mapNode(parent: Node | undefined, key: string, path = key): MapNode | undefined {
  const found = nodeAt(parent, key);
  if (found === undefined || found.t === "map") return found;
  if (found.t === "scalar" && found.tag !== undefined) return undefined;
  const { file, line, column } = locate(found.source, found.offset);
  throw new AuthError({
    code: "invalid_auth_config",
    message: `invalid auth config: ${path} must be a map`,
    explanation: `${file}:${line}:${column}`,
  });
}

/** The map of a section. */
export function sectionNode(auth: Node | undefined, section: Section): MapNode | undefined {
  return mapNode(auth, section, `auth.${section}`);
}

/** Aliases, lower-cased, to identity names; the first in name order wins a clash (validated apart). */
function aliasIndex(auth: Node | undefined): Map<string, string> {
  const index = new Map<string, string>();
  for (const [name, { node }] of sectionNode(auth, "identities")?.entries ?? []) {
    const alias = textOf(node, "alias")?.toLowerCase();
    if (!alias) continue;
    const taken = index.get(alias);
    if (taken === undefined || name < taken) index.set(alias, name);
  }
  return index;
}

/** What all entries of a configuration share. */
interface World {
  merged: Node | undefined;
  auth: MapNode | undefined;
  env: Env;
  place: AuthConfigPlace;
}

function entryTable(section: Section, world: World): EntryTable {
  const slots = sectionNode(world.auth, section)?.entries ?? new Map<string, Slot>();
  const made = new Map<string, Entry>();
  let lowered: Map<string, string> | undefined;
  let sorted: string[] | undefined;

  const entryOf = (name: string): Entry | undefined => {
    const known = made.get(name);
    if (known) return known;
    const slot = slots.get(name);
    if (!slot) return undefined;
    const entry = makeEntry(section, name, slot, world);
    made.set(name, entry);
    return entry;
  };

  return {
    size: slots.size,
    names: () => [...(sorted ??= [...slots.keys()].sort())],
    all: () => (sorted ??= [...slots.keys()].sort()).map((name) => entryOf(name)!),
    get(name) {
      const exact = entryOf(name);
      if (exact) return exact;
      lowered ??= new Map([...slots.keys()].reverse().map((key) => [key.toLowerCase(), key]));
      const key = lowered.get(name.toLowerCase());
      return key === undefined ? undefined : entryOf(key);
    },
  };
}

function makeEntry(section: Section, name: string, slot: Slot, world: World): Entry {
  const { merged, auth, env, place } = world;
  const role = roleOf[section];
  const kind = kindOf(role, slot.node);
  let values: Record<string, unknown> | undefined;

  const typed = (): Record<string, unknown> => {
    if (slot.node.t !== "map") return {};
    const schema = kindSchema(role, kind);
    const typing = {
      absolute: (path: string, from?: string) => absolute(env, from ?? place.basePath, path),
      trim: schema?.trim === true,
    };
    const out = typeMap(slot.node, schema?.fields ?? fieldsOf(role, kind), typing);
    completeEntry(out, { role, schema, root: merged, auth, env });
    return out;
  };

  const entry: Entry = {
    section,
    name,
    kind,
    get values() {
      return values ??= typed();
    },
    at: (...path) => located(placeIn(entry, ...path)).location,
    check(): Finding[] {
      return checkEntry({ role, name, slot, kind, values: this.values });
    },
  };
  slots.set(entry, slot);
  return entry;
}

const slots = new WeakMap<Entry, Slot>();

/** The place of a value of an entry, of its key without a path, before any line is counted. */
export function placeIn(entry: Entry, ...path: string[]): Place | undefined {
  const slot = slots.get(entry);
  if (!slot) return undefined;
  if (path.length === 0) return { source: slot.source, offset: slot.keyOffset };
  return nodeAt(slot.node, ...path);
}

/** What an entry was made from. */
export function slotOf(entry: Entry): Slot | undefined {
  return slots.get(entry);
}

/** The canonical kind of an entry; empty when it has none. */
export function kindOf(role: Role, node: Node): string {
  const written = textOf(node, "kind")?.trim() ?? "";
  return canonicalKind(role, written, nodeAt(node, "start_url") !== undefined);
}

function consoleIsolated(console: Node | undefined): boolean {
  const isolated = flagOf(console, "isolated");
  const older = flagOf(console, "isolated_sessions");
  if (isolated !== undefined && older !== undefined && isolated !== older) {
    throw new AuthError({ code: "invalid_auth_config", message: ISOLATED_TWICE });
  }
  return isolated ?? older ?? false;
}

/** Both spellings of one switch, at odds (01 §4.2). */
export const ISOLATED_TWICE =
  "invalid auth config: auth.console.isolated and auth.console.isolated_sessions differ";

/** Beyond 4 of 01: a name, or `false` = no authentication unless asked for. */
function defaultIdentity(written: string | undefined): string | false | undefined {
  if (!written) return undefined;
  return boolOf(written)?.value === false ? false : written;
}
