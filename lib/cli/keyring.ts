/** What the commands `keyring …` and `realm …` share. */
import { realmProblem } from "../config/realm.ts";
import { keyringDoors, keysOf } from "../core/credential_store.ts";
import { type KeyringEntry, keyringEntry } from "../core/keyring_entries.ts";
import { AuthError } from "../core/types.ts";
import type { RawStore } from "../store/keyring.ts";
import { openKeyring } from "../store/keyring_open.ts";
import { isTerminal } from "../sys/stdio.ts";
import type { CommandContext } from "./types.ts";
import { padEnd, textWidth } from "./width.ts";

/** The configured store, or another type with the same settings. */
export async function openStore(cx: CommandContext, type?: string): Promise<RawStore> {
  const { config } = await cx.core();
  const choice = type === undefined ? config.keyring : { ...config.keyring, type };
  return await openKeyring(choice, keyringDoors(cx.deps));
}

/**
 * The entry that the argument and `--provider` name, in the realm in effect; undefined when there is
 * none. The name need not be configured any more.
 */
export async function namedEntry(
  cx: CommandContext,
  store: RawStore,
): Promise<KeyringEntry | undefined> {
  const { config, realm } = await cx.core();
  const name = cx.invocation.positionals[0]!;
  const owner = cx.bool("provider") ? "provider" : "identity";
  const there = new Set(await store.list());
  const keys = keysOf(config, name, owner, realm);
  const key = keys.find((candidate) => there.has(candidate));
  return key === undefined ? undefined : await keyringEntry(store, key, config);
}

/** The realm that a flag names; `--flag=` means none. Without the flag the realm in effect. */
export async function realmOf(cx: CommandContext, flag: string): Promise<string> {
  if (!cx.given(flag)) return (await cx.core()).realm;
  const realm = cx.text(flag) ?? "";
  const problem = realm === "" ? undefined : realmProblem(realm);
  if (problem === undefined) return realm;
  throw new AuthError({
    code: "invalid_realm",
    message: `invalid realm value: --${flag}: ${problem}`,
  });
}

export function noEntry(name: string): AuthError {
  return new AuthError({
    code: "keyring_entry_not_found",
    message: `no keyring entry for ${name}`,
    hints: ["Run `atmos-auth keyring list` to see what is there; `--provider` names a provider's"],
  });
}

/** Columns with a heading on a terminal; elsewhere one tab between fields and no heading (02 §6.5). */
export function table(heading: string[], rows: string[][]): string {
  if (!isTerminal("stdout")) return rows.map((row) => row.join("\t") + "\n").join("");
  const all = [heading, ...rows];
  const widths = heading.map((_, i) => Math.max(...all.map((row) => textWidth(row[i]!))));
  return all.map((row) =>
    row.map((cell, i) => i === row.length - 1 ? cell : padEnd(cell, widths[i]!)).join("  ") + "\n"
  ).join("");
}

/** Keys without undefined values, for JSON. */
export function given(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
