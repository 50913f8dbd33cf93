/**
 * The directory of the file keyring and its password: what reading, writing and upkeep share
 * (03 §6.4). Our own metadata lives in `.atmos-auth/`, which the reference does not take for keys.
 */
import type { Clock } from "../sys/clock.ts";
import type { HeldLock, Locks } from "../sys/locks.ts";
import type { Random } from "../sys/random.ts";
import { importPassword, open, seal } from "./jwe.ts";
import {
  obtainPassword,
  type PasswordDoors,
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

const META = ".atmos-auth";
/** Plaintext of the record that tells whether a password is this store's. */
export const CHECK_TEXT = "atmos-auth";

export class Vault {
  readonly directory: string;
  readonly newDir: string;
  readonly readyFile: string;
  readonly checkFile: string;
  #init: FileStoreInit;
  /** Asked for once a process: a refusal stays one, and two readers do not ask twice. */
  #password: Promise<CryptoKey> | undefined;
  /** The password has opened something of this store, or the store is new. */
  #verified = false;

  constructor(init: FileStoreInit) {
    this.#init = init;
    this.directory = init.directory;
    this.newDir = this.at(META, "new");
    this.readyFile = this.newFile(".ready");
    this.checkFile = this.at(META, "check");
    init.doors.files.grant(init.directory);
  }

  at(...parts: string[]): string {
    return join(this.#init.doors.env, this.#init.directory, ...parts);
  }

  /** Where a rotation prepares the file. */
  newFile(name: string): string {
    return this.at(META, "new", name);
  }

  nameOf(key: string): string {
    return escapeKey(key, this.#init.doors.env.os === "windows");
  }

  /** File names of entries. */
  names(): string[] {
    return (this.#init.doors.files.list(this.directory) ?? [])
      .filter((name) => name.startsWith("atmos_") && this.isFile(this.at(name)));
  }

  isFile(path: string): boolean {
    return this.#init.doors.files.stat(path)?.isFile === true;
  }

  /** One trailing newline is tolerated. */
  async readToken(path: string): Promise<string | undefined> {
    return (await this.#init.doors.files.readSecret(path))?.replace(/\n$/, "");
  }

  /** True while nothing at all is encrypted here. */
  get fresh(): boolean {
    return this.names().length === 0 && !this.#init.doors.files.exists(this.checkFile);
  }

  /** The lock of all writers; an interrupted rotation is finished first. */
  async lock(): Promise<HeldLock> {
    const { files, locks } = this.#init.doors;
    await files.ensureDir(this.directory);
    await files.ensureDir(this.at(META));
    const held = await locks.acquire({ path: this.at(META, "lock"), what: "keyring" });
    try {
      await this.finishRotation();
      return held;
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  /** Moves over what a rotation had ready; drops what it had not. Under the lock. */
  async finishRotation(): Promise<void> {
    const { files } = this.#init.doors;
    if (!files.exists(this.newDir)) return;
    if (files.exists(this.readyFile)) {
      for (const name of files.list(this.newDir) ?? []) {
        if (name === ".ready") continue;
        const token = await files.readSecret(this.newFile(name));
        await files.write(name === "check" ? this.checkFile : this.at(name), token ?? "");
      }
    }
    await files.removeTree(this.newDir);
  }

  /**
   * The password, obtained once a process. A person's answer is verified at once, one from
   * elsewhere at its first use. `first` names the entry to try it on.
   */
  candidate(first?: string): Promise<CryptoKey> {
    return this.#password ??= this.#obtain(first).catch((error) => {
      // Nobody could be asked just now (a purge asks nobody): the next one may ask.
      if (error.code === "keyring_password_required") this.#password = undefined;
      throw error;
    });
  }

  async #obtain(first?: string): Promise<CryptoKey> {
    const bytes = await obtainPassword(this.#init.password, this.#init.doors, {
      fresh: this.fresh,
      accepts: async (typed) => {
        this.#verified = await this.#belongs(await importPassword(typed.slice()), first);
        return this.#verified;
      },
    });
    return await importPassword(bytes);
  }

  /** The password once it is known to be this store's; throws `keyring_wrong_password`. */
  async proven(first?: string): Promise<CryptoKey> {
    const key = await this.candidate(first);
    if (!this.#verified && !(this.#verified = await this.#belongs(key, first))) {
      throw wrongPassword();
    }
    return key;
  }

  /** Notes that the password opened an entry. */
  confirm(): void {
    this.#verified = true;
  }

  replacePassword(key: CryptoKey): void {
    this.#password = Promise.resolve(key);
    this.#verified = true;
  }

  encrypt(plain: string, key: CryptoKey): Promise<string> {
    const { doors, iterations } = this.#init;
    return seal(new TextEncoder().encode(plain), {
      password: key,
      iterations,
      created: createdAt(doors.clock.now()),
      random: doors.random,
    });
  }

  /** Whether a password belongs to this store: the check record decides, else any entry that opens. */
  async #belongs(key: CryptoKey, first?: string): Promise<boolean> {
    const check = await this.readToken(this.checkFile);
    if (check !== undefined) {
      const opened = await open(check, key);
      if ("plaintext" in opened) return true;
      if (opened.refused === "password") return false;
    }
    let contradicted = false;
    const rest = this.names().filter((name) => name !== first);
    for (const name of first === undefined ? rest : [first, ...rest]) {
      const token = this.isFile(this.at(name)) ? await this.readToken(this.at(name)) : undefined;
      if (token === undefined) continue;
      const opened = await open(token, key);
      if ("plaintext" in opened) return true;
      if (opened.refused === "password") contradicted = true;
    }
    return !contradicted;
  }
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
    (run) => new TextDecoder().decode(Uint8Array.fromHex(run.replaceAll("%", ""))),
  );
}
