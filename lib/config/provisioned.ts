/** Identities that a provider found at login, read back beneath the user's files (01 §1.9). */
import { AuthError } from "../core/types.ts";
import type { Finding } from "../core/types.ts";
import { provisionedCandidates } from "../store/paths.ts";
import { isNull } from "./node.ts";
import type { MapNode, Node } from "./node.ts";
import { readConfigFile } from "./read.ts";
import type { ReadDeps } from "./read.ts";
import type { SourceEntry } from "./reader.ts";

interface ProvisionedRequest {
  deps: ReadDeps;
  /** Providers of the merged configuration. */
  providers: string[];
  /** The realm in force; asked for only when a file names one. */
  realm: () => Promise<string>;
  told: { sources: SourceEntry[]; findings: Finding[] };
}

/** Layers in the order of provider names. A broken file is told as a warning and skipped. */
export async function readProvisioned(request: ProvisionedRequest): Promise<MapNode[]> {
  const { deps, told } = request;
  const { env, files } = deps;
  const home = env.home() ?? env.nonEmpty("ATMOS_XDG_CACHE_HOME") ?? env.nonEmpty("XDG_CACHE_HOME");
  if (home === undefined) return [];
  const layers: MapNode[] = [];
  for (const provider of [...request.providers].sort()) {
    const path = provisionedCandidates(env, provider).find((file) => files.stat(file)?.isFile);
    if (path === undefined) continue;
    const what = "provisioned";
    try {
      const { root, tagged } = readConfigFile(deps, path, { kind: "provisioned" });
      const why = tagged
        ? "functions are not allowed here"
        : await reasonToSkip(request, provider, root);
      if (why !== undefined) told.sources.push({ name: path, what, state: "skipped", why });
      else {
        layers.push(...identitiesOf(root!, request.providers));
        told.sources.push({ name: path, what, state: "loaded" });
      }
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      told.sources.push({ name: path, what, state: "failed", why: error.message });
      told.findings.push({
        severity: "warning",
        code: "provisioned_unreadable",
        path: "auth.identities",
        message: `skipped provisioned identities: ${error.message}`,
      });
    }
  }
  return layers;
}

async function reasonToSkip(
  request: ProvisionedRequest,
  provider: string,
  root: Node | undefined,
): Promise<string | undefined> {
  const owner = scalar(root, "auth", "_metadata", "provider");
  if (owner !== undefined && owner.toLowerCase() !== provider.toLowerCase()) {
    return `it belongs to provider ${owner}`;
  }
  const realm = scalar(root, "auth", "_metadata", "realm");
  if (realm !== undefined && realm !== await request.realm()) return `it belongs to realm ${realm}`;
  return child(root, "auth", "identities")?.t === "map" ? undefined : "it holds no identities";
}

/** `auth.identities` alone, without entries of providers that are gone. */
function identitiesOf(root: Node, providers: string[]): MapNode[] {
  const known = new Set(providers.map((name) => name.toLowerCase()));
  const identities = child(root, "auth", "identities") as MapNode;
  const kept: MapNode = { ...identities, entries: new Map() };
  for (const [name, entry] of identities.entries) {
    const provider = scalar(entry.node, "provider") ?? scalar(entry.node, "via", "provider");
    if (provider !== undefined && !known.has(provider.toLowerCase())) continue;
    kept.entries.set(name, entry);
  }
  return [inside(inside(kept, "identities"), "auth")];
}

function inside(node: MapNode, key: string): MapNode {
  const { source, offset } = node;
  return {
    t: "map",
    entries: new Map([[key, { node, source, keyOffset: offset }]]),
    source,
    offset,
  };
}

function child(node: Node | undefined, ...path: string[]): Node | undefined {
  for (const key of path) node = node?.t === "map" ? node.entries.get(key)?.node : undefined;
  return node;
}

function scalar(node: Node | undefined, ...path: string[]): string | undefined {
  const found = child(node, ...path);
  return found?.t === "scalar" && !isNull(found) && found.text !== "" ? found.text : undefined;
}
