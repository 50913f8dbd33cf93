import type { Env } from "../sys/env.ts";
import { expandHome, isAbsolute, join } from "../store/paths.ts";

/**
 * A path from the configuration, made absolute: `~` is the home directory, anything relative starts
 * at the project base path (01 §1.10). Without a home directory `~` stays.
 */
export function absolute(env: Env, basePath: string, path: string): string {
  const expanded = path.startsWith("~") && env.home() === undefined ? path : expandHome(env, path);
  return isAbsolute(env, expanded) ? expanded : join(env, basePath, expanded);
}
