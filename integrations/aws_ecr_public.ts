import { AuthError, type Entry, type IntegrationDef, textAt } from "../lib/core/types.ts";
import { configuredRegion } from "../providers/aws.ts";
import { allowedHost, partitionOf } from "../providers/aws_endpoints.ts";
import { removeLogins } from "./aws_ecr.ts";
import { dockerConfigDir, loginPresent, storeLogins } from "./docker_config.ts";
import {
  ecrEndpoint,
  ecrPublicLogin,
  loginMessage,
  publicRegion,
  publicRegistry,
  requireAwsKeys,
} from "./aws_ecr_login.ts";

function checkRegion(entry: Entry): void {
  const region = textAt(entry.values, "spec", "registry", "region");
  if (region === undefined || region === "us-east-1" || region === "us-west-2") return;
  throw new AuthError({
    code: "integration_failed",
    message:
      `invalid ECR Public region: only us-east-1 and us-west-2 are supported, integration '${entry.name}' has "${region}"`,
  });
}

/** Kind `aws/ecr-public`: a docker login for public.ecr.aws (04 §11.2). */
const definition: IntegrationDef = {
  kind: "aws/ecr-public",
  role: "integration",
  hosts: (_entry, { entries, env }) => {
    const owners = { identity: entries.at(-1), root: entries[0] };
    return [allowedHost(ecrEndpoint("ecr-public", publicRegion, owners, env))];
  },
  create: (entry) => ({
    async run(credentials, cx) {
      checkRegion(entry);
      const region = configuredRegion(cx);
      if (region && partitionOf(region).name !== "aws") {
        throw new AuthError({
          code: "integration_failed",
          message:
            `ECR Public authentication failed: ${publicRegistry} exists in the partition aws alone, identity "${cx.name}" is in ${
              partitionOf(region).name
            }`,
        });
      }
      const keys = requireAwsKeys(credentials, entry.name);
      const login = await ecrPublicLogin({ cx, credentials: keys });
      const notes = await storeLogins(cx.deps, [login]);
      return { messages: [...notes, loginMessage("ECR Public login", login, cx.deps.clock.now())] };
    },
    env: (cx) => ({ unset: [], set: { DOCKER_CONFIG: dockerConfigDir(cx.deps) } }),
    cleanup: (cx) => removeLogins(cx.deps, [publicRegistry]),
    artifactsPresent: (cx) => Promise.resolve(loginPresent(cx.deps, publicRegistry)),
    dedupeKey: () => entry.kind,
    outputs: (cx) => [dockerConfigDir(cx.deps)],
  }),
  async adHocLogin(_hosts, cx, credentials) {
    const keys = requireAwsKeys(await credentials(), "--public");
    cx.deps.http.allow(allowedHost(ecrEndpoint("ecr-public", publicRegion, {}, cx.deps.env)));
    const login = await ecrPublicLogin({ cx, credentials: keys });
    const notes = await storeLogins(cx.deps, [login]);
    return [...notes, loginMessage("ECR Public login", login, cx.deps.clock.now())];
  },
};

export default definition;
