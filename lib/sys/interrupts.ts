/**
 * Ctrl-C and the signals that end a program, while something slow is under way. Until
 * {@link watchInterrupts} is called the default action holds: the process ends at once, and nothing
 * is left behind that a later run does not clean up.
 */
import { AuthError, userAborted } from "./error.ts";

const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type Ending = keyof typeof numbers;

/** Time to end in an orderly way before the process is ended. */
const GRACE_MS = 5000;

const controller = new AbortController();
const cleanups = new Set<() => void>();
let watching = false;
let held = 0;
let seen = false;

/** Aborted, with the error to end with as its reason, by the first signal. */
export const interrupted: AbortSignal = controller.signal;

/** From now on a signal aborts {@link interrupted}; a second one, or 5 s, end the process. */
export function watchInterrupts(): void {
  if (watching) return;
  watching = true;
  const windows = Deno.build.os === "windows";
  for (const signal of Object.keys(numbers) as Ending[]) {
    if (windows && signal !== "SIGINT") continue;
    Deno.addSignalListener(signal, () => interrupt(signal));
  }
}

/**
 * Leaves signals to somebody else (the final child of `exec`, 02 §7.3) until the returned function
 * is called.
 */
export function holdInterrupts(): () => void {
  held++;
  let done = false;
  return () => {
    if (!done) held--;
    done = true;
  };
}

/** Run before the process is ended by force: restores a terminal. Returns the way to take it back. */
export function beforeForcedEnd(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => void cleanups.delete(cleanup);
}

function interrupt(signal: Ending): void {
  if (held > 0) return;
  if (seen) end(signal);
  seen = true;
  setTimeout(() => end(signal), GRACE_MS);
  controller.abort(
    signal === "SIGINT" ? userAborted() : new AuthError({
      code: "user_aborted",
      message: `user aborted: ended by ${signal}`,
      exit: 128 + numbers[signal],
    }),
  );
}

function end(signal: Ending): never {
  for (const cleanup of cleanups) cleanup();
  Deno.exit(128 + numbers[signal]);
}
