import type { Field, Fields, Role } from "./schema_types.ts";

/** Warning for keys of later versions: a setting that is silently ignored would be worse. */
export const LATER = "%s is accepted, but this version does nothing with it";

/** Where a browser is to be opened (09 §21). */
export const browser = (): Field => ({
  type: "map",
  scalar: true,
  noEffect: LATER,
  fields: {
    app: {
      type: "string",
      values: ["firefox", "chrome", "chromium", "edge", "brave", "arc", "safari", "zen"],
    },
    profile: { type: "string" },
    container: { type: "string" },
    command: { type: "strings" },
    private: { type: "bool", default: false },
  },
});

/** Keys that any provider may have (01 §4.3), in the order of listings (02 §6.5). */
const providerFields = (): Fields => ({
  kind: { type: "string" },
  start_url: { type: "string" },
  url: { type: "string" },
  region: { type: "string" },
  username: { type: "string" },
  password: { type: "string", secret: true },
  driver: {
    type: "string",
    values: ["Browser", "GoogleApps", "Okta", "ADFS"],
    anyCase: true,
  },
  provider_type: { type: "string", replacedBy: "driver" },
  download_browser_driver: { type: "bool", default: false },
  browser_type: {
    type: "string",
    values: ["chromium", "chrome", "msedge", "chromium-browser", "brave"],
    anyCase: true,
  },
  browser_executable_path: { type: "path" },
  auto_provision_identities: { type: "bool", default: false },
  session: { type: "map", fields: { duration: { type: "duration" } } },
  console: {
    type: "map",
    fields: {
      session_duration: { type: "duration", default: "1h", min: 900, max: 43_200 },
    },
  },
  default: { type: "bool", default: false },
  spec: { type: "map" },
  browser: browser(),
  tags: { type: "strings" },
});

/** Keys that any identity may have (01 §4.4), in the order of listings (02 §6.5). */
const identityFields = (): Fields => ({
  kind: { type: "string" },
  default: { type: "bool", default: false },
  required: { type: "bool", default: false },
  provider: { type: "string" },
  via: {
    type: "map",
    fields: { provider: { type: "string" }, identity: { type: "string" } },
  },
  principal: { type: "map" },
  credentials: { type: "map" },
  spec: { type: "map" },
  alias: { type: "string" },
  env: { type: "env" },
  session: { type: "map", fields: { duration: { type: "duration" } } },
  emulator: { type: "string" },
  delivery: {
    type: "string",
    values: ["files", "process", "endpoint"],
    default: "files",
    refused: { unless: "files" },
  },
  elevates_to: { type: "strings", noEffect: LATER },
  elevate: {
    type: "map",
    noEffect: LATER,
    fields: {
      kind: { type: "string", values: ["azure-pim", "gcp-pam", "aws-team", "command"] },
      duration: { type: "duration", default: "1h" },
      reason: { type: "string", values: ["required", "optional"] },
      wait: { type: "duration", default: "10m" },
      auto: { type: "bool", default: false },
      command: { type: "strings" },
      role: { type: "string" },
      scope: { type: "string" },
      entitlement: { type: "string" },
      endpoint: { type: "string", format: "https-url" },
    },
  },
  console: { type: "map", fields: { browser: browser() } },
  tags: { type: "strings" },
});

/** Keys that any integration may have (01 §4.5). */
const integrationFields = (): Fields => ({
  kind: { type: "string" },
  via: {
    type: "map",
    fields: { provider: { type: "string" }, identity: { type: "string" } },
  },
  spec: { type: "map" },
  tags: { type: "strings" },
});

/** The keys that every entry of a role may have. */
export function commonFields(role: Role): Fields {
  switch (role) {
    case "provider":
      return providerFields();
    case "identity":
      return identityFields();
    case "integration":
      return integrationFields();
  }
}

/** `spec.cluster.kubeconfig` of the Kubernetes integrations (04 §11.3, 05 §2.3, 06 §1.7). */
export function kubeconfigField(): Field {
  return {
    type: "map",
    fields: {
      path: { type: "path" },
      mode: { type: "string", format: "octal-mode", default: "0600" },
      update: {
        type: "string",
        values: ["merge", "replace", "error"],
        wrong:
          `integration '%n' has invalid kubeconfig update mode "%s" (must be merge, replace, or error)`,
        default: "merge",
      },
      set_current_context: { type: "bool", default: true },
      namespace: { type: "string" },
    },
  };
}

/** `spec.auto_provision` of every integration (01 §4.5). */
export const autoProvision: Field = { type: "bool", default: true };

/** `spec.files` of providers that write files (04 §2.1, 05 §2.1). */
export function filesField(): Field {
  return { type: "map", fields: { base_path: { type: "path", format: "base-path" } } };
}

/** Message of 01 §5.2 for an emulator identity that names none; `%k` is the kind. */
export const EMULATOR = 'kind "%k" must set emulator: <name>';

/** Beginning of every root task policy (01 §4.4), with the partition left open (04 §9.3). */
export const ROOT_TASK = "arn:aws:iam::aws:policy/root-task/";

export const ROOT_TASK_POLICIES: readonly string[] = [
  "IAMAuditRootUserCredentials",
  "IAMCreateRootUserPassword",
  "IAMDeleteRootUserCredentials",
  "S3UnlockBucketPolicy",
  "SQSUnlockQueuePolicy",
];
