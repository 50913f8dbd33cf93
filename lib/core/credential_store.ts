/**
 * The keyring as kinds and the core see it: bound to the realm, with the envelope of 03 §6.2 around
 * every entry, opened at the first real need.
 */
import type { Envelope, RawStore } from "../store/keyring.ts";
import { keyFor } from "../store/keyring_keys.ts";
import type { KeyringDoors } from "../store/keyring_open.ts";
import { userId } from "../sys/user.ts";
import { decodeCredentials, encodeCredentials } from "./credentials_codec.ts";
import { aliasIn, classOf, keyringEntries, readEnvelope } from "./keyring_entries.ts";
import {
  type AuthConfig,
  AuthError,
  type Credentials,
  type CredentialStore,
  type Deps,
  type Loaded,
  type PurgedEntry,
  storageName,
} from "./types.ts";

export type Owner = "identity" | "provider";

export interface CredentialStoreInit {
  /** Asked at the first use. */
  config: () => AuthConfig;
  deps: Pick<
    Deps,
    "files" | "locks" | "clock" | "random" | "terminal" | "env" | "spawn" | "log"
  >;
  /** Tests and commands: another raw store than the configured one. */
  open?: (doors: KeyringDoors) => Promise<RawStore>;
}

/** The store that the configuration chooses. Making it costs nothing. */
export function credentialStore(init: CredentialStoreInit): CredentialStore & {
  /** The raw store, opened. */
  raw(): Promise<RawStore>;
} {
  const { deps } = init;
  let opened: Promise<RawStore> | undefined;
  let quiet = false;
  let warned = false;

  const doors = keyringDoors(deps, () => quiet);
  const raw = () =>
    opened ??= (async () => {
      if (init.open) return await init.open(doors);
      const { openKeyring } = await import("../store/keyring_open.ts");
      return await openKeyring(init.config().keyring, doors);
    })();
  const realm = () => init.config().realm.value;

  async function get(alias: string, owner: Owner): Promise<Loaded | undefined> {
    const store = await raw();
    try {
      for (const key of keysOf(init.config(), alias, owner, realm())) {
        const envelope = await readEnvelope(store, key);
        if (!envelope || !isOf(envelope, key, owner, realm())) continue;
        return loadedFrom(envelope, owner);
      }
    } catch (error) {
      if (!isCode(error, "keyring_unavailable")) throw error;
      deps.log.debug(error.message);
    }
    return undefined;
  }

  async function set(
    alias: string,
    owner: Owner,
    credentials: Credentials,
    storageClass: "session" | "long-lived",
  ): Promise<void> {
    const store = await raw();
    try {
      await write(store, alias, owner, credentials);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      if (error.exit === 130 || isCode(error, "keyring_collision", "insecure_permissions")) {
        throw error;
      }
      if (storageClass === "long-lived") throw storeFailed(error);
      if (!isCode(error, "keyring_disabled")) warnOnce(alias, error);
      return;
    }
    if (storageClass === "long-lived" && (await store.describe()).type === "memory") {
      deps.terminal.warn(`The keys of ${alias} are kept in memory and end with this process`);
    }
  }

  async function write(
    store: RawStore,
    alias: string,
    owner: Owner,
    credentials: Credentials,
  ): Promise<void> {
    const key = keysOf(init.config(), alias, owner, realm())[0]!;
    const before = await readEnvelope(store, key);
    if (before && !isOf(before, key, owner, realm())) throw collision(key, before);
    const envelope: Envelope = {
      ...encodeCredentials(credentials, before),
      realm: realm(),
      alias: aliasIn(key, realm()),
      owner,
      issued_at: new Date(deps.clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      v: 1,
    };
    await store.set(key, JSON.stringify(envelope));
  }

  function warnOnce(alias: string, error: AuthError): void {
    deps.log.debug(`storing ${alias}: ${error.message}`);
    if (warned) return;
    warned = true;
    deps.terminal.warn(`The session of ${alias} was not stored in the keyring: ${error.message}`);
  }

  async function remove(alias: string, owner: Owner): Promise<boolean> {
    const store = await raw();
    let removed = false;
    for (const key of keysOf(init.config(), alias, owner, realm())) {
      const found = await look(store, key);
      if (found === "missing") continue;
      // Deleting needs no password, so an entry that cannot be read counts as ours.
      if (found !== "unreadable" && !isOf(found, key, owner, realm())) continue;
      removed = await store.delete(key) || removed;
    }
    return removed;
  }

  /** What stands under a key, without asking anybody. Throws only when there is no keyring at all. */
  async function look(store: RawStore, key: string): Promise<Envelope | "missing" | "unreadable"> {
    const before = quiet;
    quiet = true;
    try {
      return await readEnvelope(store, key) ?? "missing";
    } catch (error) {
      if (isCode(error, "keyring_unavailable")) throw error;
      deps.log.debug(`keyring: ${(error as Error).message}`);
      return "unreadable";
    } finally {
      quiet = before;
    }
  }

  async function silently<T>(work: () => Promise<T>): Promise<T | undefined> {
    const before = quiet;
    quiet = true;
    try {
      return await work();
    } catch (error) {
      deps.log.debug(`keyring: ${(error as Error).message}`);
      return undefined;
    } finally {
      quiet = before;
    }
  }

  async function purge(alias: string, owner: Owner): Promise<void> {
    const store = await raw();
    if (realm() !== "") await silently(() => remove(alias, owner));
    for (const key of keysOf(init.config(), alias, owner, "")) {
      const envelope = await silently(() => readEnvelope(store, key));
      if (!envelope || !isOf(envelope, key, owner, "")) continue;
      // A long-lived key may be another repository's identity of this name (03 §3.5).
      if (classOf(envelope) === "long-lived") continue;
      await silently(() => store.delete(key));
    }
  }

  async function purgeAll(longLived: boolean): Promise<PurgedEntry[]> {
    const store = await raw();
    const gone: PurgedEntry[] = [];
    try {
      for (const entry of await keyringEntries(store, init.config())) {
        if (!longLived && entry.class === "long-lived") continue;
        const what = { alias: entry.name, realm: entry.realm };
        // What cannot be read may be a long-lived key: it stays, and that is told.
        if (!longLived && entry.problem) gone.push({ ...what, kept: entry.problem.message });
        else if (await store.delete(entry.key)) gone.push(what);
      }
    } catch (error) {
      if (!isCode(error, "keyring_unavailable")) throw error;
      deps.log.debug(error.message);
    }
    return gone;
  }

  async function probe(alias: string, owner: Owner, inRealm: string): Promise<boolean> {
    if (!opened) return false;
    const store = await opened;
    for (const key of keysOf(init.config(), alias, owner, inRealm)) {
      const envelope = await silently(() => readEnvelope(store, key));
      if (envelope && isOf(envelope, key, owner, inRealm)) return true;
    }
    return false;
  }

  return { get, set, delete: remove, purge, purgeAll, probe, raw };
}

/** What stores need of `Deps`. While `quiet()`, nobody is asked anything. */
export function keyringDoors(
  deps: CredentialStoreInit["deps"],
  quiet: () => boolean = () => false,
): KeyringDoors {
  const { terminal } = deps;
  return {
    files: deps.files,
    locks: deps.locks,
    clock: deps.clock,
    random: deps.random,
    env: deps.env,
    spawn: deps.spawn,
    get interactive() {
      return !quiet() && terminal.interactive;
    },
    get ask() {
      return quiet() || !terminal.interactive
        ? undefined
        : (title: string) => terminal.secret({ title, required: true });
    },
    notice: (text) => terminal.notice(text),
    warn: (text) => terminal.warn(text),
    userId,
  };
}

/**
 * Keys under which an entry may stand: by storage name first, then by the spelling of the YAML. A
 * provider that shares its name with an identity has an alias of its own (03 §6.2).
 */
export function keysOf(
  config: AuthConfig,
  alias: string,
  owner: Owner,
  realm: string,
): string[] {
  const shared = owner === "provider" && config.identities.get(alias) !== undefined;
  const suffix = shared ? "#provider" : "";
  return [...new Set([storageName(alias), alias])].map((name) => keyFor(name + suffix, realm));
}

/** Fields that are absent (entries of the reference) agree with anything. */
function isOf(envelope: Envelope, key: string, owner: Owner, realm: string): boolean {
  return (envelope.realm ?? realm) === realm && (envelope.owner ?? owner) === owner &&
    (envelope.alias ?? aliasIn(key, realm)) === aliasIn(key, realm);
}

function loadedFrom(envelope: Envelope, owner: Owner): Loaded {
  const issuedAt = envelope.issued_at === undefined ? NaN : Date.parse(envelope.issued_at);
  return {
    credentials: decodeCredentials(envelope, owner),
    source: "keyring",
    ...(Number.isNaN(issuedAt) ? {} : { issuedAt }),
  };
}

function isCode(error: unknown, ...codes: string[]): error is AuthError {
  return error instanceof AuthError && codes.includes(error.code);
}

function collision(key: string, before: Envelope): AuthError {
  const whose = `${before.owner ?? "entry"} ${before.alias ?? "of unknown name"}` +
    (before.realm ? ` of realm ${before.realm}` : "");
  return new AuthError({
    code: "keyring_collision",
    message: `keyring key collision: ${key} holds the ${whose}`,
    explanation: "Realm and name are joined by `_`, and two different pairs gave the same key.",
    hints: ["Choose another realm or name, or remove it with `atmos-auth keyring delete --force`"],
  });
}

function storeFailed(cause: AuthError): AuthError {
  return new AuthError({
    code: "keyring_store_failed",
    message: `failed to store credentials: ${cause.message}`,
    hints: cause.hints,
    cause,
  });
}
