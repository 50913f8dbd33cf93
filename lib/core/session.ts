import { locksDir, provisionedFile, singleFlightLock } from "../store/paths.ts";
import { jobKey } from "../sys/job.ts";
import type { HeldLock } from "../sys/locks.ts";
import { buildChain, type Chain, chainKey, identityRow, providerChain } from "./chain.ts";
import { checkChain, requireKind } from "./check.ts";
import { contextFor, type Core, loadIdentity, loadProvider, type Session } from "./core.ts";
import { keyringTrouble, readLink } from "./links.ts";
import {
  AuthError,
  type Credentials,
  type Entry,
  flagAt,
  type Identity,
  type KindContext,
  type Mode,
} from "./types.ts";
import { usable } from "./validity.ts";

export type { Session };

/** The chain of an identity, checked as far as it is used (01 §5.1, last paragraph). */
export function chainOf(core: Core, target: Entry): Chain {
  requireKind(core, target);
  const chain = buildChain(core.config, target);
  for (const entry of chain.entries) requireKind(core, entry);
  checkChain(core, chain);
  return chain;
}

/** Whether stored credentials below an ambient root may serve this caller (03 §3.3-7). */
function ambientReuse(core: Core, job: string | undefined): boolean {
  const here = jobKey(core.deps.env);
  return here !== "" && job === here;
}

/**
 * The passive look (03 §3.1 `cached`): the identity's files, else the keyring, accepted with at least
 * a minute left. No prompt, no network. Undefined = nothing usable; `expired` says that something was there.
 */
export async function cached(
  core: Core,
  target: Entry,
  options: { mode: Mode; show?: boolean; keyring?: boolean },
): Promise<{ session?: Session; expired: boolean }> {
  const chain = chainOf(core, target);
  const index = chain.names.length - 1;
  const kind = await loadIdentity(core, chain, index);
  const cx = contextFor(core, chain, index, options.mode);
  const found = await readLink(core, chain, index, options.mode, {
    use: "cached",
    keyring: options.keyring !== false && !chain.ambient,
    kind,
  });
  if (found.state !== "valid") return { expired: found.state === "expired" };
  const loaded = found.loaded!;
  if (chain.ambient && !options.show && !ambientReuse(core, loaded.job)) return { expired: false };
  return {
    expired: false,
    session: {
      chain,
      entry: target,
      kind,
      cx,
      credentials: loaded.credentials,
      issuedAt: loaded.issuedAt,
      source: loaded.source,
    },
  };
}

/** `cached`, else `authenticate` (03 §3.1: `exec`, `shell`, `console`, token helpers). */
export async function cachedOrAuthenticate(
  core: Core,
  target: Entry,
  mode: Mode,
): Promise<Session> {
  return (await cached(core, target, { mode })).session ?? await authenticate(core, target, mode);
}

/**
 * Obtains credentials for an identity (03 §3.2): process cache and calls in flight first, then the
 * nearest reusable link below the target, then every link up to the target. Throws AuthError.
 */
export async function authenticate(core: Core, target: Entry, mode: Mode): Promise<Session> {
  const chain = chainOf(core, target);
  const key = chainKey(core.realm, chain);
  const before = core.sessions.get(key);
  if (before) {
    const session = await before;
    if (await stillThere(core, session)) return session;
  }
  const run = walkChain(core, chain, target, mode);
  core.sessions.set(key, run);
  run.catch(() => core.sessions.delete(key));
  return await run;
}

/** A process-cache hit counts only while its credentials live and its files still exist (03 Traps 30). */
async function stillThere(core: Core, session: Session): Promise<boolean> {
  const { credentials } = session;
  if (credentials === null) return true;
  const loaded = { credentials, issuedAt: session.issuedAt, source: "memory" as const };
  if (!usable(loaded, "cached", "identity", core.deps.clock.now())) return false;
  const needed = session.kind.paths(session.cx).filter((p) => p.required);
  return needed.every((p) => core.deps.files.exists(p.location));
}

interface Input {
  credentials: Credentials | null;
  /** The link to run next. */
  start: number;
}

async function walkChain(core: Core, chain: Chain, target: Entry, mode: Mode): Promise<Session> {
  const begun = core.deps.clock.now();
  if (chain.ambient) await purgeAmbient(core, chain);
  const dropped = new Set<number>();
  while (true) {
    const from = chain.ambient ? { credentials: null, start: 0 } : await scan(core, chain, mode);
    const walk: Walk = { core, chain, target, mode, begun, at: from.start };
    try {
      return await runLinks(walk, from);
    } catch (error) {
      // a resumed or privately cached input turned out bad: drop it and look one lower, once per link
      const bad = walk.at - 1;
      if (!(error instanceof AuthError) || error.code !== "input_rejected") throw error;
      if (bad < 0 || dropped.has(bad) || chain.ambient) throw staleInput(core, target, error);
      dropped.add(bad);
      core.deps.log.debug(
        `dropping the stored credentials of ${chain.names[bad]}: ${error.message}`,
      );
      await dropLink(core, chain, bad, mode);
    }
  }
}

