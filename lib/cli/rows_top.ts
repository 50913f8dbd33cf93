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
  "completion": () => ({
    words: ["completion"],
    level: "top",
    summary: "Print a completion script for a shell",
    positionals: {
      name: "shell",
      min: 1,
      max: 1,
      values: ["bash", "zsh", "fish", "powershell"],
    },
    flags: [],
    withoutConfig: true,
    permissions: "offline",
    load: () => import("./commands/completion.ts"),
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
  "emulator start": () => ({
    words: ["emulator", "start"],
    level: "top",
    summary: "Run an emulator of a cloud's identity services on loopback",
    flags: [
      { name: "port", type: "string", valueName: "port", text: "Port to listen on (any free one)" },
      {
        name: "cloud",
        type: "string",
        values: ["aws"],
        default: "aws",
        valueName: "cloud",
        text: "Which cloud to stand in for",
      },
      {
        name: "state",
        type: "string",
        complete: "files",
        valueName: "file",
        text: "JSON file of accounts, roles, users and issuers",
      },
      {
        name: "ready-file",
        type: "string",
        complete: "files",
        valueName: "file",
        text: "Write URL, admin token and test secrets here (0600) once it listens",
      },
      {
        name: "auto-approve",
        type: "boolean",
        text: "Approval pages approve without asking",
      },
    ],
    withoutConfig: true,
    permissions: "all",
    load: () => import("./commands/emulator_start.ts"),
  }),
};
