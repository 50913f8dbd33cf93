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
    writeAll(Deno.stdout, typeof text === "string" ? encoder.encode(text) : text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new BrokenPipe();
    throw error;
  }
}

let stderrFile: { writeSync(bytes: Uint8Array): number } | undefined;

/** Writes all of it to stderr, or to the file of {@link redirectStderr}. A closed stderr is nobody to tell. */
export function writeStderr(text: string | Uint8Array): void {
  try {
    writeAll(stderrFile ?? Deno.stderr, typeof text === "string" ? encoder.encode(text) : text);
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
    return Deno.consoleSize();
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
