/**
 * The keyboard in raw mode (03 §10.6). Whoever opens it gets bytes; the terminal is put back on
 * every way out: close, the end of the process, a signal.
 */
import { AuthError } from "./error.ts";
import { beforeForcedEnd, interrupted, watchInterrupts } from "./interrupts.ts";
import { drawOnStderr } from "./stdio.ts";

/** Bytes typed, one chunk at a time. */
export interface RawInput {
  /**
   * The next bytes; undefined at the end of input, `"quiet"` when nothing came within `withinMs`.
   * Rejects with the reason of {@link interrupted} when a signal ends the wait.
   */
  read(withinMs?: number): Promise<Uint8Array | undefined | "quiet">;
  /** Gives bytes back that were read too far: the next prompt gets them. */
  unread(bytes: Uint8Array): void;
  /** Raw or ordinary mode for a moment, so that lines of others come out straight. */
  raw(on: boolean): void;
  /** Shows or hides the text cursor; it is shown again on every way out. */
  cursor(shown: boolean): void;
  close(): void;
}

interface Source {
  read(buffer: Uint8Array): Promise<number | null>;
  setRaw(on: boolean): void;
}

let source: Source | undefined;
/** Chunks that nobody has asked for yet; undefined marks the end of input. */
const arrived: (Uint8Array | undefined)[] = [];
/** A read that was begun and not answered: it must not be begun twice, or a key is lost. */
let reading: Promise<void> | undefined;

/**
 * Raw mode on stdin, or on `/dev/tty` when stdin is no terminal (not on Windows). Throws AuthError
 * `no_terminal` when there is neither.
 */
export function openRawInput(): RawInput {
  source ??= openSource();
  const here = source;
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  let hidden = false, open = true;
  const onInterrupt = () => {
    close();
    stopped.reject(interrupted.reason);
  };
  // Nobody else handles this one: the terminal is put back, then its default action follows.
  const onQuit = () => {
    close();
    Deno.kill(Deno.pid, "SIGQUIT");
  };
  const quits = Deno.build.os !== "windows";

  function close(): void {
    if (!open) return;
    open = false;
    forget();
    globalThis.removeEventListener("unload", close);
    interrupted.removeEventListener("abort", onInterrupt);
    if (quits) Deno.removeSignalListener("SIGQUIT", onQuit);
    if (hidden) drawOnStderr("\x1b[?25h");
    try {
      here.setRaw(false);
    } catch (error) {
      // The terminal has gone (hang-up): there is nothing to put back.
      if (!isGone(error)) throw error;
    }
  }

  interrupted.throwIfAborted();
  watchInterrupts();
  here.setRaw(true);
  const forget = beforeForcedEnd(close);
  globalThis.addEventListener("unload", close);
  interrupted.addEventListener("abort", onInterrupt);
  if (quits) Deno.addSignalListener("SIGQUIT", onQuit);

  const more = (): Promise<void> =>
    reading ??= readChunk(here).then((bytes) => {
      arrived.push(bytes);
      reading = undefined;
    });

  return {
    async read(withinMs) {
      if (arrived.length > 0) return arrived.shift();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const quiet = new Promise<void>((resolve) => {
        if (withinMs !== undefined) timer = setTimeout(resolve, withinMs);
      });
      try {
        await Promise.race([more(), quiet, stopped.promise]);
      } finally {
        clearTimeout(timer);
      }
      return arrived.length > 0 ? arrived.shift() : "quiet";
    },
    unread(bytes) {
      if (bytes.length > 0) arrived.unshift(bytes);
    },
    raw(on) {
      if (open) here.setRaw(on);
    },
    cursor(shown) {
      hidden = !shown;
      drawOnStderr(shown ? "\x1b[?25h" : "\x1b[?25l");
    },
    close,
  };
}

function openSource(): Source {
  if (Deno.stdin.isTerminal()) return Deno.stdin;
  if (Deno.build.os !== "windows") {
    try {
      return Deno.openSync("/dev/tty", { read: true });
    } catch (cause) {
      throw noTerminal(cause);
    }
  }
  throw noTerminal();
}

function noTerminal(cause?: unknown): AuthError {
  return new AuthError({
    code: "no_terminal",
    message: "interactive mode not available: there is no terminal to read from",
    cause,
  });
}

async function readChunk(from: Source): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(4096);
  try {
    const count = await from.read(buffer);
    return count === null ? undefined : buffer.subarray(0, count);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    ["EIO", "ENXIO", "ENOTTY", "EBADF"].includes((error as { code?: string }).code ?? "");
}
