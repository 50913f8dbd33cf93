import {
  emptyReport,
  type EnvDelta,
  type IdentityDef,
  type KindContext,
  type MockCredentials,
  type ProviderDef,
  Secret,
} from "../lib/core/types.ts";

/** When the credentials of the mock kinds run out (03 §3.12). */
export const mockExpiration = "2099-12-31T23:59:59Z";
export const mockRegion = "us-east-1";

function credentials(key: string, secret: string, token: string): MockCredentials {
  return {
    type: "mock",
    AccessKeyID: key,
    SecretAccessKey: new Secret(secret),
    SessionToken: new Secret(token),
    Region: mockRegion,
    Expiration: mockExpiration,
  };
}

function environment(cx: KindContext, purpose: "export" | "child"): EnvDelta {
  const set: Record<string, string> = { MOCK_IDENTITY: cx.name, ATMOS_IDENTITY: cx.name };
  if (purpose === "child") {
    set.AWS_REGION = mockRegion;
    set.AWS_DEFAULT_REGION = mockRegion;
  }
  return { unset: [], set };
}

/** Kind `mock` as a provider: constants, no network, no files (03 §3.12). */
export const provider: ProviderDef = {
  kind: "mock",
  role: "provider",
  hosts: () => [],
  create: () => ({
    authenticate: () =>
      Promise.resolve(
        credentials("MOCK_ACCESS_KEY_ID", "MOCK_SECRET_ACCESS_KEY", "MOCK_SESSION_TOKEN"),
      ),
    logout: () => Promise.resolve(emptyReport()),
    paths: () => [],
  }),
};

/** Kind `mock` as an identity: constants that carry its name, kept in the keyring alone (03 §3.12). */
export const identity: IdentityDef = {
  kind: "mock",
  role: "identity",
  hosts: () => [],
  create: () => ({
    authenticate: (_input, cx) =>
      Promise.resolve(
        credentials(`MOCK_KEY_${cx.name}`, `MOCK_SECRET_${cx.name}`, `MOCK_TOKEN_${cx.name}`),
      ),
    load: () => Promise.resolve(undefined),
    materialize: () => Promise.resolve({}),
    forget: () => Promise.resolve(),
    env: environment,
    paths: () => [],
    region: () => mockRegion,
    logout: () => Promise.resolve(emptyReport()),
  }),
};
