/** DPoP proofs with a P-256 key (RFC 9449 §4.2), signed by WebCrypto. */
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { Secret } from "../sys/secret.ts";
import { base64url } from "./pkce.ts";

/** A proof key. The private half leaves memory only through {@link exportDpopKey}. */
export interface DpopKey {
  privateKey: CryptoKey;
  jwk: { kty: "EC"; crv: "P-256"; x: string; y: string };
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };

/** A fresh key; one is used for a login and every refresh of it. */
export async function newDpopKey(): Promise<DpopKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return { privateKey: pair.privateKey, jwk: await publicJwk(pair.privateKey) };
}

/** Base64 of PKCS#8 DER. */
export async function exportDpopKey(key: DpopKey): Promise<Secret> {
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key.privateKey));
  const text = new Secret(der.toBase64());
  der.fill(0);
  return text;
}

/** The key of {@link exportDpopKey}; undefined when the text is no P-256 key. */
export async function importDpopKey(text: Secret): Promise<DpopKey | undefined> {
  try {
    const der = Uint8Array.fromBase64(text.reveal());
    const privateKey = await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
    return { privateKey, jwk: await publicJwk(privateKey) };
  } catch {
    return undefined;
  }
}

async function publicJwk(privateKey: CryptoKey): Promise<DpopKey["jwk"]> {
  const { x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  return { kty: "EC", crv: "P-256", x: x!, y: y! };
}

/**
 * The `DPoP` header for one request. `url` loses query and fragment (`htu`). The signature is the
 * bare r‖s of JWS, which is what WebCrypto yields; a DER one would be refused.
 */
export async function dpopProof(o: {
  key: DpopKey;
  method: string;
  url: string;
  clock: Clock;
  random: Random;
}): Promise<string> {
  const htu = new URL(o.url);
  htu.search = "";
  htu.hash = "";
  const part = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const signed = part({ typ: "dpop+jwt", alg: "ES256", jwk: o.key.jwk }) + "." + part({
    jti: o.random.uuid(),
    htm: o.method,
    htu: htu.toString(),
    iat: Math.floor(o.clock.now() / 1000),
  });
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    o.key.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}
