/**
 * The one table of commands (02 §1.1). It drives parsing, help, completion and the documentation.
 * Keys are the words, values make the row at first use: a row that nobody asks for costs nothing.
 */
import { authRows as mainRows } from "./rows_auth.ts";
import { cloudRows } from "./rows_clouds.ts";
import { keyringRows } from "./rows_keyring.ts";
import { moreRows } from "./rows_more.ts";
import { stackRows } from "./rows_stacks.ts";
import { topRows as baseRows } from "./rows_top.ts";
import type { CommandDef, Rows } from "./types.ts";

/** Every command below `auth`; the parts are spread over files. */
const authRows: Rows = { ...mainRows, ...keyringRows, ...moreRows };

/** Every command at top level only. */
const topRows: Rows = { ...baseRows, ...cloudRows, ...stackRows };

/** Other spellings of command words: same row, not listed. */
const authAliases: Record<string, string> = {};
const topAliases: Record<string, string> = {
  "list profiles": "profile list",
  "tf": "terraform",
};

/** Where a reader of command words stands: a prefix in one or both levels. */
export interface Place {
  /** Words read so far below `auth` (or its short form); undefined when none can match. */
  auth: string | undefined;
  /** Words read so far at top level. */
  top: string | undefined;
  /** `auth` itself was written. */
  long: boolean;
}

/** Before the first word. In drop-in mode short forms are off (02 §1.1). */
export function rootPlace(dropIn: boolean): Place {
  return { auth: dropIn ? undefined : "", top: "", long: false };
}

/** Only in normal mode. */
const notDropIn = new Set(["emulator"]);

/** Goes down one word; undefined when the word is none of this place. */
export function descend(place: Place, word: string, dropIn: boolean): Place | undefined {
  if (place.top === "" && word === "auth") return { auth: "", top: undefined, long: true };
  if (word === "" || word.includes(" ")) return undefined;
  const auth = place.auth === undefined
    ? undefined
    : below(authRows, authAliases, place.auth, word);
  const top = place.top === undefined || (dropIn && place.top === "" && notDropIn.has(word))
    ? undefined
    : below(topRows, topAliases, place.top, word);
  return auth === undefined && top === undefined ? undefined : { auth, top, long: place.long };
}

function below(
  rows: Rows,
  aliases: Record<string, string>,
  prefix: string,
  word: string,
): string | undefined {
  const words = prefix === "" ? word : `${prefix} ${word}`;
  if (Object.hasOwn(rows, words) || Object.hasOwn(aliases, words)) return words;
  const group = words + " ";
  for (const key in rows) if (key.startsWith(group)) return words;
  for (const key in aliases) if (key.startsWith(group)) return words;
  return undefined;
}

/** The command at this place, undefined for a group. */
export function commandAt(place: Place): CommandDef | undefined {
  if (place.auth !== undefined && place.auth !== "") {
    const row = authRows[authAliases[place.auth] ?? place.auth];
    if (row) return row();
  }
  if (place.top !== undefined && place.top !== "") {
    const row = topRows[topAliases[place.top] ?? place.top];
    if (row) return row();
  }
  return undefined;
}

/** True when words go on below this place. */
export function hasChildren(place: Place): boolean {
  return (place.auth !== undefined && anyBelow(authRows, authAliases, place.auth)) ||
    (place.top !== undefined && anyBelow(topRows, topAliases, place.top));
}

function anyBelow(rows: Rows, aliases: Record<string, string>, prefix: string): boolean {
  if (prefix === "") return true;
  const group = prefix + " ";
  for (const key in rows) if (key.startsWith(group)) return true;
  for (const key in aliases) if (key.startsWith(group)) return true;
  return false;
}

/** A word that may follow, with its one-line text. */
export interface Child {
  word: string;
  summary: string;
  hidden: boolean;
}

/** The words that may follow here, sorted; hidden ones included and marked. */
export function children(place: Place, dropIn: boolean): Child[] {
  const found = new Map<string, Child>();
  const collect = (rows: Rows, prefix: string) => {
    const group = prefix === "" ? "" : prefix + " ";
    for (const key in rows) {
      if (!key.startsWith(group)) continue;
      const [word, more] = key.slice(group.length).split(" ", 2) as [string, string?];
      if (dropIn && prefix === "" && notDropIn.has(word)) continue;
      const row = rows[key]!();
      const known = found.get(word);
      if (more === undefined) {
        found.set(word, { word, summary: row.summary, hidden: row.hidden === true });
      } else if (!known) {
        const summary = groupSummaries[group + word] ?? "";
        found.set(word, { word, summary, hidden: row.hidden === true });
      } else if (!row.hidden && known.hidden && rows[group + word] === undefined) {
        known.hidden = false;
      }
    }
  };
  if (place.auth !== undefined) collect(authRows, place.auth);
  if (place.top !== undefined) {
    collect(topRows, place.top);
    if (place.top === "") {
      found.set("auth", { word: "auth", summary: groupSummaries["auth"]!, hidden: false });
    }
  }
  return [...found.values()].sort((a, b) => a.word < b.word ? -1 : a.word > b.word ? 1 : 0);
}

/** Rows of every command below a place, for flags written before the command words. */
export function commandsBelow(place: Place): CommandDef[] {
  const out: CommandDef[] = [];
  const collect = (rows: Rows, prefix: string) => {
    for (const key in rows) {
      if (prefix === "" || key === prefix || key.startsWith(prefix + " ")) out.push(rows[key]!());
    }
  };
  if (place.auth !== undefined) collect(authRows, place.auth);
  if (place.top !== undefined) collect(topRows, place.top);
  return out;
}

/** Every row, `auth` level first. */
export function allCommands(): CommandDef[] {
  return [...Object.values(authRows), ...Object.values(topRows)].map((row) => row());
}

/** First words of both levels, for the test that they stay disjoint (02 §1.1). */
export function firstWords(): { auth: Set<string>; top: Set<string> } {
  const first = (rows: Rows) => new Set(Object.keys(rows).map((key) => key.split(" ", 1)[0]!));
  return { auth: first(authRows), top: first(topRows) };
}

/** One line for each group of commands. */
export const groupSummaries: Record<string, string> = {
  "auth": "Sign in and act as an identity",
  "aws": "AWS: container registries and Kubernetes clusters",
  "aws ecr": "Amazon container registries",
  "aws eks": "Amazon Kubernetes clusters",
  "azure": "Azure: container registries and Kubernetes clusters",
  "azure acr": "Azure container registries",
  "azure aks": "Azure Kubernetes clusters",
  "config": "The merged configuration and its sources",
  "describe": "Stacks and components as they resolve",
  "emulator": "The clouds' identity endpoints on this machine, for trying things out",
  "gcp": "Google Cloud: Kubernetes clusters and tokens",
  "gcp gke": "Google Kubernetes clusters",
  "keyring": "Where secrets are kept",
  "list": "Profiles, stacks and components",
  "profile": "Configuration profiles",
  "realm": "Realms that keep the credentials of projects apart",
  "user": "Long-lived keys",
  "vendor": "Copy components from elsewhere into the project",
};
