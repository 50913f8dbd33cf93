import { type ProfileFacts, profileFacts } from "../profiles.ts";
import { listProfiles } from "../../config/profiles.ts";
import { shownPath } from "../../config/path.ts";
import { checkProfileFormat } from "../profiles.ts";
import type { CommandContext } from "../types.ts";
import { padEnd, textWidth } from "../width.ts";

/** `profile list` (01 §3.5, 02 §8.5). */
export async function run(cx: CommandContext): Promise<number> {
  const format = checkProfileFormat(cx, ["table", "json", "yaml"]);
  const loaded = await cx.loaded({ lenientProfiles: true });
  const profiles = listProfiles(cx.deps, loaded.profileLocations)
    .map((profile) => profileFacts(cx, loaded, profile));
  if (format === "json") cx.out(`${JSON.stringify(profiles.map(capitalised), null, 2)}\n`);
  else if (format === "yaml") {
    const { yamlText } = await import("../yaml_text.ts");
    cx.out(yamlText(profiles.map(lowerCase)));
  } else if (profiles.length === 0) cx.err("No profiles configured.\n");
  else cx.out(`PROFILES\n\n${table(cx, profiles)}`);
  return 0;
}

/** Longest path shown; longer ones lose their beginning. */
const MAX_PATH = 60;

function table(cx: CommandContext, profiles: ProfileFacts[]): string {
  const rows = profiles.map((profile) => {
    const path = shownPath(cx.deps.env, profile.path);
    const cut = path.length > MAX_PATH ? `...${path.slice(path.length - MAX_PATH + 3)}` : path;
    const count = profile.files.length;
    return [
      profile.active ? "●" : "",
      profile.name,
      profile.type,
      cut,
      count < 10 ? String(count) : "10+",
    ];
  });
  const all = [["", "NAME", "LOCATION", "PATH", "FILES"], ...rows];
  const widths = [1, 1, 2, 3].map((column) =>
    Math.max(1, ...all.map((row) => textWidth(row[column]!)))
  );
  widths[0] = 1;
  return all.map((row) =>
    row.map((cell, i) => i === row.length - 1 ? cell : padEnd(cell, widths[i]!)).join("  ")
      .trimEnd() + "\n"
  ).join("");
}

/** Keys as `list --format json` spells them. */
export function capitalised(profile: ProfileFacts): Record<string, unknown> {
  return {
    Name: profile.name,
    Path: profile.path,
    LocationType: profile.type,
    Files: profile.files,
    Metadata: profile.metadata,
    Active: profile.active,
  };
}

/** Keys as `--format yaml` spells them. */
export function lowerCase(profile: ProfileFacts): Record<string, unknown> {
  return {
    name: profile.name,
    path: profile.path,
    locationtype: profile.type,
    files: profile.files,
    metadata: profile.metadata,
    active: profile.active,
  };
}
