import { keysOf } from "../../core/credential_store.ts";
import type { KeyringEntry } from "../../core/keyring_entries.ts";
import { AuthError } from "../../core/types.ts";
import { namedEntry, openStore } from "../keyring.ts";
import type { CommandContext } from "../types.ts";

/**
 * `auth keyring delete N` (03 Beyond 4). Sessions go at once; for long-lived keys, and for what
 * cannot be read and may be one, a person is asked or `--force` is needed.
 */
export async function run(cx: CommandContext): Promise<number> {
  const store = await openStore(cx);
  const name = cx.invocation.positionals[0]!;
  const entry = await namedEntry(cx, store);
  if (!entry) {
    cx.err(`ℹ No keyring entry for ${name}\n`);
    return 0;
  }
  if (!cx.bool("force")) {
    await refuseForeign(cx, entry);
    if (entry.class !== "session" && !await agreed(cx, entry)) {
      cx.err("Nothing was deleted\n");
      return 0;
    }
  }
  await store.delete(entry.key);
  cx.err(`✓ Deleted keyring entry: ${entry.name}\n`);
  return 0;
}

/** An entry of another realm, name or owner whose key is the same (03 §4). */
async function refuseForeign(cx: CommandContext, entry: KeyringEntry): Promise<void> {
  const { config, realm } = await cx.core();
  const owner = cx.bool("provider") ? "provider" : "identity";
  const { envelope } = entry;
  const foreign = entry.realm !== realm || (envelope?.owner ?? owner) !== owner;
  if (!envelope || !foreign) return;
  const asked = keysOf(config, cx.invocation.positionals[0]!, owner, realm)[0];
  throw new AuthError({
    code: "keyring_collision",
    message: `keyring key collision: ${asked} holds the ${entry.owner ?? "entry"} ${entry.name}` +
      (entry.realm ? ` of realm ${entry.realm}` : " of no realm"),
    hints: [
      envelope.owner === "provider" && owner === "identity"
        ? "Add `--provider` to delete the provider's entry"
        : "Add `--force` to delete it all the same",
    ],
  });
}

async function agreed(cx: CommandContext, entry: KeyringEntry): Promise<boolean> {
  if (!cx.deps.terminal.interactive) {
    throw new AuthError({
      code: "keychain_needs_force",
      message: "keychain deletion requires interactive confirmation or --force flag",
      hints: ["Add `--force` to delete long-lived keyring entries without being asked"],
    });
  }
  return await cx.deps.terminal.confirm({
    title: `Delete keychain credentials for ${entry.name}?`,
    yes: "Yes, delete credentials",
    no: "No, keep credentials",
    initial: false,
  });
}
