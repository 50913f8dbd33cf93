/** What the emulator knows while it runs: principals, issued sessions, codes and tokens. */
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import { hex } from "../sys/random.ts";
import { wildcardMatch } from "./policy.ts";
import type { Policy } from "./policy.ts";
import type { AccountSpec, RoleSpec, UserSpec, WholeState } from "./state.ts";

/** Who signed a request, or whom a session was made for. */
export interface Principal {
  type: "user" | "root" | "role" | "federated";
  account: string;
  partition: string;
  /** As GetCallerIdentity prints it. */
  arn: string;
  userId: string;
  /** The user, role or account ARN that trust policies name. */
  iamArn: string;
  deny: string[];
}

/** How a session came to be: decides what may be done with it (03 §3.10, 04 §10). */
export type SessionKind =
  | "assumed-role"
  | "permission-set"
  | "session-token"
  | "federation-token"
  | "signin"
  | "assumed-root";

/** Temporary credentials handed out. Bound to their key pair: a token of another key is refused. */
export interface Session {
  accessKeyId: string;
  secret: string;
  token: string;
  kind: SessionKind;
  principal: Principal;
  issuedAt: number;
  expiresAt: number;
  /** Made with the credentials of a role. */
  chained: boolean;
  /** Epoch ms of the MFA check behind the session. */
  mfaAt?: number;
  /** Session policies; an empty list restricts nothing, except for a federation token. */
  policies: Policy[];
  tags: Map<string, string>;
  transitiveTags: string[];
  sourceIdentity?: string;
}

export interface UserRecord {
  spec: UserSpec;
  principal: Principal;
  keys: { id: string; secret: string; active: boolean }[];
  mfa?: { serial: string; secret: string; used: Set<number> };
}

export interface RoleRecord {
  spec: RoleSpec;
  account: string;
  partition: string;
  name: string;
}

/** Identity Center's client registration (RFC 7591). */
export interface SsoClient {
  id: string;
  secret: string;
  expiresAt: number;
  /** Undefined: the registration said nothing, which means device code and refresh. */
  grantTypes?: string[];
  redirectUris: string[];
  scopes: string[];
}

/** A device authorization (RFC 8628) or an authorization code (RFC 6749 §4.1). */
export interface SsoDevice {
  deviceCode: string;
  userCode: string;
  clientId: string;
  expiresAt: number;
  interval: number;
  lastPoll?: number;
  status: "pending" | "approved" | "denied" | "used";
  user?: string;
}

export interface AuthorizationCode {
  code: string;
  clientId: string;
  redirectUri: string;
  challenge: string;
  user: string;
  scopes: string[];
  expiresAt: number;
  used: boolean;
}

/** A human's Identity Center session; its tokens die with it. */
export interface SsoSession {
  id: string;
  user: string;
  clientId: string;
  scopes: string[];
  expiresAt: number;
  access: Map<string, number>;
  refresh?: string;
}

/** A session of the sign-in service; bound to a DPoP key (RFC 9449). */
export interface SigninSession {
  user: UserRecord;
  clientId: string;
  thumbprint: string;
  refresh: string;
  expiresAt: number;
  /** The user's password changed meanwhile. */
  credentialsChanged?: boolean;
}

