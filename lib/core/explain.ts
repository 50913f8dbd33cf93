/** Why this identity, from where, until when (02 B11): facts for `explain`, no secrets. */
import { integrationKinds } from "../../integrations/registry.ts";
import { type Chain, identityRow } from "./chain.ts";
import { contextFor, type Core, loadIdentity, modeFor } from "./core.ts";
import { childEnvironment } from "./environment.ts";
import { linkedEntries } from "./integrations.ts";
import { readLink } from "./links.ts";
import type { SelectionRule } from "./selection.ts";
import { chainOf } from "./session.ts";
import { type Credentials, type Entry, flagAt, type Location, textAt } from "./types.ts";
import { expiryOf } from "./validity.ts";

/** One link of the chain as it stands, and what it would do now. */
export interface ExplainedLink {
  name: string;
  role: "provider" | "identity";
  kind: string;
  at: Location | undefined;
  /** Account, project or subscription, when known without asking. */
  account?: string;
  /** Role, permission set, service account. */
  acts_as?: string;
  state: "valid" | "expired" | "missing" | "ambient";
  source?: "files" | "keyring" | "memory";
  /** Epoch ms. */
  expires?: number;
  action: string;
}

export interface Explanation {
  identity: string;
  rule: SelectionRule;
  /** Where the rule stands, for a default marker. */
  ruleAt: Location | undefined;
  realm: { value: string; source: string };
  chain: ExplainedLink[];
  environment: { set: Record<string, string>; unset: string[] };
  integrations: { name: string; kind: string; automatic: boolean; available: boolean }[];
}

/** Looks at everything that `exec` would use. Nothing is authenticated, no network is used. */
export async function explain(
  core: Core,
  target: Entry,
  rule: SelectionRule,
): Promise<Explanation> {
  const chain = chainOf(core, target);
  const { links, credentials } = await explainLinks(core, chain);
  const realm = core.config.realm;
  return {
    identity: target.name,
    rule,
    ruleAt: rule === "default" ? target.at("default") : undefined,
    realm: { value: realm.value, source: realm.value === "" ? "" : realm.source },
    chain: links,
    environment: await childEnvironment(core, chain, modeFor(core, "silent"), credentials),
    integrations: [
      ...linkedEntries(core, chain, "identity"),
    ].map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      automatic: flagAt(entry.values, "spec", "auto_provision") !== false,
      available: integrationKinds[entry.kind] !== undefined,
    })),
  };
}

async function explainLinks(
  core: Core,
  chain: Chain,
): Promise<{ links: ExplainedLink[]; credentials: Credentials | null }> {
  const links: ExplainedLink[] = [];
  let credentials: Credentials | null = null;
  let reached = false;
  for (let i = chain.names.length - 1; i >= 0; i--) {
    const { link, found } = await explainLink(core, chain, i, reached);
    if (link.state === "valid" && !reached) {
      reached = true;
      if (i === chain.names.length - 1) credentials = found ?? null;
    }
    links.unshift(link);
  }
  return { links, credentials };
}

/** `reached`: a link above the root side already has what is needed. */
async function explainLink(
  core: Core,
  chain: Chain,
  index: number,
  reached: boolean,
): Promise<{ link: ExplainedLink; found?: Credentials }> {
  const entry = chain.entries[index]!;
  const isProvider = index === 0 && chain.rootIsProvider;
  const mode = modeFor(core, "silent");
  const link: ExplainedLink = {
    name: entry.name,
    role: isProvider ? "provider" : "identity",
    kind: entry.kind,
    at: entry.at(),
    state: "missing",
    action: "",
  };
  const actsAs = roleOf(entry);
  if (actsAs !== undefined) link.acts_as = actsAs;
  if (isProvider ? chain.providerRow?.ambientRoot : identityRow(entry)?.ambient) {
    return { link: { ...link, state: "ambient", action: "take what the surroundings offer" } };
  }
  const isTarget = index === chain.names.length - 1;
  const { state, loaded } = await readLink(core, chain, index, mode, {
    use: isTarget ? "cached" : "scan",
    keyring: !chain.ambient,
  });
  link.state = state;
  if (loaded) {
    link.source = loaded.source;
    const end = expiryOf(loaded.credentials);
    if (typeof end === "number") link.expires = end;
  }
  if (!isProvider) {
    const kind = await loadIdentity(core, chain, index);
    const account = kind.account?.(contextFor(core, chain, index, mode), loaded?.credentials);
    if (account) link.account = account;
  }
  const asks = isProvider ? chain.providerRow?.asks : identityRow(entry)?.asks;
  link.action = reached
    ? "nothing: a later link has what is needed"
    : state === "valid"
    ? "reuse what is stored"
    : asks ?? (isProvider ? "sign in without asking" : "obtain new credentials without asking");
  return loaded ? { link, found: loaded.credentials } : { link };
}

/** What an identity acts as, by the fields that kinds have for it. */
function roleOf(entry: Entry): string | undefined {
  for (
    const field of [
      "assume_role",
      "service_account_email",
      "name",
      "target_principal",
      "project_id",
    ]
  ) {
    const text = textAt(entry.values, "principal", field);
    if (text) return text;
  }
  return undefined;
}
