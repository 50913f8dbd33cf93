/** What `list` shows, before any format: who hangs below whom, and what the filters leave (02 §6.5). */
import type { Expiry } from "../core/validity.ts";
import {
  type AuthConfig,
  AuthError,
  type Entry,
  type EntryTable,
  flagAt,
  listAt,
  textAt,
} from "../core/types.ts";

/** Why a provider or identity that was not asked for stands there: it is a parent. */
export type Stand = "shown" | "filtered" | "missing";

/** A provider as the formats need it. */
export interface ListedProvider {
  name: string;
  /** `filtered` or `missing` for a parent that is shown for the sake of its children. */
  kind: string;
  stand: Stand;
  entry: Entry | undefined;
  isDefault: boolean;
}

/** An identity as the formats need it. */
export interface ListedIdentity {
  name: string;
  kind: string;
  stand: Stand;
  entry: Entry | undefined;
  isDefault: boolean;
  alias: string | undefined;
  /** Canonical name of the provider above, when that is its parent. */
  viaProvider: string | undefined;
  /** Canonical name of the identity above, when that is its parent. */
  viaIdentity: string | undefined;
  /** From the identity's own files; undefined = unknown. */
  expiry: Expiry | undefined;
}

/** Everything one `list` shows, sorted by name. */
export interface Listing {
  /** Providers asked for. */
  providers: ListedProvider[];
  /** Identities asked for. */
  identities: ListedIdentity[];
  /** Parents that the filters took away, or that are not there. */
  parents: { providers: ListedProvider[]; identities: ListedIdentity[] };
}

/** What `--providers`, `--identities` and `--tags` say. */
export interface ListFilter {
  /** Names, empty = all of that kind; undefined = flag not given. */
  providers: string[] | undefined;
  identities: string[] | undefined;
  tags: string[];
}

/** Applies the filters. Throws `provider_not_found`, `identity_not_found`. */
export function makeListing(config: AuthConfig, filter: ListFilter): Listing {
  const tagged = (entry: Entry) =>
    filter.tags.length === 0 ||
    (listAt(entry.values, "tags") ?? []).some((tag) => filter.tags.includes(tag));
  const providers = filter.identities !== undefined
    ? []
    : select(config.providers, filter.providers, "provider").filter(tagged);
  const identities = filter.providers !== undefined
    ? []
    : select(config.identities, filter.identities, "identity").filter(tagged);
  const listing: Listing = {
    providers: providers.map((entry) => listedProvider(entry, "shown")),
    identities: identities.map((entry) => listedIdentity(config, entry, "shown")),
    parents: { providers: [], identities: [] },
  };
  addParents(config, listing);
  return listing;
}

function select(table: EntryTable, names: string[] | undefined, what: "provider" | "identity") {
  if (names === undefined || names.length === 0) return table.all();
  const found = new Map<string, Entry>();
  for (const name of names) {
    const entry = table.get(name);
    if (!entry) {
      throw new AuthError({
        code: `${what}_not_found`,
        message: `${what} not found: "${name}"`,
        explanation: table.size > 0
          ? `Configured: ${table.names().slice(0, 20).join(", ")}${table.size > 20 ? ", …" : ""}`
          : undefined,
      });
    }
    found.set(entry.name, entry);
  }
  return [...found.values()].sort(byName);
}

function listedProvider(entry: Entry, stand: Stand): ListedProvider {
  return {
    name: entry.name,
    kind: stand === "shown" ? entry.kind : stand,
    stand,
    entry,
    isDefault: stand === "shown" && flagAt(entry.values, "default") === true,
  };
}

function listedIdentity(config: AuthConfig, entry: Entry, stand: Stand): ListedIdentity {
  const provider = textAt(entry.values, "via", "provider");
  const identity = textAt(entry.values, "via", "identity");
  return {
    name: entry.name,
    kind: stand === "shown" ? entry.kind : stand,
    stand,
    entry,
    isDefault: stand === "shown" && flagAt(entry.values, "default") === true,
    alias: stand === "shown" ? textAt(entry.values, "alias") : undefined,
    viaProvider: provider && (config.providers.get(provider)?.name ?? provider),
    viaIdentity: provider
      ? undefined
      : identity && (config.identities.get(identity)?.name ?? identity),
    expiry: undefined,
  };
}

/** Parents that are not shown by themselves, up to the root of each chain. */
function addParents(config: AuthConfig, listing: Listing): void {
  const providers = new Set(listing.providers.map((p) => p.name));
  const identities = new Set(listing.identities.map((i) => i.name));
  const queue = [...listing.identities];
  for (let child = queue.pop(); child !== undefined; child = queue.pop()) {
    if (child.viaProvider !== undefined && !providers.has(child.viaProvider)) {
      providers.add(child.viaProvider);
      const entry = config.providers.get(child.viaProvider);
      listing.parents.providers.push(
        entry ? listedProvider(entry, "filtered") : {
          name: child.viaProvider,
          kind: "missing",
          stand: "missing",
          entry: undefined,
          isDefault: false,
        },
      );
    }
    if (child.viaIdentity !== undefined && !identities.has(child.viaIdentity)) {
      identities.add(child.viaIdentity);
      const entry = config.identities.get(child.viaIdentity);
      const parent: ListedIdentity = entry ? listedIdentity(config, entry, "filtered") : {
        name: child.viaIdentity,
        kind: "missing",
        stand: "missing",
        entry: undefined,
        isDefault: false,
        alias: undefined,
        viaProvider: undefined,
        viaIdentity: undefined,
        expiry: undefined,
      };
      listing.parents.identities.push(parent);
      queue.push(parent);
    }
  }
  listing.parents.providers.sort(byName);
  listing.parents.identities.sort(byName);
}

/** True when there is nothing to show. */
export function isEmptyListing(listing: Listing): boolean {
  return listing.providers.length === 0 && listing.identities.length === 0;
}

/** Bytewise by name. */
export function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The address of a provider, and how it is called. */
export function providerUrl(entry: Entry): { label: string; url: string } | undefined {
  const start = textAt(entry.values, "start_url");
  if (start) return { label: "Start URL", url: start };
  const url = textAt(entry.values, "url");
  return url ? { label: "URL", url } : undefined;
}
