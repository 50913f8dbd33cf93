import type { AuthConfig, Entry, EntryTable, KindContext, Mode } from "../../lib/core/types.ts";
import type { FakeDeps } from "./deps.ts";

/** An entry of the configuration without a file behind it. */
export function entry(
  section: Entry["section"],
  name: string,
  kind: string,
  values: Record<string, unknown> = {},
): Entry {
  return { section, name, kind, values, at: () => undefined, check: () => [] };
}

export const provider = (name: string, kind: string, values: Record<string, unknown> = {}) =>
  entry("providers", name, kind, values);
export const identity = (name: string, kind: string, values: Record<string, unknown> = {}) =>
  entry("identities", name, kind, values);

function table(entries: Entry[]): EntryTable {
  const sorted = entries.toSorted((a, b) => a.name < b.name ? -1 : 1);
  return {
    size: sorted.length,
    names: () => sorted.map((e) => e.name),
    get: (name) =>
      sorted.find((e) => e.name === name) ??
        sorted.find((e) => e.name.toLowerCase() === name.toLowerCase()),
    all: () => sorted,
  };
}

/** The context of one element of a chain, the last one unless `index` says otherwise. */
export function kindContext(
  deps: FakeDeps,
  entries: Entry[],
  more: {
    index?: number;
    mode?: Partial<Mode>;
    realm?: string;
    rootName?: string;
    others?: Entry[];
  } = {},
): KindContext {
  const index = more.index ?? entries.length - 1;
  const all = [...entries, ...more.others ?? []];
  const identities = table(all.filter((e) => e.section === "identities"));
  const providers = table(all.filter((e) => e.section === "providers"));
  const config: AuthConfig = {
    providers,
    identities,
    integrations: table([]),
    realm: { value: more.realm ?? "", source: "config", derived: "0".repeat(16) },
    keyring: {
      type: "memory",
      path: "/home/u/.local/share/atmos/keyring",
      passwordEnv: "ATMOS_KEYRING_PASSWORD",
      iterations: 8192,
      passToChildren: false,
      warnings: [],
    },
    consoleIsolated: false,
    defaultIdentity: undefined,
    allowedHosts: [],
    auditFile: undefined,
    findIdentity: identities.get,
    findProvider: providers.get,
    defaults: () => [],
  };
  deps.files.grant("/home/u/.config/atmos");
  deps.files.grant("/home/u/.cache/atmos");
  deps.files.grant("/home/u/.local/share/atmos");
  return {
    realm: more.realm ?? "",
    rootName: more.rootName ?? entries[0]!.name,
    name: entries[index]!.name,
    chain: entries.map((e) => e.name),
    entries,
    index,
    mode: { prompts: false, browserFlows: false, fresh: false, ...more.mode },
    signal: new AbortController().signal,
    deps,
    config,
    origin: { profiles: [] },
  };
}
