/** Rows of the further commands below `auth`: keys, protocols, diagnosis, configuration. */
import { formatFlag } from "./rows_common.ts";
import type { FlagDef, Rows } from "./types.ts";

function minTtl(standard?: string): FlagDef {
  return {
    name: "min-ttl",
    type: "string",
    valueName: "duration",
    text: "Least time that must be left",
    ...(standard ? { default: standard } : {}),
  };
}

function allIdentities(): FlagDef {
  return { name: "all", type: "boolean", text: "Every identity" };
}

export const moreRows: Rows = {
  "user configure": () => ({
    words: ["user", "configure"],
    level: "auth",
    summary: "Store long-lived keys of a user identity",
    flags: [
      { name: "access-key-id", type: "string", text: "AWS access key id" },
      { name: "mfa-arn", type: "string", text: "ARN of the MFA device" },
      {
        name: "session-duration",
        type: "string",
        valueName: "duration",
        text: "Length of sessions made from these keys",
      },
      { name: "secret-stdin", type: "boolean", text: "Read the secret key from stdin" },
      {
        name: "from-env",
        type: "boolean",
        text: "Take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      },
    ],
    permissions: "files",
    load: () => import("./commands/user_configure.ts"),
  }),
  "status": () => ({
    words: ["status"],
    level: "auth",
    summary: "Tell by exit code whether a session is valid",
    flags: [
      allIdentities(),
      minTtl(),
      { name: "verify", type: "boolean", text: "Ask the cloud, not only the clock" },
      formatFlag(["text", "json"], "text"),
    ],
    permissions: "all",
    load: () => import("./commands/status.ts"),
  }),
  "refresh": () => ({
    words: ["refresh"],
    level: "auth",
    summary: "Renew sessions without asking",
    flags: [
      allIdentities(),
      minTtl(),
      { name: "force", type: "boolean", text: "Renew even what is still fresh" },
    ],
    permissions: "all",
    load: () => import("./commands/refresh.ts"),
  }),
  "explain": () => ({
    words: ["explain"],
    level: "auth",
    summary: "Tell why this identity, from where, until when",
    flags: [
      formatFlag(["text", "json"], "text"),
      { name: "run", type: "boolean", text: "Walk the chain and show times and request ids" },
      {
        name: "env",
        type: "string",
        valueName: "variable",
        text: "Tell who gives a child the value of this variable",
      },
      {
        name: "why-not",
        type: "string",
        valueName: "identity",
        complete: "identities",
        text: "Tell at which rule this identity was not chosen",
      },
    ],
    permissions: "all",
    load: () => import("./commands/explain.ts"),
  }),
  "doctor": () => ({
    words: ["doctor"],
    level: "auth",
    summary: "Look for what is wrong on this machine",
    flags: [
      { name: "online", type: "boolean", text: "Also reach the configured endpoints" },
      { name: "fix", type: "boolean", text: "Carry out the remedies that are safe" },
      { name: "yes", type: "boolean", text: "With --fix: ask nothing" },
      formatFlag(["text", "json"], "text"),
    ],
    withoutConfig: true,
    permissions: "all",
    load: () => import("./commands/doctor.ts"),
  }),
  "config show": () => ({
    words: ["config", "show"],
    level: "auth",
    summary: "Show the merged configuration, secrets masked",
    positionals: { name: "path", max: 1 },
    flags: [
      { name: "resolved", type: "boolean", text: "Run YAML functions and show what they give" },
      { name: "provenance", type: "boolean", text: "Tell where each value comes from" },
      formatFlag(["yaml", "json"], "yaml"),
    ],
    permissions: "all",
    load: () => import("./commands/config_show.ts"),
  }),
  "config sources": () => ({
    words: ["config", "sources"],
    level: "auth",
    summary: "List every file that was considered, in order, and what became of it",
    flags: [formatFlag(["text", "json", "yaml"], "text")],
    permissions: "all",
    load: () => import("./commands/config_sources.ts"),
  }),
  "schema": () => ({
    words: ["schema"],
    level: "auth",
    summary: "Print the JSON Schema of the configuration, for editors",
    flags: [
      {
        name: "section",
        type: "string",
        default: "auth",
        values: ["auth", "atmos"],
        valueName: "section",
        text: "The `auth` section alone, or all that is read",
      },
      {
        name: "output",
        short: "o",
        type: "string",
        valueName: "file",
        complete: "files",
        text: "Write to this file instead of printing",
      },
      {
        name: "partial",
        type: "boolean",
        text: "For files that hold only a part: nothing is required",
      },
    ],
    withoutConfig: true,
    permissions: "files",
    load: () => import("./commands/schema.ts"),
  }),
};
