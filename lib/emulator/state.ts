/**
 * The world that the emulator serves: accounts, principals, issuers, as one small JSON document.
 * Everything is optional; what is missing comes from {@link defaultState}. Top-level keys are
 * replaced whole; with accounts of one's own, only what stands in them remains of the defaults.
 */
import { AuthError } from "../sys/error.ts";
import { parsePolicy, type Policy } from "./policy.ts";

/** One AWS account of the emulated organization. */
export interface AccountSpec {
  /** 12 digits, a string: leading zeros matter. */
  id: string;
  name: string;
  email?: string;
  /** `aws` (default), `aws-cn`, `aws-us-gov`, … */
  partition?: string;
}

/** Long-lived key pair. A missing `id` or `secret` is made up at start. */
export interface AccessKeySpec {
  id?: string;
  secret?: string;
  /** Inactive keys answer InvalidClientTokenId. */
  active?: boolean;
}

/** An IAM user. `name: "root"` is the account's root user. */
export interface UserSpec {
  account: string;
  name: string;
  keys?: AccessKeySpec[];
  /** Virtual MFA device. `secret` is base32 (RFC 4648), made up when missing. */
  mfa?: { serial?: string; secret?: string };
  /** Actions denied to the user: `sts:GetSessionToken`, `ecr:*`. */
  deny?: string[];
}

/** An IAM role. Who may assume it is said by `trusts` (short) or `trust` (an IAM trust policy). */
export interface RoleSpec {
  arn: string;
  /** 3600 to 43200; default 3600, as IAM's. */
  maxSessionSeconds?: number;
  /** Principals: ARNs (with `*` and `?`), account ids, `*`. */
  trusts?: string[];
  trust?: Policy;
  deny?: string[];
}

/** Identity Center: one directory with one start URL. */
export interface IdentityCenterSpec {
  startUrl: string;
  region?: string;
  users?: string[];
  permissionSets?: { name: string; sessionSeconds?: number; deny?: string[] }[];
  assignments?: { user: string; account: string; permissionSet: string }[];
  /** Life of an access token; default 3600. */
  accessTokenSeconds?: number;
  /** Life of the session behind it, i.e. of its refresh tokens; default 28800. */
  sessionSeconds?: number;
  /** Life of a client registration; default 90 days. */
  registrationSeconds?: number;
  /** Life of a device code; default 600. */
  deviceCodeSeconds?: number;
  /** Poll interval announced and enforced; default 1. */
  intervalSeconds?: number;
  /** Refresh tokens are replaced at each use; default true. */
  rotateRefreshTokens?: boolean;
  /** The service's own page limit, whatever `max_result` says; default 100. */
  pageSize?: number;
  /** Portal's token bucket; default 20 per second, burst 20. */
  rate?: { perSecond: number; burst: number };
}

/** An OIDC provider known to IAM. */
export interface OidcIssuerSpec {
  /** Issuer, `https://token.actions.githubusercontent.com`. */
  url: string;
  /** IAM's client id list; default `["sts.amazonaws.com"]`. */
  audiences?: string[];
  /** Accounts that have this provider; default all. */
  accounts?: string[];
  /** Public keys. Without `jwks` and `jwksUri` the emulator holds the key pair and signs on request. */
  jwks?: { keys: Record<string, unknown>[] };
  /** Loopback URL of the keys. */
  jwksUri?: string;
}

/** A SAML provider known to IAM. */
export interface SamlProviderSpec {
  arn: string;
  /** Issuer of its assertions. */
  entityId: string;
  /** PEM certificates or public keys. Without it the emulator's own IdP is the provider. */
  certificates?: string[];
}

/** A user of the emulator's SAML IdP. */
export interface SamlUserSpec {
  name: string;
  password?: string;
  /** Base32 secret: the IdP asks for a one-time code. */
  otpSecret?: string;
  roles: { role: string; provider: string }[];
  sessionSeconds?: number;
}

export interface EksClusterSpec {
  name: string;
  account: string;
  region: string;
  status?: string;
  endpoint?: string;
  /** Base64 PEM. */
  certificateAuthority?: string;
  version?: string;
}

