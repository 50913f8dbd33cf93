/** The wall clock and waiting. Tests pass a fake; `ATMOS_TEST_NOW` never reaches it (03 §3.4). */
export interface Clock {
  /** Milliseconds since the epoch, corrected by {@link Clock.setOffset}. */
  now(): number;
  /** Offset in milliseconds that a server's `Date` header revealed (04 §4, clock skew). */
  setOffset(ms: number): void;
  offset(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export function systemClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    setOffset: (ms) => {
      offset = ms;
    },
    offset: () => offset,
    sleep,
  };
}

/** Resolves after `ms` of real time; rejects with the signal's reason when aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
