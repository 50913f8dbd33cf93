import { autoProvision, EMULATOR } from "./schema_common.ts";
import type { CloudSchema, Fallback, KindSchema, RuleProblem, Written } from "./schema_types.ts";

const mockProvider = (): KindSchema => ({ cloud: "other", yields: "mock", fields: {} });

const mockIdentity = (): KindSchema => ({
  cloud: "other",
  via: "optional",
  yields: "mock",
  fields: {
    principal: {
      type: "map",
      fields: {
        name: { type: "string" },
        account: {
          type: "map",
          scalar: true,
          fields: { id: { type: "string" }, name: { type: "string" } },
        },
        region: { type: "string" },
      },
    },
  },
});

/** `spec.<key>`, else the variable, else `settings.pro.<key>` (07 §3). */
function fromPro(key: string, env: string): Fallback {
  return { key: `spec.${key}`, env, setting: `settings.pro.${key}` };
}

/** An audience that is there but empty would be refused by every consumer (07 §2). */
function audienceFilled(written: Written): RuleProblem[] {
  const path = ["spec", "audience"];
  if (!written.has(...path) || written.text(...path)) return [];
  return [{ path, code: "missing_field", text: "audience is required in provider spec" }];
}

const GIT_MODES = ["env", "file"];

/** The mode may come from `settings.pro.git_sts` and is checked there as well (07 §5.1). */
function gitMode(written: Written): RuleProblem[] {
  const path = ["spec", "git_config_mode"];
  const mode = written.text(...path);
  if (mode === undefined || mode.startsWith("!") || GIT_MODES.includes(mode)) return [];
  return [{ path, code: "invalid_value", text: WRONG_GIT_MODE.replace("%s", () => mode) }];
}

const WRONG_GIT_MODE =
  'integration "%n" has invalid git_config_mode "%s" (must be "env" or "file")';

/** GitHub, Atmos Pro (07 §2-§5) and the kinds without a cloud. */
export const other: CloudSchema = {
  provider: {
    "github/oidc": () => ({
      cloud: "github",
      yields: "oidc-token",
      rules: audienceFilled,
      fields: { spec: { type: "map", fields: { audience: { type: "string" } } } },
    }),
    "atmos/pro": () => ({
      cloud: "github",
      yields: "atmos-pro",
      fallbacks: [
        fromPro("workspace_id", "ATMOS_PRO_WORKSPACE_ID"),
        fromPro("base_url", "ATMOS_PRO_BASE_URL"),
        fromPro("endpoint", "ATMOS_PRO_ENDPOINT"),
      ],
      fields: {
        spec: {
          type: "map",
          fields: {
            workspace_id: { type: "string" },
            base_url: {
              type: "string",
              format: "https-url",
              default: "https://atmos-pro.com",
            },
            endpoint: { type: "string", default: "api/v1" },
            audience: { type: "string", default: "atmos-pro.com" },
          },
        },
      },
    }),
    "mock": mockProvider,
    "mock/aws": mockProvider,
  },
  identity: {
    "atmos/pro": () => ({
      cloud: "github",
      via: "provider",
      viaMessage: 'atmos/pro identity "%n" must define via.provider',
      takes: ["atmos-pro"],
      yields: "atmos-pro",
      fields: {},
    }),
    "ambient": () => ({ cloud: "other", via: "forbidden", yields: "none", fields: {} }),
    "kubernetes/emulator": () => ({
      cloud: "other",
      via: "forbidden",
      yields: "none",
      fields: { emulator: { type: "string", required: EMULATOR } },
    }),
    "mock": mockIdentity,
    "mock/aws": mockIdentity,
  },
  integration: {
    "github/sts": () => ({
      cloud: "github",
      takes: ["atmos-pro"],
      rules: gitMode,
      fallbacks: [
        { key: "spec.git_config_mode", setting: "settings.pro.git_sts.git_config_mode" },
        { key: "spec.revoke_on_exit", setting: "settings.pro.git_sts.revoke_on_exit" },
      ],
      fields: {
        spec: {
          type: "map",
          fields: {
            auto_provision: autoProvision,
            repos: { type: "strings" },
            policy_name: { type: "string", default: "default" },
            git_config_mode: {
              type: "string",
              values: GIT_MODES,
              wrong: WRONG_GIT_MODE,
              default: "env",
            },
            revoke_on_exit: { type: "bool", default: true },
            token_env: { type: "string", default: "ATMOS_PRO_GITHUB_TOKEN" },
          },
        },
      },
    }),
  },
};
