/** Read-only view of the process environment as it was at start (03 §1.4). Set-but-empty is the caller's to judge. */
export interface Env {
  get(name: string): string | undefined;
  /** The value when set and non-empty, else undefined: "set but empty = unset" (03 §8). */
  nonEmpty(name: string): string | undefined;
  /** All variables that are valid UTF-8. Costs a copy; not for hot paths. */
  all(): Record<string, string>;
  readonly os: "linux" | "darwin" | "windows";
  /** The user's home directory (01 §1.3) or undefined. */
  home(): string | undefined;
  cwd(): string;
}

/** The environment of this process. */
export function systemEnv(): Env {
  const os = Deno.build.os === "windows"
    ? "windows"
    : Deno.build.os === "darwin"
    ? "darwin"
    : "linux";
  const get = (name: string) => Deno.env.get(name);
  const nonEmpty = (name: string) => get(name) || undefined;
  return {
    os,
    get,
    nonEmpty,
    all: () => Deno.env.toObject(),
    cwd: () => Deno.cwd(),
    home: () => {
      const home = nonEmpty("HOME");
      if (home || os !== "windows") return home;
      const drive = nonEmpty("HOMEDRIVE"), path = nonEmpty("HOMEPATH");
      return nonEmpty("USERPROFILE") ?? (drive && path ? drive + path : undefined);
    },
  };
}

/** An environment from a plain map, for tests. */
export function fixedEnv(
  vars: Record<string, string>,
  at: { os?: Env["os"]; cwd?: string } = {},
): Env {
  return {
    os: at.os ?? "linux",
    get: (n) => vars[n],
    nonEmpty: (n) => vars[n] || undefined,
    all: () => ({ ...vars }),
    home: () => vars.HOME || undefined,
    cwd: () => at.cwd ?? "/",
  };
}

/**
 * Changes to the real environment: start-up (stripping of 03 §7, promotion of 01 §1.11, `PWD` after
 * `--chdir`) and the moment before a child starts. Nothing else may touch it.
 */
export const processEnv = {
  set: (name: string, value: string): void => Deno.env.set(name, value),
  delete: (name: string): void => Deno.env.delete(name),
  chdir: (dir: string): void => Deno.chdir(dir),
};
