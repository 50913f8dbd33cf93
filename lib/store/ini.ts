/**
 * AWS credentials and config files (04 §2.2): one section is read with a single file read and a line
 * scan, which is the hot path of `env` and the helpers; a rewrite touches nothing but its own
 * section and keeps foreign sections, keys, comments and their order.
 */
import { AuthError } from "../sys/error.ts";
import type { Files } from "../sys/files.ts";
import type { Locks } from "../sys/locks.ts";
import type { Log } from "../sys/log.ts";
import { siblingLock } from "./paths.ts";

/** One section as found. */
export interface IniSection {
  /** Spelling of the file. */
  name: string;
  /** Keys in lower case, values trimmed. */
  values: Record<string, string>;
  /** `key=value` words of the `; atmos:` comment (`expiration`, `issued`, `job`); undefined without one. */
  note?: Record<string, string>;
}

/** What {@link setSection} writes. */
export interface IniChange {
  name: string;
  /** Keys that are ours; undefined or empty removes the key. Other keys of the section stay. */
  values: Record<string, string | undefined>;
  /** Words of the `; atmos:` comment; without any, a stale comment is removed. */
  note?: Record<string, string | undefined>;
}

type Line =
  | { kind: "blank" | "comment" | "more" | "bad"; text: string }
  | { kind: "header"; text: string; name: string }
  | { kind: "key"; text: string; key: string };

/**
 * The section `name`, exact spelling first, then lower case (03 §5.5). Undefined when the file has
 * none, or cannot be parsed: see {@link iniDamage}.
 */
export function readSection(text: string, name: string): IniSection | undefined {
  const { lines, damage, headers } = parsed(text);
  if (damage) return undefined;
  const find = (wanted: string) => sectionAt(lines, wanted, headers?.get(wanted));
  return find(name) ?? find(name.toLowerCase());
}

/** A file with its lines apart; `headers` finds the lines of a section's name without a search. */
interface Parsed {
  text: string;
  lines: Line[];
  damage: string | undefined;
  headers?: Map<string, number[]>;
}

/** From this length on a file is likely to be asked for many sections in a row (`list`). */
const LARGE = 65_536;
let lastLarge: Parsed | undefined;

function parsed(text: string): Parsed {
  if (lastLarge?.text === text) return lastLarge;
  const lines = linesOf(text);
  const result: Parsed = { text, lines, damage: damageIn(lines) };
  if (text.length < LARGE) return result;
  const headers = result.headers = new Map<string, number[]>();
  for (const [i, line] of lines.entries()) {
    if (line.kind !== "header") continue;
    const known = headers.get(line.name);
    if (known) known.push(i);
    else headers.set(line.name, [i]);
  }
  return lastLarge = result;
}

/**
 * Reads one section of a file of ours; undefined when the file or the section is absent or the file
 * is damaged (told at debug level).
 */
export function readSectionOf(
  at: { files: Files; log: Log },
  path: string,
  name: string,
): IniSection | undefined {
  const text = at.files.readSecretSync(path);
  if (text === undefined) return undefined;
  const section = readSection(text, name);
  if (section === undefined) {
    const { damage } = parsed(text);
    if (damage) {
      at.log.debug("Credential file cannot be parsed and counts as absent", { path, damage });
    }
  }
  return section;
}

/** Names of all sections, in file order; empty for a damaged file. */
export function sectionNames(text: string): string[] {
  const lines = linesOf(text);
  if (damageIn(lines)) return [];
  return [...new Set(lines.flatMap((line) => line.kind === "header" ? [line.name] : []))];
}

/** Why the text is no INI file that AWS tools would read, or undefined. */
export function iniDamage(text: string): string | undefined {
  return damageIn(linesOf(text));
}

/**
 * The text with the section set: replaced in place when it is there, else appended. Throws AuthError
 * `invalid_section_name` and `invalid_ini_value` for what the format cannot carry.
 */
