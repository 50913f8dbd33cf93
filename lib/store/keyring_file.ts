/**
 * The `file` keyring (03 §6.4): one encrypted file a key in a directory, byte-compatible with the
 * reference's store. Nothing needs the password until a value is read or written.
 */
import type { Clock } from "../sys/clock.ts";
import { AuthError } from "../sys/error.ts";
import type { HeldLock, Locks } from "../sys/locks.ts";
import type { Random } from "../sys/random.ts";
import { importPassword, iterationsOf, open, seal } from "./jwe.ts";
import type { RawStore, StoreFacts } from "./keyring.ts";
import {
  obtainPassword,
  type PasswordDoors,
  passwordMissing,
  type PasswordSettings,
  wrongPassword,
} from "./keyring_password.ts";
import { join } from "./paths.ts";

export interface FileStoreInit {
  /** Absolute; made at the first write. */
  directory: string;
  /** PBKDF2 rounds of what is written. */
  iterations: number;
  password: PasswordSettings;
  doors: PasswordDoors & { locks: Locks; random: Random; clock: Clock };
}

/** One entry as `keyring verify` reports it. */
export interface EntryCheck {
  key: string;
  state: "ok" | "other_password" | "damaged" | "unsupported";
  /** PBKDF2 rounds it was written with, when it can be told. */
  iterations?: number;
}

export interface FileStore extends RawStore {
  /** Decrypts every entry. Throws `keyring_wrong_password` when none opens. */
  verify(): Promise<EntryCheck[]>;
  /**
   * Encrypts every entry anew under another password, for which the bytes are overwritten: into
   * `.atmos-auth/new`, verified, then moved over (03 Beyond 4). Nothing changes when an entry does
   * not open. An interrupted move is finished by the next write.
   *
   * @returns number of entries
   */
  rotate(next: Uint8Array<ArrayBuffer>): Promise<number>;
}

const META = ".atmos-auth";
const CHECK_TEXT = "atmos-auth";

