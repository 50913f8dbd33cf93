import type { Credentials, Loaded } from "./types.ts";

const MINUTE = 60_000;
const GO_ZERO_TIME = /^0001-01-01T00:00:00/;

/** When credentials end: epoch ms, `never` (no expiry known), or `unreadable` (counts as expired; 03 §1.2). */
export type Expiry = number | "never" | "unreadable";

/** Expiry by the rule of the credential type (03 §1.2). */
export function expiryOf(c: Credentials): Expiry {
  switch (c.type) {
    case "aws":
    case "azure":
      return instant(c.expiration);
    case "gcp":
      return c.token_expiry && GO_ZERO_TIME.test(c.token_expiry)
        ? "never"
        : instant(c.token_expiry);
    case "mock":
      return instant(c.Expiration);
    case "oidc":
    case "atmos-pro":
      return jwtExpiry(c.token.reveal());
    case "saml":
      return "unreadable";
  }
}

function instant(text: string | undefined): Expiry {
  if (!text) return "never";
  // RFC 3339 only; Date.parse alone would take more
  if (!/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)) {
    return "unreadable";
  }
  const ms = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(ms) ? "unreadable" : ms;
}

/** `exp` of a JWT; no JWT or no `exp` = never; a payload that does not decode = unreadable (07 §2). */
function jwtExpiry(token: string): Expiry {
  const parts = token.split(".");
  if (parts.length !== 3) return "never";
  try {
    const bytes = Uint8Array.fromBase64(parts[1]!, { alphabet: "base64url" });
    const payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (payload === null || typeof payload !== "object") return "unreadable";
    return typeof payload.exp === "number" ? payload.exp * 1000 : "never";
  } catch {
    return "unreadable";
  }
}

/** Structure first (03 §3.4): AWS needs id and secret, or a bearer at an SSO provider; the others a token. */
export function complete(c: Credentials, at: "identity" | "provider"): boolean {
  switch (c.type) {
    case "aws":
      return at === "provider" && c.bearer ? true : !!c.access_key_id && !!c.secret_access_key;
    case "azure":
    case "gcp":
      return !!c.access_token;
    case "mock":
      return !!c.AccessKeyID;
    default:
      return true;
  }
}

/** Buffer in ms that the scan demands (03 §3.4). */
export function scanBuffer(lifetimeMs: number | undefined): number {
  if (lifetimeMs === undefined || lifetimeMs >= 60 * MINUTE) return 15 * MINUTE;
  return Math.max(MINUTE, lifetimeMs / 5);
}

/**
 * Whether stored credentials may be used (03 §3.4). `scan` resumes a chain from them; `cached`
 * hands them to a child as they are.
 */
export function usable(
  loaded: Loaded,
  use: "scan" | "cached",
  at: "identity" | "provider",
  now: number,
): boolean {
  const { credentials, issuedAt } = loaded;
  if (!complete(credentials, at)) return false;
  if (issuedAt !== undefined && issuedAt > now + 5 * MINUTE) return false;
  const end = expiryOf(credentials);
  if (end === "never") return true;
  if (end === "unreadable") return false;
  const left = end - now;
  if (use === "scan") return left > scanBuffer(issuedAt === undefined ? undefined : end - issuedAt);
  if (credentials.type === "oidc" || credentials.type === "atmos-pro") return left > 5 * MINUTE;
  if (credentials.type === "gcp") return left >= 5 * MINUTE;
  return left > MINUTE;
}
