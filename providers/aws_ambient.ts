import {
  AuthError,
  type AwsCredentials,
  emptyReport,
  type IdentityDef,
  type KindContext,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import {
  awsClusterToken,
  callRegion,
  configuredRegion,
  regionVariables,
  shownRegion,
  verifyAws,
} from "./aws.ts";
import { stsHosts } from "./aws_assume_role.ts";

/**
 * Kind `aws/ambient`: whatever credentials the machine already has, in the order of the AWS SDKs
 * (04 §9.7). Nothing is stored, nothing is cleared.
 */
const definition: IdentityDef = {
  kind: "aws/ambient",
  role: "identity",
  hosts: (entry, { entries, env }) => stsHosts(entry, entries, env),
  create: () => ({
    authenticate: (_input, cx) => resolve(cx),
    load: () => Promise.resolve(undefined),
    materialize: () => Promise.resolve({}),
    forget: () => Promise.resolve(),
    env: (cx) => ({ unset: [], set: regionVariables(configuredRegion(cx)) }),
    paths: () => [],
    verify: verifyAws,
    clusterToken: awsClusterToken,
    console: async (credentials, cx, request) => {
      const { consoleLink } = await import("./aws_console.ts");
      return await consoleLink(credentials, cx, request);
    },
    region: shownRegion,
    logout: () => Promise.resolve(emptyReport()),
  }),
};
export default definition;

/** Resolves the ambient chain. Throws `ambient_credentials_missing`. */
async function resolve(cx: KindContext): Promise<AwsCredentials> {
  const { ambientCredentials } = await import("./aws_ambient_chain.ts");
  const source = textAt(cx.entries[cx.index]!.values, "principal", "source");
  let found;
  try {
    found = await ambientCredentials(cx, source);
  } catch (error) {
    if (error instanceof AuthError) throw error;
    throw new AuthError({
      code: "ambient_credentials_missing",
      message: `authentication failed: no AWS credentials found in the environment: ${
        (error as Error).message
      }`,
      hints: ["Set AWS_PROFILE or the AWS_* variables, or run where a role is attached"],
      cause: error,
    });
  }
  return {
    type: "aws",
    access_key_id: found.accessKeyId,
    secret_access_key: new Secret(found.secretAccessKey),
    ...(found.sessionToken ? { session_token: new Secret(found.sessionToken) } : {}),
    region: callRegion(cx),
    ...(found.expiration
      ? { expiration: found.expiration.toISOString().replace(/\.\d+Z$/, "Z") }
      : {}),
  };
}
