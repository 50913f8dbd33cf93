import type { Random } from "../sys/random.ts";

/** Base64url without padding (RFC 4648 §5), as all of OAuth writes it. */
export function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/**
 * A code verifier (RFC 7636 §4.1): base64url of random bytes. 32 bytes give the 43 characters that
 * the RFC asks for at least, 48 bytes give 64.
 */
export function codeVerifier(random: Random, bytes = 32): string {
  return base64url(random.bytes(bytes));
}

/** The `S256` challenge of a verifier (RFC 7636 §4.2). */
export async function codeChallenge(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}