/** Opens the store; touches neither disk nor password. */
export function fileStore(init: FileStoreInit): FileStore {
  const { directory, iterations, doors } = init;
  const { env, files, locks } = doors;
  const at = (...parts: string[]) => join(env, directory, ...parts);
  const checkFile = at(META, "check"),
    newDir = at(META, "new"),
    readyFile = join(env, newDir, ".ready");
  const entryFile = (key: string) => at(escapeKey(key, env.os === "windows"));
  files.grant(directory);

  let password: CryptoKey | undefined;
  /** True once the password has opened something of this store, or the store is new. */
  let verified = false;

  const readToken = async (path: string): Promise<string | undefined> =>
    (await files.readSecret(path))?.replace(/\n$/, "");

  const names = (): string[] =>
    (files.list(directory) ?? []).filter((name) => name.startsWith("atmos_") && isFile(at(name)));
  const isFile = (path: string) => files.stat(path)?.isFile === true;

  async function lock(): Promise<HeldLock> {
    await files.ensureDir(directory);
    await files.ensureDir(at(META));
    const held = await locks.acquire({ path: at(META, "lock"), what: "keyring" });
    try {
      await finishRotation();
    } catch (error) {
      await held.release();
      throw error;
    }
    return held;
  }

  /** Moves over what an interrupted rotation had ready; drops what it had not. Under the lock. */
  async function finishRotation(): Promise<void> {
    if (!files.exists(newDir)) return;
    if (files.exists(readyFile)) {
      for (const name of files.list(newDir) ?? []) {
        if (name === ".ready") continue;
        const token = await files.readSecret(join(env, newDir, name));
        await files.write(name === "check" ? checkFile : at(name), token ?? "");
      }
    }
    await files.removeTree(newDir);
  }

  /** Whether a password belongs to this store: the check record decides, else any entry that opens. */
  async function belongs(key: CryptoKey, first?: string): Promise<boolean> {
    const check = await readToken(checkFile);
    if (check !== undefined) {
      const opened = await open(check, key);
      if ("plaintext" in opened) return text(opened.plaintext) === CHECK_TEXT;
      if (opened.refused === "password") return false;
    }
    let contradicted = false;
    const order = first === undefined ? names() : [first, ...names().filter((n) => n !== first)];
    for (const name of order) {
      const token = await readToken(at(name));
      if (token === undefined) continue;
      const opened = await open(token, key);
      if ("plaintext" in opened) return true;
      if (opened.refused === "password") contradicted = true;
    }
    return !contradicted;
  }

  /** The password, obtained once a process; a person's answer is verified at once, others are not. */
  async function candidate(first?: string): Promise<CryptoKey> {
    if (password) return password;
    const fresh = names().length === 0 && !files.exists(checkFile);
    const bytes = await obtainPassword(init.password, doors, {
      fresh,
      accepts: async (typed) => {
        verified = await belongs(await importPassword(typed.slice()), first);
        return verified;
      },
    });
    return password = await importPassword(bytes);
  }

  async function proven(first?: string): Promise<CryptoKey> {
    const key = await candidate(first);
    if (!verified && !(verified = await belongs(key, first))) {
      password = undefined;
      throw wrongPassword();
    }
    return key;
  }

  const encrypt = (plain: string, key: CryptoKey) =>
    seal(new TextEncoder().encode(plain), {
      password: key,
      iterations,
      created: createdAt(doors.clock.now()),
      random: doors.random,
    });

  async function get(key: string): Promise<string | undefined> {
    if (files.exists(readyFile)) await (await lock()).release();
    const path = entryFile(key);
    const token = isFile(path) ? await readToken(path) : undefined;
    if (token === undefined) return undefined;
    const name = escapeKey(key, env.os === "windows");
    const opened = await open(token, await candidate(name));
    if ("plaintext" in opened) {
      verified = true;
      return valueOf(opened.plaintext, key);
    }
    if (opened.refused === "unsupported") throw unsupported(key);
    if (opened.refused === "damaged") throw corrupted(key, "the file is damaged");
    await proven(name);
    throw otherPassword(key);
  }

  async function set(key: string, value: string): Promise<void> {
    // Asked before the lock is taken: a person may take longer than others will wait.
    await candidate();
    await using _held = await lock();
    const secret = await proven();
    if (names().length === 0 && !files.exists(checkFile)) {
      await files.write(checkFile, await encrypt(CHECK_TEXT, secret));
    }
    await files.write(entryFile(key), await encrypt(recordOf(key, value), secret));
  }

  async function remove(key: string): Promise<boolean> {
    if (!files.lstat(entryFile(key))) return false;
    await using _held = await lock();
    return await files.remove(entryFile(key));
  }

  async function verify(): Promise<EntryCheck[]> {
    if (names().length === 0) return [];
    const secret = await proven();
    const checks: EntryCheck[] = [];
    for (const name of names()) {
      const key = unescapeKey(name);
      const token = await readToken(at(name)) ?? "";
      checks.push({
        key,
        state: await stateOf(token, key, secret),
        iterations: iterationsOf(token),
      });
    }
    return checks;
  }

  async function rotate(next: Uint8Array<ArrayBuffer>): Promise<number> {
    const fresh = await importPassword(next);
    await candidate();
    await using _held = await lock();
    const old = await proven();
    await files.ensureDir(newDir);
    const all = names();
    for (const name of all) {
      const key = unescapeKey(name);
      const token = await readToken(at(name)) ?? "";
      const state = await stateOf(token, key, old);
      if (state !== "ok") {
        await files.removeTree(newDir);
        throw refusal(key, state);
      }
      const opened = await open(token, old) as { plaintext: Uint8Array };
      await writeVerified(join(env, newDir, name), text(opened.plaintext), fresh);
    }
    await writeVerified(join(env, newDir, "check"), CHECK_TEXT, fresh);
    await files.write(readyFile, "");
    await finishRotation();
    password = fresh;
    verified = true;
    return all.length;
  }

  async function writeVerified(path: string, plain: string, key: CryptoKey): Promise<void> {
    await files.write(path, await encrypt(plain, key));
    const opened = await open(await readToken(path) ?? "", key);
    if ("plaintext" in opened && text(opened.plaintext) === plain) return;
    throw new AuthError({
      code: "keyring_write_failed",
      message: `keyring entry cannot be read back: ${path}`,
    });
  }

  async function describe(): Promise<StoreFacts> {
    const facts = files.stat(directory);
    const reason = facts && !facts.isDirectory
      ? `${directory} is not a directory`
      : passwordMissing(init.password, doors);
    return {
      type: "file",
      location: directory,
      locked: false,
      available: reason === undefined,
      reason,
    };
  }

  return {
    get,
    set,
    delete: remove,
    list: async () => names().map(unescapeKey),
    describe,
    verify,
    rotate,
  };
}

