import { identityKinds, providerKinds } from "../../providers/registry.ts";
import {
  type AuthConfig,
  AuthError,
  type Entry,
  type IdentityRow,
  type ProviderRow,
  storageName,
  textAt,
} from "./types.ts";

/** Ordered names `[root, link1, …, target]` with their entries (03 §1.1, §2). */
export interface Chain {
  names: string[];
  entries: Entry[];
  /** The root element is a provider; otherwise a standalone identity. */
  rootIsProvider: boolean;
  /** Provider name as shown by whoami. */
  shownProvider: string;
  /** Root used in paths, locks and logout: provider name, `aws-user`, or the identity's own name. */
  rootName: string;
  /** Nothing below this root is ever stored (03 §3.5). */
  ambient: boolean;
  providerRow?: ProviderRow;
}

const DEPTH_LIMIT = 16;

/** Row of an identity's kind, undefined when this build has no such kind. */
export function identityRow(entry: Entry): IdentityRow | undefined {
  return identityKinds[entry.kind];
}

/** Text by which a chain is known in caches: realm and all names (03 Traps 4). */
export function chainKey(realm: string, chain: Chain): string {
  return `${realm}:${chain.names.map(storageName).join("->")}`;
}

/**
 * Builds the chain of an identity iteratively, with a visited set over storage names and a depth
 * limit of 16. Throws `invalid auth config`, `circular dependency detected in identity chain`.
 */
export function buildChain(config: AuthConfig, target: Entry): Chain {
  const entries: Entry[] = [target];
  const visited = new Set([storageName(target.name)]);
  let here = target;
  while (true) {
    const provider = textAt(here.values, "via", "provider");
    const parent = textAt(here.values, "via", "identity");
    const row = identityRow(here);
    if (row?.standalone === "required") return standalone(entries);
    if (provider !== undefined && parent !== undefined) {
      throw invalid(
        here,
        "via.provider and via.identity are mutually exclusive; only one can be set",
      );
    }
    if (provider !== undefined) {
      const root = config.findProvider(provider);
      if (!root) {
        throw invalid(
          here,
          `invalid auth config: referenced provider "${provider}" does not exist`,
        );
      }
      return fromProvider(root, entries);
    }
    if (parent === undefined) {
      if (row?.standalone === "allowed") return standalone(entries);
      if (here.values.via !== undefined) {
        throw new AuthError({
          code: "invalid_auth_config",
          message: `identity "${here.name}" has an invalid via: set provider or identity`,
          explanation: where(here),
        });
      }
      throw new AuthError({
        code: "invalid_auth_config",
        message: `identity "${here.name}" has no via configuration`,
        explanation: where(here),
        hints: ["Set `via.provider` or `via.identity`"],
      });
    }
    const next = config.findIdentity(parent);
    if (!next) {
      throw invalid(here, `invalid auth config: referenced identity "${parent}" does not exist`);
    }
    entries.unshift(next);
    const key = storageName(next.name);
    if (visited.has(key)) throw cycle(entries);
    visited.add(key);
    if (entries.length > DEPTH_LIMIT) {
      throw new AuthError({
        code: "invalid_auth_config",
        message:
          `invalid auth config: the chain of identity "${target.name}" has more than ${DEPTH_LIMIT} links`,
        explanation: where(target),
      });
    }
    here = next;
  }
}

function fromProvider(root: Entry, links: Entry[]): Chain {
  const row = providerKinds[root.kind];
  return {
    names: [root.name, ...links.map((e) => e.name)],
    entries: [root, ...links],
    rootIsProvider: true,
    shownProvider: root.name,
    rootName: root.name,
    ambient: row?.ambientRoot === true,
    providerRow: row,
  };
}

function standalone(links: Entry[]): Chain {
  const root = links[0]!;
  const row = identityRow(root);
  return {
    names: links.map((e) => e.name),
    entries: links,
    rootIsProvider: false,
    shownProvider: row?.shownProvider ?? root.name,
    rootName: row?.rootPath ?? root.name,
    ambient: row?.ambient === true,
  };
}

/** A chain of a provider alone, for provider logins and provider-bound integrations. */
export function providerChain(provider: Entry): Chain {
  return fromProvider(provider, []);
}

function where(entry: Entry): string | undefined {
  const at = entry.at();
  return at ? `It is declared at ${at.file}:${at.line}.` : undefined;
}

function invalid(entry: Entry, message: string): AuthError {
  return new AuthError({
    code: "invalid_auth_config",
    message: `invalid auth config: identity "${entry.name}" validation failed: ${message}`,
    explanation: where(entry),
  });
}

function cycle(entries: Entry[]): AuthError {
  const names = entries.map((e) => e.name);
  // entries run from the repeated one down to the target; show the walk from target upwards
  const walk = names.slice().reverse();
  const start = walk.findIndex((n) => storageName(n) === storageName(names[0]!));
  return new AuthError({
    code: "circular_dependency",
    message: `circular dependency detected in identity chain: ${walk.slice(start).join(" -> ")}`,
    explanation: where(entries[0]!),
    hints: ["Run `atmos-auth validate` for all findings"],
  });
}
