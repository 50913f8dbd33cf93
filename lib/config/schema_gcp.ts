import { mapAt, textAt } from "../core/types.ts";
import { autoProvision, EMULATOR, kubeconfigField } from "./schema_common.ts";
import type { CloudSchema, Field, Fields, RuleProblem, Written } from "./schema_types.ts";

const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

const scopes = (): Field => ({ type: "strings", blanks: true, default: [CLOUD_PLATFORM] });

const anyProvider = (): Fields => ({
  project_id: { type: "string", format: "no-slash" },
  region: { type: "string" },
  zone: { type: "string" },
  scopes: scopes(),
  quota_project_id: { type: "string" },
  universe_domain: { type: "string", default: "googleapis.com" },
  endpoints: {
    type: "map",
    fields: {
      oauth2: { type: "string", format: "https-url" },
      sts: { type: "string", format: "https-url" },
      iam_credentials: { type: "string", format: "https-url" },
      container: { type: "string", format: "https-url" },
    },
  },
});

const adc = (): Fields => ({ ...anyProvider(), credentials_file: { type: "path" } });

const federation = (): Fields => ({
  project_number: {
    type: "string",
    required: "project_number is required",
    filledBy: ["workload_identity_provider"],
    format: "digits",
  },
  workload_identity_pool_id: {
    type: "string",
    required: "workload_identity_pool_id is required",
    filledBy: ["workload_identity_provider"],
    format: "no-slash",
  },
  workload_identity_provider_id: {
    type: "string",
    required: "workload_identity_provider_id is required",
    format: "no-slash",
  },
  workload_identity_pool: { type: "string", replacedBy: "spec.workload_identity_pool_id" },
  workload_identity_provider: {
    type: "string",
    replacedBy: "spec.workload_identity_provider_id",
  },
  service_account_email: { type: "string", format: "gcp-email" },
  service_account_lifetime: { type: "duration", max: 43_200 },
  subject_token_type: {
    type: "string",
    default: "urn:ietf:params:oauth:token-type:jwt",
  },
  token_source: {
    type: "map",
    fields: {
      type: {
        type: "string",
        values: ["environment", "file", "url"],
        wrong: "unknown token source type: %s",
      },
      environment_variable: { type: "string" },
      file_path: { type: "path", besideFile: true },
      url: { type: "string", format: "url" },
      request_token: { type: "string", secret: true },
      audience: { type: "string" },
      allowed_hosts: { type: "strings" },
      format: {
        type: "map",
        fields: {
          type: { type: "string", values: ["json", "text"] },
          subject_token_field_name: { type: "string", default: "value" },
        },
      },
    },
  },
  ...anyProvider(),
});

const sdkCredentials = (): Field => ({
  type: "string",
  values: ["auto", "copy", "none", "live"],
  default: "auto",
});

const FULL_NAME =
  /^(?:(?:https:)?\/\/iam\.googleapis\.com\/)?projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/providers\/([^/]+)$/;

/** A full provider name under the legacy key fills what is absent (06 §1.3). */
function unifyFederation(values: Record<string, unknown>): void {
  const spec = mapAt(values, "spec");
  const full = spec && FULL_NAME.exec(textAt(spec, "workload_identity_provider") ?? "");
  if (!spec || !full) return;
  spec.project_number ??= full[1];
  if (!textAt(spec, "workload_identity_pool")) spec.workload_identity_pool_id ??= full[2];
  spec.workload_identity_provider_id ??= full[3];
}

/** Each type of `token_source` needs its own field; without a type the only one set decides (06 §1.3). */
function tokenSource(written: Written): RuleProblem[] {
  const base = ["spec", "token_source"];
  if (!written.has(...base)) return [];
  const given = (...key: string[]) => written.text(...base, ...key) !== undefined;
  const fields = { environment: "environment_variable", file: "file_path", url: "url" };
  const only = Object.entries(fields).filter(([, key]) => given(key));
  const type = written.text(...base, "type") ?? (only.length === 1 ? only[0]![0] : "environment");
  const problems: RuleProblem[] = [];
  const missing = (path: string[], text: string) =>
    problems.push({ path, code: "missing_field", text });
  if (type === "environment" && !given("environment_variable")) {
    missing(base, "environment_variable must be specified for token_source.type=environment");
  }
  if (type === "file" && !given("file_path")) missing(base, "file_path not configured");
  if (
    (type === "environment" || type === "file") &&
    written.text(...base, "format", "type") === "json" &&
    !given("format", "subject_token_field_name")
  ) {
    missing(
      [...base, "format"],
      "format.subject_token_field_name is required with format.type=json",
    );
  }
  return problems;
}

/** Kinds of 06 §1. */
export const gcp: CloudSchema = {
  provider: {
    "gcp/adc": () => ({
      cloud: "gcp",
      yields: "gcp",
      trim: true,
      hoist: Object.keys(adc()),
      fields: { spec: { type: "map", fields: adc() } },
    }),
    "gcp/workload-identity-federation": () => ({
      cloud: "gcp",
      yields: "gcp",
      trim: true,
      hoist: Object.keys(federation()),
      unify: unifyFederation,
      rules: tokenSource,
      fields: { spec: { type: "map", fields: federation() } },
    }),
  },
  identity: {
    "gcp/service-account": () => ({
      cloud: "gcp",
      via: "either",
      takes: ["gcp"],
      yields: "gcp",
      trim: true,
      fields: {
        principal: {
          type: "map",
          required: "principal is required: service_account_email is required",
          fields: {
            service_account_email: {
              type: "string",
              required: "service_account_email is required",
              format: "gcp-email",
            },
            project_id: { type: "string", format: "no-slash" },
            scopes: scopes(),
            lifetime: { type: "duration", default: "3600s", max: 43_200 },
            delegates: { type: "strings", format: "gcp-email" },
            region: { type: "string" },
            zone: { type: "string" },
            sdk_credentials: sdkCredentials(),
          },
        },
      },
    }),
    "gcp/project": () => ({
      cloud: "gcp",
      via: "optional",
      takes: ["gcp"],
      yields: "gcp",
      trim: true,
      fields: {
        principal: {
          type: "map",
          required: "principal is required: project_id is required",
          fields: {
            project_id: {
              type: "string",
              required: "project_id is required",
              format: "no-slash",
            },
            region: { type: "string" },
            zone: { type: "string" },
            location: { type: "string", replacedBy: "principal.zone" },
            sdk_credentials: sdkCredentials(),
          },
        },
      },
    }),
    "gcp/emulator": () => ({
      cloud: "gcp",
      via: "forbidden",
      yields: "gcp",
      fields: { emulator: { type: "string", required: EMULATOR } },
    }),
  },
  integration: {
    "gcp/gke": () => ({
      cloud: "gcp",
      takes: ["gcp"],
      trim: true,
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            cluster: {
              type: "map",
              required:
                "integration '%n' has no cluster configured (spec.cluster is required for gcp/gke)",
              fields: {
                name: {
                  type: "string",
                  required: "integration '%n' has no cluster name configured",
                  format: "no-slash",
                },
                project_id: {
                  type: "string",
                  required: "integration '%n' has no project_id configured",
                  format: "no-slash",
                },
                location: {
                  type: "string",
                  required: "integration '%n' has no location configured",
                  format: "no-slash",
                },
                alias: { type: "string" },
                endpoint: {
                  type: "string",
                  values: ["auto", "public", "private", "dns"],
                  default: "auto",
                },
                kubeconfig: kubeconfigField(),
              },
            },
          },
        },
      },
    }),
  },
};
