/** From the `auth.keyring` settings to a store (03 §6.1). */
import type { Clock } from "../sys/clock.ts";
import { AuthError } from "../sys/error.ts";
import type { Locks } from "../sys/locks.ts";
import type { Random } from "../sys/random.ts";
import type { RawStore } from "./keyring.ts";
import type { FileStore } from "./keyring_file.ts";
import type { PasswordDoors } from "./keyring_password.ts";

/** `auth.keyring` with environment and defaults already applied. */
export interface KeyringChoice {
  type: string;
  /** Directory of the file store. */
  path: string;
  passwordEnv: string;
  iterations: number;
  passwordFile?: string;
  passwordCommand?: string[];
}

export interface KeyringDoors extends PasswordDoors {
  locks: Locks;
  random: Random;
  clock: Clock;
  /** A person may answer an unlock dialog of the desktop (03 §6.8). */
  readonly interactive: boolean;
  warn(text: string): void;
  /** Numeric id of this user; null on Windows. */
  userId(): number | null;
}

/**
 * Opens the chosen store; needs no password and starts no program. A `file` store that cannot open
 * throws: it is never replaced by another one. Throws AuthError `unsupported_keyring_type`.
 */
export async function openKeyring(choice: KeyringChoice, doors: KeyringDoors): Promise<RawStore> {
  switch (choice.type) {
    case "system":
      return await openSystem(doors);
    case "file":
      return await openFile(choice, doors);
    case "memory":
      return (await import("./keyring_memory.ts")).memoryStore();
    case "none":
      return (await import("./keyring_none.ts")).noneStore();
    case "auto":
      return await openAny(choice, doors);
    default:
      throw new AuthError({
        code: "unsupported_keyring_type",
        message: `unsupported keyring type: ${choice.type}`,
        hints: ["Use `system`, `file`, `memory`, `none` or `auto`"],
      });
  }
}

/** The file store of the settings, whatever the type says (`keyring verify`, `rotate-password`, `migrate`). */
export async function openFile(choice: KeyringChoice, doors: KeyringDoors): Promise<FileStore> {
  const { fileStore, fileStoreDirectory } = await import("./keyring_file.ts");
  const { readDescriptor } = await import("../sys/descriptor.ts");
  const directory = fileStoreDirectory(doors, choice.path, (text) => doors.warn(text));
  const facts = doors.files.stat(directory);
  if (facts && !facts.isDirectory) {
    throw new AuthError({
      code: "keyring_directory_unusable",
      message: `cannot open the file keyring: ${directory} is not a directory`,
    });
  }
  doors.readDescriptor ??= readDescriptor;
  return fileStore({
    directory,
    iterations: choice.iterations,
    password: {
      variable: choice.passwordEnv,
      file: choice.passwordFile,
      command: choice.passwordCommand,
    },
    doors,
  });
}

async function openSystem(doors: KeyringDoors): Promise<RawStore> {
  const { systemStore } = await import("./keyring_system.ts");
  return systemStore(doors);
}

/** `auto`: the system's keyring, else the file store when a password can be had, else none. */
async function openAny(choice: KeyringChoice, doors: KeyringDoors): Promise<RawStore> {
  const system = await openSystem(doors);
  if ((await system.describe()).available) return system;
  const file = await openFile(choice, doors);
  if ((await file.describe()).available) return file;
  return (await import("./keyring_none.ts")).noneStore();
}
