import { AuthError, userAborted } from "./error.ts";
import { withInheritedUmask } from "./umask.ts";
import { whichProgram } from "./which.ts";
import { type ChildRequest, runChild } from "./spawn_child.ts";

/** Result of a helper program. */
export interface HelperResult {
  code: number;
  stdout: Uint8Array;
  stdoutText: string;
  stderrText: string;
  timedOut: boolean;
}

export interface HelperRequest {
  /** Absolute path, or a bare name from the list of known helpers, searched on PATH. */
  command: string;
  args: string[];
  /** Written to stdin, then closed. The only way a secret may reach a helper. */
  stdin?: string | Uint8Array;
  /** Additions to the minimal environment of 03 §7. */
  env?: Record<string, string>;
  /** Replace the minimal environment by the inherited one (git and gh, 07 §9). */
  inheritEnv?: boolean;
  /** Names left out of the inherited environment. */
  unset?: string[];
  /** `inherit`: the helper's stderr goes to ours as it comes (`!exec`, 01 §2.1). Default: captured. */
  stderr?: "capture" | "inherit";
  /** `Infinity`: no limit (`!exec`). */
  timeoutMs: number;
  signal?: AbortSignal;
  cwd?: string;
}

export type { ChildRequest };

/** Starting programs: the other door to the outside (03 §10.2, 02 §7). */
export interface Spawn {
  /** Runs a helper to its end with captured output. Missing program: AuthError `helper_not_found`. */
  helper(request: HelperRequest): Promise<HelperResult>;
  /** Starts the final child with inherited stdio, forwards signals (02 §7.3), resolves to the exit code to pass on. */
  child(request: ChildRequest): Promise<number>;
  /** Starts a program and does not wait (browser opener); output discarded. False when it could not start. */
  detached(command: string, args: string[]): Promise<boolean>;
  /** Absolute path of an executable on `path` (default PATH), or undefined. */
  which(name: string, path?: string): string | undefined;
}

/** Helpers that may be named without a path; everything else must be absolute (03 §10.3). */
const knownHelpers = [
  "az",
  "cmd",
  "gcloud",
  "gh",
  "git",
  "icacls",
  "open",
  "rundll32",
  "secret-tool",
  "sh",
  "wslview",
  "xdg-open",
  "ykman",
];

/** What a helper sees of our environment (03 §7). */
const helperVariables =
  /^(PATH|PATHEXT|HOME|USER|LOGNAME|LANG|LC_.*|TMPDIR|TEMP|TMP|TERM|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|SSH_.*|SYSTEMROOT|APPDATA|LOCALAPPDATA|USERPROFILE|.*_PROXY|WSL_.*)$/i;

/** Starting programs for real. */
export function systemSpawn(): Spawn {
  return {
    helper: runHelper,
    child: runChild,
    detached: startDetached,
    which: whichProgram,
  };
}

function resolveHelper(command: string): string {
  if (/^([/\\]|[A-Za-z]:[\\/])/.test(command)) return command;
  if (!knownHelpers.includes(command)) {
    throw new AuthError({
      code: "helper_not_allowed",
      message: `refusing to start ${command}: it is none of the helpers of this program`,
      hints: ["Give an absolute path"],
    });
  }
  const found = whichProgram(command);
  if (found) return found;
  throw helperMissing(command);
}

function helperMissing(command: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "helper_not_found",
    message: `command not found: ${command}`,
    hints: [`Ensure \`${command}\` is installed and available on your PATH`],
    cause,
  });
}

function helperEnvironment(
  request: Pick<HelperRequest, "env" | "inheritEnv" | "unset">,
): Record<string, string> {
  const all = Deno.env.toObject();
  const kept = Object.entries(all).filter(([name]) =>
    (request.inheritEnv || helperVariables.test(name)) && !request.unset?.includes(name)
  );
  return { ...Object.fromEntries(kept), ...request.env };
}

/**
 * Captured run. The helper gets a process group of its own, so that a time-out ends whatever it has
 * started too; stdin is written and closed while both outputs are drained.
 */
async function runHelper(request: HelperRequest): Promise<HelperResult> {
  request.signal?.throwIfAborted();
  const command = resolveHelper(request.command);
  const windows = Deno.build.os === "windows";
  let child: Deno.ChildProcess;
  try {
    // what git, az and gh write is the user's, with the user's mask
    child = withInheritedUmask(() =>
      new Deno.Command(command, {
        args: request.args,
        env: helperEnvironment(request),
        clearEnv: true,
        cwd: request.cwd,
        stdin: request.stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: request.stderr === "inherit" ? "inherit" : "piped",
        detached: !windows && request.stderr !== "inherit",
      }).spawn()
    );
  } catch (error) {
    throw startFailure(request, error);
  }
  let timedOut = false;
  const kill = () => killGroup(child.pid, windows || request.stderr === "inherit");
  const timer = Number.isFinite(request.timeoutMs)
    ? setTimeout(() => {
      timedOut = true;
      kill();
    }, request.timeoutMs)
    : undefined;
  request.signal?.addEventListener("abort", kill, { once: true });
  try {
    const [stdout, stderr, status] = await Promise.all([
      drain(child.stdout),
      request.stderr === "inherit" ? new Uint8Array() : drain(child.stderr),
      child.status,
      feed(child, request.stdin),
    ]);
    if (request.signal?.aborted) {
      throw request.signal.reason instanceof AuthError ? request.signal.reason : userAborted();
    }
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      code: status.code,
      stdout,
      stdoutText: text(stdout),
      stderrText: text(stderr),
      timedOut,
    };
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", kill);
  }
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    parts.push(part);
    size += part.length;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A helper that ends without reading its input is no failure of ours: its exit code speaks. */
async function feed(child: Deno.ChildProcess, stdin: HelperRequest["stdin"]): Promise<void> {
  if (stdin === undefined) return;
  const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function killGroup(pid: number, alone: boolean): void {
  try {
    Deno.kill(alone ? pid : -pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

function startFailure(request: HelperRequest, error: unknown): AuthError {
  if (error instanceof Deno.errors.NotFound) {
    if (request.cwd !== undefined && !isDirectory(request.cwd)) {
      return new AuthError({
        code: "helper_failed",
        message: `cannot start ${request.command}: directory ${request.cwd} does not exist`,
        cause: error,
      });
    }
    return helperMissing(request.command, error);
  }
  return new AuthError({
    code: "helper_failed",
    message: `cannot start ${request.command}: ${(error as Error).message}`,
    cause: error,
  });
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function startDetached(command: string, args: string[]): Promise<boolean> {
  try {
    const child = withInheritedUmask(() =>
      new Deno.Command(command, {
        args,
        env: helperEnvironment({}),
        clearEnv: true,
        stdin: "null",
        stdout: "null",
        stderr: "null",
        detached: Deno.build.os !== "windows",
      }).spawn()
    );
    // an opener that fails does so at once; a browser that was started here goes on without us
    const early = await Promise.race([
      child.status,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 1500)),
    ]);
    child.unref();
    return early === undefined || early.success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return false;
    }
    throw error;
  }
}
