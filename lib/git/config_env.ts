/**
 * Git configuration in the environment: `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_n`, `GIT_CONFIG_VALUE_n`
 * (07 §5.5). Values may hold secrets: they go to children's environments and nowhere else.
 */

export interface GitConfigEntry {
  key: string;
  value: string;
}

/** A count above this is taken for a mistake. */
const MAX_COUNT = 10_000;

/**
 * The entries that are there, in order; pairs without key or value are left out. `warn` is told
 * what git would die of.
 */
export function readGitConfigEnv(
  get: (name: string) => string | undefined,
  warn: (text: string) => void = () => {},
): GitConfigEntry[] {
  const text = get("GIT_CONFIG_COUNT") ?? "";
  if (text === "") return [];
  const count = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(count <= MAX_COUNT)) {
    warn("ignoring GIT_CONFIG_COUNT: not a whole number from 0 to 10000");
    return [];
  }
  const entries: GitConfigEntry[] = [];
  for (let n = 0; n < count; n++) {
    const key = get(`GIT_CONFIG_KEY_${n}`), value = get(`GIT_CONFIG_VALUE_${n}`);
    if (key && value !== undefined) entries.push({ key, value });
    else warn(`ignoring entry ${n} of GIT_CONFIG_COUNT: its key or value is missing`);
  }
  return entries;
}

/** The variables for these entries, and the left-over names of an environment that held more. */
export function gitConfigEnv(
  entries: readonly GitConfigEntry[],
): { set: Record<string, string> } {
  const set: Record<string, string> = {};
  entries.forEach(({ key, value }, n) => {
    set[`GIT_CONFIG_KEY_${n}`] = key;
    set[`GIT_CONFIG_VALUE_${n}`] = value;
  });
  set.GIT_CONFIG_COUNT = String(entries.length);
  return { set };
}

/** A host and the first path segment on it, as a live rewrite spells them. */
export interface Covered {
  host: string;
  owner: string;
}

/**
 * Owners whose https addresses some rewrite (`url.<base>.insteadOf`) of these entries covers, looking
 * into `include.path` files too (07 §9). Rewrites of ssh addresses alone do not count.
 */
export function coveredOwners(
  entries: readonly GitConfigEntry[],
  readFile: (path: string) => string | undefined,
): Covered[] {
  const prefixes: string[] = [];
  for (const { key, value } of entries) {
    if (/^url\..*\.insteadof$/is.test(key)) prefixes.push(value);
    else if (/^include\.path$/i.test(key)) prefixes.push(...rewritesIn(readFile(value) ?? ""));
  }
  return prefixes.flatMap((prefix) => {
    const match = /^https:\/\/(?:[^/@]*@)?([^/]+)\/([^/]+)/i.exec(prefix);
    return match ? [{ host: match[1]!, owner: match[2]! }] : [];
  });
}

function rewritesIn(config: string): string[] {
  const found: string[] = [];
  let inside = false;
  for (const line of config.split("\n")) {
    const section = /^\s*\[([^\]]*)\]?/.exec(line)?.[1];
    if (section !== undefined) inside = /^url\s+"/i.test(section.trim());
    const value = inside ? /^\s*insteadof\s*=\s*(.*?)\s*$/i.exec(line)?.[1] : undefined;
    if (value !== undefined) found.push(value.replace(/^"(.*)"$/, "$1"));
  }
  return found;
}
