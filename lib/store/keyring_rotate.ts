/** Upkeep of the file keyring: verification and change of the password (03 Beyond 4, 8). */
import { AuthError } from "../sys/error.ts";
import type { Files } from "../sys/files.ts";
import { importPassword, iterationsOf, open } from "./jwe.ts";
import { type EntryState, refusal, stateOf } from "./keyring_record.ts";
import { CHECK_TEXT, unescapeKey, type Vault } from "./keyring_vault.ts";

/** One entry as `keyring verify` reports it. */
export interface EntryCheck {
  key: string;
  state: EntryState;
  /** PBKDF2 rounds it was written with, when it can be told. */
  iterations?: number;
}

/** Decrypts every entry. Throws `keyring_wrong_password` when none opens. */
export async function verifyAll(vault: Vault): Promise<EntryCheck[]> {
  const checks: EntryCheck[] = [];
  const names = vault.names();
  if (names.length === 0) return checks;
  const password = await vault.proven();
  for (const name of names) {
    const key = unescapeKey(name);
    const token = await vault.readToken(vault.at(name)) ?? "";
    const state = await stateOf(token, key, password);
    checks.push({ key, state, iterations: iterationsOf(token) });
  }
  return checks;
}

/**
 * Encrypts every entry anew under another password, for which the bytes are overwritten: into
 * `.atmos-auth/new`, verified, then moved over. Nothing changes when an entry does not open. A move
 * that was interrupted is finished by the next use of the store.
 *
 * @returns number of entries
 */
export async function rotate(
  vault: Vault,
  files: Files,
  next: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const fresh = await importPassword(next);
  await vault.candidate();
  await using _held = await vault.lock();
  const old = await vault.proven();
  await files.ensureDir(vault.newDir);
  const names = vault.names();
  for (const name of names) {
    const key = unescapeKey(name);
    const token = await vault.readToken(vault.at(name)) ?? "";
    const state = await stateOf(token, key, old);
    const opened = await open(token, old);
    if (state !== "ok" || !("plaintext" in opened)) {
      await files.removeTree(vault.newDir);
      throw refusal(key, state === "ok" ? "damaged" : state);
    }
    await writeVerified(vault, files, name, new TextDecoder().decode(opened.plaintext), fresh);
  }
  await writeVerified(vault, files, "check", CHECK_TEXT, fresh);
  await files.write(vault.readyFile, "");
  await vault.finishRotation();
  vault.replacePassword(fresh);
  return names.length;
}

async function writeVerified(
  vault: Vault,
  files: Files,
  name: string,
  plain: string,
  key: CryptoKey,
): Promise<void> {
  const path = vault.newFile(name);
  await files.write(path, await vault.encrypt(plain, key));
  const opened = await open(await vault.readToken(path) ?? "", key);
  if ("plaintext" in opened && new TextDecoder().decode(opened.plaintext) === plain) return;
  throw new AuthError({
    code: "keyring_write_failed",
    message: `keyring entry cannot be read back: ${path}`,
  });
}
