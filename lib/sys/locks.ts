import { sleep } from "./clock.ts";
import { AuthError } from "./error.ts";
import { errnoOf, fileError, isAbsent } from "./file_error.ts";
import { parentOf } from "./path.ts";

/** A held lock; leaving the scope (`await using`) or `release()` frees it. The file stays (03 §5.4). */
export interface HeldLock extends AsyncDisposable {
  readonly path: string;
  /** True when the lock was not free at the first try: somebody else may have done the work. */
  readonly waited: boolean;
  release(): Promise<void>;
}

export interface LockRequest {
  /** The lock file itself (for a data file: `<file>.lock`). */
  path: string;
  /** Give up after this long; default 10 000 ms (03 §5.4). */
  timeoutMs?: number;
  /** Informational text written into the lock file: pid, time, this. */
  what?: string;
  /** Called once when the lock is still held by another process after 1 s, with its pid when known. */
  onWait?: (pid: number | undefined) => void;
  signal?: AbortSignal;
}

/** Advisory whole-file locks (`flock`), serialised by path inside the process first (03 §5.4). */
export interface Locks {
  /** Throws `failed to acquire file lock within timeout` (code `lock_timeout`). */
  acquire(request: LockRequest): Promise<HeldLock>;
  /**
   * Whether somebody holds the lock right now, and which process, when that can be read. Nothing is
   * written; a lock file that is not there is held by nobody.
   */
  holder?(path: string): Promise<{ held: boolean; pid?: number }>;
}

export interface SystemLocksOptions {
  /** Creates the directory of a lock file when it is missing; without it that is an error. */
  ensureDir?: (dir: string) => Promise<void>;
  /** Told once when the file system has no locks. */
  warn?: (text: string) => void;
  /** Tests only: replaces `FsFile.tryLock`. */
  tryLock?: (file: Deno.FsFile) => Promise<boolean>;
}

