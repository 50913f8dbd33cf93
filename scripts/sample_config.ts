/** Configurations for the benchmark and the tests that measure. They fit the emulator's default world. */

/** Start URL of the emulator's directory. */
const startUrl = "https://acme.awsapps.com/start";

/**
 * Single sign-on, a permission set, a role and a role behind it: what a login walks through. The
 * endpoint is the emulator's address; the last role is the default identity.
 */
export function chainConfig(endpoint: string): string {
  return `auth:
  providers:
    company-sso:
      kind: aws/iam-identity-center
      start_url: ${startUrl}
      region: us-east-1
      spec:
        endpoint_url: ${endpoint}
  identities:
    dev-admin:
      kind: aws/permission-set
      via:
        provider: company-sso
      principal:
        name: Admin
        account:
          id: "444455556666"
    dev-deployer:
      kind: aws/assume-role
      via:
        identity: dev-admin
      principal:
        assume_role: arn:aws:iam::444455556666:role/deployer
        region: eu-west-1
    prod-deployer:
      kind: aws/assume-role
      default: true
      via:
        identity: dev-deployer
      principal:
        assume_role: arn:aws:iam::777788889999:role/deployer
        region: eu-west-1
`;
}

/** The chain above and permission sets in as many accounts as it takes to have `count` identities. */
export function largeConfig(count: number, endpoint: string): string {
  const lines = [chainConfig(endpoint).trimEnd()];
  for (let i = 3; i < count; i++) {
    lines.push(
      `    team-${i}-${i % 2 ? "admin" : "readonly"}:`,
      "      kind: aws/permission-set",
      "      via:",
      "        provider: company-sso",
      "      principal:",
      `        name: ${i % 2 ? "Admin" : "ReadOnly"}`,
      "        account:",
      `          id: "${String(100000000000 + i)}"`,
    );
  }
  return lines.join("\n") + "\n";
}