/** The whole document. */
export interface EmulatorState {
  /** A GET of an approval page approves at once, or denies. Default false: the page asks. */
  autoApprove?: boolean | "deny";
  /** Who signs in when nobody is asked; default the first Identity Center user. */
  browserUser?: string;
  organization?: { managementAccount: string; delegatedAdministrators?: string[] };
  accounts?: AccountSpec[];
  users?: UserSpec[];
  roles?: RoleSpec[];
  identityCenter?: IdentityCenterSpec;
  oidcIssuers?: OidcIssuerSpec[];
  samlProviders?: SamlProviderSpec[];
  samlUsers?: SamlUserSpec[];
  /** Subject and claims of the GitHub-Actions-like token endpoint. */
  github?: { bearer?: string; claims?: Record<string, unknown>; expiresSeconds?: number };
  /** Regions in which STS is switched off (RegionDisabledException). */
  disabledRegions?: string[];
  /** Registry password; made up at each call when missing. */
  ecr?: { password?: string; lifeSeconds?: number };
  eksClusters?: EksClusterSpec[];
  /** Sign-in service: life of the refresh token's session, default 12 h. */
  signin?: { user?: string; sessionSeconds?: number };
}

/** All keys present; secrets not yet made up. */
export type WholeState = Required<EmulatorState>;

const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/**
 * Three accounts, two permission sets, a chain of two roles, users with and without MFA, a GitHub
 * and a SAML role, one cluster a region.
 */
