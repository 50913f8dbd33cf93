/** `list` for programs: JSON and YAML (02 §6.5). */
import { entryView } from "../config/view.ts";
import type { Listing } from "./list_model.ts";

/** Names in the order given: an object would put names made of digits first. */
type Section = [name: string, view: Record<string, unknown>][];

function sectionsOf(listing: Listing): [string, Section][] {
  return [
    ["identities", listing.identities.map(({ name, entry }) => [name, entryView(entry!)])],
    ["providers", listing.providers.map(({ name, entry }) => [name, entryView(entry!)])],
  ];
}

/** `{"identities": {…}, "providers": {…}}`, two blanks deep. */
export function listJson(listing: Listing): string {
  const sections = sectionsOf(listing).map(([key, section]) => {
    if (section.length === 0) return `  "${key}": {}`;
    const entries = section.map(([name, view]) =>
      `    ${JSON.stringify(name)}: ${JSON.stringify(view, null, 2).replaceAll("\n", "\n    ")}`
    );
    return `  "${key}": {\n${entries.join(",\n")}\n  }`;
  });
  return `{\n${sections.join(",\n")}\n}\n`;
}

/** The same as YAML. */
export async function listYaml(listing: Listing): Promise<string> {
  const { yamlText } = await import("./yaml_text.ts");
  let text = "";
  for (const [key, section] of sectionsOf(listing)) {
    if (section.length === 0) {
      text += `${key}: {}\n`;
      continue;
    }
    text += `${key}:\n`;
    for (const [name, view] of section) {
      const entry = yamlText({ [name]: view });
      text += entry.replace(/^(?=.)/gm, "  ");
    }
  }
  return text;
}
