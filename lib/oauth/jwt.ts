/** The payload of a compact JWS (RFC 7519), read without checking the signature. */
export type JwtPayload =
  /** Three parts and a JSON object in the middle. */
  | { state: "decoded"; claims: Record<string, unknown> }
  /** Not three parts: an opaque token. */
  | { state: "opaque" }
  /** Three parts, but the middle one is no base64url JSON object. */
  | { state: "damaged" };

/**
 * Reads claims for display, expiry and a check of the audience. It proves nothing: the service that
 * the token is for verifies the signature.
 */
export function readJwt(token: string): JwtPayload {
  const parts = token.split(".");
  if (parts.length !== 3) return { state: "opaque" };
  let text: string;
  try {
    const middle = parts[1]!.replace(/=+$/, "");
    text = new TextDecoder("utf-8", { fatal: true })
      .decode(Uint8Array.fromBase64(middle, { alphabet: "base64url" }));
  } catch {
    return { state: "damaged" };
  }
  let claims: unknown;
  try {
    claims = JSON.parse(text);
  } catch {
    return { state: "damaged" };
  }
  return claims !== null && typeof claims === "object" && !Array.isArray(claims)
    ? { state: "decoded", claims: claims as Record<string, unknown> }
    : { state: "damaged" };
}

/** Audiences of claims: `aud` is one string or an array of them (RFC 7519 §4.1.3). */
export function audiences(claims: Record<string, unknown>): string[] {
  const aud = claims.aud;
  return typeof aud === "string" ? [aud] : Array.isArray(aud) ? aud.map(String) : [];
}
