/** What stands in a keyring, read for people and for sweeps: metadata, never secrets. */
import type { Envelope, RawStore } from "../store/keyring.ts";
import { keyFor, readingsOf } from "../store/keyring_keys.ts";
import { decodeCredentials } from "./credentials_codec.ts";
import { type AuthConfig, AuthError } from "./types.ts";
import { expiryOf } from "./validity.ts";

export type StorageClass = "session" | "long-lived";

/** One entry; what could not be told is undefined. */
export interface KeyringEntry {
  key: string;
  /** Empty = no realm. */
  realm: string;
  /** Storage name of the identity or provider. */
  name: string;
  owner?: "identity" | "provider";
  type?: string;
  class?: StorageClass;
  /** RFC 3339. */
  issued?: string;
  expires?: string;
  /** Why the entry cannot be read. */
  problem?: AuthError;
  /** The entry itself: secrets in clear, for a copy to another store alone. */
  envelope?: Envelope;
}

/** All entries of a store, sorted by realm and name. An entry that cannot be read carries its problem. */
export async function keyringEntries(store: RawStore, config: AuthConfig): Promise<KeyringEntry[]> {
  const entries: KeyringEntry[] = [];
  for (const key of await store.list()) entries.push(await keyringEntry(store, key, config));
  return entries.sort((a, b) => compare(a.realm, b.realm) || compare(a.name, b.name));
}

/** One entry by its key, whether or not it can be read. */
export async function keyringEntry(
  store: RawStore,
  key: string,
  config: AuthConfig,
): Promise<KeyringEntry> {
  try {
    const envelope = await readEnvelope(store, key);
    if (envelope) return entryOf(key, envelope, config);
    return entryOf(key, undefined, config);
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    return { ...entryOf(key, undefined, config), problem: error };
  }
}

function entryOf(key: string, envelope: Envelope | undefined, config: AuthConfig): KeyringEntry {
  const { realm, alias } = placeOf(key, envelope, config);
  const ofProvider = alias.endsWith("#provider");
  const entry: KeyringEntry = {
    key,
    realm,
    name: ofProvider ? alias.slice(0, -"#provider".length) : alias,
    owner: envelope?.owner ?? (ofProvider ? "provider" : ownerByName(alias, config)),
  };
  if (!envelope) return entry;
  return {
    ...entry,
    type: envelope.type,
    class: classOf(envelope),
    issued: envelope.issued_at,
    expires: expiresOf(envelope, entry.owner ?? "identity"),
    envelope,
  };
}

/**
 * Realm and alias of an entry. The envelope says; entries of the reference do not, and their keys
 * are ambiguous: configured names are preferred, then the realm in effect, then no realm (03 §6.3).
 */
function placeOf(
  key: string,
  envelope: Envelope | undefined,
  config: AuthConfig,
): { realm: string; alias: string } {
  const readings = readingsOf(key);
  if (envelope?.realm !== undefined || envelope?.alias !== undefined) {
    const told = readings.find((reading) =>
      (envelope.realm ?? reading.realm) === reading.realm &&
      (envelope.alias ?? reading.alias) === reading.alias
    );
    if (told) return told;
  }
  const known = (alias: string) => {
    const name = alias.replace(/#provider$/, "");
    return config.identities.get(name) !== undefined || config.providers.get(name) !== undefined;
  };
  const here = readings.filter(({ realm }) => realm !== "" && realm === config.realm.value);
  return [...here, ...readings].find(({ alias }) => known(alias)) ?? here[0] ?? readings[0]!;
}

function ownerByName(alias: string, config: AuthConfig): KeyringEntry["owner"] {
  if (config.identities.get(alias)) return "identity";
  return config.providers.get(alias) ? "provider" : undefined;
}

/** Keys typed by a person are long-lived; whatever ends or is a token is a session (03 §3.5). */
export function classOf(envelope: Envelope): StorageClass {
  const { secret_access_key, session_token, expiration } = envelope.data;
  return envelope.type === "aws" && secret_access_key && !session_token && !expiration
    ? "long-lived"
    : "session";
}

function expiresOf(envelope: Envelope, owner: "identity" | "provider"): string | undefined {
  try {
    const end = expiryOf(decodeCredentials(envelope, owner));
    return typeof end === "number"
      ? new Date(end).toISOString().replace(/\.\d+Z$/, "Z")
      : undefined;
  } catch {
    return undefined; // an unknown type has no expiry that we could tell
  }
}

/** The entry under a key; throws AuthError `keyring_entry_corrupted` for what is no envelope. */
export async function readEnvelope(store: RawStore, key: string): Promise<Envelope | undefined> {
  const text = await store.get(key);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const envelope = value as Envelope | undefined;
  if (
    envelope === null || typeof envelope !== "object" || typeof envelope.type !== "string" ||
    envelope.data === null || typeof envelope.data !== "object"
  ) {
    throw new AuthError({
      code: "keyring_entry_corrupted",
      message: `credential entry is corrupted: ${key}`,
      hints: ["Delete it with `atmos-auth keyring delete`, then log in again"],
    });
  }
  return envelope;
}

/** The alias inside a key of that realm. */
export function aliasIn(key: string, realm: string): string {
  return key.slice(keyFor("", realm).length);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
