/** How an identity stands right now, without asking anybody (02 B10). */
import { identityRow } from "./chain.ts";
import { contextFor, type Core, loadIdentity, modeFor } from "./core.ts";
import { readLink } from "./links.ts";
import { chainOf, type Session } from "./session.ts";
import { AuthError, type Entry, textAt } from "./types.ts";
import { type Expiry, expiryOf } from "./validity.ts";
import { verify } from "./whoami.ts";

/** State of the credentials of one identity. */
export interface IdentityStatus {
  identity: string;
  provider: string;
  realm: string;
  state: "valid" | "expiring" | "expired" | "missing" | "unknown";
  /** Epoch ms; undefined when nothing is there or it never ends. */
  expires: number | undefined;
  /** Whole seconds; negative when over. */
  secondsLeft: number | undefined;
  source: "files" | "keyring" | "ambient" | undefined;
  /** Why `verify` refused them, or why nothing can be said. */
  reason?: string;
  /** Looking itself went wrong: an error, exit 1. */
  failed?: true;
}

/**
 * Looks into the identity's files. The keyring is opened only for kinds that keep their session
 * nowhere else, and then without asking anybody for its password, or with `verify`: an expired
 * session in a shell prompt must cost neither time nor a question. `minTtlSeconds`: less left is
 * `expiring`; `verify` asks the cloud about what looks valid. Throws on a broken chain.
 */
export async function identityStatus(
  core: Core,
  target: Entry,
  options: { minTtlSeconds?: number; verify?: boolean } = {},
): Promise<IdentityStatus> {
  const chain = chainOf(core, target);
  const status: IdentityStatus = {
    identity: target.name,
    provider: chain.shownProvider,
    realm: core.realm,
    state: "missing",
    expires: undefined,
    secondsLeft: undefined,
    source: undefined,
  };
  const row = identityRow(target);
  if (row?.ambient) {
    return { ...status, state: "unknown", source: "ambient" };
  }
  const mode = modeFor(core, "silent");
  const index = chain.names.length - 1;
  const kind = await loadIdentity(core, chain, index);
  const keyringAlone = row?.keyringSession === true;
  const keyring = !chain.ambient &&
    (options.verify === true || (keyringAlone && !core.deps.terminal.interactive));
  const found = await readLink(core, chain, index, mode, { use: "cached", keyring, kind });
  if (!found.loaded) {
    return keyringAlone && !keyring
      ? { ...status, state: "unknown", reason: "the session is in the keyring: look with --verify" }
      : status;
  }
  const { credentials, source } = found.loaded;
  const end = expiryOf(credentials);
  status.source = source === "memory" ? "files" : source;
  setTimes(status, end, core.deps.clock.now());
  status.state = found.state === "valid" ? "valid" : "expired";
  const { minTtlSeconds } = options;
  if (status.state === "valid" && minTtlSeconds !== undefined && status.secondsLeft !== undefined) {
    if (status.secondsLeft < minTtlSeconds) status.state = "expiring";
  }
  if (options.verify && status.state !== "expired") {
    const session: Session = {
      chain,
      entry: target,
      kind,
      cx: contextFor(core, chain, index, mode),
      credentials,
      source,
    };
    const principal = await verify(core, session);
    if (principal.state === "invalid") {
      status.state = "expired";
      if (principal.reason !== undefined) status.reason = principal.reason;
    } else if (principal.state === "unknown") {
      status.state = "unknown";
      status.reason = principal.reason ?? "the cloud gave no answer";
      status.failed = true;
    }
  }
  return status;
}

function setTimes(status: IdentityStatus, end: Expiry, now: number): void {
  if (typeof end !== "number") return;
  status.expires = end;
  status.secondsLeft = Math.floor((end - now) / 1000);
}

/** As {@link identityStatus}; what is wrong with the chain of an identity is its `reason`. */
export async function statusOrFailure(
  core: Core,
  target: Entry,
  options: { minTtlSeconds?: number; verify?: boolean } = {},
): Promise<IdentityStatus> {
  try {
    return await identityStatus(core, target, options);
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    return {
      identity: target.name,
      provider: textAt(target.values, "via", "provider") ?? "",
      realm: core.realm,
      state: "unknown",
      expires: undefined,
      secondsLeft: undefined,
      source: undefined,
      reason: error.message,
      failed: true,
    };
  }
}
