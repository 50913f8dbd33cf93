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
}