/** Finds the nearest valid output below the target (03 §3.2-3). */
async function scan(core: Core, chain: Chain, mode: Mode): Promise<Input> {
  for (let i = chain.names.length - 2; i >= 0; i--) {
    const { state, loaded } = await readLink(core, chain, i, mode, { use: "scan", keyring: true });
    if (state === "valid") return { credentials: loaded!.credentials, start: i + 1 };
  }
  return { credentials: null, start: 0 };
}

interface Walk {
  core: Core;
  chain: Chain;
  target: Entry;
  mode: Mode;
  begun: number;
  /** The link being run, for the fallback. */
  at: number;
}

async function runLinks(walk: Walk, from: Input): Promise<Session> {
  const { core, chain, mode } = walk;
  let { credentials } = from;
  let index = from.start;
  if (index === 0 && chain.rootIsProvider) {
    const begun = core.deps.clock.now();
    credentials = await authenticateRoot(core, chain, mode);
    core.timed?.(chain.names[0]!, core.deps.clock.now() - begun);
    index = 1;
  }
  let session: Session | undefined;
  for (; index < chain.names.length; index++) {
    walk.at = index;
    core.signal.throwIfAborted();
    const begun = core.deps.clock.now();
    session = await runLink(walk, index, credentials);
    core.timed?.(chain.names[index]!, core.deps.clock.now() - begun);
    credentials = session.credentials;
  }
  return session!;
}

/** Sign-in at the root provider under its lock: re-read, authenticate, persist, provision (03 §3.2-4, §3.9). */
async function authenticateRoot(core: Core, chain: Chain, mode: Mode): Promise<Credentials> {
  const key = `${core.realm}:${chain.names[0]!.toLowerCase()}`;
  const inFlight = core.roots.get(key) as Promise<Credentials> | undefined;
  if (inFlight) return await inFlight;
  const run = signIn(core, chain, mode);
  core.roots.set(key, run);
  run.catch(() => core.roots.delete(key));
  return await run;
}

async function signIn(core: Core, chain: Chain, mode: Mode): Promise<Credentials> {
  const entry = chain.entries[0]!;
  const provider = await loadProvider(core, entry);
  const cx = contextFor(core, chain, 0, mode);
  await provider.prepare?.(cx);
  const lock = await singleFlight(core, chain, "", mode);
  await using _held = lock; // apart from its use: tests/unit/disposal_test.ts
  if (lock.waited && !chain.ambient) {
    const { state, loaded } = await readLink(core, chain, 0, mode, { use: "scan", keyring: true });
    if (state === "valid") return loaded!.credentials;
  }
  const credentials = await provider.authenticate(cx);
  if (chain.providerRow?.keyringSession && !chain.ambient) {
    await core.deps.keyring.set(entry.name, "provider", credentials, "session");
  }
  if (provider.provision && flagAt(entry.values, "auto_provision_identities")) {
    await provisionIdentities(core, cx, () => provider.provision!(credentials, cx));
  }
  return credentials;
}

/** Provisioning never fails a login (03 §3.6). Outside of `login` it runs only when nothing is provisioned yet. */
async function provisionIdentities(
  core: Core,
  cx: KindContext,
  provision: () => Promise<string[]>,
): Promise<void> {
  if (!cx.mode.fresh && core.deps.files.exists(provisionedFile(core.deps.env, cx.name))) return;
  try {
    for (const warning of await provision()) core.deps.terminal.warn(warning);
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    core.deps.terminal.warn((error as Error).message);
  }
}

/** One link under its identity lock: re-read, exchange, materialise (03 §3.2-5, §3.9). */
async function runLink(walk: Walk, index: number, input: Credentials | null): Promise<Session> {
  const { core, chain, mode } = walk;
  const entry = chain.entries[index]!;
  const row = identityRow(entry);
  const kind = await loadIdentity(core, chain, index);
  const cx = contextFor(core, chain, index, mode);
  const session = (credentials: Credentials | null): Session => ({
    chain,
    entry,
    kind,
    cx,
    credentials,
    issuedAt: core.deps.clock.now(),
    source: "fresh",
  });
  if (row?.ambient) return session(await kind.authenticate(input, cx));

  const isTarget = index === chain.names.length - 1;
  const lock = await singleFlight(core, chain, entry.name, mode);
  await using _held = lock; // apart from its use: tests/unit/disposal_test.ts
  if (!chain.ambient) {
    const again = await rereadLink(walk, index, lock, kind);
    if (again) {
      return { ...session(again.credentials), issuedAt: again.issuedAt, source: again.source };
    }
  }
  const credentials = await kind.authenticate(input, cx);
  if (credentials === null) return session(null);
  if (row?.keyringSession && !chain.ambient) {
    await core.deps.keyring.set(entry.name, "identity", credentials, "session");
  }
  if (isTarget) {
    await materializeTarget(kind, cx, credentials);
  } else if (!chain.ambient) {
    try {
      await kind.materialize(credentials, cx);
    } catch (error) {
      core.deps.terminal.warn(
        `Credentials of ${entry.name} could not be stored: ${(error as Error).message}`,
      );
    }
  }
  return session(credentials);
}

