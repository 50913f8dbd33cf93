/**
 * Values larger than a system keyring takes, in parts (03 §6.10): pieces of base64 under `K#1…K#n`,
 * each behind `<id>:`, and a head under `K` that names count, id and digest.
 */
import { AuthError } from "../sys/error.ts";
import { sha256Hex } from "../sys/hash.ts";
import type { HeldLock } from "../sys/locks.ts";
import { hex, type Random } from "../sys/random.ts";
import type { RawStore } from "./keyring.ts";

interface Head {
  n: number;
  id: string;
  sha256: string;
}

const MAX_PARTS = 999;

/** A store that may take several entries at once. */
export interface BatchStore extends RawStore {
  getMany?(keys: string[]): Promise<(string | undefined)[]>;
  setMany?(entries: [key: string, value: string][]): Promise<void>;
}

/**
 * Wraps a store whose entries hold at most `limit` bytes. `lock` serialises writers of one machine,
 * as a set of parts is not atomic.
 */
export function chunked(
  store: BatchStore,
  init: { limit: number; random: Random; lock: () => Promise<HeldLock> },
): RawStore {
  const pieceLength = init.limit - "12345678:".length;

  async function get(key: string): Promise<string | undefined> {
    // A writer in between leaves parts of another id for a moment: look twice.
    for (let attempt = 0;; attempt++) {
      const value = await store.get(key);
      const head = value === undefined ? undefined : headIn(value);
      if (!head) return value;
      const whole = await assemble(key, head);
      if (whole !== undefined) return whole;
      if (attempt === 1) throw incomplete(key);
    }
  }

  async function assemble(key: string, head: Head): Promise<string | undefined> {
    let base64 = "";
    const keys = Array.from({ length: head.n }, (_, i) => partKey(key, i + 1));
    for (const part of await getMany(keys)) {
      if (!part?.startsWith(`${head.id}:`)) return undefined;
      base64 += part.slice(head.id.length + 1);
    }
    try {
      const bytes = Uint8Array.fromBase64(base64);
      return sha256Hex(bytes) === head.sha256 ? new TextDecoder().decode(bytes) : undefined;
    } catch {
      return undefined;
    }
  }

  async function set(key: string, value: string): Promise<void> {
    await using _held = await init.lock();
    const before = headIn(await store.get(key) ?? "");
    const bytes = new TextEncoder().encode(value);
    let count = 0;
    if (bytes.length <= init.limit) await store.set(key, value);
    else count = await setParts(key, bytes);
    await removeParts(key, count + 1, before?.n ?? 0);
  }

  async function setParts(key: string, bytes: Uint8Array): Promise<number> {
    const id = hex(init.random.bytes(4));
    const base64 = bytes.toBase64();
    const n = Math.ceil(base64.length / pieceLength);
    if (n > MAX_PARTS) {
      throw new AuthError({
        code: "keyring_value_too_large",
        message: `keyring entry ${key} is too large: ${bytes.length} bytes`,
      });
    }
    const parts = Array.from({ length: n }, (_, i): [string, string] => {
      const piece = base64.slice(i * pieceLength, (i + 1) * pieceLength);
      return [partKey(key, i + 1), `${id}:${piece}`];
    });
    const data: Head = { n, id, sha256: sha256Hex(bytes) };
    // Parts first, the head last: a reader sees the old set or the new one.
    await setMany([...parts, [key, JSON.stringify({ type: "chunked", data })]]);
    return n;
  }

  async function getMany(keys: string[]): Promise<(string | undefined)[]> {
    if (store.getMany) return await store.getMany(keys);
    const values = [];
    for (const key of keys) values.push(await store.get(key));
    return values;
  }

  async function setMany(entries: [string, string][]): Promise<void> {
    if (store.setMany) return await store.setMany(entries);
    for (const [key, value] of entries) await store.set(key, value);
  }

  async function remove(key: string): Promise<boolean> {
    await using _held = await init.lock();
    const before = headIn(await store.get(key) ?? "");
    const removed = await store.delete(key);
    await removeParts(key, 1, before?.n ?? 0);
    return removed;
  }

  async function removeParts(key: string, from: number, to: number): Promise<void> {
    for (let i = from; i <= to; i++) await store.delete(partKey(key, i));
  }

  return {
    get,
    set,
    delete: remove,
    list: async () => (await store.list()).filter((key) => !/#[1-9][0-9]*$/.test(key)),
    describe: () => store.describe(),
  };
}

function partKey(key: string, i: number): string {
  return `${key}#${i}`;
}

function headIn(value: string): Head | undefined {
  if (!value.startsWith('{"type":"chunked"')) return undefined;
  try {
    const { n, id, sha256 } = JSON.parse(value).data;
    const valid = Number.isInteger(n) && n > 0 && n <= MAX_PARTS && /^[0-9a-f]{8}$/.test(id) &&
      typeof sha256 === "string";
    return valid ? { n, id, sha256 } : undefined;
  } catch {
    return undefined;
  }
}

function incomplete(key: string): AuthError {
  return new AuthError({
    code: "keyring_entry_corrupted",
    message: `credential entry is corrupted: ${key}: its parts do not belong together`,
    hints: ["Delete it with `atmos-auth keyring delete`, then log in again"],
  });
}
