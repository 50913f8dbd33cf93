/** Variables that replace values of the configuration, and the built-in defaults (01 §1.11, §1.12). */
import { registerSecret } from "../sys/mask.ts";
import { splitList } from "./discover.ts";
import type { ListNode, MapNode, Node, ScalarNode, Source } from "./node.ts";

/** Variable → path of the value it replaces; `[]` at the end: a list split on commas. */
const OVERRIDES: readonly (readonly [string, string])[] = [
  ["ATMOS_STACKS_BASE_PATH", "stacks.base_path"],
  ["ATMOS_STACKS_INCLUDED_PATHS", "stacks.included_paths[]"],
  ["ATMOS_STACKS_EXCLUDED_PATHS", "stacks.excluded_paths[]"],
  ["ATMOS_STACKS_NAME_PATTERN", "stacks.name_pattern"],
  ["ATMOS_STACKS_NAME_TEMPLATE", "stacks.name_template"],
  ["ATMOS_LOGS_LEVEL", "logs.level"],
  ["ATMOS_LOGS_FILE", "logs.file"],
  ["ATMOS_AUTH_REALM", "auth.realm"],
  ["ATMOS_KEYRING_TYPE", "auth.keyring.type"],
  ["ATMOS_KEYRING_FILE_PATH", "auth.keyring.spec.path"],
  ["ATMOS_KEYRING_PASSWORD_ENV", "auth.keyring.spec.password_env"],
  ["ATMOS_PRO_BASE_URL", "settings.pro.base_url"],
  ["ATMOS_PRO_ENDPOINT", "settings.pro.endpoint"],
  ["ATMOS_PRO_TOKEN", "settings.pro.token"],
  ["ATMOS_PRO_WORKSPACE_ID", "settings.pro.workspace_id"],
  ["ATMOS_PRO_RUN_ID", "settings.pro.run_id"],
  ["ATMOS_SETTINGS_LIST_MERGE_STRATEGY", "settings.list_merge_strategy"],
  ["ATMOS_IMPORTS_STRICT", "imports.strict"],
  ["ATMOS_COMPONENTS_TERRAFORM_COMMAND", "components.terraform.command"],
  ["ATMOS_COMPONENTS_TERRAFORM_BASE_PATH", "components.terraform.base_path"],
  ["ATMOS_COMPONENTS_TERRAFORM_APPLY_AUTO_APPROVE", "components.terraform.apply_auto_approve"],
  ["ATMOS_COMPONENTS_TERRAFORM_DEPLOY_RUN_INIT", "components.terraform.deploy_run_init"],
  ["ATMOS_COMPONENTS_TERRAFORM_INIT_RUN_RECONFIGURE", "components.terraform.init_run_reconfigure"],
  ["ATMOS_COMPONENTS_TERRAFORM_INIT_PASS_VARS", "components.terraform.init.pass_vars"],
  ["ATMOS_COMPONENTS_TERRAFORM_PLAN_SKIP_PLANFILE", "components.terraform.plan.skip_planfile"],
  [
    "ATMOS_COMPONENTS_TERRAFORM_AUTO_GENERATE_BACKEND_FILE",
    "components.terraform.auto_generate_backend_file",
  ],
  ["ATMOS_COMPONENTS_TERRAFORM_APPEND_USER_AGENT", "components.terraform.append_user_agent"],
  ["ATMOS_COMPONENTS_TERRAFORM_PLUGIN_CACHE", "components.terraform.plugin_cache"],
  ["ATMOS_COMPONENTS_TERRAFORM_PLUGIN_CACHE_DIR", "components.terraform.plugin_cache_dir"],
];

/** One layer a variable that is set and not empty; its source names the variable. */
export function overridesFromEnv(get: (name: string) => string | undefined): MapNode[] {
  const layers: MapNode[] = [];
  for (const [name, path] of OVERRIDES) {
    const value = get(name);
    if (!value) continue;
    if (name === "ATMOS_PRO_TOKEN") registerSecret(value);
    layers.push(layerOf({ name, text: value, kind: "env" }, path, value));
  }
  return layers;
}

/** A map holding one value at a dotted path; `[]` at its end splits on commas. */
export function layerOf(source: Source, path: string, value: string): MapNode {
  const list = path.endsWith("[]");
  const keys = (list ? path.slice(0, -2) : path).split(".");
  let node: Node = list ? listOf(source, splitList([value])) : scalarOf(source, value);
  for (const key of keys.reverse()) node = mapOf(source, [[key, node]]);
  return node as MapNode;
}

/** Defaults that hold where nothing is configured; those of `stacks` only without any file. */
export function defaults(anyFile: boolean): MapNode {
  const source: Source = { name: "built-in default", text: "", kind: "default" };
  const logs = mapOf(source, [
    ["file", scalarOf(source, "/dev/stderr")],
    ["level", scalarOf(source, "Warning")],
  ]);
  if (anyFile) return mapOf(source, [["logs", logs]]);
  const stacks = mapOf(source, [
    ["base_path", scalarOf(source, "stacks")],
    ["included_paths", listOf(source, ["orgs/**/*"])],
    ["excluded_paths", listOf(source, ["**/_defaults.yaml"])],
    ["name_pattern", scalarOf(source, "{tenant}-{environment}-{stage}")],
  ]);
  return mapOf(source, [["logs", logs], ["stacks", stacks]]);
}

function mapOf(source: Source, entries: [string, Node][]): MapNode {
  return {
    t: "map",
    entries: new Map(entries.map(([key, node]) => [key, { node, source, keyOffset: 0 }])),
    source,
    offset: 0,
  };
}

function listOf(source: Source, texts: string[]): ListNode {
  return { t: "list", items: texts.map((text) => scalarOf(source, text)), source, offset: 0 };
}

function scalarOf(source: Source, text: string): ScalarNode {
  return { t: "scalar", text, plain: false, source, offset: 0 };
}
