import { azureCliDir, baseDir, githubStsRoot, join, RESERVED_REALMS } from "../store/paths.ts";
import type { Core } from "./core.ts";
import { logoutAll, type LogoutOptions } from "./logout.ts";
import { addReport, emptyReport, type Report } from "./types.ts";

/**
 * Logs out of every realm on this machine and of the realm-less layout (03 §3.11): only paths of the
 * layout go, directories only when they have become empty. Returns the realms that held something.
 */
export async function logoutAllRealms(
  core: Core,
  options: LogoutOptions,
): Promise<{ report: Report; realms: string[] }> {
  const before = realmsOnDisk(core);
  const report = emptyReport();
  // what is configured goes first, in the realm in effect: servers, integrations, caches
  addReport(report, (await logoutAll(core, options)).report);
  for (const realm of before) await sweepRealm(core, realm, report);
  const purged = await core.deps.keyring.purgeAll?.(options.keychain) ?? [];
  for (const { alias, kept } of purged) {
    const what = `Keyring entry: ${alias}`;
    if (kept === undefined) report.removed.push(what);
    else report.failed.push({ what, where: "keyring", reason: kept, secret: true });
  }
  const realms = new Set([...before, ...purged.map((entry) => entry.realm)]);
  return { report, realms: [...realms].sort() };
}

/** Realms for which a path of the layout exists; empty text = the realm-less layout (02 §6.2). */
export function realmsOnDisk(core: Core): string[] {
  const { env, files } = core.deps;
  const found = new Set<string>();
  const look = (base: string, clouds: string[]) => {
    for (const cloud of clouds) if (holdsFiles(core, join(env, base, cloud))) found.add("");
    for (const name of files.list(base) ?? []) {
      if (RESERVED_REALMS.includes(name) || name.startsWith(".")) continue;
      if (clouds.some((cloud) => holdsFiles(core, join(env, base, name, cloud)))) found.add(name);
    }
  };
  look(baseDir(env, "config"), ["aws", "gcp"]);
  const azure = join(env, azureCliDir(env), "atmos");
  for (const name of files.list(azure) ?? []) {
    const at = join(env, azure, name);
    if (files.exists(join(env, at, "credentials.json"))) found.add("");
    else if (files.stat(at)?.isDirectory && (files.list(at) ?? []).length > 0) found.add(name);
  }
  for (const name of files.list(githubStsRoot(env)) ?? []) {
    found.add(files.exists(join(env, githubStsRoot(env), name, "state.json")) ? "" : name);
  }
  return [...found].sort();
}

/** A directory `aws/` or `gcp/` of the layout with at least one root in it that has a file. */
function holdsFiles(core: Core, dir: string): boolean {
  const { env, files } = core.deps;
  if (!files.stat(dir)?.isDirectory) return false;
  return rootsBelow(core, dir).some((root) =>
    (files.list(join(env, dir, root)) ?? []).some((name) => !name.endsWith(".lock"))
  );
}

/** The directories in one; what else somebody keeps there is not ours to look into. */
function rootsBelow(core: Core, dir: string): string[] {
  const { env, files } = core.deps;
  if (!files.stat(dir)?.isDirectory) return [];
  return (files.list(dir) ?? []).filter((name) => files.stat(join(env, dir, name))?.isDirectory);
}

/** Removes the AWS and GCP files of one realm, whatever the configuration says about their owners. */
async function sweepRealm(core: Core, realm: string, report: Report): Promise<void> {
  const { env, files } = core.deps;
  const base = realm === "" ? baseDir(env, "config") : join(env, baseDir(env, "config"), realm);
  const awsDir = join(env, base, "aws");
  for (const root of rootsBelow(core, awsDir)) {
    const dir = join(env, awsDir, root);
    for (const name of ["credentials", "config", "credentials.lock", "config.lock"]) {
      await removeFile(core, join(env, dir, name), report, !name.endsWith(".lock"));
    }
    await files.removeDirIfEmpty(dir);
  }
  await files.removeDirIfEmpty(awsDir);
  const gcpDir = join(env, base, "gcp");
  for (const root of rootsBelow(core, gcpDir)) {
    for (const part of ["adc", "config"]) {
      await removeOwnTree(core, join(env, gcpDir, root, part), report);
    }
    for (const name of files.list(join(env, gcpDir, root)) ?? []) {
      if (name.endsWith(".identity.lock")) {
        await removeFile(core, join(env, gcpDir, root, name), report, false);
      }
    }
    await files.removeDirIfEmpty(join(env, gcpDir, root));
  }
  await files.removeDirIfEmpty(gcpDir);
  if (realm !== "") await files.removeDirIfEmpty(base);
  const sts = join(env, githubStsRoot(env), realm);
  for (const name of realm === "" ? [] : files.list(sts) ?? []) {
    await removeOwnTree(core, join(env, sts, name), report);
  }
}

async function removeFile(core: Core, path: string, report: Report, count: boolean) {
  try {
    if (await core.deps.files.remove(path) && count) report.removed.push(path);
  } catch (error) {
    report.failed.push({
      what: "file",
      where: path,
      reason: (error as Error).message,
      secret: count,
    });
  }
}

async function removeOwnTree(core: Core, path: string, report: Report) {
  try {
    if (await core.deps.files.removeTree(path)) report.removed.push(path);
  } catch (error) {
    report.failed.push({
      what: "directory",
      where: path,
      reason: (error as Error).message,
      secret: true,
    });
  }
}
