/**
 * The sign-in session of Identity Center, shared by all providers with the same start URL and region
 * (04 §6.1, §6.2): its cache file, refresh, and the calls to the OIDC service.
 */
import { AuthError, type Deps, type KindContext, Secret } from "../lib/core/types.ts";
import { homeDir, join, siblingLock, ssoSessionFile } from "../lib/store/paths.ts";
import { plainStartUrl, type SsoPlace } from "./aws_sso_place.ts";
import { awsCall, awsFault } from "./aws_sdk.ts";
import { wholeSeconds } from "./aws.ts";

/** A client registered with the OIDC service. It serves one grant only (04 §6.1). */
export interface Registration {
  clientId: string;
  clientSecret: Secret;
  /** Epoch ms. */
  expiresAt: number;
  grant: "device" | "code";
}

/** The content of the cache file. */
export interface SsoSession {
  accessToken?: Secret;
  /** Epoch ms. */
  expiresAt: number;
  refreshToken?: Secret;
  registration?: Registration;
}

/** What the token endpoint answers. */
export interface TokenAnswer {
  accessToken: Secret;
  expiresIn: number;
  refreshToken?: Secret;
}

/** The AWS CLI's file of the session, `~/.aws/sso/cache/<sha1 of the start URL>.json`. */
function cliCacheFile(deps: Deps, place: SsoPlace): string | undefined {
  if (place.cliCache === undefined) return undefined;
  const dir = join(deps.env, homeDir(deps.env), ".aws", "sso", "cache");
  deps.files.grant(dir);
  return join(deps.env, dir, place.cliCache);
}

// ---------------------------------------------------------------------------------------------
// Cache
// ---------------------------------------------------------------------------------------------

/** Sessions that could not be written: they serve this process. */
const unsaved = new WeakMap<Deps, Map<string, SsoSession>>();

function kept(deps: Deps): Map<string, SsoSession> {
  let map = unsaved.get(deps);
  if (!map) unsaved.set(deps, map = new Map());
  return map;
}

export function sessionFile(deps: Deps, place: SsoPlace): string {
  return ssoSessionFile(deps.env, place.startUrl, place.region);
}

/** Runs `work` while no other process touches the session. */
export async function withSessionLock<T>(
  cx: KindContext,
  place: SsoPlace,
  work: () => Promise<T>,
): Promise<T> {
  const { deps, mode } = cx;
  const file = sessionFile(deps, place);
  await deps.files.ensureDir(file.replace(/[/\\][^/\\]*$/, ""));
  await using _lock = await deps.locks.acquire({
    path: siblingLock(file),
    timeoutMs: (mode.browserFlows ? 15 : 2) * 60_000,
    what: "aws sso sign-in",
    signal: cx.signal,
  });
  return await work();
}

/** The stored session; undefined when there is none for this place, whatever is wrong with the file. */
export async function readSession(
  deps: Deps,
  place: SsoPlace,
): Promise<SsoSession | undefined> {
  const file = sessionFile(deps, place);
  const own = kept(deps).get(file) ?? await readFrom(deps, place, file);
  const cli = cliCacheFile(deps, place);
  const shared = cli === undefined ? undefined : await readFrom(deps, place, cli);
  return shared && shared.expiresAt > (own?.expiresAt ?? 0) ? shared : own;
}

async function readFrom(
  deps: Deps,
  place: SsoPlace,
  file: string,
): Promise<SsoSession | undefined> {
  const text = await deps.files.readSecret(file);
  if (text === undefined) return undefined;
  const session = parseSession(text, place);
  if (!session) deps.log.debug("SSO session file is not usable here", { file });
  return session;
}

