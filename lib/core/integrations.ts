import { integrationKinds } from "../../integrations/registry.ts";
import type { Chain } from "./chain.ts";
import { contextFor, type Core } from "./core.ts";
import { findingError } from "./check.ts";
import {
  AuthError,
  type Credentials,
  type Entry,
  flagAt,
  type Integration,
  type IntegrationContext,
  type Mode,
  textAt,
} from "./types.ts";

/** An integration ready to run. */
export interface Linked {
  entry: Entry;
  integration: Integration;
  cx: IntegrationContext;
}

/** Integrations bound to an identity of this name, or to the chain's root provider (03 §3.7), sorted by name. */
export function linkedEntries(core: Core, chain: Chain, target: "identity" | "provider"): Entry[] {
  const identity = target === "identity" ? chain.entries.at(-1)! : undefined;
  const provider = chain.rootIsProvider ? chain.entries[0]! : undefined;
  return core.config.integrations.all().filter((entry) => {
    const viaIdentity = textAt(entry.values, "via", "identity");
    const viaProvider = textAt(entry.values, "via", "provider");
    if (viaIdentity !== undefined) {
      return identity !== undefined && core.config.findIdentity(viaIdentity) === identity;
    }
    return viaProvider !== undefined && provider !== undefined &&
      core.config.findProvider(viaProvider) === provider;
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** `spec.auto_provision`, default true. */
function automatic(entry: Entry): boolean {
  return flagAt(entry.values, "spec", "auto_provision") !== false;
}

/** Checks an integration's entry and loads its kind. Throws `integration_failed`, `kind_not_available`. */
export async function loadIntegration(
  core: Core,
  entry: Entry,
  chain: Chain,
  mode: Mode,
): Promise<Linked> {
  const bad = entry.check().find((f) => f.severity === "error");
  if (bad) throw findingError(bad);
  const row = integrationKinds[entry.kind];
  if (!row) {
    throw new AuthError({
      code: "kind_not_available",
      message:
        `integration execution failed: integration "${entry.name}" has kind "${entry.kind}", which is not available in this build`,
    });
  }
  const def = await row.load();
  core.deps.http.allow(...def.hosts(entry, { entries: chain.entries, env: core.deps.env }));
  const boundTo = textAt(entry.values, "via", "identity") ??
    textAt(entry.values, "via", "provider");
  return {
    entry,
    integration: def.create(entry),
    cx: {
      ...contextFor(core, chain, chain.names.length - 1, mode),
      integration: entry,
      boundTo: boundTo ?? "",
    },
  };
}

/**
 * Runs integrations after a login or from cached credentials (03 §3.7). A failure is a warning that
 * names the integration; the login stays successful. `missing`: only those whose artefacts are absent.
 */
export async function runAutomatic(
  core: Core,
  at: {
    chain: Chain;
    credentials: Credentials | null;
    mode: Mode;
    target: "identity" | "provider";
  },
  which: "all" | "missing",
): Promise<void> {
  if (at.credentials === null) return;
  const credentials = at.credentials;
  const jobs: Linked[] = [];
  for (const entry of linkedEntries(core, at.chain, at.target).filter(automatic)) {
    try {
      const linked = await loadIntegration(core, entry, at.chain, at.mode);
      if (which === "missing" && await linked.integration.artifactsPresent(linked.cx)) continue;
      jobs.push(linked);
    } catch (error) {
      warnFailed(core, entry, error as Error);
    }
  }
  await inBatches(jobs, 4, async (linked) => {
    try {
      await runOnce(core, linked, credentials);
    } catch (error) {
      if (error instanceof AuthError && error.exit === 130) throw error;
      warnFailed(core, linked.entry, error as Error);
    }
  });
}

function warnFailed(core: Core, entry: Entry, error: Error): void {
  core.deps.terminal.warn(`Integration ${entry.name} failed: ${error.message}`);
}

/** Runs the given integrations for an explicit command: all of them, then every failure at once (03 §3.7). */
export async function runExplicit(
  core: Core,
  jobs: Linked[],
  credentials: Credentials,
): Promise<void> {
  const failures: AuthError[] = [];
  for (const linked of jobs) {
    try {
      await runOnce(core, linked, credentials);
    } catch (error) {
      if (error instanceof AuthError && error.exit === 130) throw error;
      failures.push(asIntegrationError(linked.entry, error as Error));
    }
  }
  if (failures.length === 0) return;
  if (failures.length === 1) throw failures[0];
  throw new AuthError({
    code: "integration_failed",
    message:
      `integration execution failed: ${failures.length} of ${jobs.length} integrations failed`,
    explanation: failures.map((f) => f.message).join("\n"),
    hints: failures.flatMap((f) => f.hints),
  });
}

function asIntegrationError(entry: Entry, error: Error): AuthError {
  if (error instanceof AuthError) return error;
  return new AuthError({
    code: "integration_failed",
    message: `integration execution failed: integration '${entry.name}': ${error.message}`,
    cause: error,
  });
}

/** Once per process and target; a failure evicts the key, so that a later call tries again. */
async function runOnce(core: Core, linked: Linked, credentials: Credentials): Promise<void> {
  const chain = linked.cx.chain.map((n) => n.toLowerCase()).join("->");
  const key = `${core.realm}:${chain}:${linked.integration.dedupeKey()}`;
  const before = core.integrationsRun.get(key);
  if (before) {
    await before;
    return;
  }
  const run = linked.integration.run(credentials, linked.cx).then(({ messages }) => {
    for (const message of messages) core.deps.terminal.notice(message);
  });
  core.integrationsRun.set(key, run);
  try {
    await run;
  } catch (error) {
    core.integrationsRun.delete(key);
    throw error;
  }
}

/** At most `limit` at a time; those that share an output file follow each other by their file locks. */
async function inBatches<T>(items: T[], limit: number, work: (item: T) => Promise<void>) {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const lanes = Array.from({ length: Math.min(limit, items.length) }, lane);
  for (const result of await Promise.allSettled(lanes)) {
    if (result.status === "rejected") throw result.reason;
  }
}

/** Environment that the integrations of a chain give to children, sorted by name. */
export async function integrationEnvironment(
  core: Core,
  chain: Chain,
  mode: Mode,
): Promise<{ integration: string; unset: string[]; set: Record<string, string> }[]> {
  if (core.config.integrations.size === 0) return [];
  const deltas = [];
  for (const entry of linkedEntries(core, chain, "identity")) {
    try {
      const { integration, cx } = await loadIntegration(core, entry, chain, mode);
      deltas.push({ integration: entry.name, ...integration.env(cx) });
    } catch (error) {
      warnFailed(core, entry, error as Error);
    }
  }
  return deltas;
}
