/** The project's base path (01 §1.10). */
import type { Env } from "../sys/env.ts";
import { isAbsolute, join } from "../store/paths.ts";
import { resolve } from "./path.ts";

export interface BasePathInput {
  env: Env;
  /** The value; empty or undefined = unset. */
  value: string | undefined;
  /** Given by flag, variable or `!cwd` rather than by a file. */
  runtime: boolean;
  /** Directory of the file that declared it. */
  anchor: string;
  gitRoot: string | undefined;
  configDir: string | undefined;
  cwd: string;
  exists: (path: string) => boolean;
}

/** The absolute base path for a declared or runtime value. */
export function resolveBasePath(input: BasePathInput): string {
  const { env, gitRoot, cwd } = input;
  const value = input.value?.trim() ?? "";
  if (value === "") return gitRoot ?? input.configDir ?? cwd;
  if (isAbsolute(env, value)) return join(env, value);
  if (isDotPath(value)) return resolve(env, input.runtime ? cwd : input.anchor, value);
  if (gitRoot !== undefined) {
    const here = resolve(env, gitRoot, value);
    if (input.exists(here)) return here;
    const below = resolve(env, cwd, value);
    return input.exists(below) ? below : here;
  }
  if (!input.runtime) return resolve(env, input.anchor, value);
  const below = resolve(env, cwd, value);
  return input.exists(below) ? below : resolve(env, input.configDir ?? cwd, value);
}

/** `.`, `..`, `./x`, `../x`; `.terraform/x` is none (01, Traps). */
export function isDotPath(value: string): boolean {
  return /^\.\.?([/\\]|$)/.test(value);
}
