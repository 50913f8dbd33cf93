import { mapAt, textAt } from "../core/types.ts";
import { isDigits } from "./plain_text.ts";
import { autoProvision, EMULATOR, filesField, kubeconfigField } from "./schema_common.ts";
import { parseDuration } from "../sys/duration.ts";
import type { CloudSchema, Field, Fields, RuleProblem, Written } from "./schema_types.ts";

const endpoint = (): Field => ({ type: "string", format: "url" });

/** The old place of the endpoint override (04 §3). */
const resolver = (): Field => ({
  type: "map",
  fields: {
    resolver: {
      type: "map",
      fields: { url: { type: "string", format: "url", replacedBy: "spec.endpoint_url" } },
    },
  },
});

const providerSpec = (): Fields => ({
  endpoint_url: endpoint(),
  export_endpoint_url: { type: "bool", default: false },
  aws: resolver(),
  files: filesField(),
});

const identitySpec = (): Field => ({
  type: "map",
  fields: { endpoint_url: endpoint(), export_endpoint_url: { type: "bool", default: false } },
});

/**
 * `principal.account` as a scalar is an id when it has 12 digits, else a name; an id whose leading
 * zeros were lost gets them back (04 §9.1).
 */
function unifyAccount(values: Record<string, unknown>): void {
  const principal = mapAt(values, "principal");
  if (!principal) return;
  const written = principal.account;
  if (typeof written === "string") {
    principal.account = isDigits(written, 12, 12) ? { id: written } : { name: written };
  }
  const id = textAt(principal, "account", "id");
  if (id && isDigits(id, 1, 11)) mapAt(principal, "account")!.id = id.padStart(12, "0");
}

const ACCOUNT = "account specification is required in principal";

function accountGiven(written: Written): RuleProblem[] {
  const path = ["principal", "account"];
  if (!written.has(...path)) return [];
  if (written.text(...path, "id") || written.text(...path, "name")) return [];
  return [{ path, code: "missing_field", text: ACCOUNT }];
}

/** Both halves of a key pair or none (04 §9.4); without MFA AWS caps the session at 12 h. */
function userKeys(written: Written): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const given = (key: string) => written.text("credentials", key) !== undefined;
  if (given("access_key_id") !== given("secret_access_key")) {
    const path = ["credentials", given("access_key_id") ? "access_key_id" : "secret_access_key"];
    problems.push({
      path,
      code: "incomplete_key_pair",
      text: "access_key_id and secret_access_key must both be provided or both be empty",
    });
  }
  const duration = written.text("session", "duration");
  const asked = duration ? parseDuration(duration) : undefined;
  if (asked?.ok && asked.seconds > 43_200 && asked.seconds <= 129_600 && !given("mfa_arn")) {
    problems.push({
      path: ["session", "duration"],
      code: "duration_limited",
      severity: "warning",
      text: `session.duration ${duration} exceeds the maximum 12h without MFA and will be limited`,
    });
  }
  return problems;
}

function unifyRegistry(values: Record<string, unknown>): void {
  const id = textAt(values, "spec", "registry", "account_id");
  if (id && isDigits(id, 1, 11)) {
    mapAt(values, "spec", "registry")!.account_id = id.padStart(12, "0");
  }
}

