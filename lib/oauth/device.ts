import type { Clock } from "../sys/clock.ts";

/** What one question for the token came to (RFC 8628 §3.5). */
export type PollAnswer<T> =
  | { state: "done"; value: T }
  /** Not yet approved, or the network failed: ask again. */
  | { state: "pending" }
  /** Ask less often from now on. */
  | { state: "slow_down" };

/**
 * Asks for the token until the user has approved (RFC 8628 §3.5): waits first, then asks, until the
 * code has expired by the clock. `slow_down` adds five seconds each time, for good. The interval is
 * the server's, 5 s when it gave none. Undefined = the code ran out; errors of `poll` end the wait.
 */
export async function pollForToken<T>(o: {
  intervalSeconds: number;
  expiresInSeconds: number;
  clock: Clock;
  signal: AbortSignal;
  poll: () => Promise<PollAnswer<T>>;
}): Promise<T | undefined> {
  const deadline = o.clock.now() + o.expiresInSeconds * 1000;
  let intervalMs = (o.intervalSeconds > 0 ? o.intervalSeconds : 5) * 1000;
  while (true) {
    const left = deadline - o.clock.now();
    if (left <= 0) return undefined;
    await o.clock.sleep(Math.min(intervalMs, left), o.signal);
    if (o.clock.now() >= deadline) return undefined;
    const answer = await o.poll();
    if (answer.state === "done") return answer.value;
    if (answer.state === "slow_down") intervalMs += 5000;
  }
}
