import { shownPath } from "../../config/path.ts";
import { findProfile } from "../../config/profiles.ts";
import { checkProfileFormat, type ProfileFacts, profileFacts } from "../profiles.ts";
import type { CommandContext } from "../types.ts";
import { capitalised, lowerCase } from "./profile_list.ts";

/** `profile show NAME` (01 §3.5, 02 §8.5). */
export async function run(cx: CommandContext): Promise<number> {
  const format = checkProfileFormat(cx, ["text", "json", "yaml"]);
  const loaded = await cx.loaded({ lenientProfiles: true });
  const identities = loaded.at("auth", "identities");
  const profile = findProfile(
    cx.deps,
    loaded.profileLocations,
    cx.invocation.positionals[0] ?? "",
    {
      prog: () => cx.progTop,
      identities: identities?.t === "map" ? [...identities.entries.keys()] : [],
    },
  );
  const facts = profileFacts(cx, loaded, profile);
  if (format === "json") cx.out(`${JSON.stringify(capitalised(facts), null, 2)}\n`);
  else if (format === "yaml") {
    const { yamlText } = await import("../yaml_text.ts");
    cx.out(yamlText(lowerCase(facts)));
  } else cx.out(text(cx, facts));
  return 0;
}

function text(cx: CommandContext, profile: ProfileFacts): string {
  const { metadata } = profile;
  const lines = [
    `PROFILE: ${profile.name}`,
    "",
    `Location Type: ${profile.type}`,
    `Path:          ${shownPath(cx.deps.env, profile.path)}`,
    "",
  ];
  if (metadata) {
    const rows: [string, string | undefined][] = [
      ["Name", metadata.name],
      ["Description", metadata.description],
      ["Version", metadata.version],
      ["Tags", metadata.tags?.join(", ")],
      ["Status", metadata.deprecated ? "DEPRECATED" : undefined],
    ];
    lines.push("METADATA");
    for (const [key, value] of rows) if (value) lines.push(`  ${key}: ${value}`);
    lines.push("");
  }
  lines.push("FILES");
  if (profile.files.length === 0) lines.push("  No configuration files found");
  for (const file of profile.files) lines.push(`  ✓ ${file}`);
  lines.push("", `Use with: ${cx.progTop} --profile ${profile.name} <command>`);
  return `${lines.join("\n")}\n`;
}