export function defaultState(): WholeState {
  const saml = "arn:aws:iam::444455556666:saml-provider/emulator";
  return {
    autoApprove: false,
    browserUser: "alice",
    organization: { managementAccount: "111122223333" },
    accounts: [
      { id: "111122223333", name: "identity", email: "identity@example.com" },
      { id: "444455556666", name: "dev", email: "dev@example.com" },
      { id: "777788889999", name: "prod", email: "prod@example.com" },
    ],
    users: [
      { account: "111122223333", name: "alice", keys: [{}], mfa: {} },
      { account: "111122223333", name: "ci", keys: [{}] },
    ],
    roles: [
      {
        arn: "arn:aws:iam::444455556666:role/deployer",
        maxSessionSeconds: 14400,
        trusts: [
          "111122223333",
          "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*",
        ],
      },
      {
        arn: "arn:aws:iam::777788889999:role/deployer",
        maxSessionSeconds: 14400,
        trusts: ["arn:aws:iam::444455556666:role/deployer"],
      },
      {
        arn: "arn:aws:iam::777788889999:role/auditor",
        trust: {
          Statement: [{
            Effect: "Allow",
            Principal: { AWS: ["111122223333", "444455556666"] },
            Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            Condition: { StringEquals: { "sts:ExternalId": "audit-7" } },
          }],
        },
      },
      {
        arn: "arn:aws:iam::777788889999:role/break-glass",
        trust: {
          Statement: [{
            Effect: "Allow",
            Principal: { AWS: "111122223333" },
            Action: "sts:AssumeRole",
            Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
          }],
        },
      },
      {
        arn: "arn:aws:iam::444455556666:role/github",
        trust: {
          Statement: [{
            Effect: "Allow",
            Principal: {
              Federated:
                "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com",
            },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
              StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/*" },
            },
          }],
        },
      },
      ...["saml-admin", "saml-reader"].map((name): RoleSpec => ({
        arn: `arn:aws:iam::444455556666:role/${name}`,
        maxSessionSeconds: 28800,
        trust: {
          Statement: [{
            Effect: "Allow",
            Principal: { Federated: saml },
            Action: ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            Condition: { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } },
          }],
        },
      })),
    ],
    identityCenter: {
      startUrl: "https://acme.awsapps.com/start",
      region: "us-east-1",
      users: ["alice", "bob"],
      permissionSets: [{ name: "Admin", sessionSeconds: 3600 }, {
        name: "ReadOnly",
        sessionSeconds: 28800,
      }],
      assignments: [
        { user: "alice", account: "111122223333", permissionSet: "Admin" },
        { user: "alice", account: "444455556666", permissionSet: "Admin" },
        { user: "alice", account: "444455556666", permissionSet: "ReadOnly" },
        { user: "alice", account: "777788889999", permissionSet: "ReadOnly" },
        { user: "bob", account: "444455556666", permissionSet: "ReadOnly" },
      ],
    },
    oidcIssuers: [{ url: GITHUB_ISSUER }],
    samlProviders: [{ arn: saml, entityId: "urn:emulator:idp" }],
    samlUsers: [{
      name: "alice",
      roles: ["saml-admin", "saml-reader"].map((name) => ({
        role: `arn:aws:iam::444455556666:role/${name}`,
        provider: saml,
      })),
      sessionSeconds: 7200,
    }],
    github: {
      claims: {
        iss: GITHUB_ISSUER,
        sub: "repo:acme/infra:ref:refs/heads/main",
        repository: "acme/infra",
        repository_owner: "acme",
        ref: "refs/heads/main",
      },
      expiresSeconds: 300,
    },
    disabledRegions: [],
    ecr: { lifeSeconds: 43200 },
    eksClusters: [
      { name: "dev", account: "444455556666", region: "eu-west-1" },
      { name: "prod", account: "777788889999", region: "eu-west-1" },
    ],
    signin: { user: "alice", sessionSeconds: 43200 },
  };
}

function invalid(detail: string): AuthError {
  return new AuthError({
    code: "emulator_state_invalid",
    message: `invalid emulator state: ${detail}`,
    hints: [
      "Compare the file with the one that `GET /_emulator/state` shows for the default state.",
    ],
  });
}

/** The defaults, without what stands in accounts that the given document has not got. */
function defaultsFor(given: EmulatorState): WholeState {
  const all = defaultState();
  if (!Array.isArray(given.accounts)) return all;
  const ids = new Set(given.accounts.map((a) => a.id));
  const has = (arn: string) => ids.has(arn.split(":")[4] ?? "");
  const management = all.organization.managementAccount;
  return {
    ...all,
    organization: {
      managementAccount: ids.has(management) ? management : given.accounts[0]?.id ?? management,
    },
    users: all.users.filter((u) => ids.has(u.account)),
    roles: all.roles.filter((r) => has(r.arn)),
    identityCenter: {
      ...all.identityCenter,
      assignments: all.identityCenter.assignments?.filter((a) => ids.has(a.account)),
    },
    samlProviders: all.samlProviders.filter((p) => has(p.arn)),
    samlUsers: all.samlUsers.filter((u) => u.roles.every((r) => has(r.role))),
    eksClusters: all.eksClusters.filter((c) => ids.has(c.account)),
  };
}

function checkShapes(given: EmulatorState, defaults: WholeState): void {
  for (const [key, value] of Object.entries(given)) {
    const like = defaults[key as keyof WholeState];
    if (like === undefined) throw invalid(`unknown key "${key}"`);
    const isObject = typeof value === "object" && value !== null;
    if (typeof like === "object" && (!isObject || Array.isArray(like) !== Array.isArray(value))) {
      throw invalid(`"${key}" must be ${Array.isArray(like) ? "a list" : "an object"}`);
    }
  }
}

function checkAccounts(accounts: AccountSpec[]): Set<string> {
  const ids = new Set<string>();
  for (const a of accounts) {
    if (!/^\d{12}$/.test(a.id)) throw invalid(`account id "${a.id}" is not 12 digits`);
    if (ids.has(a.id)) throw invalid(`account ${a.id} appears twice`);
    ids.add(a.id);
  }
  return ids;
}

function checkRole(role: RoleSpec): string {
  const m = /^arn:[a-z-]+:iam::(\d{12}):role\/[\w+=,.@\/-]+$/.exec(role.arn);
  if (!m) throw invalid(`"${role.arn}" is not a role ARN`);
  if (role.trust) {
    const fault = parsePolicy(JSON.stringify(role.trust)).fault;
    if (fault) throw invalid(`trust policy of ${role.arn}: ${fault}`);
  }
  return m[1]!;
}

/**
 * Fills in the defaults and checks references between the parts.
 *
 * @throws AuthError `emulator_state_invalid` naming the entry.
 */
export function wholeState(given: EmulatorState = {}): WholeState {
  checkShapes(given, defaultState());
  const defaults = defaultsFor(given);
  const state = { ...defaults, ...given } as WholeState;
  if (given.identityCenter && !given.browserUser) {
    state.browserUser = given.identityCenter.users?.[0] ?? defaults.browserUser;
  }
  const ids = checkAccounts(state.accounts);
  const known = (account: string, where: string) => {
    if (!ids.has(account)) throw invalid(`${where} refers to the unknown account ${account}`);
  };
  for (const u of state.users) known(u.account, `user ${u.name}`);
  for (const r of state.roles) known(checkRole(r), `role ${r.arn}`);
  const sets = new Set((state.identityCenter.permissionSets ?? []).map((p) => p.name));
  for (const a of state.identityCenter.assignments ?? []) {
    known(a.account, "an assignment");
    if (!sets.has(a.permissionSet)) throw invalid(`unknown permission set ${a.permissionSet}`);
  }
  for (const c of state.eksClusters) known(c.account, `cluster ${c.name}`);
  return state;
}

/** Reads a state document. @throws AuthError `emulator_state_invalid` */
export function parseState(text: string): EmulatorState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AuthError({
      code: "emulator_state_invalid",
      message: "invalid emulator state: not JSON",
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("not an object");
  }
  wholeState(value as EmulatorState);
  return value as EmulatorState;
}
