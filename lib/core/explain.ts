/** Why this identity, from where, until when (02 B11): facts for `explain`, no secrets. */
import { integrationKinds } from "../../integrations/registry.ts";
import { type Chain, identityRow } from "./chain.ts";
import { contextFor, type Core, loadIdentity, loadProvider, modeFor } from "./core.ts";
import { childEnvironment } from "./environment.ts";
import { linkedEntries, loadIntegration } from "./integrations.ts";
import { readLink } from "./links.ts";
import type { SelectionRule } from "./selection.ts";
import { chainOf } from "./session.ts";
import {
  AuthError,
  type Credentials,
  type Entry,
  flagAt,
  type Location,
  type Outlook,
  textAt,
} from "./types.ts";
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
  /** Stable word for what it would do now. */
  step: Outlook["step"];
  /** The same for people. */
  action: string;
  /** Hosts it would talk to for that. */
  hosts: string[];
}

export interface Explanation {
  identity: string;
  rule: SelectionRule;
  /** Where the rule stands, for a default marker. */
  ruleAt: Location | undefined;
  realm: { value: string; source: string };
  chain: ExplainedLink[];
  environment: { set: Record<string, string>; unset: string[] };
  integrations: ExplainedIntegration[];
  /** Every host that links and integrations would talk to, sorted. */
  hosts: string[];
}

/** An integration bound to the identity or to the root of its chain. */
export interface ExplainedIntegration {
  name: string;
  kind: string;
  /** Runs by itself after a login. */
  automatic: boolean;
  /** This build has the kind. */
  available: boolean;
  /** It would run now: new credentials, or what it makes is missing. */
  runs: boolean;
  hosts: string[];
  /** Why it cannot be told. */
  problem?: string;
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
  const fresh = links.at(-1)!.step !== "reuse";
  const integrations: ExplainedIntegration[] = [];
  for (const entry of linkedEntries(core, chain, "identity")) {
    integrations.push(await explainIntegration(core, chain, entry, fresh));
  }
  const asked = [...links, ...integrations.filter(({ runs }) => runs)];
  return {
    identity: target.name,
    rule,
    ruleAt: rule === "default" ? target.at("default") : undefined,
    realm: { value: realm.value, source: realm.value === "" ? "" : realm.source },
    chain: links,
    environment: await childEnvironment(core, chain, modeFor(core, "silent"), credentials),
    integrations,
    hosts: [...new Set(asked.flatMap(({ hosts }) => hosts))].sort(),
  };
}

async function explainIntegration(
  core: Core,
  chain: Chain,
  entry: Entry,
  fresh: boolean,
): Promise<ExplainedIntegration> {
  const row = integrationKinds[entry.kind];
  const out: ExplainedIntegration = {
    name: entry.name,
    kind: entry.kind,
    automatic: flagAt(entry.values, "spec", "auto_provision") !== false,
    available: row !== undefined,
    runs: false,
    hosts: [],
  };
  if (!row) return out;
  try {
    const { integration, cx } = await loadIntegration(core, entry, chain, modeFor(core, "silent"));
    out.runs = out.automatic && (fresh || !await integration.artifactsPresent(cx));
    const at = { entries: chain.entries, env: core.deps.env };
    out.hosts = plain((await row.load()).hosts(entry, at));
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    out.problem = error.message;
  }
  return out;
}

/** Hosts as people know them: no scheme, sorted, once. */
function plain(hosts: string[]): string[] {
  return [...new Set(hosts.map((host) => host.replace(/^https?:\/\//, "")))].sort();
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
    step: "obtain",
    action: "",
    hosts: [],
  };
  const actsAs = roleOf(entry);
  if (actsAs !== undefined) link.acts_as = actsAs;
  if (isProvider ? chain.providerRow?.ambientRoot : identityRow(entry)?.ambient) {
    return {
      link: {
        ...link,
        state: "ambient",
        step: "ambient",
        action: "take what the surroundings offer",
        hosts: isProvider ? await hostsOf(core, chain, index) : [],
      },
    };
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
  const outlook = reached
    ? { step: "skip" as const, text: "nothing: a later link has what is needed" }
    : state === "valid"
    ? { step: "reuse" as const, text: "reuse what is stored" }
    : await outlookOf(core, chain, index);
  link.step = outlook.step;
  link.action = outlook.text;
  if (!["skip", "reuse"].includes(link.step)) link.hosts = await hostsOf(core, chain, index);
  return loaded ? { link, found: loaded.credentials } : { link };
}

/** The word of the kind itself, else what its row says. */
async function outlookOf(core: Core, chain: Chain, index: number): Promise<Outlook> {
  const entry = chain.entries[index]!;
  const isProvider = index === 0 && chain.rootIsProvider;
  // as `exec` would behave here, though nothing is authenticated
  const cx = contextFor(core, chain, index, modeFor(core, "use"));
  const kind = isProvider
    ? await loadProvider(core, entry)
    : await loadIdentity(core, chain, index);
  if (kind.outlook) return await kind.outlook(cx);
  const asks = isProvider ? chain.providerRow?.asks : identityRow(entry)?.asks;
  if (asks !== undefined) return { step: "ask", text: asks };
  return {
    step: "obtain",
    text: isProvider ? "sign in without asking" : "obtain new credentials without asking",
  };
}

async function hostsOf(core: Core, chain: Chain, index: number): Promise<string[]> {
  const entry = chain.entries[index]!;
  const { env } = core.deps;
  if (index === 0 && chain.rootIsProvider) {
    const def = await chain.providerRow?.load();
    return plain(def?.hosts(entry, core.config, env) ?? []);
  }
  const def = await identityRow(entry)?.load();
  return plain(def?.hosts(entry, { entries: chain.entries, env }) ?? []);
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
