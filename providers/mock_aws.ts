import {
  type AwsCredentials,
  type IdentityDef,
  type ProviderDef,
  Secret,
} from "../lib/core/types.ts";
import {
  awsClusterToken,
  awsPathRefs,
  awsProviderPathRefs,
  forgetAws,
  loadAws,
  logoutAws,
  logoutAwsProvider,
  materializeAws,
} from "./aws.ts";
import { mockExpiration, mockRegion } from "./mock.ts";

function credentials(key: string, secret: string, token: string): AwsCredentials {
  return {
    type: "aws",
    access_key_id: key,
    secret_access_key: new Secret(secret),
    session_token: new Secret(token),
    region: mockRegion,
    expiration: mockExpiration,
  };
}

/** Kind `mock/aws` as a provider: constants, no network (03 §3.12). */
export const provider: ProviderDef = {
  kind: "mock/aws",
  role: "provider",
  hosts: () => [],
  create: () => ({
    authenticate: () =>
      Promise.resolve(
        credentials("MOCK_ACCESS_KEY_ID", "MOCK_SECRET_ACCESS_KEY", "MOCK_SESSION_TOKEN"),
      ),
    logout: logoutAwsProvider,
    paths: awsProviderPathRefs,
  }),
};

const account = "123456789012";

/**
 * Kind `mock/aws` as an identity: deterministic AWS credentials in real files, so that everything
 * from login to logout can be tried without an account. Its variables point at fixed paths (03 §3.12).
 */
export const identity: IdentityDef = {
  kind: "mock/aws",
  role: "identity",
  hosts: () => [],
  create: () => ({
    authenticate: (_input, cx) =>
      Promise.resolve(
        credentials(`MOCK_KEY_${cx.name}`, `MOCK_SECRET_${cx.name}`, `MOCK_TOKEN_${cx.name}`),
      ),
    load: async (cx) => {
      const loaded = await loadAws(cx);
      if (loaded?.credentials.type === "aws") loaded.credentials.region = mockRegion;
      return loaded;
    },
    materialize: materializeAws,
    forget: forgetAws,
    env: (cx) => ({
      unset: [],
      set: {
        AWS_SHARED_CREDENTIALS_FILE: "/tmp/mock-credentials",
        AWS_CONFIG_FILE: "/tmp/mock-config",
        AWS_PROFILE: cx.name,
        AWS_REGION: mockRegion,
        AWS_DEFAULT_REGION: mockRegion,
        MOCK_IDENTITY: cx.name,
      },
    }),
    paths: awsPathRefs,
    verify: () =>
      Promise.resolve({
        state: "valid",
        principal: `arn:aws:iam::${account}:user/mock-user`,
        account,
      }),
    clusterToken: awsClusterToken,
    region: () => mockRegion,
    logout: logoutAws,
  }),
};
