/** What `settings.terminal` of the configuration changes: colour, width, masking (02 §2). */
import type { LoadedConfig } from "../config/load.ts";
import { configureMask } from "../sys/mask.ts";
import type { LookSettings } from "./colour.ts";
import { parseBool } from "./flags.ts";

/** Colour and width by configuration. */
export function lookSettings(config: LoadedConfig): LookSettings {
  const flag = (key: string) => parseBool(config.text("settings", "terminal", key) ?? "");
  const width = Number.parseInt(config.text("settings", "terminal", "max_width") ?? "", 10);
  return {
    color: flag("color"),
    no_color: flag("no_color"),
    force_color: flag("force_color"),
    max_width: width > 0 ? width : undefined,
  };
}

/** Hands replacement, patterns and literals to the filter; returns the patterns that are none. */
export function maskBySettings(config: LoadedConfig): string[] {
  if (!config.at("settings", "terminal", "mask")) return [];
  const texts = (key: string): string[] => {
    const node = config.at("settings", "terminal", "mask", key);
    if (node?.t !== "list") return [];
    return node.items.flatMap((item) => item.t === "scalar" ? [item.text] : []);
  };
  return configureMask({
    replacement: config.text("settings", "terminal", "mask", "replacement"),
    patterns: texts("patterns"),
    literals: texts("literals"),
  });
}
