/** Rows of the commands at top level only (02 §1.1, second row). */
import type { Rows } from "./types.ts";

export const topRows: Rows = {
  "version": () => ({
    words: ["version"],
    level: "top",
    summary: "Print the version",
    flags: [
      {
        name: "format",
        short: "f",
        type: "string",
        env: ["ATMOS_VERSION_FORMAT"],
        values: ["json", "yaml"],
        valueName: "format",
        text: "Output format: json, yaml",
      },
      {
        name: "check",
        short: "c",
        type: "boolean",
        env: ["ATMOS_VERSION_CHECK"],
        text: "Ask whether there is a newer release",
      },
    ],
    withoutConfig: true,
    permissions: "network",
    load: () => import("./commands/version.ts"),
  }),
  "help": () => ({
    words: ["help"],
    level: "top",
    summary: "Help for a command",
    positionals: { name: "command", max: 8 },
    flags: [],
    withoutConfig: true,
    permissions: "offline",
    load: () => import("./commands/help.ts"),
  }),
};
