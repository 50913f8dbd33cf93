import { keyringEntries, type KeyringEntry } from "../../core/keyring_entries.ts";
import { realmsOnDisk } from "../../core/logout_realms.ts";
import { AuthError } from "../../core/types.ts";
import { openStore, table } from "../keyring.ts";
import type { CommandContext } from "../types.ts";

/** `auth realm list` (03 Beyond 14): realms that hold files or keyring entries on this machine. */
export async function run(cx: CommandContext): Promise<number> {
  const core = await cx.core();
  const onDisk = new Set(realmsOnDisk(core));
  const entries = await stored(cx);
  const names = new Set([...onDisk, ...entries.map((entry) => entry.realm), core.realm]);
  const rows = [...names].sort().map((realm) => ({
    realm,
    current: realm === core.realm,
    files: onDisk.has(realm),
    keyring_entries: entries.filter((entry) => entry.realm === realm).length,
  }));
  if (cx.text("format") === "json") cx.out(JSON.stringify(rows, null, 2) + "\n");
  else {
    cx.out(table(
      ["REALM", "CURRENT", "FILES", "KEYRING"],
      rows.map((row) => [
        row.realm || "(no realm)",
        row.current ? "✓" : "-",
        row.files ? "yes" : "-",
        String(row.keyring_entries),
      ]),
    ));
  }
  return 0;
}

/** A keyring that cannot be reached holds nothing that could be listed; told, not fatal. */
async function stored(cx: CommandContext): Promise<KeyringEntry[]> {
  try {
    return await keyringEntries(await openStore(cx), (await cx.core()).config);
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    cx.deps.terminal.warn(error.message);
    return [];
  }
}
