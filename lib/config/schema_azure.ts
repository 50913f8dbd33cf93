import { autoProvision, EMULATOR, filesField, kubeconfigField } from "./schema_common.ts";
import type { CloudSchema, Fields, KindSchema, RuleProblem, Written } from "./schema_types.ts";

/** The public client that the Azure CLI signs in with (05 §2.1). */
const AZURE_CLI_CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

const SUBSCRIPTION = "subscription_id is required in principal";

/** A concrete tenant is needed for the profile and the environment (05 §2.1). */
function concreteTenant(written: Written): RuleProblem[] {
  const tenant = written.text("spec", "tenant_id")?.trim().toLowerCase();
  if (tenant !== "common" && tenant !== "organizations" && tenant !== "consumers") return [];
  return [{
    path: ["spec", "tenant_id"],
    code: "invalid_value",
    text: `tenant_id "${tenant}" names no tenant; give its GUID or a verified domain`,
  }];
}

function provider(title: string, own: Fields): KindSchema {
  return {
    cloud: "azure",
    yields: "azure",
    rules: concreteTenant,
    fields: {
      spec: {
        type: "map",
        fields: {
          tenant_id: {
            type: "string",
            required: `tenant_id is required in spec for Azure ${title} provider`,
          },
          subscription_id: { type: "string" },
          location: { type: "string" },
          cloud_environment: {
            type: "string",
            values: ["public", "usgovernment", "china"],
            wrong: 'unknown cloud_environment "%s"; valid values are: china, public, usgovernment',
            default: "public",
          },
          files: filesField(),
          ...own,
        },
      },
    },
  };
}

const signIn = (): Fields => ({
  client_id: { type: "string", default: AZURE_CLI_CLIENT },
  ...shared(),
});

const shared = (): Fields => ({
  azure_cli: { type: "string", values: ["shared", "isolated", "off"], default: "shared" },
  authority_host: { type: "string", format: "https-url" },
});

/** Kinds of 05 §2. */
export const azure: CloudSchema = {
  provider: {
    "azure/cli": () => provider("CLI", {}),
    "azure/device-code": () => provider("device code", signIn()),
    "azure/interactive": () => provider("interactive", signIn()),
    "azure/oidc": () =>
      provider("OIDC", {
        client_id: {
          type: "string",
          required: "client_id is required in spec for Azure OIDC provider",
        },
        audience: { type: "string", default: "api://AzureADTokenExchange" },
        token_file_path: { type: "path" },
        ...shared(),
      }),
  },
  identity: {
    "azure/subscription": () => ({
      cloud: "azure",
      via: "provider",
      viaMessage: "via.provider is required",
      takes: ["azure"],
      yields: "azure",
      fields: {
        principal: {
          type: "map",
          required: `principal is required: ${SUBSCRIPTION}`,
          fields: {
            subscription_id: {
              type: "string",
              required: SUBSCRIPTION,
            },
            location: { type: "string" },
            resource_group: { type: "string" },
          },
        },
      },
    }),
    "azure/emulator": () => ({
      cloud: "azure",
      via: "forbidden",
      yields: "azure",
      fields: { emulator: { type: "string", required: EMULATOR } },
    }),
  },
  integration: {
    "azure/acr": () => ({
      cloud: "azure",
      takes: ["azure"],
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            registry: {
              type: "map",
              required:
                "integration '%n' has no registry configured (spec.registry is required for azure/acr)",
              fields: {
                name: {
                  type: "string",
                  required: "integration '%n' has no registry name configured",
                },
                tenant_id: { type: "string" },
              },
            },
          },
        },
      },
    }),
    "azure/aks": () => ({
      cloud: "azure",
      takes: ["azure"],
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            cluster: {
              type: "map",
              required:
                "integration '%n' has no cluster configured (spec.cluster is required for azure/aks)",
              fields: {
                name: {
                  type: "string",
                  required: "integration '%n' has no cluster name configured",
                },
                resource_group: {
                  type: "string",
                  required: "integration '%n' has no resource_group configured",
                },
                subscription_id: { type: "string" },
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
