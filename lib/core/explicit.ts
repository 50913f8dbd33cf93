/** Running integrations by name or by identity, for the explicit commands of 02 §8. */
import { integrationKinds } from "../../integrations/registry.ts";
import { type Chain, providerChain } from "./chain.ts";
import { type Core, modeFor } from "./core.ts";
import { linkedEntries, loadIntegration, runExplicit } from "./integrations.ts";
import { authenticateProvider, cachedOrAuthenticate, chainOf } from "./session.ts";
import {
  AuthError,
  type Cloud,
  type Credentials,
  type Entry,
  type IntegrationRow,
  textAt,
} from "./types.ts";

/** The integration of a name, of one of the kinds; throws `integration_not_found`. */
export function requireIntegration(
  core: Core,
  name: string,
  kinds: (kind: string) => boolean,
): Entry {
  const entry = core.config.integrations.get(name);
  if (!entry) {
    const known = core.config.integrations.all().filter((e) => kinds(e.kind)).map((e) => e.name);
    throw new AuthError({
      code: "integration_not_found",
      message: `integration not found: ${name}`,
      explanation: known.length > 0
        ? `Configured: ${known.join(", ")}`
        : "No integration of this kind is configured.",
    });
  }
  if (!kinds(entry.kind)) {
    throw new AuthError({
      code: "integration_not_found",
      message: `integration not found: ${name} has kind "${entry.kind}"`,
    });
  }
  return entry;
}

/** Test for the kinds of one cloud that make one sort of thing, e.g. AWS registry logins. */
export function kindsThatMake(
  makes: IntegrationRow["makes"],
  cloud: Cloud,
): (kind: string) => boolean {
  return (kind) => {
    const row = integrationKinds[kind];
    return row !== undefined && row.makes === makes && row.cloud === cloud;
  };
}

/** Runs integrations of an identity; throws `no_linked_integrations` when it has none of the sort. */
export async function runForIdentity(
  core: Core,
  identity: Entry,
  kinds: (kind: string) => boolean,
): Promise<void> {
  const mode = modeFor(core, "use");
  const chain = chainOf(core, identity);
  const entries = linkedEntries(core, chain, "identity").filter((e) => kinds(e.kind));
  if (entries.length === 0) {
    throw new AuthError({
      code: "no_linked_integrations",
      message: `identity has no linked integrations: ${identity.name}`,
      hints: ["Add an integration with `via.identity` of this identity"],
    });
  }
  const { credentials } = await cachedOrAuthenticate(core, identity, mode);
  await runEntries(core, entries, chain, credentials);
}

/** Runs one integration with the identity or provider it is bound to. */
export async function runByName(core: Core, entry: Entry): Promise<void> {
  const { chain, credentials } = await credentialsFor(core, entry);
  await runEntries(core, [entry], chain, credentials);
}

/** Chain and credentials of what an integration is bound to (03 §3.7: provider-bound ones too). */
export async function credentialsFor(
  core: Core,
  entry: Entry,
): Promise<{ chain: Chain; credentials: Credentials | null }> {
  const mode = modeFor(core, "use");
  const identity = textAt(entry.values, "via", "identity");
  const provider = textAt(entry.values, "via", "provider");
  if (identity !== undefined && provider !== undefined) {
    throw misbound("integration must define exactly one of via.identity or via.provider", entry);
  }
  if (identity !== undefined) {
    const found = core.config.findIdentity(identity);
    if (!found) throw misbound(`referenced identity "${identity}" does not exist`, entry);
    const session = await cachedOrAuthenticate(core, found, mode);
    return { chain: session.chain, credentials: session.credentials };
  }
  if (provider === undefined) {
    throw misbound("integration must define via.identity or via.provider", entry);
  }
  const found = core.config.findProvider(provider);
  if (!found) throw misbound(`referenced provider "${provider}" does not exist`, entry);
  const { credentials } = await authenticateProvider(core, found, mode);
  return { chain: providerChain(found), credentials };
}

function misbound(reason: string, entry: Entry): AuthError {
  const at = entry.at("via") ?? entry.at();
  return new AuthError({
    code: "integration_failed",
    message: reason,
    explanation: `Integration ${entry.name}${at ? ` (${at.file}:${at.line})` : ""}`,
  });
}

async function runEntries(
  core: Core,
  entries: Entry[],
  chain: Chain,
  credentials: Credentials | null,
): Promise<void> {
  if (credentials === null) {
    throw new AuthError({
      code: "integration_failed",
      message: `credentials not available for identity: ${chain.names.at(-1)}`,
    });
  }
  const mode = modeFor(core, "use");
  const jobs = [];
  for (const entry of entries) jobs.push(await loadIntegration(core, entry, chain, mode));
  await runExplicit(core, jobs, credentials);
}