async function stateOf(
  token: string,
  key: string,
  secret: CryptoKey,
): Promise<EntryCheck["state"]> {
  const opened = await open(token, secret);
  if ("refused" in opened) {
    return opened.refused === "password" ? "other_password" : opened.refused;
  }
  return recordIn(opened.plaintext)?.Key === key ? "ok" : "damaged";
}

/** The plaintext of 03 §6.4, in its field order. */
function recordOf(key: string, value: string): string {
  return JSON.stringify({
    Key: key,
    Data: new TextEncoder().encode(value).toBase64(),
    Label: "",
    Description: "",
    KeychainNotTrustApplication: false,
    KeychainNotSynchronizable: false,
  });
}

function recordIn(plaintext: Uint8Array): { Key?: unknown; Data?: unknown } | undefined {
  try {
    const record = JSON.parse(text(plaintext));
    return record !== null && typeof record === "object" ? record : undefined;
  } catch {
    return undefined;
  }
}

/** A swapped or renamed file is refused: the record names the key it was written for. */
function valueOf(plaintext: Uint8Array, key: string): string {
  const record = recordIn(plaintext);
  if (typeof record?.Data !== "string" || typeof record.Key !== "string") {
    throw corrupted(key, "the record is incomplete");
  }
  if (record.Key !== key) throw corrupted(key, "the file holds the entry of another key");
  try {
    return text(Uint8Array.fromBase64(record.Data));
  } catch {
    throw corrupted(key, "the record is incomplete");
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Go's `time.Time` text without fractions: the reference takes any string here. */
function createdAt(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}

/** File name of a key: `%` and `/` alone are escaped; on Windows also what its file names forbid. */
export function escapeKey(key: string, windows: boolean): string {
  return key.replace(
    windows ? /[%/\\:*?"<>|]/g : /[%/]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Key of a file name: every `%XX` is one byte of UTF-8, in either case. */
export function unescapeKey(name: string): string {
  return name.replace(
    /(?:%[0-9a-fA-F]{2})+/g,
    (run) => text(Uint8Array.fromHex(run.replaceAll("%", ""))),
  );
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
  const cut = Math.max(
    path.lastIndexOf("/"),
    doors.env.os === "windows" ? path.lastIndexOf("\\") : -1,
  );
  const parent = path.slice(0, cut) || "/";
  if (cut < 0 || !path.slice(cut + 1).includes(".") || doors.files.exists(path)) return path;
  if (!doors.files.list(parent)?.some((name) => name.startsWith("atmos_"))) return path;
  warn(
    `Keyring entries found in ${parent}: using it instead of ${path}, as they were written there`,
  );
  return parent;
}

function refusal(key: string, state: EntryCheck["state"]): AuthError {
  if (state === "unsupported") return unsupported(key);
  return state === "other_password" ? otherPassword(key) : corrupted(key, "the file is damaged");
}

function unsupported(key: string): AuthError {
  return new AuthError({
    code: "keyring_unsupported_encryption",
    message: `unsupported keyring encryption: entry ${key}`,
  });
}

function otherPassword(key: string): AuthError {
  return new AuthError({
    code: "keyring_entry_password",
    message: `keyring entry ${key} was stored with another password`,
    hints: [
      "Other entries open with this password: delete this one, or give the one it was stored with",
    ],
  });
}

function corrupted(key: string, reason: string): AuthError {
  return new AuthError({
    code: "keyring_entry_corrupted",
    message: `credential entry is corrupted: ${key}: ${reason}`,
    hints: ["Delete it with `atmos-auth keyring delete`, then log in again"],
  });
}
