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

export interface ChildRequest {
  command: string;
  args: string[];
  /** Names removed from the inherited environment. */
  unset: string[];
  /** Names set on top. */
  set: Record<string, string>;
}

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
