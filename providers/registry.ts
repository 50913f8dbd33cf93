import type { IdentityRow, ProviderRow } from "../lib/core/types.ts";

/** Provider kinds that this program can use. Adding one = one file + one line here + its schema rows + its page. */
export const providerKinds: Record<string, ProviderRow> = {
  "mock": {
    load: async () => (await import("./mock.ts")).provider,
    cloud: "none",
    keyringSession: true,
  },
  "mock/aws": {
    load: async () => (await import("./mock_aws.ts")).provider,
    cloud: "aws",
  },
};

/** Identity kinds that this program can use. */
export const identityKinds: Record<string, IdentityRow> = {
  "mock": {
    load: async () => (await import("./mock.ts")).identity,
    cloud: "none",
    standalone: "allowed",
    shownProvider: "mock",
    keyringSession: true,
  },
  "mock/aws": {
    load: async () => (await import("./mock_aws.ts")).identity,
    cloud: "aws",
    standalone: "allowed",
    shownProvider: "mock",
  },
};
