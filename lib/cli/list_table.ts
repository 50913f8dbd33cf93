/** `list` as two tables (02 §6.5). */
import { identityKinds } from "../../providers/registry.ts";
import { textAt } from "../core/types.ts";
import { dotOf, timeLeft } from "./list_expiry.ts";
import { type Listing, providerUrl } from "./list_model.ts";
import { columns } from "./table_text.ts";

export interface TableOptions {
  /** Columns aligned under headings; otherwise fields parted by one tab, no heading row. */
  terminal: boolean;
  colour: boolean;
  now: number;
}

/** Both tables, ending in a newline. */
export function listTables(listing: Listing, options: TableOptions): string {
  const parts: string[] = [];
  if (listing.providers.length > 0) {
    const rows = listing.providers.map(({ name, kind, entry, isDefault }) => [
      name,
      kind,
      textAt(entry!.values, "region"),
      providerUrl(entry!)?.url,
      isDefault ? "✓" : undefined,
    ]);
    const head = ["NAME", "KIND", "REGION", "START URL / URL", "DEFAULT"];
    parts.push("PROVIDERS\n" + columns(head, rows, options));
  }
  if (listing.identities.length > 0) {
    const rows = listing.identities.map((identity) => [
      dotOf(identity.expiry, options.now, options.colour),
      identity.name,
      identity.kind,
      identity.viaProvider ?? shownProvider(identity.kind, identity.viaIdentity),
      identity.viaIdentity,
      identity.isDefault ? "✓" : undefined,
      identity.alias,
      timeLeft(identity.expiry, options.now),
    ]);
    const head = [
      "",
      "NAME",
      "KIND",
      "VIA PROVIDER",
      "VIA IDENTITY",
      "DEFAULT",
      "ALIAS",
      "EXPIRES",
    ];
    parts.push("IDENTITIES\n" + columns(head, rows, options));
  }
  return parts.join("\n");
}

/** The provider that a chain shows when it starts at such an identity (03 §2). */
function shownProvider(kind: string, viaIdentity: string | undefined): string | undefined {
  return viaIdentity === undefined ? identityKinds[kind]?.shownProvider : undefined;
}
