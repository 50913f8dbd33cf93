import type { FlagDef } from "./types.ts";

/**
 * The flags of 02 §1.3. A function, so that nothing is built when a command line holds none of them
 * and needs no table.
 */
let globals: FlagDef[] | undefined;

/** Global flags, in the order of help. */
export function globalFlags(): FlagDef[] {
  return globals ??= [
    {
      name: "chdir",
      short: "C",
      type: "string",
      env: ["ATMOS_CHDIR"],
      valueName: "dir",
      complete: "directories",
      text: "Change to this directory before anything else",
    },
    {
      name: "base-path",
      type: "string",
      env: ["ATMOS_BASE_PATH"],
      valueName: "dir",
      complete: "directories",
      text: "Base path of the project",
    },
    {
      name: "config",
      type: "list",
      env: ["ATMOS_CONFIG"],
      valueName: "files",
      complete: "files",
      text: "Load these configuration files instead of searching (repeatable, commas)",
    },
    {
      name: "config-path",
      type: "list",
      env: ["ATMOS_CONFIG_PATH"],
      valueName: "dirs",
      complete: "directories",
      text: "Search these directories for configuration (repeatable, commas)",
    },
    {
      name: "profile",
      type: "optional-list",
      env: ["ATMOS_PROFILE"],
      valueName: "names",
      complete: "profiles",
      text: "Activate configuration profiles; without a value, choose among them",
    },
    {
      name: "identity",
      short: "i",
      type: "optional",
      env: ["ATMOS_IDENTITY"],
      valueName: "name",
      complete: "identities",
      text: "Identity to act as; without a value, choose one; `false` switches authentication off",
    },
    {
      name: "logs-level",
      type: "string",
      env: ["ATMOS_LOGS_LEVEL"],
      valueName: "level",
      values: ["Trace", "Debug", "Info", "Warning", "Error", "Off"],
      text: "Log level (default Warning)",
    },
    {
      name: "logs-file",
      type: "string",
      env: ["ATMOS_LOGS_FILE"],
      valueName: "file",
      complete: "files",
      text: "Where log lines go (default /dev/stderr)",
    },
    { name: "no-color", type: "boolean", env: ["ATMOS_NO_COLOR"], text: "No colour" },
    {
      name: "color",
      type: "boolean",
      env: ["ATMOS_COLOR", "COLOR"],
      text: "Colour on a terminal",
    },
    {
      name: "force-color",
      type: "boolean",
      env: ["ATMOS_FORCE_COLOR", "CLICOLOR_FORCE"],
      text: "Colour even when the output is no terminal",
    },
    {
      name: "force-tty",
      type: "boolean",
      env: ["ATMOS_FORCE_TTY"],
      text: "Lay out as if on a terminal of 120 by 40",
    },
    {
      name: "mask",
      type: "boolean",
      env: ["ATMOS_MASK"],
      default: "true",
      text: "Replace secrets in messages and logs",
    },
    {
      name: "interactive",
      type: "boolean",
      env: ["ATMOS_INTERACTIVE"],
      default: "true",
      text: "Allow questions on a terminal",
    },
    {
      name: "pager",
      type: "optional",
      env: ["ATMOS_PAGER"],
      valueName: "command",
      text: "Show long output page by page; without a value, with $PAGER or less",
    },
    {
      name: "redirect-stderr",
      type: "string",
      env: ["ATMOS_REDIRECT_STDERR"],
      valueName: "file",
      complete: "files",
      text: "Write messages to this file instead of stderr",
    },
    {
      name: "verbose",
      short: "v",
      type: "boolean",
      env: ["ATMOS_VERBOSE"],
      text: "Log at level Debug, and show context and stack with errors",
    },
    {
      name: "error-format",
      type: "string",
      env: ["ATMOS_ERROR_FORMAT"],
      valueName: "format",
      values: ["text", "json"],
      text: "How errors are printed on stderr (default text)",
    },
    {
      name: "help",
      short: "h",
      type: "optional",
      attached: true,
      valueName: "topic",
      values: ["usage", "flags", "all"],
      text: "Help for this command",
    },
    {
      name: "settings-list-merge-strategy",
      type: "string",
      env: ["ATMOS_SETTINGS_LIST_MERGE_STRATEGY"],
      valueName: "strategy",
      values: ["replace", "append", "merge"],
      text: "How lists of stack manifests merge",
      hidden: true,
    },
    ...["profiler-enabled", "heatmap", "ai", "logs-color"].map((name): FlagDef => ({
      name,
      type: "boolean",
      ignored: true,
      hidden: true,
      text: "Accepted and ignored",
    })),
    ...[
      "profiler-host",
      "profiler-port",
      "profile-file",
      "profile-type",
      "heatmap-mode",
      "skill",
      "edition",
      "use-version",
    ].map((name): FlagDef => ({
      name,
      type: "string",
      ignored: true,
      hidden: true,
      text: "Accepted and ignored",
    })),
    {
      name: "cast",
      type: "optional",
      attached: true,
      ignored: true,
      hidden: true,
      text: "Accepted and ignored",
    },
  ];
}

/** The words of Go's `ParseBool` (02 §1.3); undefined for anything else. */
export function parseBool(text: string): boolean | undefined {
  switch (text) {
    case "1":
    case "t":
    case "T":
    case "TRUE":
    case "true":
    case "True":
      return true;
    case "0":
    case "f":
    case "F":
    case "FALSE":
    case "false":
    case "False":
      return false;
  }
  return undefined;
}

/** Splits at commas, trims, drops empty items (01 §1.1). */
export function splitList(text: string): string[] {
  return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
}

/** Edit distance of Levenshtein, for suggestions. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
