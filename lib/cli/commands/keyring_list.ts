import { keyringEntries, type KeyringEntry } from "../../core/keyring_entries.ts";
import { given, openStore, table } from "../keyring.ts";
import { shortDuration, shownNow } from "../times.ts";
import type { CommandContext } from "../types.ts";

/** `auth keyring list` (03 Beyond 4): names, types, classes, expiries; no secrets. */
export async function run(cx: CommandContext): Promise<number> {
  const core = await cx.core();
  const everywhere = cx.bool("all-realms");
  const all = await keyringEntries(await openStore(cx), core.config);
  const entries = all.filter((entry) => everywhere || entry.realm === core.realm);
  const problems = new Set(entries.flatMap(({ problem }) => problem ? [problem.message] : []));
  for (const problem of problems) cx.deps.terminal.warn(problem);
  if (cx.text("format") === "json") {
    cx.out(JSON.stringify(entries.map(facts), null, 2) + "\n");
    return 0;
  }
  if (entries.length === 0) {
    cx.err(
      core.realm === "" || everywhere
        ? "The keyring is empty\n"
        : `The keyring holds nothing in realm ${core.realm}\n`,
    );
    return 0;
  }
  const heading = ["NAME", "OWNER", "TYPE", "CLASS", "EXPIRES", ...(everywhere ? ["REALM"] : [])];
  const now = shownNow(cx.deps.env, cx.deps.clock.now());
  cx.out(table(
    heading,
    entries.map((entry) => [
      entry.name,
      entry.owner ?? "-",
      entry.type ?? "unreadable",
      entry.class ?? "-",
      entry.expires ? shortDuration(Date.parse(entry.expires) - now) : "-",
      ...(everywhere ? [entry.realm || "-"] : []),
    ]),
  ));
  return 0;
}

function facts(entry: KeyringEntry): Record<string, unknown> {
  return given({
    realm: entry.realm,
    name: entry.name,
    owner: entry.owner,
    type: entry.type,
    class: entry.class,
    issued_at: entry.issued,
    expires: entry.expires,
    key: entry.key,
    problem: entry.problem?.message,
  });
}
