/** Writing a kubeconfig entry on demand (02 §8.3). */
import { integrationKinds } from "../../integrations/registry.ts";
import { expandHome, isAbsolute, join } from "../store/paths.ts";
import { contextFor, type Core, modeFor } from "./core.ts";
import { credentialsFor } from "./explicit.ts";
import { cachedOrAuthenticate, chainOf } from "./session.ts";
import {
  AuthError,
  type Cloud,
  type ClusterEntryResult,
  type Credentials,
  textAt,
} from "./types.ts";

export interface WriteRequest {
  /** Names of configured things; one of the two. */
  integration?: string;
  identity?: string;
  name?: string;
  region?: string;
  alias?: string;
  roleArn?: string;
  path?: string;
  dryRun: boolean;
  cloud?: Cloud;
}

/** Writes or prints the entry; see `aws eks update-kubeconfig`. */
export async function writeClusterEntry(
  core: Core,
  request: WriteRequest,
): Promise<ClusterEntryResult> {
  const { env } = core.deps;
  const integration = request.integration === undefined
    ? undefined
    : core.config.integrations.get(request.integration);
  const cloud = request.cloud ?? "aws";
  const row = integration
    ? integrationKinds[integration.kind]
    : Object.values(integrationKinds).find((r) => r.makes === "kubeconfig" && r.cloud === cloud);
  const write = (await row?.load())?.writeEntry;
  if (!write) {
    throw new AuthError({
      code: "kind_not_available",
      message: "kubeconfig entries of this kind are not available in this build",
    });
  }
  const bound = integration
    ? await credentialsFor(core, integration)
    : await identityCredentials(core, request.identity!);
  const { chain } = bound;
  const identity = integration ? textAt(integration.values, "via", "identity") : request.identity;
  const cx = contextFor(core, chain, chain.names.length - 1, modeFor(core, "use"));
  const path = request.path === undefined ? undefined : expandHome(env, request.path);
  return await write(
    {
      ...request,
      integration,
      identity: identity === undefined ? undefined : chain.names.at(-1),
      path: path === undefined || isAbsolute(env, path) ? path : join(env, env.cwd(), path),
    },
    cx,
    (): Promise<Credentials> => {
      if (bound.credentials) return Promise.resolve(bound.credentials);
      throw new AuthError({
        code: "no_credentials",
        message: `credentials not available for identity: ${chain.names.at(-1)}`,
      });
    },
  );
}

async function identityCredentials(core: Core, name: string) {
  const entry = core.config.findIdentity(name)!;
  const session = await cachedOrAuthenticate(core, entry, modeFor(core, "use"));
  return { chain: chainOf(core, entry), credentials: session.credentials };
}