export function setSection(text: string, change: IniChange): string {
  checkName(change.name);
  for (const [key, value] of Object.entries({ ...change.values, ...change.note })) {
    checkValue(change.name, key, value);
  }
  const wanted = Object.entries(change.values)
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "");
  const width = Math.max(0, ...wanted.map(([key]) => key.length));
  const rendered = new Map(wanted.map(([k, v]) => [k, `${k.padEnd(width)} = ${v}`]));
  const note = noteLine(change.note);

  const lines = linesOf(text);
  const blocks = blocksOf(lines, change.name);
  if (blocks.length === 0) {
    const kept = trimBlankEnd(lines.map((line) => line.text));
    return joined([
      ...kept,
      ...(kept.length ? [""] : []),
      ...note,
      `[${change.name}]`,
      ...rendered.values(),
    ]);
  }
  const first = blocks[0]!;
  const body = lines.slice(first.header + 1, first.lastKey + 1);
  const kept: string[] = [];
  let dropping = false;
  for (const [i, line] of body.entries()) {
    if (first.header + 1 + i === first.noteBelow) continue;
    if (line.kind === "key") {
      dropping = line.key in change.values;
      if (!dropping) kept.push(line.text);
      else if (rendered.has(line.key)) {
        kept.push(rendered.get(line.key)!);
        rendered.delete(line.key);
      }
    } else if (line.kind !== "more" || !dropping) kept.push(line.text);
  }
  const replaced = [...note, lines[first.header]!.text, ...kept, ...rendered.values()];
  return joined(cut(lines, blocks, replaced));
}

/**
 * The text without the section and its comment, under the name given and its lower-case spelling
 * (what the reference wrote). Comments that follow the last key stay.
 */
export function removeSection(text: string, name: string): string {
  let out = text;
  for (const spelling of new Set([name, name.toLowerCase()])) {
    const lines = linesOf(out);
    const blocks = blocksOf(lines, spelling);
    if (blocks.length > 0) out = joined(cut(lines, blocks, []));
  }
  return out;
}

/**
 * Changes a shared INI file: lock `<path>.lock` → read → change → atomic write (03 §5.4). A result
 * without a section deletes the file; an unchanged text writes nothing. A damaged file is moved
 * aside first and `change` sees an empty one (03 §5.5).
 *
 * @returns true when the file was written or removed
 */
export async function updateIni(
  at: { files: Files; locks: Locks; log?: Log },
  path: string,
  change: (text: string) => string,
): Promise<boolean> {
  if (!at.files.exists(path) && change("") === "") return false;
  await at.files.ensureDir(directoryOf(path));
  await using _held = await at.locks.acquire({ path: siblingLock(path), what: "update" });
  let text = await at.files.readSecret(path) ?? "";
  const damage = iniDamage(text);
  if (damage) {
    at.log?.debug("Moving a damaged credential file aside", { path, damage });
    await at.files.quarantine(path);
    text = "";
  }
  const next = change(text);
  if (next === text) return false;
  if (linesOf(next).some((line) => line.kind === "header")) await at.files.write(path, next);
  else await at.files.remove(path);
  return true;
}

function directoryOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, "");
}

// ---------------------------------------------------------------------------------------------

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let inKey = false;
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (start < text.length) {
    let end = text.indexOf("\n", start);
    if (end === -1) end = text.length;
    const raw = text.slice(start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end);
    const line = lineOf(raw, inKey);
    if (line.kind === "header") inKey = false;
    else if (line.kind === "key") inKey = true;
    lines.push(line);
    start = end + 1;
  }
  return lines;
}

function lineOf(text: string, inKey: boolean): Line {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "blank", text };
  if (trimmed[0] === ";" || trimmed[0] === "#") return { kind: "comment", text };
  if (text.includes("\0")) return { kind: "bad", text };
  if (inKey && (text[0] === " " || text[0] === "\t")) return { kind: "more", text };
  if (trimmed[0] === "[") {
    const close = trimmed.indexOf("]");
    if (close < 2) return { kind: "bad", text };
    return { kind: "header", text, name: trimmed.slice(1, close).trim() };
  }
  const equals = trimmed.indexOf("=");
  if (equals < 1) return { kind: "bad", text };
  return { kind: "key", text, key: trimmed.slice(0, equals).trim().toLowerCase() };
}

function damageIn(lines: Line[]): string | undefined {
  let inSection = false;
  for (const [i, line] of lines.entries()) {
    if (line.kind === "header") inSection = true;
    else if (line.kind === "bad") return `line ${i + 1} is neither a section, a key nor a comment`;
    else if (line.kind === "key" && !inSection) return `line ${i + 1} stands before any section`;
  }
  return undefined;
}

/** Where a section stands: indexes of lines. */
interface Block {
  header: number;
  /** Last key or continuation line; the header itself when there is none. */
  lastKey: number;
  noteAbove?: number;
  noteBelow?: number;
}

function blocksOf(lines: Line[], name: string): Block[] {
  const blocks: Block[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.kind === "header" && line.name === name) blocks.push(blockAt(lines, i));
  }
  return blocks;
}

