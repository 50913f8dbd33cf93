import type { IdentityRow, ProviderRow } from "../lib/core/types.ts";

/** Provider kinds that this program can use. Adding one = one file + one line here + its schema rows + its page. */
export const providerKinds: Record<string, ProviderRow> = {
  "aws/iam-identity-center": {
    load: async () => (await import("./aws_sso.ts")).default,
    cloud: "aws",
    keyringSession: true,
    asks: "open a browser or show a code",
  },
  "aws/saml": {
    load: async () => (await import("./aws_saml.ts")).default,
    cloud: "aws",
    asks: "ask for the sign-in of the identity provider",
  },
  "github/oidc": {
    load: async () => (await import("./github_oidc.ts")).default,
    cloud: "github",
    ambientRoot: true,
  },
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
  "ambient": {
    load: async () => (await import("./ambient.ts")).default,
    cloud: "none",
    standalone: "required",
    shownProvider: "ambient",
    ambient: true,
  },
  "aws/ambient": {
    load: async () => (await import("./aws_ambient.ts")).default,
    cloud: "aws",
    standalone: "required",
    shownProvider: "aws-ambient",
    ambient: true,
  },
  "aws/assume-role": {
    load: async () => (await import("./aws_assume_role.ts")).default,
    cloud: "aws",
  },
  "aws/assume-root": {
    load: async () => (await import("./aws_assume_root.ts")).default,
    cloud: "aws",
  },
  "aws/emulator": {
    load: async () => (await import("./emulator.ts")).emulatorKind("aws/emulator"),
    cloud: "aws",
    standalone: "required",
  },
  "aws/permission-set": {
    load: async () => (await import("./aws_permission_set.ts")).default,
    cloud: "aws",
  },
  "aws/user": {
    load: async () => (await import("./aws_user.ts")).default,
    cloud: "aws",
    standalone: "required",
    shownProvider: "aws-user",
    rootPath: "aws-user",
    longLived: true,
    asks: "ask for an MFA code where a device is set",
  },
  "azure/emulator": {
    load: async () => (await import("./emulator.ts")).emulatorKind("azure/emulator"),
    cloud: "azure",
    standalone: "required",
  },
  "gcp/emulator": {
    load: async () => (await import("./emulator.ts")).emulatorKind("gcp/emulator"),
    cloud: "gcp",
    standalone: "required",
  },
  "kubernetes/emulator": {
    load: async () => (await import("./emulator.ts")).emulatorKind("kubernetes/emulator"),
    cloud: "kubernetes",
    standalone: "required",
  },
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

/** Names of pages that `console --destination` understands, over all clouds. */
export async function destinationAliases(): Promise<string[]> {
  const { destinationAliases: aws } = await import("./aws_console_destinations.ts");
  return aws();
}
