/** The plaintext of a file keyring entry (03 §6.4) and the ways it can be wrong. */
import { AuthError } from "../sys/error.ts";
import { open } from "./jwe.ts";

/** The plaintext, in the reference's field order. */
export function recordOf(key: string, value: string): string {
  return JSON.stringify({
    Key: key,
    Data: new TextEncoder().encode(value).toBase64(),
    Label: "",
    Description: "",
    KeychainNotTrustApplication: false,
    KeychainNotSynchronizable: false,
  });
}

/** The value inside; a swapped or renamed file is refused, as the record names its key. */
export function valueOf(plaintext: Uint8Array, key: string): string {
  const record = recordIn(plaintext);
  if (typeof record?.Data !== "string" || typeof record.Key !== "string") {
    throw corrupted(key, "the record is incomplete");
  }
  if (record.Key !== key) throw corrupted(key, "the file holds the entry of another key");
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(record.Data));
  } catch {
    throw corrupted(key, "the record is incomplete");
  }
}

export type EntryState = "ok" | "other_password" | "damaged" | "unsupported";

/** How an entry fares with a password. */
export async function stateOf(
  token: string,
  key: string,
  password: CryptoKey,
): Promise<EntryState> {
  const opened = await open(token, password);
  if ("refused" in opened) {
    return opened.refused === "password" ? "other_password" : opened.refused;
  }
  return recordIn(opened.plaintext)?.Key === key ? "ok" : "damaged";
}

export function refusal(key: string, state: Exclude<EntryState, "ok">): AuthError {
  if (state === "damaged") return corrupted(key, "the file is damaged");
  if (state === "unsupported") {
    return new AuthError({
      code: "keyring_unsupported_encryption",
      message: `unsupported keyring encryption: entry ${key}`,
    });
  }
  return new AuthError({
    code: "keyring_entry_password",
    message: `keyring entry ${key} was stored with another password`,
    hints: [
      "Other entries open with this password: delete this one, or give the one it was stored with",
    ],
  });
}

function recordIn(plaintext: Uint8Array): { Key?: unknown; Data?: unknown } | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(plaintext));
    return record !== null && typeof record === "object" ? record : undefined;
  } catch {
    return undefined;
  }
}

function corrupted(key: string, reason: string): AuthError {
  return new AuthError({
    code: "keyring_entry_corrupted",
    message: `credential entry is corrupted: ${key}: ${reason}`,
    hints: ["Delete it with `atmos-auth keyring delete`, then log in again"],
  });
}
