/** The final child of `exec` and `shell` (02 §7). */
import { AuthError } from "./error.ts";
import { holdInterrupts } from "./interrupts.ts";
import { readMaskSeeds } from "./mask.ts";
import { withInheritedUmask } from "./umask.ts";

/** The final child of `exec` and `shell`. */
export interface ChildRequest {
  command: string;
  args: string[];
  /** Names removed from the inherited environment. */
  unset: string[];
  /** Names set on top. */
  set: Record<string, string>;
}

/** Never handed to a child: they make this runtime load code from disk (03 §10.5). */
const runtimeVariables = ["DENO_INTERNAL_CHILD_ENTRYPOINT", "NODE_CHANNEL_FD"];

/** All are handled before the child starts: it may be ready, and say so, before we are told that it has started. */
const forwarded: Deno.Signal[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
];
/** A terminal delivers these to the whole group: the child has them already. */
const fromTerminal: Deno.Signal[] = ["SIGINT", "SIGQUIT"];

/**
 * Starts the child with our stdio and waits. Signals are passed on as 02 §7.3 says. Resolves to the
 * child's exit code, 128+n when a signal ended it. Throws `command_not_found` (127) and
 * `command_not_executable` (126).
 */
export async function runChild(request: ChildRequest): Promise<number> {
  const windows = Deno.build.os === "windows";
  // what the filter must know of the environment, before it changes
  readMaskSeeds();
  // names go from our own environment, so that variables which are no UTF-8 reach the child untouched
  for (const name of [...request.unset, ...runtimeVariables]) deleteVariable(name, windows);
  const program = findProgram(request, windows);
  let child: Deno.ChildProcess | undefined;
  // before the start: a signal in between must reach the child, not end us alone
  const release = holdInterrupts();
  const signals = new SignalForwarder(() => child, windows);
  signals.on(windows ? ["SIGINT", "SIGBREAK"] : forwarded);
  const stop = () => {
    signals.off();
    release();
  };
  try {
    child = withInheritedUmask(() =>
      new Deno.Command(program, {
        args: request.args,
        env: request.set,
        stdin: "inherit",
        stdout: "inherit",
        stderr: "inherit",
      }).spawn()
    );
  } catch (error) {
    stop();
    throw startFailure(request, error);
  }
  try {
    return (await child.status).code;
  } finally {
    stop();
  }
}

function deleteVariable(name: string, windows: boolean): void {
  if (!windows) {
    Deno.env.delete(name);
    return;
  }
  const wanted = name.toUpperCase();
  for (const key of Object.keys(Deno.env.toObject())) {
    if (key.toUpperCase() === wanted) Deno.env.delete(key);
  }
}

/**
 * A command without a separator is searched in the child's PATH. The runtime would search ours, so
 * the search is done here when they differ, and always where PATHEXT counts.
 */
function findProgram(request: ChildRequest, windows: boolean): string {
  const { command, set } = request;
  if (command.includes("/") || (windows && command.includes("\\"))) return command;
  const name = windows ? Object.keys(set).find((key) => key.toUpperCase() === "PATH") : "PATH";
  const path = (name && set[name]) ?? Deno.env.get("PATH") ?? "";
  const separator = windows ? ";" : ":";
  let blocked: string | undefined;
  for (const dir of path.split(separator)) {
    const at = dir === ""
      ? command
      : `${dir.replace(/[/\\]+$/, "")}${windows ? "\\" : "/"}${command}`;
    const candidates = windows ? withExtensions(at) : [at];
    for (const candidate of candidates) {
      const state = look(candidate, windows);
      if (state === "executable") return dir === "" ? `./${candidate}` : candidate;
      if (state === "blocked") blocked ??= candidate;
    }
  }
  if (blocked !== undefined) throw notExecutable(command);
  throw notFound(command);
}

function withExtensions(path: string): string[] {
  const extensions = (Deno.env.get("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").split(";");
  return [path, ...extensions.map((extension) => path + extension.toLowerCase())];
}

function look(path: string, windows: boolean): "executable" | "blocked" | "absent" {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile) return "absent";
    if (windows) return /\.[a-z]+$/i.test(path) ? "executable" : "absent";
    return ((info.mode ?? 0) & 0o111) !== 0 ? "executable" : "blocked";
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied ? "blocked" : "absent";
  }
}

function startFailure(request: ChildRequest, error: unknown): AuthError {
  const { command } = request;
  if (error instanceof Deno.errors.NotFound) {
    // the runtime says the same of a working directory that is gone
    try {
      Deno.statSync(".");
    } catch (cause) {
      return new AuthError({
        code: "workdir_not_found",
        message: "the working directory does not exist any more",
        exit: 127,
        cause,
      });
    }
    return notFound(command, error);
  }
  // a directory, or a file without the execute permission
  return notExecutable(command, error);
}

function notFound(command: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "command_not_found",
    message: `command not found: ${command}`,
    hints: [`Ensure \`${command}\` is installed and available on your PATH`],
    exit: 127,
    cause,
  });
}

function notExecutable(command: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "command_not_executable",
    message: `command cannot be executed: ${command}`,
    hints: [`Check the permissions of \`${command}\` and that it is a program`],
    exit: 126,
    cause,
  });
}

/** The handlers of 02 §7.3. */
class SignalForwarder {
  #handlers: [Deno.Signal, () => void][] = [];
  #child: () => Deno.ChildProcess | undefined;
  #swallowed: Deno.Signal[];

  constructor(child: () => Deno.ChildProcess | undefined, windows: boolean) {
    this.#child = child;
    this.#swallowed = windows
      ? ["SIGINT", "SIGBREAK"]
      : Deno.stdin.isTerminal()
      ? fromTerminal
      : [];
  }

  on(signals: Deno.Signal[]): void {
    for (const signal of signals) {
      const handler = this.#swallowed.includes(signal) ? () => {} : () => this.#pass(signal);
      Deno.addSignalListener(signal, handler);
      this.#handlers.push([signal, handler]);
    }
  }

  #pass(signal: Deno.Signal): void {
    try {
      this.#child()?.kill(signal);
    } catch {
      // the child has ended; its status is on the way
    }
  }

  off(): void {
    for (const [signal, handler] of this.#handlers) Deno.removeSignalListener(signal, handler);
  }
}
