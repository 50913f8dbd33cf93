/** Keys of `auth` itself (01 §4.2, Beyond; 03; 09 §0.4) and of the other sections that are read. */
import { KEYRING_TYPES } from "./keyring.ts";
import { REALM_PATTERN } from "./realm.ts";
import { REFUSED } from "./refused.ts";
import { browser, LATER } from "./schema_common.ts";
import type { Field, Fields } from "./schema_types.ts";

/** Spellings of 01 §8. */
export const LOG_LEVELS: readonly string[] = [
  "Trace",
  "Debug",
  "Info",
  "Warning",
  "Error",
  "Off",
];

/** Accepted besides {@link LOG_LEVELS}. */
export const LOG_LEVEL_ALIASES: readonly string[] = ["warn"];

const text: Field = { type: "string" };
const texts: Field = { type: "strings" };
const on = (standard: boolean): Field => ({ type: "bool", default: standard });

const later = (fields: Fields): Field => ({ type: "map", fields, noEffect: LATER });

const laterById = (fields: Fields): Field => ({
  type: "map",
  each: { type: "map", fields },
  noEffect: LATER,
});

/** What of a setting is refused, from the list that every command looks at. */
function refusal(path: string): { unless: string } {
  return { unless: REFUSED.find(([known]) => known === path)![1] };
}

const keyring = (): Field => ({
  type: "map",
  fields: {
    type: {
      type: "string",
      values: KEYRING_TYPES,
      wrong: "unsupported keyring type: %s",
      default: "system",
    },
    spec: {
      type: "map",
      fields: {
        path: { type: "path" },
        password_env: {
          type: "string",
          format: "variable-name",
          default: "ATMOS_KEYRING_PASSWORD",
        },
        iterations: { type: "int", min: 8_192, max: 1_300_000, default: 600_000 },
        pass_to_children: on(false),
        password_file: { type: "path" },
        password_command: texts,
      },
    },
  },
});

const policyMatch = (): Fields => ({
  identities: texts,
  tags: texts,
  kinds: texts,
  providers: texts,
  accounts: texts,
  realms: texts,
  chain: on(false),
});

const policyWhen = (): Fields => ({
  commands: texts,
  program: texts,
  args: text,
  caller: texts,
  ci: text,
  tty: on(false),
  branch: texts,
  repo: texts,
  days: texts,
  hours: text,
  tz: text,
});

const policy = (): Field => ({
  type: "map",
  refused: refusal("auth.policy"),
  fields: {
    mode: { type: "string", values: ["enforce", "audit"], default: "enforce" },
    rules: {
      type: "map",
      each: {
        type: "map",
        fields: {
          match: { type: "map", fields: policyMatch() },
          when: { type: "map", fields: policyWhen() },
          unless: { type: "map", fields: { ...policyMatch(), ...policyWhen() } },
          require: { type: "map" },
          deny: text,
          warn: text,
        },
      },
    },
  },
});

/** Keys of `auth` besides the three sections of entries. */
export function authFields(): Fields {
  return {
    realm: { type: "string", pattern: REALM_PATTERN },
    logs: logsField(),
    keyring: keyring(),
    console: {
      type: "map",
      fields: {
        isolated: on(false),
        isolated_sessions: { type: "bool", replacedBy: "console.isolated" },
      },
    },
    defaults: {
      type: "map",
      fields: {
        identity: text,
        session: { type: "map", fields: { duration: { type: "duration" } } },
        console: {
          type: "map",
          fields: { session_duration: { type: "duration", min: 900, max: 43_200 } },
        },
      },
    },
    network: { type: "map", fields: { allowed_hosts: texts } },
    audit: {
      type: "map",
      fields: {
        file: { type: "path" },
        key: { type: "string", values: ["keyring"], noEffect: LATER },
        args: { type: "bool", default: false, noEffect: LATER },
        required: { type: "bool", default: false, refused: refusal("auth.audit.required") },
        sinks: {
          type: "map",
          noEffect: LATER,
          each: {
            type: "map",
            fields: {
              type: { type: "string", values: ["command", "webhook"] },
              argv: texts,
              url: { type: "string", format: "https-url" },
              header_env: { type: "string", format: "variable-name" },
            },
          },
        },
      },
    },
    audit_log: { type: "path", replacedBy: "audit.file" },
    select: {
      type: "list",
      noEffect: LATER,
      fields: { path: text, branch: text, ci: { type: "bool" }, identity: text },
    },
    ...laterFields(),
    _metadata: { type: "map" },
    needs: {
      type: "any",
      noEffect: "%s was removed: mark the identities with `required: true` instead",
    },
  };
}

/** Keys of 09 §0.4. Whoever gives one an effect takes away its `later`. */
function laterFields(): Fields {
  const durations = (standard: string): Field => ({ type: "duration", default: standard });
  return {
    hosts: laterById({ match: text, identity: text, integration: text, username: text }),
    delivery: {
      type: "string",
      values: ["files", "process", "endpoint"],
      default: "files",
      refused: refusal("auth.delivery"),
    },
    cache: {
      type: "map",
      fields: {
        secrets: {
          type: "string",
          values: ["plain", "sealed", "keeper"],
          default: "plain",
          refused: refusal("auth.cache.secrets"),
        },
      },
    },
    keeper: later({ autostart: on(false), idle: durations("8h"), max: durations("12h") }),
    exec: {
      type: "map",
      fields: {
        mask_output: {
          type: "string",
          values: ["never", "auto", "always"],
          default: "never",
          refused: refusal("auth.exec.mask_output"),
        },
      },
    },
    policy: policy(),
    drops: laterById({
      aws: { type: "map" },
      gcp: { type: "map" },
      azure: { type: "map" },
      github: { type: "map" },
      instead: { type: "map", each: text },
    }),
    attribution: later({
      session_name: text,
      source_identity: { type: "any" },
      tags: { type: "map", each: text },
      user_agent: on(false),
    }),
    notify: later({
      before: texts,
      by: texts,
      command: texts,
      quiet: { type: "map", fields: { hours: text } },
      only: { type: "map", fields: { tags: texts } },
    }),
    ask: later({ order: texts, pinentry: text, timeout: durations("2m") }),
    assistants: later({ env: texts, programs: texts }),
    trace: later({ otlp: on(false), accounts: on(false) }),
    sudo: later({
      remember: durations("5m"),
      ask: { type: "string", values: ["yes", "identity", "never"], default: "yes" },
    }),
    broker: later({
      identities: texts,
      commands: { type: "list", fields: { program: text, args: text } },
      drop: text,
      delivery: { type: "string", values: ["endpoint", "proxy"] },
      confirm: { type: "string", values: ["always", "writes", "never"] },
      max_runtime: durations("10m"),
    }),
    delegate: { type: "path", noEffect: LATER },
    browser: browser(),
    rehearsals: { type: "map", each: { type: "map" }, noEffect: LATER },
  };
}

/** `logs` and `auth.logs` (01 §8). */
function logsField(): Field {
  return {
    type: "map",
    fields: {
      level: {
        type: "string",
        values: LOG_LEVELS,
        anyCase: true,
        also: LOG_LEVEL_ALIASES,
        wrong: 'invalid log level "%s", must be one of: ' + LOG_LEVELS.join(", "),
        default: "Warning",
      },
      file: { type: "string", default: "/dev/stderr" },
    },
  };
}

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
