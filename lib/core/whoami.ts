import { secretLooking } from "../sys/secret.ts";
import { buildChain } from "./chain.ts";
import { contextFor, type Core, loadIdentity, modeFor } from "./core.ts";
import { realmHint } from "./realm_hint.ts";
import { authenticate, cached, chainOf, type Session } from "./session.ts";
import { exportedEnvironment } from "./environment.ts";
import { AuthError, type Entry, type PathRef, type Principal } from "./types.ts";
import { expiryOf } from "./validity.ts";

/** Who the user is as an identity (03 §1.3). Credentials are never a field. */
export interface Whoami {
  realm: string;
  realm_source: string;
  provider: string;
  identity: string;
  principal: string;
  account?: string;
  region?: string;
  /** RFC 3339. */
  expiration?: string;
  environment?: Record<string, string>;
  paths?: PathRef[];
  /** Keyring alias, only when nothing but the keyring holds the credentials. */
  credentials_ref?: string;
  /** RFC 3339. */
  last_updated: string;
}

/**
 * Cached credentials, else the chain with every prompt and browser flow forbidden (02 §6.3). Throws
 * `no_credentials` or `credentials_expired`.
 */
export async function whoamiSession(core: Core, target: Entry): Promise<Session> {
  const mode = modeFor(core, "silent");
  const { session, expired } = await cached(core, target, { mode, show: true });
  if (session) return session;
  try {
    return await authenticate(core, target, mode);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    if (error.exit === 130 || error.code === "kind_not_available") throw error;
    if (error.code === "invalid_auth_config" || error.code === "circular_dependency") throw error;
    throw await nothingUsable(core, target, expired, error);
  }
}

async function nothingUsable(core: Core, target: Entry, expired: boolean, cause: AuthError) {
  const hints = [`Run \`${core.prog} login --identity ${target.name}\` to authenticate`];
  const hint = await realmHint(core, chainOf(core, target));
  if (hint) hints.push(hint);
  core.deps.log.debug(`whoami: ${cause.message}`);
  const login = cause.code === "login_required" || cause.code === "no_credentials";
  return new AuthError({
    code: expired ? "credentials_expired" : "no_credentials",
    message: expired
      ? "credentials for identity are expired or invalid"
      : "no credentials found for identity",
    explanation: login
      ? `Identity \`${target.name}\` has no usable credentials stored.`
      : `Identity \`${target.name}\`: ${cause.message}`,
    hints: login ? hints : [...cause.hints, ...hints],
    cause,
    exit: 1,
  });
}

/** Asks the cloud who the credentials belong to, where the kind can; otherwise the expiry speaks. */
export async function verify(core: Core, session: Session): Promise<Principal> {
  if (session.credentials === null || !session.kind.verify) return { state: "valid" };
  try {
    return await session.kind.verify(session.credentials, session.cx);
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    core.deps.log.debug(`verification: ${(error as Error).message}`);
    return { state: "unknown", reason: (error as Error).message };
  }
}

/** The facts that `whoami` and `login` print. */
export async function describe(
  core: Core,
  session: Session,
  principal: Principal = { state: "unknown" },
): Promise<Whoami> {
  const { chain, credentials, kind, cx } = session;
  const realm = core.config.realm;
  const end = credentials === null ? "never" : expiryOf(credentials);
  const environment = await exportedEnvironment(core, chain, cx.mode, credentials);
  const paths = kind.paths(cx);
  return {
    realm: realm.value,
    realm_source: realm.value === "" ? "" : realm.source,
    provider: chain.shownProvider,
    identity: session.entry.name,
    principal: principal.principal ?? "",
    account: principal.account ?? kind.account?.(cx, credentials),
    region: kind.region?.(cx, credentials),
    expiration: typeof end === "number"
      ? new Date(end).toISOString().replace(".000Z", "Z")
      : undefined,
    environment,
    paths,
    credentials_ref: session.source === "keyring" && paths.length === 0
      ? session.entry.name.toLowerCase()
      : undefined,
    last_updated: new Date(session.issuedAt ?? core.deps.clock.now()).toISOString()
      .replace(/\.\d{3}Z$/, "Z"),
  };
}

/** The JSON form: order of 02 §6.3, empties omitted except the starred, secrets and the home directory replaced. */
export function whoamiJson(core: Core, who: Whoami): Record<string, unknown> {
  const home = core.deps.env.home();
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(who.environment ?? {}).sort(byName)) {
    environment[name] = secretLooking(name) ? "***REDACTED***" : tilde(value, home);
  }
  const out: Record<string, unknown> = {};
  const put = (key: string, value: unknown, keep = false) => {
    const empty = value === undefined || value === "" ||
      (typeof value === "object" && value !== null && Object.keys(value).length === 0);
    if (keep || !empty) out[key] = value ?? "";
  };
  put("realm", who.realm);
  put("realm_source", who.realm_source);
  put("provider", who.provider, true);
  put("identity", who.identity, true);
  put("principal", who.principal, true);
  put("account", who.account);
  put("region", who.region);
  put("expiration", who.expiration);
  put("environment", environment);
  put("paths", who.paths?.map((p) => ({ ...p, location: tilde(p.location, home) })));
  put("credentials_ref", who.credentials_ref);
  put("last_updated", who.last_updated, true);
  return out;
}

function byName(a: [string, string], b: [string, string]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/** The home directory prints as `~`. */
export function tilde(value: string, home: string | undefined): string {
  if (!home || home === "/") return value;
  if (value === home) return "~";
  return value.startsWith(`${home}/`) || value.startsWith(`${home}\\`)
    ? `~${value.slice(home.length)}`
    : value;
}

/**
 * State of an identity from its files alone, for `list` and `status` (03 §3.1). The entries of the
 * chain are not checked: that is for whoever uses them.
 */
export async function peek(
  core: Core,
  target: Entry,
): Promise<{ expiry: number | "never" | "unreadable" | "unknown" }> {
  try {
    const mode = modeFor(core, "silent");
    const chain = buildChain(core.config, target);
    const index = chain.names.length - 1;
    const kind = await loadIdentity(core, chain, index, "offline");
    const loaded = await kind.load(contextFor(core, chain, index, mode));
    return { expiry: loaded ? expiryOf(loaded.credentials) : "unknown" };
  } catch (error) {
    core.deps.log.debug(`${target.name}: ${(error as Error).message}`);
    return { expiry: "unknown" };
  }
}
