/**
 * The operating system's keyring behind one interface (00 item 11): the backend of the platform,
 * asked through its own program, with availability, time limits and parts around it (03 §6.5-6.10).
 */
import { AuthError } from "../sys/error.ts";
import type { HelperRequest, HelperResult } from "../sys/spawn.ts";
import type { RawStore } from "./keyring.ts";
import { chunked } from "./keyring_chunks.ts";
import type { KeyringDoors } from "./keyring_open.ts";
import { join, locksDir } from "./paths.ts";

/** Outcome of looking whether a backend can be used at all. */
export interface Probe {
  /** Why not; undefined when it can. */
  reason?: string;
  hints?: string[];
  locked?: boolean;
}

/** One platform's way to its keyring. Errors are AuthErrors `keyring_*`. */
export interface SystemBackend {
  /** As `describe` shows it. */
  location: string;
  /** Bytes that one entry takes; more goes into parts. */
  limit: number;
  /** Starts no bus, asks nobody, ends within 3 s. */
  probe(): Promise<Probe>;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<boolean>;
  list(): Promise<string[]>;
  /** Several at once, where a start is dear. */
  getMany?(keys: string[]): Promise<(string | undefined)[]>;
  setMany?(entries: [key: string, value: string][]): Promise<void>;
  /** Whether it is known to be locked, as far as that shows without asking anybody. */
  locked?(): Promise<boolean>;
}

export const PROBE_KEY = "atmos-keyring-availability-probe";
export const ACCOUNT = "atmos-auth";
export const PROBE_TIMEOUT_MS = 3_000;
const READ_TIMEOUT_MS = 10_000;
const DIALOG_TIMEOUT_MS = 120_000;

/** The keyring of this operating system. The probe runs at the first use and once a process. */
export async function systemStore(doors: KeyringDoors): Promise<RawStore> {
  const backend = await backendFor(doors);
  let probed: Promise<Probe> | undefined;
  const probe = () => probed ??= backend.probe();

  const use = async <T>(work: () => Promise<T>): Promise<T> => {
    const { reason, hints } = await probe();
    if (reason !== undefined) throw unusable(reason, hints);
    return await work();
  };
  const whole = chunked({
    get: (key) => use(() => backend.get(key)),
    set: (key, value) => use(() => backend.set(key, value)),
    delete: (key) => use(() => backend.delete(key)),
    list: () => use(() => backend.list()),
    ...(backend.getMany && { getMany: (keys) => use(() => backend.getMany!(keys)) }),
    ...(backend.setMany && { setMany: (entries) => use(() => backend.setMany!(entries)) }),
    describe,
  }, { limit: backend.limit, random: doors.random, lock });

  async function lock() {
    // Before the lock: an unusable keyring needs none.
    await use(async () => {});
    const dir = locksDir(doors.env);
    doors.files.grant(dir);
    await doors.files.ensureDir(dir);
    return await doors.locks.acquire({
      path: join(doors.env, dir, "keyring.lock"),
      what: "keyring",
      timeoutMs: doors.interactive ? DIALOG_TIMEOUT_MS + READ_TIMEOUT_MS : 2 * READ_TIMEOUT_MS,
    });
  }

  async function describe() {
    const { reason } = await probe();
    const locked = reason === undefined && (await backend.locked?.() ?? false);
    return {
      type: "system-keyring",
      location: backend.location,
      locked,
      available: reason === undefined && (!locked || doors.interactive),
      reason: reason ?? (locked ? "the keyring is locked" : undefined),
    };
  }

  return whole;
}

async function backendFor(doors: KeyringDoors): Promise<SystemBackend> {
  if (doors.env.os === "darwin") return (await import("./keyring_macos.ts")).macosBackend(doors);
  if (doors.env.os === "windows") {
    return (await import("./keyring_windows.ts")).windowsBackend(doors);
  }
  return (await import("./keyring_linux.ts")).linuxBackend(doors);
}

/**
 * Runs a helper that may show an unlock dialog: 10 s, or 120 s when somebody can answer. Throws
 * AuthError `keyring_timeout`; the spawn gateway has ended the process group by then.
 */
export async function runHelper(
  doors: KeyringDoors,
  request: Omit<HelperRequest, "timeoutMs">,
): Promise<HelperResult> {
  const timeoutMs = doors.interactive ? DIALOG_TIMEOUT_MS : READ_TIMEOUT_MS;
  const result = await doors.spawn.helper({ ...request, timeoutMs });
  if (!result.timedOut) return result;
  throw new AuthError({
    code: "keyring_timeout",
    message: `keyring timed out: no answer within ${timeoutMs / 1000} s`,
    hints: [
      "Unlock the keyring of the desktop session and try again",
      "Set `ATMOS_KEYRING_TYPE=file` and `ATMOS_KEYRING_PASSWORD` where there is no desktop",
    ],
  });
}

export function unusable(reason: string, hints: string[] = []): AuthError {
  return new AuthError({
    code: "keyring_unavailable",
    message: `no usable system keyring: ${reason}`,
    hints: [
      ...hints,
      "Set `ATMOS_KEYRING_TYPE=file` to keep secrets in an encrypted directory, with its password " +
      "in `ATMOS_KEYRING_PASSWORD` or typed",
    ],
  });
}

export function lockedKeyring(hint: string): AuthError {
  return new AuthError({
    code: "keyring_locked",
    message: "the keyring is locked",
    hints: [hint],
  });
}

export function helperFailed(what: string, detail: string): AuthError {
  return new AuthError({
    code: "keyring_failed",
    message: `keyring ${what} failed: ${detail}`,
  });
}

export function notReadBack(key: string): AuthError {
  return new AuthError({
    code: "keyring_write_failed",
    message: `keyring entry cannot be read back: ${key}`,
  });
}

/** First line of a helper's complaint, short enough for a message. */
export function firstLine(text: string): string {
  const line = text.split("\n").map((l) => l.trim()).find((l) => l !== "") ?? "no message";
  return line.slice(0, 200);
}
