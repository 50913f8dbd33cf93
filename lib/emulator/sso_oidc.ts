/**
 * IAM Identity Center's OIDC service: RegisterClient, StartDeviceAuthorization, CreateToken
 * (RFC 7591, 8628, 6749, 7636 in the service's JSON dress).
 */
import { type Call, json, jsonObject, type Reply, ServiceError } from "./http.ts";
import type { AuthorizationCode, SsoClient, SsoSession, World } from "./world.ts";
import { base64url, opaque } from "./world.ts";

export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const GRANTS = ["authorization_code", "refresh_token", DEVICE_GRANT];
const SCOPES =
  /^(sso:account:access|openid|aws|sts:identity_context|sso:[a-z]+:[a-z]+|codewhisperer:\w+)$/;

export function refused(code: string, message: string, status = 400): ServiceError {
  return new ServiceError(status, code, message);
}

type Body = Record<string, unknown>;

/** The JSON object of a call; members beside `known` are refused, so that misspelt ones are found. */
function bodyOf(call: Call, known: string[]): Body {
  const body = jsonObject(call);
  if (!body) throw refused("InvalidRequestException", "Invalid request");
  const stray = Object.keys(body).find((k) => !known.includes(k));
  if (stray) throw refused("InvalidRequestException", `Unknown member ${stray}`);
  return body;
}

function text(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "") {
    throw refused("InvalidRequestException", `Missing ${name}`);
  }
  return value;
}

function texts(body: Body, name: string): string[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.some((v) => typeof v !== "string")) {
    throw refused("InvalidRequestException", `${name} must be a list of strings`);
  }
  return value;
}

/** Start URLs are one whether or not they end in `/`, `#` or `#/`. */
export function sameStartUrl(a: string, b: string): boolean {
  const plain = (u: string) => u.replace(/[#/]+$/, "");
  return plain(a) === plain(b);
}

function checkRedirects(uris: string[]): void {
  for (const uri of uris) {
    const url = URL.canParse(uri) ? new URL(uri) : undefined;
    const loopback = url && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
    if (!url || url.protocol !== "http:" || !loopback || url.hash) {
      throw refused("InvalidRedirectUriException", `Invalid redirect URI`);
    }
  }
}

/** `POST /client/register` */
export async function registerClient(world: World, call: Call): Promise<Reply> {
  const body = bodyOf(call, [
    "clientName",
    "clientType",
    "scopes",
    "redirectUris",
    "grantTypes",
    "issuerUrl",
    "entitledApplicationArn",
  ]);
  text(body, "clientName");
  if (text(body, "clientType") !== "public") {
    throw refused("InvalidClientMetadataException", "Only public clients can be registered");
  }
  const scopes = texts(body, "scopes") ?? [];
  const unknown = scopes.find((s) => !SCOPES.test(s));
  if (unknown) throw refused("InvalidScopeException", `Unknown scope ${unknown}`);
  const grantTypes = texts(body, "grantTypes");
  if (grantTypes?.some((g) => !GRANTS.includes(g))) {
    throw refused("UnsupportedGrantTypeException", "Unsupported grant type");
  }
  const redirectUris = texts(body, "redirectUris") ?? [];
  checkRedirects(redirectUris);
  const { startUrl, registrationSeconds = 90 * 86400 } = world.state.identityCenter;
  if (grantTypes?.includes("authorization_code")) {
    if (redirectUris.length === 0) {
      throw refused("InvalidRedirectUriException", "authorization_code needs redirectUris");
    }
    if (!sameStartUrl(text(body, "issuerUrl"), startUrl)) {
      throw refused("InvalidRequestException", "Unknown issuerUrl");
    }
  }
  const now = world.now();
  const client: SsoClient = {
    id: opaque(world.random, 16),
    secret: `eyJ${opaque(world.random, 96)}`,
    expiresAt: now + registrationSeconds * 1000,
    grantTypes,
    redirectUris,
    scopes,
  };
  world.sso.clients.set(client.id, client);
  return json({
    clientId: client.id,
    clientSecret: client.secret,
    clientIdIssuedAt: Math.floor(now / 1000),
    clientSecretExpiresAt: Math.floor(client.expiresAt / 1000),
  });
}

function clientOf(world: World, body: Body): SsoClient {
  const client = world.sso.clients.get(text(body, "clientId"));
  if (!client || client.secret !== text(body, "clientSecret")) {
    throw refused("InvalidClientException", "Client authentication failed", 401);
  }
  if (client.expiresAt <= world.now()) {
    throw refused("InvalidClientException", "Client registration has expired", 401);
  }
  return client;
}

/** Without `grantTypes` a registration is for the device grant and its refresh, as before PKCE came. */
export function mayUse(client: SsoClient, grant: string): boolean {
  return (client.grantTypes ?? [DEVICE_GRANT, "refresh_token"]).includes(grant);
}

function checkGrant(client: SsoClient, grant: string): void {
  if (!mayUse(client, grant)) {
    throw refused("UnauthorizedClientException", "Client is not authorized to use this grant type");
  }
}

/** `POST /device_authorization` */
export async function startDeviceAuthorization(world: World, call: Call): Promise<Reply> {
  const body = bodyOf(call, ["clientId", "clientSecret", "startUrl"]);
  const client = clientOf(world, body);
  checkGrant(client, DEVICE_GRANT);
  const center = world.state.identityCenter;
  if (!sameStartUrl(text(body, "startUrl"), center.startUrl)) {
    throw refused("InvalidRequestException", "Unknown startUrl");
  }
  const letters = Array.from(
    world.random.bytes(8),
    (b) => "BCDFGHJKLMNPQRSTVWXZ"[b % 20],
  ).join("");
  const expiresIn = center.deviceCodeSeconds ?? 600;
  const interval = center.intervalSeconds ?? 1;
  const device = {
    deviceCode: opaque(world.random, 48),
    userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
    clientId: client.id,
    expiresAt: world.now() + expiresIn * 1000,
    interval,
    status: "pending" as const,
  };
  world.sso.devices.set(device.deviceCode, device);
  return json({
    deviceCode: device.deviceCode,
    userCode: device.userCode,
    verificationUri: `${call.base}/device`,
    verificationUriComplete: `${call.base}/device?user_code=${device.userCode}`,
    expiresIn,
    interval,
  });
}

/** The answer of CreateToken; a refresh token only where the registration allows one. */
function tokens(world: World, client: SsoClient, session: SsoSession): Reply {
  const center = world.state.identityCenter;
  const now = world.now();
  const left = Math.floor((session.expiresAt - now) / 1000);
  const expiresIn = Math.min(center.accessTokenSeconds ?? 3600, left);
  const accessToken = `aoa${opaque(world.random, 96)}`;
  session.access.set(accessToken, now + expiresIn * 1000);
  const refreshable = mayUse(client, "refresh_token") &&
    client.scopes.includes("sso:account:access");
  let refreshToken: string | undefined;
  if (refreshable && (center.rotateRefreshTokens !== false || !session.refresh)) {
    refreshToken = `aor${opaque(world.random, 96)}`;
    session.refresh = refreshToken;
  }
  return json({ accessToken, tokenType: "Bearer", expiresIn, refreshToken });
}

function newSession(world: World, client: SsoClient, user: string): SsoSession {
  const session: SsoSession = {
    id: world.random.uuid(),
    user,
    clientId: client.id,
    scopes: client.scopes,
    expiresAt: world.now() + (world.state.identityCenter.sessionSeconds ?? 28800) * 1000,
    access: new Map(),
  };
  world.sso.sessions.set(session.id, session);
  return session;
}

function deviceToken(world: World, client: SsoClient, body: Body): Reply {
  const device = world.sso.devices.get(text(body, "deviceCode"));
  if (!device || device.clientId !== client.id || device.status === "used") {
    throw refused("InvalidGrantException", "Invalid device code provided");
  }
  const now = world.now();
  if (device.expiresAt <= now) throw refused("ExpiredTokenException", "Device code has expired");
  // 50 ms for the grain of timers: a client that sleeps exactly the interval is on time.
  const early = device.lastPoll !== undefined &&
    now - device.lastPoll < device.interval * 1000 - 50;
  device.lastPoll = now;
  if (early) {
    device.interval += 5;
    throw refused("SlowDownException", "Polling too often");
  }
  if (device.status === "pending") {
    throw refused("AuthorizationPendingException", "Authorization is still pending");
  }
  if (device.status === "denied") {
    throw refused("AccessDeniedException", "The user denied the request");
  }
  device.status = "used";
  return tokens(world, client, newSession(world, client, device.user!));
}

/** Verifies an S256 challenge (RFC 7636 §4.6). */
export async function verifierMatches(verifier: string, challenge: string): Promise<boolean> {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest)) === challenge;
}

