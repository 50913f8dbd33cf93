/**
 * Synchronous SHA-1 and SHA-256 (FIPS 180-4) for file and lock names: WebCrypto is asynchronous and
 * `node:crypto` costs 20 ms at start (00, Packages). For names and fingerprints only; key
 * derivation and encryption go through WebCrypto.
 */
import { hex } from "./random.ts";

/** Lower-case hex SHA-1 of UTF-8 text or bytes. */
export function sha1Hex(input: string | Uint8Array): string {
  return hex(sha1(bytesOf(input)));
}

/** Lower-case hex SHA-256 of UTF-8 text or bytes. */
export function sha256Hex(input: string | Uint8Array): string {
  return hex(sha256(bytesOf(input)));
}

/** SHA-1, 20 bytes. */
export function sha1(input: Uint8Array): Uint8Array {
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const w = new Uint32Array(80);
  eachBlock(input, (view, at) => {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 80; i++) {
      w[i] = rotateLeft(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!;
    for (let i = 0; i < 80; i++) {
      const [f, k] = i < 20
        ? [(b & c) | (~b & d), 0x5a827999]
        : i < 40
        ? [b ^ c ^ d, 0x6ed9eba1]
        : i < 60
        ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
        : [b ^ c ^ d, 0xca62c1d6];
      const next = (rotateLeft(a, 5) + f + e + k + w[i]!) | 0;
      e = d;
      d = c;
      c = rotateLeft(b, 30);
      b = a;
      a = next;
    }
    add(state, [a, b, c, d, e]);
  });
  return bigEndian(state);
}

/** SHA-256, 32 bytes. */
export function sha256(input: Uint8Array): Uint8Array {
  const k = roundConstants();
  const state = new Uint32Array([
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
  ]);
  const w = new Uint32Array(64);
  eachBlock(input, (view, at) => {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!, y = w[i - 2]!;
      const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
      const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
    for (let i = 0; i < 64; i++) {
      const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
      const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    add(state, [a, b, c, d, e, f, g, h]);
  });
  return bigEndian(state);
}

let constants: Uint32Array | undefined;

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2). */
function roundConstants(): Uint32Array {
  if (constants) return constants;
  const found = new Uint32Array(64);
  for (let n = 2, i = 0; i < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found[i++] = (Math.cbrt(n) % 1) * 0x100000000;
  }
  return constants = found;
}

function bytesOf(input: string | Uint8Array): Uint8Array {
  return typeof input === "string" ? new TextEncoder().encode(input) : input;
}

/** Calls `each` for every 64-byte block of the padded message (FIPS 180-4 §5.1.1). */
function eachBlock(input: Uint8Array, each: (view: DataView, at: number) => void): void {
  const padded = new Uint8Array(((input.length + 8 >> 6) + 1) << 6);
  padded.set(input);
  padded[input.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(input.length / 0x20000000));
  view.setUint32(padded.length - 4, input.length << 3);
  for (let at = 0; at < padded.length; at += 64) each(view, at);
}

function add(state: Uint32Array, words: number[]): void {
  for (let i = 0; i < state.length; i++) state[i] = state[i]! + words[i]!;
}

function bigEndian(state: Uint32Array): Uint8Array {
  const out = new Uint8Array(4 * state.length);
  const view = new DataView(out.buffer);
  state.forEach((word, i) => view.setUint32(4 * i, word));
  return out;
}

function rotateLeft(x: number, n: number): number {
  return (x << n) | (x >>> (32 - n));
}

function rotateRight(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}