function parseSession(text: string, place: SsoPlace): SsoSession | undefined {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined; // damaged: as if absent (03 §5.5)
  }
  if (raw === null || typeof raw !== "object") return undefined;
  const startUrl = typeof raw.startUrl === "string" ? plainStartUrl(raw.startUrl) : undefined;
  if (startUrl !== place.startUrl || raw.region !== place.region) return undefined;
  const string = (key: string) => typeof raw[key] === "string" ? raw[key] : "";
  const instant = (key: string) => {
    // older versions of the AWS CLI write `UTC` for `Z`
    const ms = Date.parse(string(key).replace(/UTC$/, "Z"));
    return Number.isNaN(ms) ? 0 : ms;
  };
  const session: SsoSession = { expiresAt: instant("expiresAt") };
  if (string("accessToken")) session.accessToken = new Secret(string("accessToken"));
  if (string("refreshToken")) session.refreshToken = new Secret(string("refreshToken"));
  if (string("clientId") && string("clientSecret")) {
    session.registration = {
      clientId: string("clientId"),
      clientSecret: new Secret(string("clientSecret")),
      expiresAt: instant("registrationExpiresAt"),
      grant: raw.grant === "code" ? "code" : "device",
    };
  }
  return session;
}

/** Keeps a session. A failed write is told at debug level and never fails the login (04 §6.2). */
export async function writeSession(
  deps: Deps,
  place: SsoPlace,
  session: SsoSession,
): Promise<void> {
  const file = sessionFile(deps, place);
  const { registration } = session;
  const record = {
    accessToken: session.accessToken?.reveal() ?? "",
    expiresAt: wholeSeconds(session.expiresAt),
    region: place.region,
    startUrl: place.startUrl,
    ...(session.refreshToken ? { refreshToken: session.refreshToken.reveal() } : {}),
    ...(registration
      ? {
        clientId: registration.clientId,
        clientSecret: registration.clientSecret.reveal(),
        registrationExpiresAt: wholeSeconds(registration.expiresAt),
        grant: registration.grant,
      }
      : {}),
  };
  try {
    await deps.files.write(file, JSON.stringify(record));
    kept(deps).delete(file);
    const cli = cliCacheFile(deps, place);
    if (cli !== undefined) {
      await deps.files.ensureDir(cli.replace(/[/\\][^/\\]*$/, ""));
      await deps.files.write(cli, JSON.stringify(record));
    }
  } catch (error) {
    kept(deps).set(file, session);
    deps.log.debug(`cannot keep the SSO session: ${(error as Error).message}`);
  }
}

/** Removes the session from memory and disk; true when a file was there. */
export async function removeSession(deps: Deps, place: SsoPlace): Promise<boolean> {
  const file = sessionFile(deps, place);
  kept(deps).delete(file);
  const cli = cliCacheFile(deps, place);
  if (cli !== undefined) await deps.files.remove(cli);
  return await deps.files.remove(file);
}

// ---------------------------------------------------------------------------------------------
// OIDC service
// ---------------------------------------------------------------------------------------------

type Oidc = typeof import("@aws-sdk/client-sso-oidc");

async function oidc<T>(
  cx: KindContext,
  place: SsoPlace,
  operation: string,
  retry: "lost" | "none" | undefined,
  send: (client: InstanceType<Oidc["SSOOIDCClient"]>, sdk: Oidc) => Promise<T>,
): Promise<T> {
  const sdk = await import("@aws-sdk/client-sso-oidc");
  return await awsCall({
    cx,
    service: "sso-oidc",
    operation,
    region: place.region,
    ...(retry ? { retry } : {}),
    run: async (settings) => {
      const client = new sdk.SSOOIDCClient(settings);
      try {
        return await send(client, sdk);
      } finally {
        client.destroy();
      }
    },
  });
}

/** `invalid_grant`, `slow_down`, … of a refusal by the token endpoint, in the words of OAuth. */
export function oauthCode(error: unknown): string | undefined {
  return awsFault(error)?.awsCode.replace(/Exception$/, "")
    .replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}

const scope = "sso:account:access";
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** Where the browser returns to; the port is any (RFC 8252 §7.3), so it is registered without one. */
export const callbackPath = "/oauth/callback";

