/** Choosing entries by tag (01 §7.3): any of the given tags. */
import type { Core } from "../core/core.ts";
import { AuthError, type Entry, type EntryTable, listAt } from "../core/types.ts";

/** Whether an entry bears any of the tags. */
export function hasTag(entry: Entry, tags: string[]): boolean {
  return (listAt(entry.values, "tags") ?? []).some((tag) => tags.includes(tag));
}

/** Identities with any of the tags; throws `no identities match the specified tags`. */
export function identitiesWithTags(core: Core, tags: string[]): Entry[] {
  return withTags(core.config.identities, "identities", tags);
}

/** Providers with any of the tags; throws `no providers match the specified tags`. */
export function providersWithTags(core: Core, tags: string[]): Entry[] {
  return withTags(core.config.providers, "providers", tags);
}

function withTags(table: EntryTable, what: "identities" | "providers", tags: string[]): Entry[] {
  const matches = table.all().filter((entry) => hasTag(entry, tags));
  if (matches.length > 0) return matches;
  const known = new Set(table.all().flatMap((entry) => listAt(entry.values, "tags") ?? []));
  const shown = [...known].sort().map((tag) => `\`${tag}\``).join(", ");
  const title = what[0]!.toUpperCase() + what.slice(1);
  throw new AuthError({
    code: `no_${what}_match_tags`,
    message: `no ${what} match the specified tags`,
    explanation: `No ${what} match tags [${tags.join(" ")}]`,
    hints: [known.size > 0 ? `Available tags: ${shown}` : `${title} have no tags yet`],
  });
}
