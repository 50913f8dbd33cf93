/** Codes of MFA devices: typed, computed or from a program (04 §9.5, Beyond 5). */
import {
  AuthError,
  type Deps,
  type Entry,
  type KindContext,
  listAt,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import { join, locksDir } from "../lib/store/paths.ts";
import { sha1Hex } from "../lib/sys/hash.ts";

const window = 30_000;

/** Codes already sent, by device: one may not be sent twice (04 Traps 16). */
const spent = new WeakMap<Deps, Map<string, { code: string; at: number }>>();

function spentOf(deps: Deps) {
  let map = spent.get(deps);
  if (!map) spent.set(deps, map = new Map());
  return map;
}

/**
 * A six-digit code for the device. One question at a time per device, across processes. Throws
 * `mfa_code_needed` when nothing can give one here.
 */
export async function mfaCode(
  cx: KindContext,
  entry: Entry,
  serial: string,
  more: { again?: boolean } = {},
): Promise<string> {
  const { deps } = cx;
  await deps.files.ensureDir(locksDir(deps.env));
  await using _lock = await deps.locks.acquire({
    path: join(deps.env, locksDir(deps.env), `mfa-${sha1Hex(serial).slice(0, 16)}.lock`),
    timeoutMs: 5 * 60_000,
    what: "mfa",
    signal: cx.signal,
  });
  const used = spentOf(deps).get(serial);
  let code = await obtain(cx, entry, serial, more.again ?? false);
  if (used?.code === code) {
    // single use: the device shows the next code when the window turns
    const now = deps.clock.now();
    await deps.clock.sleep(window - now % window, cx.signal);
    code = await obtain(cx, entry, serial, true);
  }
  spentOf(deps).set(serial, { code, at: deps.clock.now() });
  return code;
}

async function obtain(
  cx: KindContext,
  entry: Entry,
  serial: string,
  again: boolean,
): Promise<string> {
  return await fromProcess(cx, entry) ?? await fromYubikey(cx, entry) ??
    await fromSecret(cx, entry) ?? await asked(cx, serial, again);
}

async function asked(cx: KindContext, serial: string, again: boolean): Promise<string> {
  if (!cx.mode.prompts) {
    throw new AuthError({
      code: "mfa_code_needed",
      message: `authentication failed: an MFA code of ${serial} is needed and nobody can be asked`,
      hints: [
        `Run \`atmos-auth login --identity ${cx.name}\` in a terminal`,
        "Set `credentials.mfa_process` to a command that prints the code",
      ],
    });
  }
  const answer = await cx.deps.terminal.secret({
    title: again ? "Enter MFA Token (the last one was refused)" : "Enter MFA Token",
    description: `MFA Device: ${serial}`,
    required: true,
    validate: (value) => /^\d{6}$/.test(value.trim()) ? undefined : "MFA token has six digits",
  });
  return answer.reveal().trim();
}

/** `mfa_process`: an argv list, or a command line for the shell. */
async function fromProcess(cx: KindContext, entry: Entry): Promise<string | undefined> {
  const list = listAt(entry.values, "credentials", "mfa_process");
  const line = textAt(entry.values, "credentials", "mfa_process");
  const windows = cx.deps.env.os === "windows";
  const argv = list ??
    (line ? windows ? ["cmd", "/d", "/s", "/c", line] : ["/bin/sh", "-c", line] : undefined);
  return argv && argv.length > 0 ? await run(cx, argv, "mfa_process") : undefined;
}

async function fromYubikey(cx: KindContext, entry: Entry): Promise<string | undefined> {
  const name = textAt(entry.values, "credentials", "mfa_yubikey");
  if (name === undefined) return undefined;
  return await run(cx, ["ykman", "oath", "accounts", "code", "--single", name], "mfa_yubikey");
}

/** `mfa_totp_secret`: what the device would show now. */
async function fromSecret(cx: KindContext, entry: Entry): Promise<string | undefined> {
  const text = textAt(entry.values, "credentials", "mfa_totp_secret");
  if (text === undefined) return undefined;
  const key = base32(new Secret(text).reveal());
  if (key) return await totp(key, cx.deps.clock.now());
  throw new AuthError({
    code: "mfa_process_failed",
    message: "authentication failed: credentials.mfa_totp_secret is not base32",
  });
}

/** Six digits for a point in time (RFC 6238: HMAC-SHA-1, 30 s). */
export async function totp(key: Uint8Array<ArrayBuffer>, ms: number): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(ms / window)));
  const hmac = { name: "HMAC", hash: "SHA-1" };
  const imported = await crypto.subtle.importKey("raw", key, hmac, false, ["sign"]);
  const mac = new DataView(await crypto.subtle.sign("HMAC", imported, counter.buffer));
  // dynamic truncation, RFC 4226 §5.3
  const at = mac.getUint8(19) & 15;
  return String((mac.getUint32(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Bytes of base32 (RFC 4648 §6); blanks, hyphens and padding don't matter. */
export function base32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const clean = text.toUpperCase().replace(/[\s=-]/g, "");
  if (!/^[A-Z2-7]+$/.test(clean)) return undefined;
  const out = new Uint8Array(Math.floor(clean.length * 5 / 8));
  let bits = 0, value = 0, at = 0;
  for (const char of clean) {
    value = (value << 5 | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = value >> bits & 255;
  }
  return out;
}

async function run(cx: KindContext, argv: string[], field: string): Promise<string> {
  const { deps } = cx;
  // a program of the user's choice: found on PATH here, since only helpers of ours go by bare names
  const program = /[/\\]/.test(argv[0]!) ? argv[0]! : deps.spawn.which(argv[0]!) ?? argv[0]!;
  const result = await deps.spawn.helper({
    command: program,
    args: argv.slice(1),
    inheritEnv: true,
    timeoutMs: 30_000,
    signal: cx.signal,
  });
  if (result.stderrText.trim() !== "") deps.terminal.notice(result.stderrText.trimEnd());
  const code = result.stdoutText.trim();
  if (result.code === 0 && !result.timedOut && /^\d{6}$/.test(code)) return code;
  const reason = result.timedOut
    ? "gave no answer within 30s"
    : result.code !== 0
    ? `ended with exit code ${result.code}`
    : "printed something other than six digits";
  throw new AuthError({
    code: "mfa_process_failed",
    message: `authentication failed: credentials.${field} ${reason}`,
  });
}
