import { isolationFlags, permissionFlags } from "../../scripts/permissions.ts";
import { program } from "./build.ts";
import { type TempDir, tempDir } from "./temp.ts";

export interface RunOptions {
  args: string[];
  /** Variables on top of the private, nearly empty environment. */
  env?: Record<string, string>;
  stdin?: string;
  /** Default: the home directory. */
  cwd?: string;
  /** Home to run in, from {@link privateHome}; without it one is made and removed, its files returned. */
  home?: TempDir;
  /** Kills the program after this long; default 60 000 ms. */
  timeoutMs?: number;
  /** Program to start instead of ours (with the same environment). */
  command?: string;
}

export interface RunResult {
  code: number;
  /** Set when a signal ended it. */
  signal: string | null;
  stdout: string;
  stderr: string;
  /** What is below the home directory after the run: path from there → content. */
  files: Map<string, string>;
}

/** A home directory of the test's own; add an `atmos.yaml` with `home.write("atmos.yaml", …)`. */
export function privateHome(): Promise<TempDir> {
  return tempDir();
}

/**
 * Runs the program as a user would: as a process, with a private home and an environment that holds
 * nothing of the machine's but `PATH` and what the runtime needs.
 */
export async function runProgram(options: RunOptions): Promise<RunResult> {
  if (options.home === undefined) {
    await using home = await privateHome();
    return await runProgram({ ...options, home });
  }
  const child = await startProgram(options);
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  } else {
    await child.stdin.close();
  }
  const timeout = options.timeoutMs ?? 60_000;
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // it has ended; a program it started still holds its output
    }
  }, timeout);
  try {
    const { code, signal, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    const result = {
      code,
      signal,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
      files: filesBelow(options.home.path),
    };
    if (signal === "SIGKILL") {
      throw new Error(
        `atmos-auth ${options.args.join(" ")} was killed after ${timeout} ms\n${result.stderr}`,
      );
    }
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** Starts the program with all three streams piped and leaves it to the caller. */
export async function startProgram(options: RunOptions): Promise<Deno.ChildProcess> {
  if (options.home === undefined) throw new Error("startProgram needs a home");
  const [command, ...first] = options.command ? [options.command] : await programCommand();
  return new Deno.Command(command!, {
    args: [...first, ...options.args],
    cwd: options.cwd ?? options.home.path,
    clearEnv: true,
    env: programEnv(options.home.path, options.env),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The program and what stands before its arguments: Windows has no `sh` for the launcher. */
async function programCommand(): Promise<string[]> {
  const launcher = await program();
  if (Deno.build.os !== "windows" || launcher.endsWith(".exe")) return [launcher];
  const main = launcher.replace(/[^/\\]+$/, "main.js");
  return [Deno.execPath(), "run", ...isolationFlags, ...permissionFlags, main];
}

/** The environment of {@link runProgram}, for programs started in other ways. */
export function programEnv(
  home: string,
  extra: Record<string, string> = {},
): Record<string, string> {
  const env: Record<string, string> = {
    HOME: home,
    PATH: Deno.env.get("PATH") ?? "",
    LANG: "C.UTF-8",
    TZ: "UTC",
    DENO: Deno.execPath(),
    DENO_DIR: denoDir(),
  };
  for (const name of ["NODE_EXTRA_CA_CERTS", "TMPDIR", "SystemRoot", "LOCALAPPDATA", "PATHEXT"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...extra };
}

/** The runtime's cache, kept out of private homes: it is no file of ours. */
export function denoDir(): string {
  const given = Deno.env.get("DENO_DIR");
  if (given) return given;
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  switch (Deno.build.os) {
    case "darwin":
      return `${home}/Library/Caches/deno`;
    case "windows":
      return `${Deno.env.get("LOCALAPPDATA") ?? home}/deno`;
    default:
      return `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`}/deno`;
  }
}

/** All regular files below a directory: relative path → text (bytes as Latin-1 where it is no UTF-8). */
export function filesBelow(dir: string, below = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of Deno.readDirSync(`${dir}/${below}`)) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory) {
      for (const [name, text] of filesBelow(dir, path)) found.set(name, text);
    } else if (entry.isFile) {
      found.set(path, decode(Deno.readFileSync(`${dir}/${path}`)));
    }
  }
  return found;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
