/**
 * The audit trail (03 Beyond 11; line format 09 §11): opt-in by `auth.audit.file`, one canonical JSON
 * object a line (RFC 8785), each naming the SHA-256 of the line before, so that a change in the middle
 * shows. No secrets, no tokens; access key ids are identifiers and stay.
 */
import { expandHome, isAbsolute, join, siblingLock } from "../store/paths.ts";
import { sha256Hex } from "../sys/hash.ts";
import type { Core } from "./core.ts";
import type { Session } from "./session.ts";
import { expiryOf } from "./validity.ts";

export type AuditEvent =
  | "login"
  | "refresh"
  | "handout"
  | "denied"
  | "logout"
  | "keyring_write"
  | "repair"
  | "rotate";

type Fields = Record<string, string | number | undefined>;

const LIMIT = 10 * 1024 * 1024;

/** Writes one line. A trail that cannot be written is told once and fails nothing. */
export async function record(core: Core, event: AuditEvent, fields: Fields): Promise<void> {
  const configured = core.config.auditFile;
  if (configured === undefined) return;
  try {
    await append(core, auditPath(core, configured), event, fields);
  } catch (error) {
    if (told.has(core)) return;
    told.add(core);
    core.deps.terminal.warn(`The audit trail could not be written: ${(error as Error).message}`);
  }
}

const told = new WeakSet<Core>();

function auditPath(core: Core, configured: string): string {
  const { env } = core.deps;
  const path = expandHome(env, configured);
  return isAbsolute(env, path) ? path : join(env, env.cwd(), path);
}

/** What a session is to the trail. */
export function sessionFields(core: Core, session: Session): Fields {
  const { credentials, chain, kind, cx } = session;
  const end = credentials === null ? "never" : expiryOf(credentials);
  return {
    identity: session.entry.name,
    root: chain.names[0]!,
    realm: core.realm,
    account: kind.account?.(cx, credentials),
    access_key_id: credentials?.type === "aws" ? credentials.access_key_id : undefined,
    expiry: typeof end === "number" ? new Date(end).toISOString() : undefined,
    source: session.source,
    result: "ok",
  };
}

async function append(core: Core, path: string, event: AuditEvent, fields: Fields): Promise<void> {
  const { files, locks, clock } = core.deps;
  files.grant(path);
  files.grant(siblingLock(path));
  await using _lock = await locks.acquire({ path: siblingLock(path), signal: core.signal });
  const text = await files.readText(path) ?? "";
  const torn = text !== "" && !text.endsWith("\n");
  const lines = text.split("\n").filter((line) => line !== "");
  let { seq, prev } = headOf(torn ? lines.slice(0, -1) : lines);
  let out = torn ? "\n" : "";
  const add = (name: AuditEvent, more: Fields) => {
    const line = canonical({
      seq: ++seq,
      ts: new Date(clock.now()).toISOString(),
      event: name,
      prev,
      ...more,
    });
    prev = sha256Hex(line);
    out += `${line}\n`;
  };
  if (torn) add("repair", { torn_sha256: sha256Hex(lines.at(-1)!) });
  if (text.length > LIMIT) {
    await files.write(`${path}.1`, text + out);
    out = "";
    add("rotate", { from: `${path}.1` });
    add(event, fields);
    await files.write(path, out);
    return;
  }
  add(event, fields);
  await files.append(path, out, { mode: 0o600 });
}

function headOf(lines: string[]): { seq: number; prev: string } {
  const last = lines.at(-1);
  if (last === undefined) return { seq: 0, prev: "" };
  let seq = lines.length;
  try {
    const value = JSON.parse(last).seq;
    if (typeof value === "number") seq = value;
  } catch {
    // a foreign line: the chain goes on over its bytes
  }
  return { seq, prev: sha256Hex(last) };
}

/** RFC 8785 for flat objects of texts and whole numbers: keys sorted, no white space. */
function canonical(fields: Fields): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1)));
}

/** The first line of a trail whose `prev` does not fit the line before; undefined = unbroken. */
export function firstBreak(text: string): number | undefined {
  let prev: string | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    if (line === "") continue;
    let parsed: { prev?: unknown; event?: unknown };
    try {
      parsed = JSON.parse(line);
    } catch {
      // a torn line is accounted for by the repair line behind it, whose `prev` skips it
      const next = text.split("\n").slice(i + 1).find((l) => l !== "");
      if (next && next.includes(sha256Hex(line))) continue;
      return i + 1;
    }
    if (prev !== undefined && parsed.prev !== prev) return i + 1;
    prev = sha256Hex(line);
  }
  return undefined;
}
