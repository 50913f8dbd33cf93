import { shownPath } from "../../config/path.ts";
import { listProfiles } from "../../config/profiles.ts";
import type { SourceEntry } from "../../config/reader.ts";
import { AuthError } from "../../core/types.ts";
import type { CommandContext } from "../types.ts";
import { padEnd, textWidth } from "../width.ts";

/** `config sources` (01, Beyond 3): what was considered, from low to high. */
export async function run(cx: CommandContext): Promise<number> {
  const format = cx.text("format") ?? "text";
  if (!["text", "json", "yaml"].includes(format)) {
    throw new AuthError({
      code: "invalid_format",
      message: `invalid format: ${format}`,
      hints: ["Valid formats are `text`, `json` and `yaml`"],
      exit: 2,
    });
  }
  const loaded = await cx.loaded({ functions: false, lenientProfiles: true });
  const active = new Set(loaded.activeProfiles);
  const others = listProfiles(cx.deps, loaded.profileLocations)
    .filter((profile) => !active.has(profile.name))
    .map((profile): SourceEntry => ({
      name: profile.dir,
      what: `profile ${profile.name}`,
      state: "skipped",
      why: "not selected",
    }));
  const sources = [...loaded.sources, ...others];
  if (format === "text") cx.out(table(cx, sources));
  else {
    const facts = sources.map(({ name, what, state, why, by }) => ({
      source: name,
      what,
      state,
      ...(why && { why }),
      ...(by && { imported_by: by }),
    }));
    if (format === "json") cx.out(`${JSON.stringify(facts, null, 2)}\n`);
    else {
      const { yamlText } = await import("../yaml_text.ts");
      cx.out(yamlText(facts));
    }
  }
  return 0;
}

function table(cx: CommandContext, sources: SourceEntry[]): string {
  const shown = (name: string) => shownPath(cx.deps.env, name);
  const rows = sources.map(({ name, what, state, why, by }) => {
    const notes = [by && `by ${shown(by)}`, why].filter((note) => note).join(": ");
    return [state, what, notes === "" ? shown(name) : `${shown(name)}  (${notes})`];
  });
  const all = [["STATE", "WHAT", "SOURCE"], ...rows];
  const widths = [0, 1].map((i) => Math.max(...all.map((row) => textWidth(row[i]!))));
  return all.map((row) =>
    `${padEnd(row[0]!, widths[0]!)}  ${padEnd(row[1]!, widths[1]!)}  ${row[2]}\n`
  )
    .join("");
}
