import { buildChain, type Chain, identityRow, providerChain } from "./chain.ts";
import { contextFor, type Core, loadIdentity, loadProvider, modeFor } from "./core.ts";
import { linkedEntries, loadIntegration } from "./integrations.ts";
import { singleFlight } from "./session.ts";
import {
  addReport,
  AuthError,
  emptyReport,
  type Entry,
  type Mode,
  type Report,
  textAt,
} from "./types.ts";

export interface LogoutOptions {
  /** Also long-lived keyring entries (03 §3.11). */
  keychain: boolean;
  /** Revoke nothing on servers. */
  local: boolean;
}

function logoutMode(core: Core, options: LogoutOptions): Mode {
  return modeFor(core, "silent", { keychain: options.keychain, local: options.local });
}

/**
 * Logs out of one identity: its session-class keyring entry, its files, its caches, the integrations
 * bound to it. Parents and provider stay (03 §3.11). Never stops at the first error.
 */
export async function logoutIdentity(
  core: Core,
  entry: Entry,
  options: LogoutOptions,
): Promise<Report> {
  const mode = logoutMode(core, options);
  const report = emptyReport();
  const chain = await tryStep(
    report,
    entry.name,
    () => Promise.resolve(buildChain(core.config, entry)),
  );
  if (!chain) return report;
  await withLock(core, chain, entry.name, mode, report, async () => {
    await removeKeyringEntry(core, entry, "identity", options, report);
    await cleanIntegrations(core, chain, "identity", mode, report);
    const index = chain.names.length - 1;
    const done = await tryStep(report, entry.name, async () => {
      const kind = await loadIdentity(core, chain, index);
      return await kind.logout(contextFor(core, chain, index, mode));
    });
    if (done) addReport(report, done);
  });
  if (core.config.auditFile !== undefined) {
    const { record } = await import("./audit.ts");
    await record(core, "logout", {
      identity: entry.name,
      root: chain.names[0]!,
      realm: core.realm,
      result: report.failed.length === 0 ? "ok" : "failed",
    });
  }
  return report;
}

/** Identities whose chain starts at this provider; entries with a broken chain are left out with a debug line. */
export function identitiesBelow(core: Core, provider: Entry): Entry[] {
  return core.config.identities.all().filter((entry) => {
    try {
      const chain = buildChain(core.config, entry);
      return chain.rootIsProvider && chain.entries[0] === provider;
    } catch (error) {
      core.deps.log.debug(`logout: ${(error as Error).message}`);
      return false;
    }
  });
}

/** Logs out of a provider and of everything rooted at it (03 §3.11). */
export async function logoutProvider(
  core: Core,
  provider: Entry,
  options: LogoutOptions,
): Promise<{ report: Report; identities: number }> {
  const mode = logoutMode(core, options);
  const report = emptyReport();
  const below = identitiesBelow(core, provider);
  for (const entry of below) addReport(report, await logoutIdentity(core, entry, options));
  const chain = providerChain(provider);
  await withLock(core, chain, "", mode, report, async () => {
    await removeKeyringEntry(core, provider, "provider", options, report);
    await cleanIntegrations(core, chain, "provider", mode, report);
    const done = await tryStep(report, provider.name, async () => {
      const kind = await loadProvider(core, provider);
      return await kind.logout(contextFor(core, chain, 0, mode));
    });
    if (done) addReport(report, done);
  });
  return { report, identities: below.length };
}

/** Logs out of every configured provider and standalone identity of this realm. */
export async function logoutAll(
  core: Core,
  options: LogoutOptions,
): Promise<{ report: Report; identities: number }> {
  const report = emptyReport();
  const done = new Set<Entry>();
  for (const provider of core.config.providers.all()) {
    for (const entry of identitiesBelow(core, provider)) done.add(entry);
    addReport(report, (await logoutProvider(core, provider, options)).report);
  }
  for (const entry of core.config.identities.all()) {
    if (!done.has(entry)) addReport(report, await logoutIdentity(core, entry, options));
  }
  return { report, identities: core.config.identities.size };
}

/**
 * The session-class entry goes always, a long-lived one only with `--keychain`. Deleting needs no
 * password. A keyring that cannot be reached holds nothing of ours and is no failure.
 */