/**
 * After waiting for another process its result is taken, even for the target and even by `login`;
 * without waiting, the target of `login` is always obtained anew (03 §3.9).
 */
async function rereadLink(walk: Walk, index: number, lock: HeldLock, kind: Identity) {
  const { core, chain, mode } = walk;
  const isTarget = index === chain.names.length - 1;
  if (isTarget && mode.fresh && !lock.waited) return undefined;
  const { state, loaded } = await readLink(core, chain, index, mode, {
    use: isTarget ? "cached" : "scan",
    keyring: false,
    kind,
  });
  if (state !== "valid") return undefined;
  if (isTarget && mode.fresh) {
    // `issued=` has whole seconds
    const written = loaded!.issuedAt ?? 0;
    if (written < Math.floor(walk.begun / 1000) * 1000) return undefined;
  }
  return loaded;
}

async function materializeTarget(kind: Identity, cx: KindContext, credentials: Credentials) {
  try {
    await kind.materialize(credentials, cx);
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    throw new AuthError({
      code: "authentication_failed",
      message: `authentication failed: ${(error as Error).message}`,
      hints: error instanceof AuthError ? error.hints : [],
      explanation: error instanceof AuthError ? error.explanation : undefined,
      cause: error,
    });
  }
}

/** The cross-process lock of a provider (`identity` empty) or identity (03 §3.9). */
export async function singleFlight(
  core: Core,
  chain: Chain,
  identity: string,
  mode: Mode,
): Promise<HeldLock> {
  const { env, files, locks, terminal, clock } = core.deps;
  await files.ensureDir(locksDir(env));
  const row = identityRow(chain.entries.at(-1)!);
  const cloud = chain.providerRow?.cloud ?? row?.cloud ?? "none";
  return await locks.acquire({
    path: singleFlightLock(env, { cloud, root: chain.rootName, identity, realm: core.realm }),
    timeoutMs: (mode.prompts || mode.browserFlows ? 15 : 2) * 60_000,
    what: `${new Date(clock.now()).toISOString()}\n${identity === "" ? "sign in" : "authenticate"}`,
    onWait: (pid) =>
      terminal.notice(
        `Waiting for another atmos-auth process${pid ? ` (pid ${pid})` : ""} to finish signing in…`,
      ),
    signal: core.signal,
  });
}

/** Forgets what is cached of a link, so that the next scan misses it. */
async function dropLink(core: Core, chain: Chain, index: number, mode: Mode): Promise<void> {
  const entry = chain.entries[index]!;
  const cx = contextFor(core, chain, index, mode);
  const owner = index === 0 && chain.rootIsProvider ? "provider" : "identity";
  if (owner === "provider") {
    core.roots.delete(`${core.realm}:${entry.name.toLowerCase()}`);
    const provider = await loadProvider(core, entry);
    await provider.invalidate?.(cx);
    if (!chain.providerRow?.keyringSession) return;
  } else {
    await (await loadIdentity(core, chain, index)).forget(cx);
    if (!identityRow(entry)?.keyringSession) return;
  }
  try {
    await core.deps.keyring.delete(entry.name, owner);
  } catch (error) {
    keyringTrouble(core, error as Error);
  }
}

/** Leftovers under an ambient root go before it is used (03 §3.5). Nothing here can fail the run. */
async function purgeAmbient(core: Core, chain: Chain): Promise<void> {
  if (!chain.rootIsProvider) return;
  const { keyring, log } = core.deps;
  const purge = keyring.purge;
  if (!purge) return;
  for (const [i, entry] of chain.entries.entries()) {
    try {
      await purge.call(keyring, entry.name, i === 0 ? "provider" : "identity");
    } catch (error) {
      log.debug(`purging ${entry.name}: ${(error as Error).message}`);
    }
  }
}

function staleInput(core: Core, target: Entry, cause: AuthError): AuthError {
  return new AuthError({
    code: "credentials_expired",
    message: `credentials for identity are expired or invalid: ${cause.message}`,
    explanation: cause.explanation,
    hints: [
      ...cause.hints,
      `Run \`${core.prog} login --identity ${target.name}\` to authenticate`,
    ],
    cause,
  });
}

/** Signs in at a provider alone (`login --provider`, 03 §3.1). */
export async function authenticateProvider(
  core: Core,
  provider: Entry,
  mode: Mode,
): Promise<{ chain: Chain; credentials: Credentials }> {
  const chain = providerChain(provider);
  checkChain(core, chain);
  if (chain.ambient) await purgeAmbient(core, chain);
  return { chain, credentials: await authenticateRoot(core, chain, mode) };
}
