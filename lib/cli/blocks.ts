/** Rows of `login` and `whoami` (02 §6.1, §6.3). */
import type { Whoami } from "../core/whoami.ts";
import type { CommandContext } from "./types.ts";
import { localInstant, longDuration, shownNow } from "./times.ts";

export type Row = [key: string, value: string | undefined];

/** Key and value per line: two spaces before, keys padded to the longest shown, two spaces between. */
export function rowsBlock(rows: Row[]): string {
  const shown = rows.filter((row): row is [string, string] =>
    row[1] !== undefined && row[1] !== ""
  );
  const width = Math.max(0, ...shown.map(([key]) => key.length));
  return shown.map(([key, value]) => `  ${key.padEnd(width)}  ${value}\n`).join("");
}

/** `value (source)`; nothing for the empty realm. */
export function realmText(who: Pick<Whoami, "realm" | "realm_source">): string | undefined {
  return who.realm === "" ? undefined : `${who.realm} (${who.realm_source})`;
}

/** Instant and what is left of it (D1); undefined without an expiry. */
export function expiryText(cx: CommandContext, expiration: string | undefined): string | undefined {
  if (!expiration) return undefined;
  const end = Date.parse(expiration);
  const now = shownNow(cx.deps.env, cx.deps.clock.now());
  return `${localInstant(end)} (${longDuration(end - now)})`;
}

/** Milliseconds left by the clock that is shown. */
export function remaining(cx: CommandContext, expiration: string): number {
  return Date.parse(expiration) - shownNow(cx.deps.env, cx.deps.clock.now());
}