async function removeKeyringEntry(
  core: Core,
  entry: Entry,
  owner: "identity" | "provider",
  options: LogoutOptions,
  report: Report,
): Promise<void> {
  if (owner === "identity" && identityRow(entry)?.longLived && !options.keychain) return;
  const what = `Keyring entry: ${entry.name}${owner === "provider" ? " (provider)" : ""}`;
  try {
    const removed = await core.deps.keyring.delete(entry.name, owner);
    (removed ? report.removed : report.missing).push(what);
  } catch (error) {
    if (error instanceof AuthError && error.code === "keyring_unavailable") {
      report.missing.push(what);
      return;
    }
    report.failed.push({
      what,
      where: "keyring",
      reason: `keyring deletion failed: ${(error as Error).message}`,
      secret: true,
    });
  }
}

async function cleanIntegrations(
  core: Core,
  chain: Chain,
  target: "identity" | "provider",
  mode: Mode,
  report: Report,
): Promise<void> {
  const bound = linkedEntries(core, chain, target).filter((entry) =>
    textAt(entry.values, "via", target) !== undefined
  );
  for (const entry of bound) {
    const done = await tryStep(report, `integration ${entry.name}`, async () => {
      const { integration, cx } = await loadIntegration(core, entry, chain, mode);
      return await integration.cleanup(cx);
    });
    if (done) addReport(report, done);
  }
}

/** Runs a step; a failure becomes a warning of the report, since what a step could not do is no proof of a secret left. */
async function tryStep<T>(
  report: Report,
  what: string,
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    const secret = error instanceof AuthError && error.code.startsWith("file_");
    report.failed.push({ what, where: "", reason: (error as Error).message, secret });
    return undefined;
  }
}

async function withLock(
  core: Core,
  chain: Chain,
  identity: string,
  mode: Mode,
  report: Report,
  work: () => Promise<void>,
): Promise<void> {
  const lock = await tryStep(
    report,
    identity || chain.rootName,
    () => singleFlight(core, chain, identity, mode),
  );
  try {
    await work();
  } finally {
    await lock?.release();
  }
}

/** What a logout would remove (02 §6.2 dry run). Nothing is opened for writing. */
export interface LogoutPlan {
  keyring: { name: string; owner: "identity" | "provider" }[];
  /** Providers under which nothing may be stored; their entries are cleared all the same. */
  ambientProviders: string[];
  files: string[];
}

/** The plan of a logout of these providers and identities. */
export async function planLogout(
  core: Core,
  targets: { providers: Entry[]; identities: Entry[] },
  options: LogoutOptions,
): Promise<LogoutPlan> {
  const plan: LogoutPlan = { keyring: [], ambientProviders: [], files: [] };
  const mode = logoutMode(core, options);
  const identities = new Set(targets.identities);
  for (const p of targets.providers) for (const e of identitiesBelow(core, p)) identities.add(e);
  for (const entry of identities) {
    const chain = buildChain(core.config, entry);
    if (!identityRow(entry)?.longLived || options.keychain) {
      plan.keyring.push({ name: entry.name, owner: "identity" });
    }
    const index = chain.names.length - 1;
    const kind = await loadIdentity(core, chain, index);
    for (const path of kind.paths(contextFor(core, chain, index, mode))) {
      plan.files.push(directoryOf(path.location, path.type));
    }
  }
  for (const provider of targets.providers) {
    const chain = providerChain(provider);
    plan.keyring.push({ name: provider.name, owner: "provider" });
    if (chain.ambient) plan.ambientProviders.push(provider.name);
    const kind = await loadProvider(core, provider);
    for (const path of kind.paths(contextFor(core, chain, 0, mode))) {
      plan.files.push(directoryOf(path.location, path.type));
    }
  }
  plan.files = [...new Set(plan.files)].sort();
  return plan;
}

function directoryOf(path: string, type: "file" | "directory"): string {
  const separator = path.includes("\\") && !path.includes("/") ? "\\" : "/";
  const dir = type === "directory" ? path : path.slice(0, path.lastIndexOf(separator));
  return dir.endsWith(separator) ? dir : dir + separator;
}