export interface World {
  state: WholeState;
  clock: Clock;
  random: Random;
  /** Server time, epoch ms. */
  now(): number;
  accounts: Map<string, AccountSpec>;
  users: UserRecord[];
  roles: Map<string, RoleRecord>;
  sessions: Map<string, Session>;
  sso: {
    clients: Map<string, SsoClient>;
    devices: Map<string, SsoDevice>;
    codes: Map<string, AuthorizationCode>;
    sessions: Map<string, SsoSession>;
    bucket: { tokens: number; at: number };
  };
  signin: {
    codes: Map<string, AuthorizationCode>;
    sessions: Map<string, SigninSession>;
    jtis: Map<string, number>;
  };
  federation: Map<string, { session: Session; expiresAt: number; seconds?: number }>;
  samlUsed: Set<string>;
  samlPasswords: Map<string, string>;
  githubBearer: string;
  /** Key pairs made when first asked for, by issuer. */
  keys: Map<string, Promise<CryptoKeyPair>>;
  ecrPasswords: {
    password: string;
    account: string;
    region: string;
    expiresAt: number;
    accessKeyId: string;
  }[];
  /** One-time-code steps of the SAML IdP under way, to user names. */
  samlTickets: Map<string, string>;
  /** One-time codes of the SAML IdP that were used, by user. */
  samlCodes: Map<string, Set<number>>;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Random base32 text. */
export function base32(random: Random, length: number): string {
  return Array.from(random.bytes(length), (b) => BASE32[b & 31]).join("");
}

/** Standard base64. */
export function base64(bytes: Uint8Array): string {
  let s = "";
  for (const b of bytes) s += String.fromCharCode(b);
  return btoa(s);
}

/** Base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** An opaque token. */
export function opaque(random: Random, bytes = 32): string {
  return base64url(random.bytes(bytes));
}

/** The same text for the same name, in the style of IAM's ids: `AROA` + 17 characters. */
export function stableId(prefix: string, name: string, length = 17): string {
  let h = 0x811c9dc5, out = prefix;
  for (let i = 0; out.length < prefix.length + length; i++) {
    for (const c of `${name}#${i}`) h = Math.imul(h ^ c.codePointAt(0)!, 0x01000193) >>> 0;
    out += BASE32[(h >>> 7) & 31];
  }
  return out;
}

function stableHex(name: string, length: number): string {
  return hex(new TextEncoder().encode(stableId("", name, length))).slice(-length);
}

/** Key id that says what it is: no real key starts like this. */
function keyId(random: Random, kind: "AKIA" | "ASIA"): string {
  return `${kind}EMULATOR${base32(random, 8)}`;
}

function makeUser(state: WholeState, random: Random, spec: UserSpec): UserRecord {
  const partition = state.accounts.find((a) => a.id === spec.account)?.partition ?? "aws";
  const root = spec.name === "root";
  const arn = `arn:${partition}:iam::${spec.account}:${root ? "root" : `user/${spec.name}`}`;
  return {
    spec,
    principal: {
      type: root ? "root" : "user",
      account: spec.account,
      partition,
      arn,
      iamArn: arn,
      userId: root ? spec.account : stableId("AIDA", arn),
      deny: spec.deny ?? [],
    },
    keys: (spec.keys ?? []).map((k) => ({
      id: k.id ?? keyId(random, "AKIA"),
      secret: k.secret ?? base64(random.bytes(30)),
      active: k.active ?? true,
    })),
    mfa: spec.mfa && {
      serial: spec.mfa.serial ??
        `arn:${partition}:iam::${spec.account}:mfa/${root ? "root-account-mfa-device" : spec.name}`,
      secret: spec.mfa.secret ?? base32(random, 32),
      used: new Set(),
    },
  };
}

/** A fresh world for a state. */
export function makeWorld(input: { state: WholeState; clock: Clock; random: Random }): World {
  const { state, clock, random } = input;
  return {
    state,
    clock,
    random,
    now: () => clock.now(),
    accounts: new Map(state.accounts.map((a) => [a.id, a])),
    users: state.users.map((u) => makeUser(state, random, u)),
    roles: new Map(state.roles.map((spec) => {
      const [, partition, , , account] = spec.arn.split(":");
      const name = spec.arn.slice(spec.arn.lastIndexOf("/") + 1);
      return [spec.arn, { spec, account: account!, partition: partition!, name }];
    })),
    sessions: new Map(),
    sso: {
      clients: new Map(),
      devices: new Map(),
      codes: new Map(),
      sessions: new Map(),
      bucket: { tokens: state.identityCenter.rate?.burst ?? 20, at: clock.now() },
    },
    signin: { codes: new Map(), sessions: new Map(), jtis: new Map() },
    federation: new Map(),
    samlUsed: new Set(),
    samlPasswords: new Map(
      state.samlUsers.map((u) => [u.name, u.password ?? opaque(random, 12)]),
    ),
    githubBearer: state.github.bearer ?? opaque(random),
    keys: new Map(),
    ecrPasswords: [],
    samlTickets: new Map(),
    samlCodes: new Map(state.samlUsers.map((u) => [u.name, new Set()])),
  };
}

/** RSA key pair of an issuer of ours, made on first use. */
export function issuerKey(world: World, issuer: string): Promise<CryptoKeyPair> {
  let pair = world.keys.get(issuer);
  if (!pair) {
    pair = crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: "SHA-256",
      },
      true,
      ["sign", "verify"],
    );
    world.keys.set(issuer, pair);
  }
  return pair;
}

