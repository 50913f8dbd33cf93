import { type ProviderDef, textAt } from "../lib/core/types.ts";
import { awsProviderPathRefs, regionVariables } from "./aws.ts";
import { allowedHost, endpointFor } from "./aws_endpoints.ts";
import { placeOf } from "./aws_sso_place.ts";

/**
 * Kind `aws/iam-identity-center`: signs in at the AWS access portal and yields its bearer token
 * (04 §6). The browser is used with an authorization code and PKCE where one can be opened, else
 * with a device code. What needs the network is loaded with the first call.
 */
const definition: ProviderDef = {
  kind: "aws/iam-identity-center",
  role: "provider",
  hosts: (entry, _config, env) => {
    const { region } = placeOf(entry);
    return (["sso-oidc", "sso"] as const)
      .map((service) => allowedHost(endpointFor(service, region, { root: entry }, env).url));
  },
  create: () => ({
    authenticate: async (cx) => await (await import("./aws_sso_login.ts")).signIn(cx),
    outlook: async (cx) => await (await import("./aws_sso_login.ts")).outlook(cx),
    provision: async (credentials, cx) => {
      const { provision } = await import("./aws_sso_provision.ts");
      return await provision(credentials, cx);
    },
    invalidate: async (cx) => await (await import("./aws_sso_login.ts")).invalidate(cx),
    logout: async (cx) => await (await import("./aws_sso_logout.ts")).logout(cx),
    env: (cx) => ({ unset: [], set: regionVariables(textAt(cx.entries[0]!.values, "region")) }),
    paths: awsProviderPathRefs,
  }),
};
export default definition;
