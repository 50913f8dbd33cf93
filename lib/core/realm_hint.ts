import { awsPaths, baseDir, join, RESERVED_REALMS } from "../store/paths.ts";
import type { Chain } from "./chain.ts";
import type { Core } from "./core.ts";
import { textAt } from "./types.ts";

const given = new WeakSet<Core>();

/**
 * After a "not found": whether credentials of this very provider exist under another realm, and how
 * to switch (03 §4). Read-only, once per process; undefined when there is nothing to say.
 */
export async function realmHint(core: Core, chain: Chain): Promise<string | undefined> {
  if (given.has(core)) return undefined;
  const other = await otherRealm(core, chain);
  if (other === undefined) return undefined;
  given.add(core);
  const shown = (realm: string) => realm === "" ? "(no realm)" : `"${realm}"`;
  const way = other === ""
    ? "unset `ATMOS_AUTH_REALM` and `auth.realm` to use them"
    : `set \`ATMOS_AUTH_REALM=${other}\` to use them`;
  return `Credentials found under realm ${shown(other)} but current realm is ${
    shown(core.realm)
  }. To switch, ${way}, or log in again`;
}

async function otherRealm(core: Core, chain: Chain): Promise<string | undefined> {
  const { env, files } = core.deps;
  const basePath = chain.rootIsProvider
    ? textAt(chain.entries[0]!.values, "spec", "files", "base_path")
    : undefined;
  const holds = (realm: string) =>
    files.exists(awsPaths(env, { realm, root: chain.rootName, basePath }).credentials);
  const derived = core.config.realm.derived;
  for (const realm of ["", derived]) {
    if (realm !== core.realm && holds(realm)) return realm;
  }
  for (const name of files.list(baseDir(env, "config")) ?? []) {
    if (name === core.realm || RESERVED_REALMS.includes(name) || name.startsWith(".")) continue;
    if (files.stat(join(env, baseDir(env, "config"), name))?.isDirectory && holds(name)) {
      return name;
    }
  }
  return await keyringRealm(core, chain, derived);
}

/** The keyring under another realm is asked only by stores that offer it (`probe`). */
async function keyringRealm(
  core: Core,
  chain: Chain,
  derived: string,
): Promise<string | undefined> {
  const probe = core.deps.keyring.probe;
  if (!probe) return undefined;
  const target = chain.entries.at(-1)!;
  for (const realm of ["", derived]) {
    if (realm === core.realm) continue;
    try {
      if (await probe.call(core.deps.keyring, target.name, "identity", realm)) return realm;
    } catch (error) {
      core.deps.log.debug(`realm hint: ${(error as Error).message}`);
      return undefined;
    }
  }
  return undefined;
}
