import {
  AuthError,
  type Entry,
  type IntegrationDef,
  type Report,
  textAt,
} from "../lib/core/types.ts";
import { allowedHost } from "../providers/aws_endpoints.ts";
import { dockerConfigDir, loginPresent, removeLogin, storeLogins } from "./docker_config.ts";
import {
  ecrEndpoint,
  ecrLogin,
  ecrRegistries,
  loginMessage,
  parseRegistry,
  requireAwsKeys,
} from "./aws_ecr_login.ts";

interface Registry {
  account: string;
  region: string;
}

/** `spec.registry` with the exact refusals of 04 §11.1; an account that lost its leading zeros gets them back. */
function registryOf(entry: Entry): Registry {
  const refuse = (what: string) =>
    new AuthError({
      code: "integration_failed",
      message: `integration execution failed: integration '${entry.name}' has no ${what}`,
    });
  if (entry.values.spec === undefined || !hasRegistry(entry)) {
    throw refuse("registry configured (spec.registry is required for aws/ecr)");
  }
  const account = textAt(entry.values, "spec", "registry", "account_id");
  if (!account) throw refuse("account_id configured");
  const region = textAt(entry.values, "spec", "registry", "region");
  if (!region) throw refuse("region configured");
  return { account: account.padStart(12, "0"), region };
}

function hasRegistry(entry: Entry): boolean {
  const spec = entry.values.spec as Record<string, unknown> | undefined;
  return spec !== undefined && typeof spec.registry === "object" && spec.registry !== null;
}

/** Kind `aws/ecr`: a docker login for one private registry (04 §11.1). */
const definition: IntegrationDef = {
  kind: "aws/ecr",
  role: "integration",
  hosts: (entry, { entries, env }) => {
    const region = textAt(entry.values, "spec", "registry", "region");
    if (!region) return [];
    const owners = { identity: entries.at(-1), root: entries[0] };
    return [allowedHost(ecrEndpoint("ecr", region, owners, env))];
  },
  create: (entry) => ({
    async run(credentials, cx) {
      const registry = registryOf(entry);
      const logins = await ecrLogin({
        cx,
        credentials: requireAwsKeys(credentials, entry.name),
        ...registry,
      });
      const notes = await storeLogins(cx.deps, logins);
      const now = cx.deps.clock.now();
      return { messages: [...notes, ...logins.map((l) => loginMessage("ECR login", l, now))] };
    },
    env: (cx) => ({ unset: [], set: { DOCKER_CONFIG: dockerConfigDir(cx.deps) } }),
    async cleanup(cx) {
      const { account, region } = registryOf(entry);
      return await removeLogins(cx.deps, ecrRegistries(account, region, true));
    },
    async artifactsPresent(cx) {
      const { account, region } = registryOf(entry);
      return loginPresent(cx.deps, ecrRegistries(account, region, false)[0]!);
    },
    dedupeKey: () => {
      const { account, region } = registryOf(entry);
      return `${entry.kind}:${account}:${region}`;
    },
    outputs: (cx) => [dockerConfigDir(cx.deps)],
  }),
  async adHocLogin(hosts, cx, credentials) {
    const wanted = hosts.map(parseRegistry);
    const keys = requireAwsKeys(await credentials(), "--registry");
    const logins = [];
    for (const { registry, account, region } of wanted) {
      cx.deps.http.allow(allowedHost(ecrEndpoint("ecr", region, {}, cx.deps.env)));
      logins.push(
        ...await ecrLogin({ cx, credentials: keys, account, region, registries: [registry] }),
      );
    }
    const notes = await storeLogins(cx.deps, logins);
    const now = cx.deps.clock.now();
    return [...notes, ...logins.map((login) => loginMessage("ECR login", login, now))];
  },
};

export default definition;

/** Removes docker logins and reports them. */
export async function removeLogins(
  deps: Parameters<typeof removeLogin>[0],
  registries: string[],
): Promise<Report> {
  const report: Report = { removed: [], missing: [], failed: [], notes: [] };
  for (const registry of registries) {
    try {
      (await removeLogin(deps, registry) ? report.removed : report.missing).push(
        `Docker login: ${registry}`,
      );
    } catch (error) {
      report.failed.push({
        what: `Docker login: ${registry}`,
        where: dockerConfigDir(deps),
        reason: (error as Error).message,
        secret: loginPresent(deps, registry),
      });
    }
  }
  return report;
}
