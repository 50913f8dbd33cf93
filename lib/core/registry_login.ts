/** Registry logins without configuration, with the credentials that the environment holds (02 §8.1). */
import { integrationKinds } from "../../integrations/registry.ts";
import { identityKinds } from "../../providers/registry.ts";
import type { Chain } from "./chain.ts";
import { contextFor, type Core, loadIdentity, modeFor } from "./core.ts";
import { AuthError, type Cloud, type Credentials, type Entry } from "./types.ts";

/** Logs in to hosts, or to the public registry; returns messages. */
export async function ambientRegistryLogin(
  core: Core,
  request: { public: boolean; hosts: string[]; cloud?: Cloud },
): Promise<string[]> {
  const cloud = request.cloud ?? "aws";
  const row = Object.values(integrationKinds).find((r) =>
    r.makes === "registry-login" && r.cloud === cloud && (r.public === true) === request.public
  );
  const login = (await row?.load())?.adHocLogin;
  const chain = ambientChain(cloud);
  if (!login || !chain) {
    throw new AuthError({
      code: "kind_not_available",
      message: "logins with ambient credentials are not available in this build",
    });
  }
  const mode = modeFor(core, "silent");
  const cx = contextFor(core, chain, 0, mode);
  return await login(request.hosts, cx, async (): Promise<Credentials> => {
    const kind = await loadIdentity(core, chain, 0);
    const credentials = await kind.authenticate(null, cx);
    if (credentials) return credentials;
    throw new AuthError({
      code: "no_credentials",
      message: "credentials not available: the environment holds none",
      hints: ["Run the command through `atmos-auth exec`, or name an integration or `--identity`"],
    });
  });
}

/** A chain of the ambient identity kind of a cloud, which stands in no file. */
export function ambientChain(cloud: Cloud): Chain | undefined {
  const found = Object.entries(identityKinds).find(([, row]) => row.ambient && row.cloud === cloud);
  if (!found) return undefined;
  const entry: Entry = {
    section: "identities",
    name: "ambient",
    kind: found[0],
    values: {},
    at: () => undefined,
    check: () => [],
  };
  return {
    names: [entry.name],
    entries: [entry],
    rootIsProvider: false,
    shownProvider: found[1].shownProvider ?? entry.name,
    rootName: entry.name,
    ambient: true,
  };
}
