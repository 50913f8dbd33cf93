import { identityKinds, providerKinds } from "../../providers/registry.ts";
import {
  type AuthConfig,
  AuthError,
  type Credentials,
  type Deps,
  type Entry,
  type Identity,
  type IdentityDef,
  type KindContext,
  type Mode,
  type Origin,
  type Provider,
  type ProviderDef,
} from "./types.ts";
import type { Chain } from "./chain.ts";

/** An identity with credentials at hand. */
export interface Session {
  chain: Chain;
  entry: Entry;
  kind: Identity;
  cx: KindContext;
  /** Null for kinds that yield none (`ambient`). */
  credentials: Credentials | null;
  /** Epoch ms, when known. */
  issuedAt?: number;
  /** `fresh` = obtained in this run. */
  source: "files" | "keyring" | "memory" | "fresh";
}

/**
 * What one run of the program shares: configuration, doors and the process cache. There is no
 * "current chain" in it, so several identities may be authenticated at once (03 §1.4).
 */
export interface Core {
  config: AuthConfig;
  deps: Deps;
  /** Effective realm, computed once (03 §4); empty = none. */
  realm: string;
  /** How users type this program before a sub command: `atmos-auth`, `atmos auth`. */
  prog: string;
  signal: AbortSignal;
  /** Top-level `env:` of the configuration for children (01 §1.11). */
  childEnv: Record<string, string>;
  origin: Origin;
  /** Calls in flight and finished, by realm + chain (03 §3.2-2). */
  sessions: Map<string, Promise<Session>>;
  /** Provider logins in flight and finished, by realm + root. */
  roots: Map<string, Promise<unknown>>;
  /** Told how long each link took that was not answered from a store (`explain --run`). */
  timed?: (link: string, milliseconds: number) => void;
  /** Dedupe keys of integrations that ran (03 §3.7). */
  integrationsRun: Map<string, Promise<unknown>>;
}

/** Makes the shared state of one run. Reads nothing, opens nothing. */
export function makeCore(init: {
  config: AuthConfig;
  deps: Deps;
  prog: string;
  signal: AbortSignal;
  childEnv?: Record<string, string>;
  origin?: Origin;
}): Core {
  return {
    config: init.config,
    deps: init.deps,
    get realm() {
      return init.config.realm.value;
    },
    get prog() {
      return init.prog;
    },
    get signal() {
      return init.signal;
    },
    childEnv: init.childEnv ?? {},
    origin: init.origin ?? { profiles: [] },
    sessions: new Map(),
    roots: new Map(),
    integrationsRun: new Map(),
  };
}

/** Modes of the callers in 03 §3.1. */
export function modeFor(
  core: Core,
  use: "login" | "use" | "silent",
  more: Partial<Mode> = {},
): Mode {
  const { terminal } = core.deps;
  const silent = use === "silent";
  return {
    prompts: !silent && terminal.interactive,
    browserFlows: !silent && terminal.someoneReads,
    fresh: use === "login",
    ...more,
  };
}

/** The context that a kind gets for element `index` of the chain. */
export function contextFor(core: Core, chain: Chain, index: number, mode: Mode): KindContext {
  return {
    realm: core.realm,
    rootName: chain.rootName,
    name: chain.names[index]!,
    chain: chain.names,
    entries: chain.entries,
    index,
    mode,
    signal: core.signal,
    deps: core.deps,
    config: core.config,
    origin: core.origin,
  };
}

function unavailable(entry: Entry): AuthError {
  const at = entry.at();
  const what = entry.section === "providers" ? "provider" : "identity";
  return new AuthError({
    code: "kind_not_available",
    message:
      `invalid ${what} kind: ${what} "${entry.name}" has kind "${entry.kind}", which is not available in this build`,
    explanation: at ? `It is declared at ${at.file}:${at.line}.` : undefined,
    hints: ["Use another kind for it, or remove it from the chain"],
  });
}

/** Loads a provider kind's file and makes the provider. */
export async function loadProvider(core: Core, entry: Entry): Promise<Provider> {
  const row = providerKinds[entry.kind];
  if (!row) throw unavailable(entry);
  const def: ProviderDef = await row.load();
  core.deps.http.allow(...def.hosts(entry, core.config, core.deps.env));
  return def.create(entry);
}

/**
 * Loads an identity kind's file and makes the identity. `offline`: nothing will be asked of it that
 * needs the network, so its hosts are not allowed.
 */
export async function loadIdentity(
  core: Core,
  chain: Chain,
  index: number,
  use: "online" | "offline" = "online",
): Promise<Identity> {
  const entry = chain.entries[index]!;
  const row = identityKinds[entry.kind];
  if (!row) throw unavailable(entry);
  const def: IdentityDef = await row.load();
  if (use === "offline") return def.create(entry);
  core.deps.http.allow(...def.hosts(entry, { entries: chain.entries, env: core.deps.env }));
  return def.create(entry);
}
