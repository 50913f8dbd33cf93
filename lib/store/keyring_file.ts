/**
 * The `file` keyring (03 §6.4): one encrypted file a key in a directory, byte-compatible with the
 * reference's store. Nothing needs the password until a value is read or written.
 */
import { open } from "./jwe.ts";
import type { RawStore, StoreFacts } from "./keyring.ts";
import { type PasswordDoors, passwordMissing } from "./keyring_password.ts";
import { recordOf, refusal, valueOf } from "./keyring_record.ts";
import { type EntryCheck, rotate, verifyAll } from "./keyring_rotate.ts";
import { CHECK_TEXT, type FileStoreInit, unescapeKey, Vault } from "./keyring_vault.ts";

export interface FileStore extends RawStore {
  /** See {@link verifyAll}. */
  verify(): Promise<EntryCheck[]>;
  /** See {@link rotate}. */
  rotate(next: Uint8Array<ArrayBuffer>): Promise<number>;
}

/** Opens the store; touches neither disk nor password. */
export function fileStore(init: FileStoreInit): FileStore {
  const { files } = init.doors;
  const vault = new Vault(init);

  async function get(key: string): Promise<string | undefined> {
    if (files.exists(vault.readyFile)) await (await vault.lock()).release();
    const name = vault.nameOf(key), path = vault.at(name);
    const token = vault.isFile(path) ? await vault.readToken(path) : undefined;
    if (token === undefined) return undefined;
    const opened = await open(token, await vault.candidate(name));
    if ("plaintext" in opened) {
      vault.confirm();
      return valueOf(opened.plaintext, key);
    }
    if (opened.refused !== "password") throw refusal(key, opened.refused);
    await vault.proven(name);
    throw refusal(key, "other_password");
  }

  async function set(key: string, value: string): Promise<void> {
    // Asked before the lock is taken: a person may take longer than others will wait.
    await vault.candidate();
    await using _held = await vault.lock();
    const password = await vault.proven();
    if (vault.fresh) await files.write(vault.checkFile, await vault.encrypt(CHECK_TEXT, password));
    const token = await vault.encrypt(recordOf(key, value), password);
    await files.write(vault.at(vault.nameOf(key)), token);
  }

  async function remove(key: string): Promise<boolean> {
    const path = vault.at(vault.nameOf(key));
    if (!files.lstat(path)) return false;
    await using _held = await vault.lock();
    return await files.remove(path);
  }

  async function describe(): Promise<StoreFacts> {
    const facts = files.stat(init.directory);
    const reason = facts && !facts.isDirectory
      ? `${init.directory} is not a directory`
      : passwordMissing(init.password, init.doors);
    return {
      type: "file",
      location: init.directory,
      locked: false,
      available: reason === undefined,
      reason,
    };
  }

  return {
    get,
    set,
    delete: remove,
    list: async () => vault.names().map(unescapeKey).sort(),
    describe,
    verify: () => verifyAll(vault),
    rotate: (next) => rotate(vault, files, next),
  };
}

/**
 * The directory that a configured path means. The reference takes the parent of a path whose last
 * element has an extension (`~/.atmos`, `keys.d`): followed, with a warning, when that parent holds
 * entries and the path itself does not exist.
 */
export function fileStoreDirectory(
  doors: Pick<PasswordDoors, "env" | "files">,
  path: string,
  warn: (text: string) => void,
): string {
  const backslash = doors.env.os === "windows" ? path.lastIndexOf("\\") : -1;
  const cut = Math.max(path.lastIndexOf("/"), backslash);
  const parent = path.slice(0, cut) || "/";
  if (cut < 0 || !path.slice(cut + 1).includes(".") || doors.files.exists(path)) return path;
  if (!doors.files.list(parent)?.some((name) => name.startsWith("atmos_"))) return path;
  warn(`Keyring entries found in ${parent}: using that directory instead of ${path}`);
  return parent;
}
