import { visibleFields } from "../../core/credentials_codec.ts";
import { expiryText, rowsBlock } from "../blocks.ts";
import { given, namedEntry, noEntry, openStore } from "../keyring.ts";
import { localInstant } from "../times.ts";
import type { CommandContext } from "../types.ts";

/** `auth keyring show N` (03 Beyond 4): all that is known of an entry but its secrets. */
export async function run(cx: CommandContext): Promise<number> {
  const store = await openStore(cx);
  const entry = await namedEntry(cx, store);
  if (!entry) throw noEntry(cx.invocation.positionals[0]!);
  if (entry.problem) throw entry.problem;
  const { type, location } = await store.describe();
  const fields = entry.envelope ? visibleFields(entry.envelope, entry.owner ?? "identity") : {};
  if (cx.text("format") === "json") {
    cx.out(
      JSON.stringify(
        given({
          store: type,
          location,
          key: entry.key,
          realm: entry.realm,
          name: entry.name,
          owner: entry.owner,
          type: entry.type,
          class: entry.class,
          issued_at: entry.issued,
          expires: entry.expires,
          fields,
        }),
        null,
        2,
      ) + "\n",
    );
    return 0;
  }
  cx.out(rowsBlock([
    ["Name", entry.name],
    ["Owner", entry.owner],
    ["Realm", entry.realm],
    ["Type", entry.type],
    ["Class", entry.class],
    ["Issued", entry.issued && localInstant(Date.parse(entry.issued))],
    ["Expires", expiryText(cx, entry.expires)],
    ...Object.entries(fields).map(([name, value]): [string, string] => [name, value]),
    ["Store", type],
    ["Location", location],
    ["Key", entry.key],
  ]));
  return 0;
}