const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 200;
const NOTICE_AFTER_MS = 1000;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Locks of the operating system: `flock(2)`, `LockFileEx` on Windows. */
export function systemLocks(options: SystemLocksOptions = {}): Locks {
  const queues = new Map<string, (() => void)[]>();
  const tryLock = options.tryLock ?? ((file) => file.tryLock(true));
  let warned = false;

  /** True when locked, false when another process has it, undefined when locks do not exist here. */
  const attempt = async (file: Deno.FsFile, path: string): Promise<boolean | undefined> => {
    try {
      return await tryLock(file);
    } catch (error) {
      if (!UNSUPPORTED.has(errnoOf(error) ?? "") && !(error instanceof Deno.errors.NotSupported)) {
        throw fileError("lock", path, error);
      }
      if (!warned) {
        warned = true;
        options.warn?.(
          `${path}: this file system has no locks; do not run several atmos-auth at once on it`,
        );
      }
      return undefined;
    }
  };

  /** Polls until the file is ours. A lock file that somebody deleted meanwhile is opened anew. */
  const lockFile = async (
    request: LockRequest,
    limit: { deadline: number; waited: () => void },
  ): Promise<Deno.FsFile> => {
    const { path, signal } = request;
    const started = Date.now();
    let pause = FIRST_POLL_MS, told = false;
    let file = openLockFile(path);
    try {
      for (;;) {
        const locked = await attempt(file, path);
        signal?.throwIfAborted();
        if (locked === undefined || (locked && file.statSync().nlink !== 0)) break;
        if (locked) {
          file.close();
          file = openLockFile(path);
          continue;
        }
        limit.waited();
        const now = Date.now();
        if (now >= limit.deadline) throw timedOut(path);
        if (!told && now - started >= NOTICE_AFTER_MS) {
          told = true;
          request.onWait?.(holderOf(path));
        }
        await sleep(Math.min(pause, limit.deadline - now), signal);
        pause = Math.min(pause * 1.5, LONGEST_POLL_MS);
      }
      writeHolder(file, request.what);
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  };

  return {
    async holder(path) {
      if (!lstatOrUndefined(path)?.isFile) return { held: false };
      const file = openExisting(path);
      try {
        if (await attempt(file, path) !== false) return { held: false };
        const pid = holderOf(path);
        return { held: true, ...(pid === undefined ? {} : { pid }) };
      } finally {
        file.close();
      }
    },
    async acquire(request) {
      const { path, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = request;
      const deadline = Date.now() + timeoutMs;
      signal?.throwIfAborted();
      let waited = await enter(queues, path, { deadline, signal });
      let file: Deno.FsFile;
      try {
        await makeParent(path, options.ensureDir);
        file = await lockFile(request, { deadline, waited: () => waited = true });
      } catch (error) {
        leave(queues, path);
        throw error;
      }
      let held = true;
      const release = async () => {
        if (!held) return;
        held = false;
        // Closing frees the lock; the file stays, deleting it would race (03 §5.4).
        file.close();
        leave(queues, path);
      };
      return { path, waited, release, [Symbol.asyncDispose]: release };
    },
  };
}

const UNSUPPORTED = new Set(["ENOLCK", "EOPNOTSUPP", "ENOTSUP", "ENOSYS"]);

/** Waits for our turn among the tasks of this process; true when it was not free at once. */
async function enter(
  queues: Map<string, (() => void)[]>,
  path: string,
  { deadline, signal }: { deadline: number; signal?: AbortSignal },
): Promise<boolean> {
  const queue = queues.get(path);
  if (!queue) {
    queues.set(path, []);
    return false;
  }
  await new Promise<void>((resolve, reject) => {
    const turn = () => {
      done();
      resolve();
    };
    const giveUp = (reason: unknown) => {
      done();
      queue.splice(queue.indexOf(turn), 1);
      reject(reason);
    };
    const abort = () => giveUp(signal!.reason);
    const timer = setTimeout(() => giveUp(timedOut(path)), Math.max(0, deadline - Date.now()));
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort, { once: true });
    queue.push(turn);
  });
  return true;
}

function leave(queues: Map<string, (() => void)[]>, path: string): void {
  const next = queues.get(path)?.shift();
  if (next) next();
  else queues.delete(path);
}

async function makeParent(path: string, ensureDir?: (dir: string) => Promise<void>): Promise<void> {
  const dir = parentOf(path, Deno.build.os === "windows");
  try {
    if (Deno.statSync(dir).isDirectory) return;
  } catch (error) {
    if (!isAbsent(error)) throw fileError("lock", path, error);
  }
  if (ensureDir) await ensureDir(dir);
}

/** The lock file, created 0600 when missing; a link in its place is refused. */
function openLockFile(path: string): Deno.FsFile {
  for (let tries = 0;; tries++) {
    try {
      const before = lstatOrUndefined(path);
      if (!before) {
        return Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
      }
      if (!before.isFile) {
        throw new AuthError({
          code: "symlink_refused",
          message: `refusing to lock ${path}: it is not a regular file`,
        });
      }
      const file = openExisting(path);
      const now = file.statSync();
      if (now.ino === before.ino && now.dev === before.dev) return file;
      file.close();
    } catch (error) {
      // Created or deleted by another process between two of our steps: look again.
      const raced = error instanceof Deno.errors.AlreadyExists ||
        (error instanceof Deno.errors.NotFound && lstatOrUndefined(parentOf(path, false)));
      if (!raced || tries >= 5) throw fileError("lock", path, error);
    }
  }
}

/** A lock file that we may only read can still be locked. */
function openExisting(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true, write: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    return Deno.openSync(path, { read: true });
  }
}

function lstatOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileError("lock", path, error);
  }
}

/** `pid\nISO time\nwhat`, for people and for the notice of those who wait. False when it cannot be written. */
function writeHolder(file: Deno.FsFile, what = "lock"): boolean {
  try {
    file.truncateSync(0);
    file.writeSync(
      new TextEncoder().encode(`${Deno.pid}\n${new Date().toISOString()}\n${what}\n`),
    );
    return true;
  } catch {
    return false;
  }
}

/** Process id from the holder's text; undefined when it is not there or cannot be read (Windows). */
function holderOf(path: string): number | undefined {
  try {
    const pid = Number.parseInt(Deno.readTextFileSync(path), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function timedOut(path: string): AuthError {
  return new AuthError({
    code: "lock_timeout",
    message: `failed to acquire file lock within timeout: ${path}`,
    hints: ["Another process holds the lock; its process id is the first line of that file"],
  });
}