function blockAt(lines: Line[], header: number): Block {
  const block: Block = { header, lastKey: header };
  for (let i = header + 1; i < lines.length && lines[i]!.kind !== "header"; i++) {
    const kind = lines[i]!.kind;
    if (kind === "key" || kind === "more") block.lastKey = i;
  }
  for (let i = header - 1; i >= 0 && lines[i]!.kind === "comment"; i--) {
    if (noteOf(lines[i]!.text)) {
      block.noteAbove = i;
      break;
    }
  }
  let below = header + 1;
  while (below < lines.length && lines[below]!.kind === "comment") below++;
  // A comment between two headers with nothing else belongs to the second.
  if (lines[below]?.kind !== "header") {
    for (let i = header + 1; i < below; i++) {
      if (noteOf(lines[i]!.text)) block.noteBelow = i;
    }
  }
  return block;
}

/** `at`: the lines of its headers where they are known; else they are searched. */
function sectionAt(lines: Line[], name: string, at?: number[]): IniSection | undefined {
  const blocks = at?.map((header) => blockAt(lines, header)) ?? blocksOf(lines, name);
  if (blocks.length === 0) return undefined;
  const section: IniSection = { name, values: {} };
  for (const block of blocks) {
    const noteAt = block.noteAbove ?? block.noteBelow;
    if (noteAt !== undefined) section.note = noteOf(lines[noteAt]!.text);
    for (let i = block.header + 1; i <= block.lastKey; i++) {
      const line = lines[i]!;
      if (line.kind !== "key") continue;
      section.values[line.key] = line.text.slice(line.text.indexOf("=") + 1).trim();
    }
  }
  return section;
}

/** `; atmos: expiration=… issued=…` → its words; undefined for any other comment. */
function noteOf(comment: string): Record<string, string> | undefined {
  const text = comment.trim().replace(/^[;#]+/, "").trim();
  if (!text.startsWith("atmos:")) return undefined;
  const words: Record<string, string> = {};
  for (const word of text.slice("atmos:".length).split(/\s+/)) {
    const equals = word.indexOf("=");
    if (equals > 0) words[word.slice(0, equals)] = word.slice(equals + 1);
  }
  return words;
}

function noteLine(note: Record<string, string | undefined> | undefined): string[] {
  const words = Object.entries(note ?? {}).filter(([, value]) =>
    value !== undefined && value !== ""
  );
  return words.length ? [`; atmos: ${words.map(([k, v]) => `${k}=${v}`).join(" ")}`] : [];
}

/** The lines without the blocks, `replacement` in the place of the first. */
function cut(lines: Line[], blocks: Block[], replacement: string[]): string[] {
  const out: string[] = [];
  let next = 0;
  for (const [nth, block] of blocks.entries()) {
    for (let i = next; i < block.header; i++) if (i !== block.noteAbove) out.push(lines[i]!.text);
    next = block.lastKey + 1;
    // A note below an otherwise empty section goes with it.
    if (block.noteBelow !== undefined && block.noteBelow >= next) next = block.noteBelow + 1;
    if (nth === 0 && replacement.length > 0) out.push(...replacement);
    else while (next < lines.length && lines[next]!.kind === "blank") next++;
  }
  for (let i = next; i < lines.length; i++) out.push(lines[i]!.text);
  return trimBlankEnd(out);
}

function trimBlankEnd(lines: string[]): string[] {
  let end = lines.length;
  while (end > 0 && lines[end - 1]!.trim() === "") end--;
  return lines.slice(0, end);
}

function joined(lines: string[]): string {
  return lines.length === 0 ? "" : lines.join("\n") + "\n";
}

function checkName(name: string): void {
  const reason = name === ""
    ? "is empty"
    : name !== name.trim()
    ? "begins or ends with blanks"
    : /[\]\r\n\0]/.test(name)
    ? "contains `]`, a line break or NUL"
    : undefined;
  if (!reason) return;
  throw new AuthError({
    code: "invalid_section_name",
    message: `invalid identity name ${JSON.stringify(name)}: ${reason}, so that AWS credential ` +
      "files cannot hold it",
    hints: ["Rename the identity"],
  });
}

function checkValue(section: string, key: string, value: string | undefined): void {
  if (value === undefined || !/[\r\n\0]/.test(value)) return;
  throw new AuthError({
    code: "invalid_ini_value",
    message: `invalid value of ${key} for [${section}]: it contains a line break`,
  });
}
