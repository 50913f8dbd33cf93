import { type Core, makeCore } from "../../lib/core/core.ts";
import type { AuthConfig, Entry, EntryTable } from "../../lib/core/types.ts";
import { type FakeDeps, fakeDeps } from "./deps.ts";

/** Values of an entry by name; `kind` among them. */
export type Entries = Record<string, Record<string, unknown>>;

function table(section: Entry["section"], entries: Entries): EntryTable {
  const all = Object.entries(entries).map(([name, { kind, ...values }]): Entry => ({
    section,
    name,
    kind: String(kind ?? ""),
    values,
    at: () => ({ file: "atmos.yaml", line: 1, column: 1 }),
    check: () => [],
  })).sort((a, b) => a.name < b.name ? -1 : 1);
  return {
    size: all.length,
    names: () => all.map((e) => e.name),
    all: () => all,
    get: (name) =>
      all.find((e) => e.name === name) ??
        all.find((e) => e.name.toLowerCase() === name.toLowerCase()),
  };
}

/** A configuration from plain values, without the schema. */
export function plainConfig(
  parts: { providers?: Entries; identities?: Entries; integrations?: Entries; realm?: string },
): AuthConfig {
  const providers = table("providers", parts.providers ?? {});
  const identities = table("identities", parts.identities ?? {});
  const integrations = table("integrations", parts.integrations ?? {});
  return {
    providers,
    identities,
    integrations,
    realm: {
      value: parts.realm ?? "",
      source: parts.realm ? "config" : "auto",
      derived: "0123456789abcdef",
    },
    keyring: {
      type: "memory",
      path: "/data/keyring",
      passwordEnv: "ATMOS_KEYRING_PASSWORD",
      iterations: 600_000,
      passToChildren: false,
      warnings: [],
    },
    consoleIsolated: false,
    defaultIdentity: undefined,
    allowedHosts: [],
    auditFile: undefined,
    findIdentity: (name) =>
      identities.get(name) ??
        identities.all().find((e) =>
          String(e.values.alias ?? "").toLowerCase() === name.toLowerCase() && e.values.alias
        ),
    findProvider: (name) => providers.get(name),
    defaults: () => identities.all().filter((e) => e.values.default === true),
  };
}

/** A core over fakes. */
export function plainCore(
  parts: Parameters<typeof plainConfig>[0],
  deps: FakeDeps = fakeDeps(),
): Core & { deps: FakeDeps } {
  const core = makeCore({
    config: plainConfig(parts),
    deps,
    prog: "atmos-auth",
    signal: new AbortController().signal,
  });
  return core as Core & { deps: FakeDeps };
}
