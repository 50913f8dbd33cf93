/** The three standard streams, raw: filtering and colour are the callers' business. */

import { AuthError } from "./error.ts";

/** Thrown when the reader of stdout has gone: the program stops quietly with 141 (02 §2.1). */
export class BrokenPipe extends Error {
  constructor() {
    super("stdout is closed");
    this.name = "BrokenPipe";
  }
}

const encoder = new TextEncoder();

/** Something drawn on the terminal that must step aside while a line is printed: spinner, prompt. */
export interface Overlay {
  hide(): void;
  show(): void;
}

let overlay: Overlay | undefined;

/** Puts `drawn` in the place of what is drawn below the last line, which is hidden first. */
export function setOverlay(drawn: Overlay | undefined): void {
  overlay?.hide();
  overlay = drawn;
}

/** What is drawn below the last line. */
export function currentOverlay(): Overlay | undefined {
  return overlay;
}

/** Writes `print`'s text with the overlay out of the way. */
function aside(print: () => void): void {
  const drawn = overlay;
  if (!drawn) return print();
  // What hide and show write must not come back here.
  overlay = undefined;
  drawn.hide();
  try {
    print();
  } finally {
    drawn.show();
    overlay ??= drawn;
  }
}

/** Writes to the terminal behind stderr, past any overlay: the overlays themselves. */
export function drawOnStderr(text: string): void {
  writeTo(Deno.stderr, text);
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += stream.writeSync(bytes.subarray(sent));
    } catch (error) {
      // a non-blocking pipe that is full: the kernel says when there is room again
      if (error instanceof Deno.errors.WouldBlock) continue;
      throw error;
    }
  }
}

/** Writes all of it to stdout. Throws {@link BrokenPipe} when nobody reads. */
export function writeStdout(text: string | Uint8Array): void {
  try {
    aside(() => writeAll(Deno.stdout, typeof text === "string" ? encoder.encode(text) : text));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new BrokenPipe();
    throw error;
  }
}

let stderrFile: { writeSync(bytes: Uint8Array): number } | undefined;

/** Writes all of it to stderr, or to the file of {@link redirectStderr}. A closed stderr is nobody to tell. */
export function writeStderr(text: string | Uint8Array): void {
  aside(() => writeTo(stderrFile ?? Deno.stderr, text));
}

function writeTo(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string | Uint8Array,
): void {
  try {
    writeAll(stream, typeof text === "string" ? encoder.encode(text) : text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.BadResource)) {
      throw error;
    }
  }
}

/**
 * `--redirect-stderr`: everything for people goes to this file, created 0600, appended to.
 * `/dev/stdout` and `/dev/null` are names on every system.
 */
export function redirectStderr(path: string): void {
  if (path === "/dev/stdout") stderrFile = Deno.stdout;
  else if (path === "/dev/null") stderrFile = { writeSync: (bytes) => bytes.length };
  else {
    try {
      stderrFile = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
    } catch (cause) {
      throw new AuthError({
        code: "stderr_file_unwritable",
        message: `failed to open the file for stderr: ${path}`,
        hints: ["The directory must exist and be writable"],
        cause,
      });
    }
  }
}

/** True when stderr was redirected by {@link redirectStderr}. */
export function stderrRedirected(): boolean {
  return stderrFile !== undefined;
}

/** Which of the standard streams are terminals. */
export function isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean {
  if (stream === "stderr" && stderrFile) return false;
  return Deno[stream].isTerminal();
}

/** Size of the terminal behind stdout or stderr; undefined when there is none. */
export function consoleSize(): { columns: number; rows: number } | undefined {
  try {
    const size = Deno.consoleSize();
    // A terminal that nobody has told its size says 0 by 0.
    return size.columns > 0 && size.rows > 0 ? size : undefined;
  } catch {
    return undefined;
  }
}

/** All of stdin as text, at most `maxBytes`; undefined when there is more. */
export async function readStdin(maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const buffer = new Uint8Array(16_384);
  for (;;) {
    const n = await Deno.stdin.read(buffer);
    if (n === null) break;
    size += n;
    if (size > maxBytes) return undefined;
    chunks.push(buffer.slice(0, n));
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return new TextDecoder().decode(all);
}
