import { AuthError } from "../../core/types.ts";
import { isEmptyListing, type Listing, makeListing } from "../list_model.ts";
import { shownNow } from "../times.ts";
import type { CommandContext } from "../types.ts";

const formats = ["table", "tree", "json", "yaml", "graphviz", "mermaid", "markdown"];
const otherNames: Record<string, string> = { dot: "graphviz", md: "markdown" };

/** `auth list` (02 §6.5). Everything on stdout; no network, no keyring. */
export async function run(cx: CommandContext): Promise<number> {
  const asked = cx.text("format") ?? "tree";
  const format = Object.hasOwn(otherNames, asked) ? otherNames[asked]! : asked;
  if (!formats.includes(format)) {
    throw new AuthError({
      code: "invalid_format",
      message: `invalid flag: invalid format "${asked}" (valid formats: ${formats.join(", ")})`,
    });
  }
  if (cx.given("providers") && cx.given("identities")) {
    throw new AuthError({
      code: "mutually_exclusive_flags",
      message: "mutually exclusive flags provided: --providers and --identities",
      hints: ["Give one of them"],
    });
  }
  const config = await cx.auth();
  if (config.providers.size === 0 && config.identities.size === 0) await suggestProfiles(cx);
  const listing = makeListing(config, {
    providers: cx.given("providers") ? cx.list("providers") : undefined,
    identities: cx.given("identities") ? cx.list("identities") : undefined,
    tags: cx.list("tags"),
  });
  const text = await render(cx, listing, format);
  const { page } = await import("../pager.ts");
  await page(cx, text);
  return 0;
}

async function render(cx: CommandContext, listing: Listing, format: string): Promise<string> {
  switch (format) {
    case "json":
      return (await import("../list_data.ts")).listJson(listing);
    case "yaml":
      return await (await import("../list_data.ts")).listYaml(listing);
    case "graphviz":
      return (await import("../list_graph.ts")).listGraphviz(listing);
    case "mermaid":
      return (await import("../list_graph.ts")).listMermaid(listing);
    case "markdown":
      return (await import("../list_graph.ts")).listMarkdown(listing);
  }
  if (isEmptyListing(listing)) return "No providers or identities configured.\n";
  const { readExpiries } = await import("../list_files.ts");
  await readExpiries(cx, listing);
  const colour = cx.look.colour("stdout");
  const now = shownNow(cx.deps.env, cx.deps.clock.now());
  if (format === "table") {
    const { listTables } = await import("../list_table.ts");
    const terminal = cx.look.terminal("stdout");
    return listTables(listing, { terminal, colour, now });
  }
  return (await import("../list_tree.ts")).listTree(listing, { colour, now });
}

/** Nothing is configured here, but profiles exist: they are the place to look (02 §6.5). */
async function suggestProfiles(cx: CommandContext): Promise<void> {
  const loaded = await cx.loaded();
  if (loaded.activeProfiles.length > 0) return;
  const { listProfiles } = await import("../../config/profiles.ts");
  const names = listProfiles(cx.deps, loaded.profileLocations).map((profile) => profile.name);
  if (names.length === 0) return;
  throw new AuthError({
    code: "authentication_not_configured",
    message: "authentication not configured in atmos.yaml",
    explanation: `Available profiles: ${names.map((name) => `\`${name}\``).join(", ")}`,
    hints: [
      `Try: \`${cx.prog} list --profile <name>\``,
      `Run \`${cx.progTop} profile list\` to see what the profiles are`,
    ],
  });
}
