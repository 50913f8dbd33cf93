import type { Chain } from "./chain.ts";
import { contextFor, type Core, loadIdentity, loadProvider } from "./core.ts";
import { integrationEnvironment } from "./integrations.ts";
import { AuthError, type Credentials, type Entry, type EnvDelta, type Mode } from "./types.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Never printed by `env` without `--full` (03 §8); a kind that exports ATMOS_IDENTITY itself keeps it. */
const CHILD_ONLY = ["AWS_SDK_LOAD_CONFIG", "AWS_EC2_METADATA_DISABLED"];

/** What `env` prints: the exported set of the identity, its `env:` list, its integrations (02 §6.6-3). */
export async function exportedEnvironment(
  core: Core,
  chain: Chain,
  mode: Mode,
  credentials?: Credentials | null,
): Promise<Record<string, string>> {
  const index = chain.names.length - 1;
  const kind = await loadIdentity(core, chain, index, "offline");
  const cx = contextFor(core, chain, index, mode);
  const own = kind.env(cx, "export", credentials).set;
  const set: Record<string, string> = { ...own };
  Object.assign(set, identityVariables(chain.entries[index]!));
  for (const delta of await integrationEnvironment(core, chain, mode)) {
    mergeSet(core, set, delta.set);
  }
  for (const name of CHILD_ONLY) delete set[name];
  if (!("ATMOS_IDENTITY" in own)) delete set.ATMOS_IDENTITY;
  return set;
}

/** One contribution to a child's environment, and who makes it. */
export interface EnvLayer extends EnvDelta {
  layer: string;
}

/**
 * Who removes and sets what for children (03 §8), in order, later wins: configuration `env`, the
 * root provider's delta, the identity's clear and set, its `env:` list, integrations, ATMOS_IDENTITY.
 */
export async function childLayers(
  core: Core,
  chain: Chain,
  mode: Mode,
  credentials: Credentials | null,
): Promise<EnvLayer[]> {
  const layers: EnvLayer[] = [{ layer: "env of the configuration", unset: [], set: core.childEnv }];
  const index = chain.names.length - 1;
  const providerAlone = chain.rootIsProvider && index === 0;
  if (chain.rootIsProvider && (providerAlone || chain.providerRow?.childEnv)) {
    const provider = await loadProvider(core, chain.entries[0]!);
    if (provider.env) {
      const delta = provider.env(contextFor(core, chain, 0, mode));
      layers.push({ layer: `provider ${chain.names[0]}`, ...delta });
    }
  }
  if (!providerAlone) {
    const name = chain.names[index]!;
    const kind = await loadIdentity(core, chain, index, "offline");
    const delta = kind.env(contextFor(core, chain, index, mode), "child", credentials);
    layers.push({ layer: `identity ${name}`, ...delta });
    const own = identityVariables(chain.entries[index]!);
    layers.push({ layer: `env of identity ${name}`, unset: [], set: own });
  }
  for (const { integration, unset, set } of await integrationEnvironment(core, chain, mode)) {
    layers.push({ layer: `integration ${integration}`, unset, set });
  }
  layers.push({ layer: "the choice", unset: [], set: { ATMOS_IDENTITY: chain.names[index]! } });
  return layers;
}

/** What `exec` and `shell` remove and set: the layers of {@link childLayers}, folded. */
export async function childEnvironment(
  core: Core,
  chain: Chain,
  mode: Mode,
  credentials: Credentials | null,
): Promise<EnvDelta> {
  const windows = core.deps.env.os === "windows";
  const [base, ...layers] = await childLayers(core, chain, mode, credentials);
  const delta: EnvDelta = { unset: [], set: { ...base!.set } };
  for (const { unset, set } of layers) {
    for (const name of unset) {
      delta.unset.push(name);
      deleteName(delta.set, name, windows);
    }
    mergeSet(core, delta.set, set);
  }
  delta.unset = [...new Set(delta.unset)].filter((name) => !(name in delta.set)).sort();
  return delta;
}

/** The identity's `env:` list; a bad name is a configuration error, since it would be shell text (02 §6.6-4). */
export function identityVariables(entry: Entry): Record<string, string> {
  const list = entry.values.env;
  const set: Record<string, string> = {};
  const add = (key: string, value: unknown) => {
    if (!NAME.test(key)) {
      const at = entry.at("env");
      throw new AuthError({
        code: "invalid_auth_config",
        message:
          `invalid auth config: identity "${entry.name}" validation failed: invalid variable name ${
            JSON.stringify(key)
          } in env`,
        explanation: at ? `${at.file}:${at.line}:${at.column}` : undefined,
        hints: ["Names of variables match `^[A-Za-z_][A-Za-z0-9_]*$`"],
      });
    }
    if (value !== undefined && value !== null) set[key] = String(value);
  };
  if (Array.isArray(list)) {
    for (const item of list) {
      if (item !== null && typeof item === "object") {
        const { key, value } = item as { key?: unknown; value?: unknown };
        add(String(key ?? ""), value ?? "");
      }
    }
  } else if (list !== null && typeof list === "object") {
    for (const [key, value] of Object.entries(list)) add(key, value);
  }
  return set;
}

/** `KUBECONFIG` is a list, ours first (03 §8); all other variables are replaced. */
function mergeSet(core: Core, into: Record<string, string>, from: Record<string, string>): void {
  const windows = core.deps.env.os === "windows";
  for (const [name, value] of Object.entries(from)) {
    if (name === "KUBECONFIG") {
      const separator = windows ? ";" : ":";
      const inherited = into.KUBECONFIG ?? core.deps.env.get("KUBECONFIG") ?? "";
      const all = [...value.split(separator), ...inherited.split(separator)].filter((p) =>
        p !== ""
      );
      into.KUBECONFIG = [...new Set(all)].join(separator);
      continue;
    }
    if (windows) deleteName(into, name, true);
    into[name] = value;
  }
}

function deleteName(set: Record<string, string>, name: string, windows: boolean): void {
  if (!windows) {
    delete set[name];
    return;
  }
  const wanted = name.toUpperCase();
  for (const key of Object.keys(set)) if (key.toUpperCase() === wanted) delete set[key];
}