/** Kinds of 04 §6-§9 and §11. */
export const aws: CloudSchema = {
  provider: {
    "aws/iam-identity-center": () => ({
      cloud: "aws",
      yields: "aws-bearer",
      fields: {
        start_url: {
          type: "string",
          required: "start_url is required for AWS SSO provider",
          format: "url",
        },
        region: { type: "string", required: "region is required for AWS SSO provider" },
        session: {
          type: "map",
          fields: {
            duration: {
              type: "duration",
              noEffect: "%s has no effect here: AWS decides how long the session lasts",
            },
          },
        },
        spec: {
          type: "map",
          fields: {
            flow: { type: "string", values: ["pkce", "device"] },
            callback_port: { type: "int", min: 0, max: 65_535, default: 0 },
            share_aws_cli_cache: { type: "bool", default: false },
            ...providerSpec(),
          },
        },
      },
    }),
    "aws/saml": () => ({
      cloud: "aws",
      yields: "saml-assertion",
      fields: {
        url: {
          type: "string",
          required: "url is required for AWS SAML provider",
          format: "url",
        },
        region: { type: "string", required: "region is required for AWS SAML provider" },
        session: {
          type: "map",
          fields: { duration: { type: "duration", default: "1h", min: 900, max: 43_200 } },
        },
        spec: {
          type: "map",
          fields: {
            base_role: { type: "string", format: "role-arn" },
            acs_url: { type: "string", format: "url" },
            acs_listen: { type: "string" },
            browser_args: { type: "strings" },
            headless: { type: "string", values: ["auto", "true", "false"] },
            ...providerSpec(),
          },
        },
      },
    }),
  },
  identity: {
    "aws/permission-set": () => ({
      cloud: "aws",
      via: "provider",
      takes: ["aws-bearer"],
      yields: "aws",
      unify: unifyAccount,
      rules: accountGiven,
      fields: {
        principal: {
          type: "map",
          required: "principal is required",
          fields: {
            name: {
              type: "string",
              required: "permission set name is required in principal",
            },
            account: {
              type: "map",
              scalar: true,
              required: ACCOUNT,
              fields: {
                id: { type: "string", format: "account-id" },
                name: { type: "string" },
              },
            },
            region: { type: "string" },
          },
        },
        spec: identitySpec(),
      },
    }),
    "aws/assume-role": () => ({
      cloud: "aws",
      via: "either",
      takes: ["aws", "oidc-token", "saml-assertion"],
      yields: "aws",
      onlyAfter: [
        { keys: ["external_id"], input: "aws", severity: "warning" },
        {
          keys: [
            "policy",
            "policy_arns",
            "tags",
            "transitive_tag_keys",
            "source_identity",
            "mfa_arn",
          ],
          input: "aws",
          severity: "error",
        },
      ],
      fields: {
        principal: {
          type: "map",
          required: "principal is required",
          fields: {
            assume_role: {
              type: "string",
              required: "assume_role is required in principal",
              format: "role-arn",
            },
            session_name: { type: "string" },
            external_id: { type: "string" },
            duration: { type: "duration", min: 900, max: 43_200 },
            region: { type: "string" },
            policy: { type: "any" },
            policy_arns: { type: "strings" },
            tags: { type: "map", each: { type: "string" } },
            transitive_tag_keys: { type: "strings" },
            source_identity: { type: "string" },
            mfa_arn: { type: "string" },
          },
        },
        session: {
          type: "map",
          fields: { duration: { type: "duration", min: 900, max: 43_200 } },
        },
        spec: identitySpec(),
      },
    }),
    "aws/assume-root": () => ({
      cloud: "aws",
      via: "either",
      takes: ["aws"],
      yields: "aws",
      fields: {
        principal: {
          type: "map",
          required: "principal is required",
          fields: {
            target_principal: {
              type: "string",
              required: "target_principal is required in principal",
              format: "account-id-or-root-arn",
            },
            task_policy_arn: {
              type: "string",
              required: "task_policy_arn is required in principal",
              format: "root-task-policy",
            },
            duration: { type: "duration", default: "15m", max: 900 },
            region: { type: "string" },
          },
        },
        spec: identitySpec(),
      },
    }),
    "aws/user": () => ({
      cloud: "aws",
      via: "ignored",
      yields: "aws",
      rules: userKeys,
      fields: {
        credentials: {
          type: "map",
          fields: {
            access_key_id: { type: "string" },
            secret_access_key: { type: "string", secret: true },
            region: { type: "string" },
            mfa_arn: { type: "string" },
            mfa_process: { type: "strings" },
            mfa_yubikey: { type: "string" },
            mfa_totp_secret: { type: "string", secret: true },
            webflow_enabled: { type: "bool", default: true },
            aws: resolver(),
          },
        },
        session: {
          type: "map",
          fields: { duration: { type: "duration", default: "12h", min: 900, max: 129_600 } },
        },
        spec: identitySpec(),
      },
    }),
    "aws/ambient": () => ({
      cloud: "aws",
      via: "forbidden",
      yields: "aws",
      fields: {
        principal: {
          type: "map",
          fields: {
            region: { type: "string" },
            source: {
              type: "string",
              values: ["pod-identity", "web-identity", "ecs", "imds", "profile", "env"],
            },
          },
        },
        spec: identitySpec(),
      },
    }),
    "aws/emulator": () => ({
      cloud: "aws",
      via: "forbidden",
      yields: "aws",
      fields: { emulator: { type: "string", required: EMULATOR } },
    }),
  },
  integration: {
    "aws/ecr": () => ({
      cloud: "aws",
      takes: ["aws"],
      unify: unifyRegistry,
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            registry: {
              type: "map",
              required:
                "integration '%n' has no registry configured (spec.registry is required for aws/ecr)",
              fields: {
                account_id: {
                  type: "string",
                  required: "integration '%n' has no account_id configured",
                  format: "account-id",
                },
                region: { type: "string", required: "integration '%n' has no region configured" },
              },
            },
          },
        },
      },
    }),
    "aws/ecr-public": () => ({
      cloud: "aws",
      takes: ["aws"],
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            registry: {
              type: "map",
              fields: {
                region: {
                  type: "string",
                  values: ["us-east-1", "us-west-2"],
                  wrong: "invalid ECR Public region: only us-east-1 and us-west-2 are supported, " +
                    'got "%s"',
                },
              },
            },
          },
        },
      },
    }),
    "aws/eks": () => ({
      cloud: "aws",
      takes: ["aws"],
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            cluster: {
              type: "map",
              required:
                "integration '%n' has no cluster configured (spec.cluster is required for aws/eks)",
              fields: {
                name: {
                  type: "string",
                  required: "integration '%n' has no cluster name configured",
                },
                region: { type: "string", required: "integration '%n' has no region configured" },
                alias: { type: "string" },
                kubeconfig: kubeconfigField(),
              },
            },
          },
        },
      },
    }),
  },
};
