/** What profiles define, read one by one without running or fetching anything (01 §3.6). */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import type { LoadedConfig } from "./load.ts";
import { Merger } from "./merge.ts";
import { isNull } from "./node.ts";
import type { MapNode, Node } from "./node.ts";
import { collectProfile, listProfiles } from "./profiles.ts";
import type { Profile } from "./profiles.ts";
import { FileReader } from "./reader.ts";
import { Settler } from "./settle.ts";

type ContentsDeps = Pick<Deps, "env" | "files" | "log">;

/**
 * Names of the profiles that define an identity (by name or alias, whatever the case), or, without
 * one, any provider or identity. A profile that cannot be read defines nothing; its error is a
 * debug line.
 */
export async function profilesDefining(
  deps: ContentsDeps,
  loaded: Pick<LoadedConfig, "profileLocations" | "gitRoot" | "configDir" | "cwd">,
  identity?: string,
): Promise<string[]> {
  const names: string[] = [];
  for (const profile of listProfiles(deps, loaded.profileLocations)) {
    if (await defines(deps, loaded, profile, identity?.toLowerCase())) names.push(profile.name);
  }
  return names;
}

async function defines(
  deps: ContentsDeps,
  loaded: Pick<LoadedConfig, "gitRoot" | "configDir" | "cwd">,
  profile: Profile,
  wanted: string | undefined,
): Promise<boolean> {
  const auth = await authOf(deps, loaded, profile);
  const identities = section(auth, "identities");
  if (wanted === undefined) return identities.length + section(auth, "providers").length > 0;
  return identities.some(([name, node]) => {
    const alias = node.t === "map" ? node.entries.get("alias")?.node : undefined;
    return name.toLowerCase() === wanted ||
      (alias?.t === "scalar" && alias.text.toLowerCase() === wanted);
  });
}

async function authOf(
  deps: ContentsDeps,
  loaded: Pick<LoadedConfig, "gitRoot" | "configDir" | "cwd">,
  profile: Profile,
): Promise<Node | undefined> {
  const { env, files } = deps;
  const reader = new FileReader({
    deps,
    // Functions stay as they are written: none is run.
    settler: new Settler((fn) => fn),
    project: {
      env,
      gitRoot: loaded.gitRoot,
      configDir: loaded.configDir,
      cwd: loaded.cwd,
      exists: (path) => files.exists(path),
      runtimeBasePath: undefined,
    },
    remote: undefined,
    setting: () => undefined,
  });
  const merger = new Merger();
  try {
    for (const found of await collectProfile(deps, reader, profile)) reader.commit(found, merger);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    deps.log.debug(error.message);
    return undefined;
  }
  const root = merger.root;
  return root?.t === "map" ? root.entries.get("auth")?.node : undefined;
}

function section(auth: Node | undefined, name: string): [string, Node][] {
  const map = auth?.t === "map" ? auth.entries.get(name)?.node : undefined;
  if (map?.t !== "map") return [];
  return [...(map as MapNode).entries]
    .filter(([, entry]) => !isNull(entry.node))
    .map(([key, entry]) => [key, entry.node]);
}
