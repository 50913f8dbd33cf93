/** How an identity stands right now, without asking anybody (02 B10). */
import { identityRow } from "./chain.ts";
import { contextFor, type Core, loadIdentity, modeFor } from "./core.ts";
import { readLink } from "./links.ts";
import { chainOf, type Session } from "./session.ts";
import type { Entry } from "./types.ts";
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
  /** Why `verify` refused them. */
  reason?: string;
}

/**
 * Looks into the identity's files, else the keyring. `minTtlSeconds`: less left is `expiring`;
 * `verify` asks the cloud about what looks valid. Throws on a broken chain.
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
  if (identityRow(target)?.ambient) {
    return { ...status, state: "unknown", source: "ambient" };
  }
  const mode = modeFor(core, "silent");
  const index = chain.names.length - 1;
  const kind = await loadIdentity(core, chain, index);
  const found = await readLink(core, chain, index, mode, {
    use: "cached",
    keyring: !chain.ambient,
    kind,
  });
  if (!found.loaded) return status;
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
    }
  }
  return status;
}

function setTimes(status: IdentityStatus, end: Expiry, now: number): void {
  if (typeof end !== "number") return;
  status.expires = end;
  status.secondsLeft = Math.floor((end - now) / 1000);
}
