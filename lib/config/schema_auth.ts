/** Keys of `auth` itself (01 §4.2, Beyond; 03; 09 §0.4). */
import { KEYRING_TYPES } from "./keyring.ts";
import { REALM_PATTERN } from "./realm.ts";
import { browser, LATER } from "./schema_common.ts";
import { later, laterById, logsField, on, refusal, text, texts } from "./schema_shapes.ts";
import type { Field, Fields } from "./schema_types.ts";

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
