import { baseDir } from "../store/paths.ts";
import type { AuthConfig, Deps } from "./types.ts";

/**
 * Allows writing where this program keeps things (03 §5.3-1). Without a home directory there is
 * nothing to allow; what needs to store says so then. Kinds allow the directories that their own
 * configuration names.
 */
export function grantBases(deps: Pick<Deps, "env" | "files">): void {
  for (const base of ["config", "data", "cache"] as const) {
    try {
      deps.files.grant(baseDir(deps.env, base));
    } catch {
      return; // no home: `no_home_directory` is thrown again where something is to be stored
    }
  }
}

/** Allows the directory of the file keyring. */
export function grantKeyring(deps: Pick<Deps, "files">, config: AuthConfig): void {
  deps.files.grant(config.keyring.path);
}