async function codeToken(world: World, client: SsoClient, body: Body): Promise<Reply> {
  const code: AuthorizationCode | undefined = world.sso.codes.get(text(body, "code"));
  const redirectUri = text(body, "redirectUri"), verifier = text(body, "codeVerifier");
  const invalid = () => refused("InvalidGrantException", "Invalid authorization code provided");
  if (!code || code.used || code.clientId !== client.id || code.redirectUri !== redirectUri) {
    throw invalid();
  }
  if (code.expiresAt <= world.now()) throw invalid();
  if (!await verifierMatches(verifier, code.challenge)) throw invalid();
  code.used = true;
  return tokens(world, client, newSession(world, client, code.user));
}

function refreshToken(world: World, client: SsoClient, body: Body): Reply {
  const token = text(body, "refreshToken");
  const session = [...world.sso.sessions.values()].find((s) => s.refresh === token);
  if (!session || session.clientId !== client.id || session.expiresAt <= world.now()) {
    throw refused("InvalidGrantException", "Invalid refresh token provided");
  }
  return tokens(world, client, session);
}

/** `POST /token` */
export async function createToken(world: World, call: Call): Promise<Reply> {
  const body = bodyOf(call, [
    "clientId",
    "clientSecret",
    "grantType",
    "deviceCode",
    "code",
    "refreshToken",
    "scope",
    "redirectUri",
    "codeVerifier",
  ]);
  const grant = text(body, "grantType");
  const client = clientOf(world, body);
  if (!GRANTS.includes(grant)) {
    throw refused("UnsupportedGrantTypeException", "Unsupported grant type");
  }
  checkGrant(client, grant);
  const wider = texts(body, "scope")?.find((s) => !client.scopes.includes(s));
  if (wider) throw refused("InvalidScopeException", `Scope ${wider} was not registered`);
  if (grant === DEVICE_GRANT) return deviceToken(world, client, body);
  if (grant === "refresh_token") return refreshToken(world, client, body);
  return await codeToken(world, client, body);
}
