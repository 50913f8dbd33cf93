import type { Envelope, RawStore } from "../store/keyring.ts";
import { keyFor } from "../store/keyring_keys.ts";
import { aliasIn, keyringEntries, type KeyringEntry, readEnvelope } from "./keyring_entries.ts";
import { type AuthConfig, AuthError, storageName } from "./types.ts";

/** What became of one entry. */
export interface MigrationStep {
  name: string;
  owner?: "identity" | "provider";
  /** `kept`: the target holds a newer one. `same`: it was there already. */
  outcome: "copied" | "same" | "kept" | "failed";
  /** The source entry is gone. */
  deleted: boolean;
  reason?: string;
}

/**
 * Copies the entries of one realm entry by entry, each verified by reading it back (03 §6.11). A
 * newer entry of the target is never overwritten; a source entry goes only when `remove` is asked
 * for and the target holds the same. The only thing that touches realm-less entries of the reference.
 */
export async function migrateEntries(init: {
  from: RawStore;
  to: RawStore;
  fromRealm: string;
  toRealm: string;
  config: AuthConfig;
  remove: boolean;
}): Promise<MigrationStep[]> {
  const steps: MigrationStep[] = [];
  for (const entry of await keyringEntries(init.from, init.config)) {
    if (entry.realm !== init.fromRealm) continue;
    const step: MigrationStep = { ...await copy(entry, init), deleted: false };
    if (init.remove && (step.outcome === "copied" || step.outcome === "same")) {
      step.deleted = await init.from.delete(entry.key);
    }
    steps.push(step);
  }
  return steps;
}

async function copy(
  entry: KeyringEntry,
  init: { to: RawStore; fromRealm: string; toRealm: string },
): Promise<Omit<MigrationStep, "deleted">> {
  const { name, owner } = entry;
  if (!entry.envelope) {
    return { name, owner, outcome: "failed", reason: entry.problem?.message ?? "it is gone" };
  }
  const alias = storageName(aliasIn(entry.key, init.fromRealm));
  const key = keyFor(alias, init.toRealm);
  const wanted: Envelope = {
    ...entry.envelope,
    realm: init.toRealm,
    alias,
    ...(owner && { owner }),
    v: 1,
  };
  const text = JSON.stringify(wanted);
  try {
    const there = await readEnvelope(init.to, key);
    if (there) {
      if (sameSecret(there, wanted)) return { name, owner, outcome: "same" };
      if (!isOlder(there, wanted)) {
        return { name, owner, outcome: "kept", reason: "the target holds a newer entry" };
      }
    }
    await init.to.set(key, text);
    if (await init.to.get(key) === text) return { name, owner, outcome: "copied" };
    return { name, owner, outcome: "failed", reason: "it does not read back as written" };
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    return { name, owner, outcome: "failed", reason: error.message };
  }
}

function sameSecret(a: Envelope, b: Envelope): boolean {
  return a.type === b.type && JSON.stringify(a.data) === JSON.stringify(b.data) &&
    (a.realm ?? b.realm) === b.realm && (a.alias ?? b.alias) === b.alias;
}

/** An entry of unknown age counts as the oldest; of two such the target's stays. */
function isOlder(there: Envelope, wanted: Envelope): boolean {
  const age = (envelope: Envelope) => Date.parse(envelope.issued_at ?? "") || 0;
  return age(there) < age(wanted);
}
