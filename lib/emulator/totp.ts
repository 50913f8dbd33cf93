/** Time-based one-time passwords, RFC 6238 with SHA-1, 30 s, six digits: what virtual MFA devices show. */

const STEP_MS = 30_000;

function base32Decode(text: string): Uint8Array<ArrayBuffer> {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const out: number[] = [];
  let bits = 0, value = 0;
  for (const c of text.toUpperCase().replace(/[=\s]/g, "")) {
    value = (value << 5) | alphabet.indexOf(c);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((value >>> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return new Uint8Array(out);
}

/** The code of one 30 s step (RFC 4226 §5.3). */
async function codeOfStep(secret: string, step: number): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    base32Decode(secret),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  const message = new DataView(new ArrayBuffer(8));
  message.setUint32(0, Math.floor(step / 2 ** 32));
  message.setUint32(4, step >>> 0);
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, message.buffer));
  const offset = mac.getUint8(19) & 15;
  return String((mac.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The code shown at `ms` (epoch). `secret` is base32. */
export function totp(secret: string, ms: number): Promise<string> {
  return codeOfStep(secret, Math.floor(ms / STEP_MS));
}

/**
 * Redeems a code: one step of drift either way is tolerated, and a step counts once. Returns false
 * for a wrong or used code.
 */
export async function redeemTotp(input: {
  secret: string;
  code: string;
  ms: number;
  used: Set<number>;
}): Promise<boolean> {
  const now = Math.floor(input.ms / STEP_MS);
  for (const step of [now, now - 1, now + 1]) {
    if (await codeOfStep(input.secret, step) === input.code) {
      if (input.used.has(step)) return false;
      input.used.add(step);
      return true;
    }
  }
  return false;
}
