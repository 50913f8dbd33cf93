/** Rows of the commands that read stacks, and of their neighbours (08, 07 §10). */
import { formatFlag, pending } from "./rows_common.ts";
import type { FlagDef, Rows } from "./types.ts";

function on(name: string, text: string, env?: string[]): FlagDef {
  return { name, type: "boolean", text, ...(env ? { env } : {}) };
}

/** Flags of Terraform whose value is the next word (08 §11.1). */
const nativeValueFlags = () => [
  "-var",
  "-var-file",
  "-target",
  "-replace",
  "-exclude",
  "-out",
  "-lock-timeout",
  "-parallelism",
  "-state",
  "-state-out",
  "-backup",
  "-backend-config",
  "-from-module",
  "-plugin-dir",
  "-generate-config-out",
  "-platform",
  "-fs-mirror",
  "-net-mirror",
  "-filter",
  "-test-directory",
];

function processFlags(): FlagDef[] {
  return [
    {
      name: "process-templates",
      type: "boolean",
      default: "true",
      text: "Render Go templates",
    },
    {
      name: "process-functions",
      type: "boolean",
      default: "true",
      text: "Evaluate YAML functions",
    },
    { name: "skip", type: "list", valueName: "functions", text: "Leave these functions alone" },
  ];
}

export const stackRows: Rows = {
  "terraform": () => ({
    words: ["terraform"],
    level: "top",
    summary: "Run Terraform for a component of a stack",
    nativeValueFlags: nativeValueFlags(),
    flags: [
      {
        name: "stack",
        short: "s",
        type: "string",
        env: ["ATMOS_STACK"],
        complete: "stacks",
        text: "Stack",
      },
      on("dry-run", "Only tell what would be run", ["ATMOS_DRY_RUN"]),
      on("skip-init", "No init step", ["ATMOS_SKIP_INIT"]),
      {
        name: "from-plan",
        type: "optional",
        attached: true,
        valueName: "path",
        env: ["ATMOS_TERRAFORM_APPLY_FROM_PLAN", "ATMOS_TERRAFORM_DEPLOY_FROM_PLAN"],
        text: "Apply the plan file; a path only after `=`",
      },
      { name: "planfile", type: "string", valueName: "path", text: "Apply this plan file" },
      on("skip-planfile", "No plan file", ["ATMOS_TERRAFORM_PLAN_SKIP_PLANFILE"]),
      on("init-pass-vars", "Pass the var file to init"),
      on("deploy-run-init", "Run init before deploy", ["ATMOS_TERRAFORM_DEPLOY_RUN_INIT"]),
      on("init-run-reconfigure", "Pass -reconfigure to init"),
      on("auto-generate-backend-file", "Write backend.tf.json"),
      { name: "append-user-agent", type: "string", text: "Value of TF_APPEND_USER_AGENT" },
      ...processFlags(),
      {
        name: "redirect-stderr",
        type: "string",
        env: ["ATMOS_REDIRECT_STDERR"],
        valueName: "file",
        complete: "files",
        text: "Terraform's stderr to this file",
      },
      on("skip-hooks", "Accepted, no effect"),
      { name: "terraform-command", type: "string", text: "Terraform binary" },
      { name: "terraform-dir", type: "string", text: "Directory of Terraform components" },
      { name: "stacks-dir", type: "string", text: "Directory of stack manifests" },
      ...[
        "all",
        "affected",
        "upload-status",
        "ci",
      ].map((name): FlagDef => ({ name, type: "boolean", hidden: true, text: "Not supported" })),
      ...["query", "components", "tags", "labels"].map((name): FlagDef => ({
        name,
        type: "list",
        hidden: true,
        text: "Not supported",
      })),
    ],
    permissions: "all",
    load: pending,
  }),
  "describe component": () => ({
    words: ["describe", "component"],
    level: "top",
    summary: "Show a component of a stack as it resolves",
    positionals: { name: "component", min: 1, max: 1, complete: "components" },
    flags: [
      {
        name: "stack",
        short: "s",
        type: "string",
        env: ["ATMOS_STACK"],
        complete: "stacks",
        text: "Stack",
      },
      formatFlag(["yaml", "json"], "yaml"),
      { name: "file", type: "string", complete: "files", text: "Write to this file" },
      { name: "query", short: "q", type: "string", text: "Part of the result to print" },
      {
        name: "filter",
        type: "string",
        values: ["schema", "full"],
        env: ["ATMOS_DESCRIBE_COMPONENT_FILTER"],
        text: "Sections to show",
      },
      ...processFlags(),
    ],
    permissions: "all",
    load: pending,
  }),
  "describe stacks": () => ({
    words: ["describe", "stacks"],
    level: "top",
    summary: "Show stacks as they resolve",
    flags: [
      {
        name: "stack",
        short: "s",
        type: "string",
        env: ["ATMOS_STACK"],
        complete: "stacks",
        text: "Only this stack",
      },
      { name: "components", type: "list", complete: "components", text: "Only these components" },
      { name: "sections", type: "list", text: "Only these sections" },
      formatFlag(["yaml", "json"], "yaml"),
      { name: "file", type: "string", complete: "files", text: "Write to this file" },
      ...processFlags(),
    ],
    permissions: "all",
    load: pending,
  }),
  "list stacks": () => ({
    words: ["list", "stacks"],
    level: "top",
    summary: "List stacks",
    flags: [
      {
        name: "component",
        short: "c",
        type: "string",
        complete: "components",
        text: "Stacks that have this component",
      },
      formatFlag(["text", "json"], "text"),
    ],
    permissions: "all",
    load: pending,
  }),
  "list components": () => ({
    words: ["list", "components"],
    level: "top",
    summary: "List components",
    flags: [
      {
        name: "stack",
        short: "s",
        type: "string",
        env: ["ATMOS_STACK"],
        complete: "stacks",
        text: "Components of this stack",
      },
      formatFlag(["text", "json"], "text"),
    ],
    permissions: "all",
    load: pending,
  }),
};