/** Role that Identity Center made in an account for a permission set. */
export function permissionSetRole(world: World, account: string, set: string): RoleRecord {
  const partition = world.accounts.get(account)?.partition ?? "aws";
  const region = world.state.identityCenter.region ?? "us-east-1";
  const spec = world.state.identityCenter.permissionSets?.find((p) => p.name === set);
  const name = `AWSReservedSSO_${set}_${stableHex(`${account}/${set}`, 16)}`;
  const place = region === "us-east-1" ? "" : `${region}/`;
  return {
    spec: {
      arn: `arn:${partition}:iam::${account}:role/aws-reserved/sso.amazonaws.com/${place}${name}`,
      maxSessionSeconds: spec?.sessionSeconds ?? 3600,
      deny: spec?.deny,
    },
    account,
    partition,
    name,
  };
}

/** The principal of a role session. */
export function roleSession(role: RoleRecord, sessionName: string): Principal {
  return {
    type: "role",
    account: role.account,
    partition: role.partition,
    arn: `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`,
    userId: `${stableId("AROA", role.spec.arn)}:${sessionName}`,
    iamArn: role.spec.arn,
    deny: role.spec.deny ?? [],
  };
}

/** Makes temporary credentials and remembers them. */
export function issueSession(
  world: World,
  made: {
    kind: SessionKind;
    principal: Principal;
    seconds: number;
    chained?: boolean;
    mfaAt?: number;
    policies?: Policy[];
    tags?: Map<string, string>;
    transitiveTags?: string[];
    sourceIdentity?: string;
  },
): Session {
  const { random } = world;
  // 341 bytes: the token ends in `=`, and holds `+` and `/` as real ones do, so that a client that
  // encodes it once too little or once too often is found out.
  const token = `IQoJb3JpZ2luX2Vj+/${base64(random.bytes(340))}`;
  const now = world.now();
  const session: Session = {
    accessKeyId: keyId(random, "ASIA"),
    secret: base64(random.bytes(30)),
    token,
    kind: made.kind,
    principal: made.principal,
    issuedAt: now,
    // The services say whole seconds.
    expiresAt: Math.floor(now / 1000 + made.seconds) * 1000,
    chained: made.chained ?? false,
    mfaAt: made.mfaAt,
    policies: made.policies ?? [],
    tags: made.tags ?? new Map(),
    transitiveTags: made.transitiveTags ?? [],
    sourceIdentity: made.sourceIdentity,
  };
  world.sessions.set(session.accessKeyId, session);
  return session;
}

/** The user record by name, in the first account that has it. */
export function userNamed(world: World, name: string): UserRecord | undefined {
  return world.users.find((u) => u.spec.name === name);
}

/** True when `action` is denied to the principal by its state entry. */
export function denied(principal: Principal, action: string): boolean {
  return principal.deny.some((p) => wildcardMatch(p, action, true));
}

/** RFC 3339 with whole seconds, as STS prints times. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
