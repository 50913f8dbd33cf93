/** Keys of the sections besides `auth` (01 §4.6; 08 §2). */
import { laterById, logsField, on, refusal, text, texts } from "./schema_shapes.ts";
import type { Field, Fields } from "./schema_types.ts";

const token: Field = { type: "string", secret: true };

/** Sections of `atmos.yaml` besides `auth` that are read (01 §4.6); other keys are nobody's business. */
export function rootFields(): Fields {
  return {
    base_path: text,
    import: { type: "strings" },
    imports: {
      type: "map",
      fields: {
        ttl: text,
        strict: on(false),
        trust: texts,
        lock: on(false),
        require_signature: {
          type: "bool",
          default: false,
          refused: refusal("imports.require_signature"),
        },
        signers: laterById({ ssh: text, minisign: text, principal: text }),
      },
    },
    env: { type: "map", each: text },
    logs: logsField(),
    profiles: { type: "map", fields: { base_path: text, default: texts } },
    settings: { type: "map", fields: settingsFields() },
    stacks: {
      type: "map",
      fields: {
        base_path: text,
        included_paths: texts,
        excluded_paths: texts,
        name_template: text,
        name_pattern: { type: "string" },
        inherit: { type: "map", fields: { metadata: on(true), source: on(true) } },
      },
    },
    components: {
      type: "map",
      fields: { terraform: { type: "map", fields: terraformFields() } },
    },
    templates: {
      type: "map",
      fields: {
        settings: {
          type: "map",
          fields: {
            enabled: on(false),
            evaluations: { type: "int", default: 1 },
            delimiters: texts,
            ignore_missing_template_values: on(false),
            env: { type: "map", each: text },
          },
        },
      },
    },
    vendor: { type: "map", fields: { base_path: text, lock_file: text } },
    metadata: {
      type: "map",
      fields: {
        name: text,
        description: text,
        version: text,
        tags: texts,
        deprecated: on(false),
        extends: texts,
      },
    },
  };
}

function settingsFields(): Fields {
  return {
    list_merge_strategy: {
      type: "string",
      values: ["replace", "append", "merge"],
      wrong:
        "invalid list merge strategy: '%s'. Supported list merge strategies are: replace, append, merge",
      default: "replace",
    },
    inject_github_token: on(true),
    inject_gitlab_token: on(true),
    inject_bitbucket_token: on(true),
    atmos_pro_github_token: token,
    atmos_github_token: token,
    github_token: token,
    atmos_gitlab_token: token,
    gitlab_token: token,
    atmos_bitbucket_token: token,
    bitbucket_token: token,
    bitbucket_username: text,
    pro: {
      type: "map",
      fields: {
        base_url: { type: "string", format: "https-url", default: "https://atmos-pro.com" },
        endpoint: { type: "string", default: "api/v1" },
        token,
        workspace_id: text,
        git_sts: {
          type: "map",
          fields: {
            git_config_mode: { type: "string", values: ["env", "file"], default: "env" },
            revoke_on_exit: on(true),
          },
        },
      },
    },
    terminal: {
      type: "map",
      fields: {
        color: { type: "bool" },
        no_color: { type: "bool" },
        force_color: { type: "bool" },
        max_width: { type: "int" },
        pager: text,
        mask: {
          type: "map",
          fields: {
            replacement: { type: "string", default: "<MASKED>" },
            patterns: texts,
            literals: texts,
          },
        },
      },
    },
  };
}

/** `components.terraform` (08 §2.2). */
function terraformFields(): Fields {
  return {
    base_path: text,
    command: { type: "string", default: "terraform" },
    apply_auto_approve: on(false),
    deploy_run_init: on(true),
    init_run_reconfigure: on(true),
    auto_generate_backend_file: on(false),
    workspaces_enabled: on(true),
    init: { type: "map", fields: { pass_vars: on(false) } },
    plan: { type: "map", fields: { skip_planfile: on(false) } },
    append_user_agent: text,
    plugin_cache: on(true),
    plugin_cache_dir: text,
  };
}
