/**
 * The encryption of the file keyring (03 §6.4): JWE compact serialisation (RFC 7516) with
 * `PBES2-HS256+A128KW` (RFC 7518 §4.8) and `A256GCM`, by WebCrypto alone. Byte-compatible with the
 * reference's store: each reads what the other wrote.
 */
import type { Random } from "../sys/random.ts";

/** What the reference's reader accepts at most (03 §6.4). */
export const MAX_ITERATIONS = 1_300_000;
/** The reference's own count, and the lowest that we write. */
export const MIN_WRITTEN_ITERATIONS = 8192;
const MIN_READ_ITERATIONS = 1000;

const ALG = "PBES2-HS256+A128KW";
const ENC = "A256GCM";

/** A password as WebCrypto holds it; it cannot be read back. The bytes given are overwritten. */
export async function importPassword(password: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveKey"]);
  } finally {
    password.fill(0);
  }
}

/** Encrypts; `created` is any text, by custom the time of writing. */
export async function seal(plaintext: Uint8Array<ArrayBuffer>, at: {
  password: CryptoKey;
  iterations: number;
  created: string;
  random: Random;
}): Promise<string> {
  const salt = at.random.bytes(12);
  const header = base64url(utf8(JSON.stringify({
    alg: ALG,
    created: at.created,
    enc: ENC,
    p2c: at.iterations,
    p2s: base64url(salt),
  })));
  const kek = await keyEncryptionKey(at.password, salt, at.iterations, "wrapKey");
  const raw = at.random.bytes(32);
  const cek = await crypto.subtle.importKey("raw", raw, "AES-GCM", true, ["encrypt"]);
  raw.fill(0);
  const wrapped = new Uint8Array(await crypto.subtle.wrapKey("raw", cek, kek, "AES-KW"));
  const iv = at.random.bytes(12);
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: utf8(header) },
      cek,
      plaintext,
    ),
  );
  const body = sealed.subarray(0, sealed.length - 16), tag = sealed.subarray(-16);
  return [header, ...[wrapped, iv, body, tag].map(base64url)].join(".");
}

/** Why a token did not open. `password`: the key does not unwrap; `damaged`: anything else is wrong. */
export type Refusal = "unsupported" | "password" | "damaged";

export type Opened = { plaintext: Uint8Array } | { refused: Refusal };

/** Decrypts one token; every refusal is a value. */
export async function open(token: string, password: CryptoKey): Promise<Opened> {
  const parts = parse(token);
  if ("refused" in parts) return parts;
  const kek = await keyEncryptionKey(password, parts.salt, parts.iterations, "unwrapKey");
  let cek: CryptoKey;
  try {
    cek = await crypto.subtle.unwrapKey("raw", parts.wrapped, kek, "AES-KW", "AES-GCM", false, [
      "decrypt",
    ]);
  } catch {
    return { refused: "password" };
  }
  try {
    const plaintext = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: parts.iv, additionalData: utf8(parts.header) },
      cek,
      parts.sealed,
    );
    return { plaintext: new Uint8Array(plaintext) };
  } catch {
    return { refused: "damaged" };
  }
}

/** PBKDF2 rounds of a token, undefined when it is none of ours. */
export function iterationsOf(token: string): number | undefined {
  const parts = parse(token);
  return "refused" in parts ? undefined : parts.iterations;
}

interface Parts {
  /** As received: it is the additional authenticated data. */
  header: string;
  salt: Uint8Array<ArrayBuffer>;
  iterations: number;
  wrapped: Uint8Array<ArrayBuffer>;
  iv: Uint8Array<ArrayBuffer>;
  /** Ciphertext with the tag behind it, as WebCrypto wants it. */
  sealed: Uint8Array<ArrayBuffer>;
}

function parse(token: string): Parts | { refused: Refusal } {
  const texts = token.split(".");
  const [header, ...rest] = texts;
  const [headerBytes, wrapped, iv, body, tag] = texts.map(fromBase64url);
  if (texts.length !== 5 || !headerBytes || !wrapped || !iv || !body || !tag) {
    return { refused: "damaged" };
  }
  const fields = jsonObject(headerBytes);
  if (!fields || rest.length !== 4) return { refused: "damaged" };
  const iterations = fields.p2c;
  const salt = typeof fields.p2s === "string" ? fromBase64url(fields.p2s) : undefined;
  if (
    fields.alg !== ALG || fields.enc !== ENC || "crit" in fields || "zip" in fields ||
    typeof iterations !== "number" || !Number.isInteger(iterations) ||
    iterations < MIN_READ_ITERATIONS || iterations > MAX_ITERATIONS ||
    !salt || salt.length < 8
  ) return { refused: "unsupported" };
  if (wrapped.length !== 40 || iv.length !== 12 || tag.length !== 16) {
    return { refused: "damaged" };
  }
  const sealed = new Uint8Array(body.length + tag.length);
  sealed.set(body);
  sealed.set(tag, body.length);
  return { header: header!, salt, iterations, wrapped, iv, sealed };
}

/** RFC 7518 §4.8.1.1: the salt is the algorithm's name, a zero byte and the decoded `p2s`. */
function keyEncryptionKey(
  password: CryptoKey,
  p2s: Uint8Array,
  iterations: number,
  usage: "wrapKey" | "unwrapKey",
): Promise<CryptoKey> {
  const salt = new Uint8Array(ALG.length + 1 + p2s.length);
  salt.set(utf8(ALG));
  salt.set(p2s, ALG.length + 1);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    password,
    { name: "AES-KW", length: 128 },
    false,
    [usage],
  );
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Canonical base64url alone: spare bits and blanks would let two texts mean the same bytes. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return base64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function jsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
