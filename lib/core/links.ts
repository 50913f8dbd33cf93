import { identityRow } from "./chain.ts";
import type { Chain } from "./chain.ts";
import { contextFor, type Core, loadIdentity } from "./core.ts";
import type { AuthError, Identity, Loaded, Mode } from "./types.ts";
import { usable } from "./validity.ts";

/** What a look at the stores found for one link. */
export interface LinkState {
  state: "valid" | "expired" | "missing";
  loaded?: Loaded;
}

/**
 * Loads link `index` of a chain (03 §3.3): the identity's own files first; only when nothing valid is
 * there, and `keyring` is allowed, the keyring. `use` decides how much life must be left.
 */
export async function readLink(
  core: Core,
  chain: Chain,
  index: number,
  mode: Mode,
  options: { use: "scan" | "cached"; keyring: boolean; kind?: Identity },
): Promise<LinkState> {
  const now = core.deps.clock.now();
  const isProvider = index === 0 && chain.rootIsProvider;
  let expired: Loaded | undefined;
  if (!isProvider) {
    const kind = options.kind ?? await loadIdentity(core, chain, index);
    const loaded = await kind.load(contextFor(core, chain, index, mode));
    if (loaded && usable(loaded, options.use, "identity", now)) return { state: "valid", loaded };
    expired = loaded;
  }
  if (options.keyring) {
    const stored = await readKeyring(core, chain, index);
    if (stored && usable(stored, options.use, isProvider ? "provider" : "identity", now)) {
      return { state: "valid", loaded: stored };
    }
    expired ??= stored;
  }
  return expired ? { state: "expired", loaded: expired } : { state: "missing" };
}

/** The keyring entry of a link, when it is the link's output (03 §3.3-2, -4, -5). Read failures warn once and miss. */
async function readKeyring(core: Core, chain: Chain, index: number): Promise<Loaded | undefined> {
  const entry = chain.entries[index]!;
  const isProvider = index === 0 && chain.rootIsProvider;
  if (isProvider && !chain.providerRow?.keyringSession) return undefined;
  if (!isProvider && identityRow(entry)?.ambient) return undefined;
  try {
    const stored = await core.deps.keyring.get(entry.name, isProvider ? "provider" : "identity");
    if (!stored) return undefined;
    const { credentials } = stored;
    // an entry without session token is a user's long-lived key: the input of this link, not its output
    if (credentials.type === "aws" && !credentials.bearer && !credentials.session_token) {
      return undefined;
    }
    return stored;
  } catch (error) {
    keyringTrouble(core, error as AuthError);
    return undefined;
  }
}

const warned = new WeakSet<Core>();

/** Says once per run that the keyring could not be read or written. */
export function keyringTrouble(core: Core, error: Error): void {
  core.deps.log.debug(`keyring: ${error.message}`);
  if (warned.has(core)) return;
  warned.add(core);
  core.deps.terminal.warn(`The keyring could not be used: ${error.message}`);
}
