/** Path arithmetic without the disk, for both separators; `join` and `isAbsolute` are `store/paths.ts`'. */
import type { Env } from "../sys/env.ts";
import { isAbsolute, join } from "../store/paths.ts";

/** The directory of a path; a root is its own directory. */
export function dirname(env: Env, path: string): string {
  const cut = lastSeparator(env, path);
  if (cut < 0) return ".";
  const head = path.slice(0, cut);
  if (head === "" || (env.os === "windows" && /^[A-Za-z]:$/.test(head))) {
    return path.slice(0, cut + 1);
  }
  return head;
}

/** The last element of a path. */
export function basename(env: Env, path: string): string {
  return path.slice(lastSeparator(env, path) + 1);
}

/** `path` made absolute against `dir`, `.` and `..` resolved. */
export function resolve(env: Env, dir: string, path: string): string {
  return isAbsolute(env, path) ? join(env, path) : join(env, dir, path);
}

/** True when `path` is `dir` or lies below it; both absolute and clean. */
export function isWithin(env: Env, dir: string, path: string): boolean {
  if (path === dir) return true;
  const separator = env.os === "windows" ? "\\" : "/";
  return path.startsWith(dir.endsWith(separator) ? dir : dir + separator);
}

/** Directories from the parent of `dir` up to the root of the file system. */
export function ancestors(env: Env, dir: string): string[] {
  const found: string[] = [];
  for (let at = dirname(env, dir), below = dir; at !== below; below = at, at = dirname(env, at)) {
    found.push(at);
  }
  return found;
}

/** As people read it: relative to `cwd` when below it, with `~` below the home, else absolute. */
export function shownPath(env: Env, path: string): string {
  const cwd = env.cwd();
  if (path === cwd) return ".";
  if (cwd !== "/" && isWithin(env, cwd, path)) return path.slice(cwd.length + 1);
  const home = env.home();
  if (home && home !== "/" && isWithin(env, home, path)) return `~${path.slice(home.length)}`;
  return path;
}

function lastSeparator(env: Env, path: string): number {
  const slash = path.lastIndexOf("/");
  return env.os === "windows" ? Math.max(slash, path.lastIndexOf("\\")) : slash;
}
