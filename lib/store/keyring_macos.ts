/** Keychain through `/usr/bin/security` (03 §6.5). */
import { AuthError } from "../sys/error.ts";
import type { HelperResult } from "../sys/spawn.ts";
import type { KeyringDoors } from "./keyring_open.ts";
import {
  ACCOUNT,
  firstLine,
  helperFailed,
  lockedKeyring,
  notReadBack,
  type Probe,
  PROBE_KEY,
  PROBE_TIMEOUT_MS,
  runHelper,
  type SystemBackend,
  unusable,
} from "./keyring_system.ts";

const SECURITY = "/usr/bin/security";
const BASE64_PREFIX = "go-keyring-base64:";
const HEX_PREFIX = "go-keyring-encoded:";
/** `security -i` reads lines of at most 4096 bytes; base64 of this leaves 600 for the rest. */
const LIMIT = 2600;
const MAX_LINE = 4096;

/** Exit codes: the low byte of the OSStatus. */
const NOT_FOUND = 44;
const UNUSABLE: Record<number, string> = {
  37: "there is no default keychain",
  50: "the keychain does not exist",
  52: "the keychain is read-only",
  53: "no keychain is available",
};

export function macosBackend(doors: KeyringDoors): SystemBackend {
  const security = (args: string[], stdin?: string) =>
    runHelper(doors, { command: SECURITY, args, stdin });

  async function probe(): Promise<Probe> {
    const result = await doors.spawn.helper({
      command: SECURITY,
      args: ["find-generic-password", "-s", PROBE_KEY, "-a", ACCOUNT],
      timeoutMs: PROBE_TIMEOUT_MS,
    });
    if (result.timedOut) return { reason: "the keychain did not answer within 3 s" };
    const code = result.code & 0xff;
    if (code === 0 || code === NOT_FOUND) return {};
    if (code === 36) {
      return { reason: "the keychain is locked", hints: ["Run `security unlock-keychain`"] };
    }
    return { reason: UNUSABLE[code] ?? firstLine(result.stderrText) };
  }

  async function get(key: string): Promise<string | undefined> {
    const result = await security(["find-generic-password", "-s", key, "-wa", ACCOUNT]);
    if ((result.code & 0xff) === NOT_FOUND) return undefined;
    if (result.code !== 0) throw refusal("read", result);
    return decode(result.stdoutText.replace(/\n$/, ""), key);
  }

  async function set(key: string, value: string): Promise<void> {
    const encoded = BASE64_PREFIX + new TextEncoder().encode(value).toBase64();
    // -U updates an entry that is there. The secret is on stdin, never in argv.
    const line = `add-generic-password -U -s ${quote(key)} -a ${quote(ACCOUNT)} ` +
      `-w ${quote(encoded)}\n`;
    if (new TextEncoder().encode(line).length > MAX_LINE) {
      throw helperFailed("write", `the name ${key.slice(0, 40)}… is too long`);
    }
    const result = await security(["-i"], line);
    if (result.code !== 0) throw refusal("write", result);
    if (await get(key) !== value) throw notReadBack(key);
  }

  async function remove(key: string): Promise<boolean> {
    const result = await security(["delete-generic-password", "-s", key, "-a", ACCOUNT]);
    if ((result.code & 0xff) === NOT_FOUND) return false;
    if (result.code !== 0) throw refusal("delete", result);
    return true;
  }

  async function list(): Promise<string[]> {
    // Without -d it prints attributes alone, no secrets.
    const result = await security(["dump-keychain"]);
    if (result.code !== 0) throw refusal("list", result);
    return keysIn(result.stdoutText);
  }

  return {
    location: "login keychain (security)",
    limit: LIMIT,
    probe,
    get,
    set,
    delete: remove,
    list,
  };
}

/** The word as `security -i` reads it: a backslash escapes even inside single quotes. */
function quote(word: string): string {
  if (/[\r\n\0]/.test(word)) throw helperFailed("write", "the name contains a line break");
  return `"${word.replace(/[\\"]/g, "\\$&")}"`;
}

function decode(value: string, key: string): string {
  try {
    if (value.startsWith(BASE64_PREFIX)) {
      return utf8(Uint8Array.fromBase64(value.slice(BASE64_PREFIX.length)));
    }
    if (value.startsWith(HEX_PREFIX)) {
      return utf8(Uint8Array.fromHex(value.slice(HEX_PREFIX.length)));
    }
    return value;
  } catch (cause) {
    throw new AuthError({
      code: "keyring_entry_corrupted",
      message: `credential entry is corrupted: ${key}`,
      hints: ["Delete it with `atmos-auth keyring delete`, then log in again"],
      cause,
    });
  }
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** Services of our account in the output of `dump-keychain`. */
function keysIn(dump: string): string[] {
  const keys = new Set<string>();
  for (const block of dump.split(/^keychain: /m)) {
    if (blob(block, "acct") !== ACCOUNT) continue;
    const service = blob(block, "svce");
    if (service?.startsWith("atmos_")) keys.add(service);
  }
  return [...keys].sort();
}

/** An attribute: `"svce"<blob>="text"`, or hex followed by an escaped form when it is not ASCII. */
function blob(block: string, name: string): string | undefined {
  const found = new RegExp(`^\\s*"${name}"<blob>=(?:0x([0-9A-Fa-f]+)|"(.*)")`, "m").exec(block);
  if (!found) return undefined;
  return found[1] !== undefined ? utf8(Uint8Array.fromHex(found[1])) : found[2];
}

function refusal(what: string, result: HelperResult): AuthError {
  const code = result.code & 0xff;
  if (code === 36) return lockedKeyring("Run `security unlock-keychain`");
  if (UNUSABLE[code]) return unusable(UNUSABLE[code]);
  if (code === 51) return helperFailed(what, "authorisation failed");
  if (code === 128) return helperFailed(what, "the dialog was cancelled");
  return helperFailed(what, firstLine(result.stderrText));
}