/** Registers this program as a public client for one grant (RFC 7591). */
export async function registerClient(
  cx: KindContext,
  place: SsoPlace,
  grant: "device" | "code",
): Promise<Registration> {
  const answer = await oidc(cx, place, "RegisterClient", undefined, (client, sdk) =>
    client.send(
      new sdk.RegisterClientCommand({
        clientName: "atmos-auth",
        clientType: "public",
        scopes: [scope],
        grantTypes: [grant === "device" ? deviceGrant : "authorization_code", "refresh_token"],
        ...(grant === "code"
          ? { redirectUris: [`http://127.0.0.1${callbackPath}`], issuerUrl: place.startUrl }
          : {}),
      }),
    ));
  if (!answer.clientId || !answer.clientSecret) throw incomplete("RegisterClient");
  return {
    clientId: answer.clientId,
    clientSecret: new Secret(answer.clientSecret),
    expiresAt: (answer.clientSecretExpiresAt ?? 0) * 1000,
    grant,
  };
}

/** What the user needs to approve a device (RFC 8628 §3.2). */
export interface DeviceAuthorization {
  deviceCode: Secret;
  userCode: string;
  verificationUri: string;
  verificationUriComplete?: string;
  expiresIn: number;
  interval: number;
}

/** Starts a device authorization. */
export async function startDevice(
  cx: KindContext,
  place: SsoPlace,
  registration: Registration,
): Promise<DeviceAuthorization> {
  const answer = await oidc(
    cx,
    place,
    "StartDeviceAuthorization",
    undefined,
    (client, sdk) =>
      client.send(
        new sdk.StartDeviceAuthorizationCommand({
          clientId: registration.clientId,
          clientSecret: registration.clientSecret.reveal(),
          startUrl: place.startUrl,
        }),
      ),
  );
  const { deviceCode, userCode, verificationUri, verificationUriComplete } = answer;
  if (!deviceCode || !userCode || !verificationUri) throw incomplete("StartDeviceAuthorization");
  return {
    deviceCode: new Secret(deviceCode),
    userCode,
    verificationUri,
    ...(verificationUriComplete ? { verificationUriComplete } : {}),
    expiresIn: answer.expiresIn ?? 600,
    interval: answer.interval ?? 0,
  };
}

/** What is redeemed for tokens. */
export type Grant =
  | { type: "device"; deviceCode: Secret }
  | { type: "code"; code: string; redirectUri: string; codeVerifier: string }
  | { type: "refresh"; refreshToken: Secret };

/** Redeems a grant. Refusals keep their code: see {@link oauthCode}. */
export async function createToken(
  cx: KindContext,
  place: SsoPlace,
  registration: Registration,
  grant: Grant,
): Promise<TokenAnswer> {
  const retry = grant.type === "device" ? "none" : grant.type === "code" ? "lost" : undefined;
  const answer = await oidc(cx, place, "CreateToken", retry, (client, sdk) =>
    client.send(
      new sdk.CreateTokenCommand({
        clientId: registration.clientId,
        clientSecret: registration.clientSecret.reveal(),
        ...grantFields(grant),
      }),
    ));
  if (!answer.accessToken) throw incomplete("CreateToken");
  return {
    accessToken: new Secret(answer.accessToken),
    expiresIn: answer.expiresIn ?? 0,
    ...(answer.refreshToken ? { refreshToken: new Secret(answer.refreshToken) } : {}),
  };
}

function grantFields(grant: Grant) {
  switch (grant.type) {
    case "device":
      return { grantType: deviceGrant, deviceCode: grant.deviceCode.reveal() };
    case "code":
      return {
        grantType: "authorization_code",
        code: grant.code,
        redirectUri: grant.redirectUri,
        codeVerifier: grant.codeVerifier,
      };
    case "refresh":
      return { grantType: "refresh_token", refreshToken: grant.refreshToken.reveal() };
  }
}

function incomplete(operation: string): AuthError {
  return new AuthError({
    code: "aws_call_failed",
    message: `${operation} failed: the answer is incomplete`,
  });
}

/** The page where the user approves an authorization code (04 §6.1). The parameter is `scopes`. */
export function authorizeUrl(o: {
  endpoint: string;
  clientId: string;
  redirectUri: string;
  state: string;
  challenge: string;
}): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: o.clientId,
    redirect_uri: o.redirectUri,
    state: o.state,
    code_challenge_method: "S256",
    scopes: scope,
    code_challenge: o.challenge,
  });
  return `${o.endpoint}/authorize?${query}`;
}
