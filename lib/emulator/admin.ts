/** What tests and demonstrations may ask of the emulator beside the services. */
import type { Control, LogEntry } from "./control.ts";
import type { Fault } from "./faults.ts";
import type { ResponseWish } from "./saml_idp.ts";
import { totp } from "./totp.ts";
import { type Session, userNamed } from "./world.ts";

/** What {@link Admin.expire} makes end at once. */
export type Expirable =
  | "registration"
  | "device-code"
  | "access-token"
  | "refresh-token"
  | "sso-session"
  | "role-session"
  | "signin-session"
  | "user-credentials";

/** Over HTTP: `POST /_emulator/<name>` with the argument as a JSON object. */
export interface Admin {
  /** URL, start URL and the secrets that were made up. */
  info(): EmulatorInfo;
  /** The state document with its defaults. */
  state(): unknown;
  /** The request log, oldest first, of one operation or all. */
  log(input?: { operation?: string }): LogEntry[];
  /** Calls per operation since start, reset or {@link Admin.clearLog}. */
  counters(): Record<string, number>;
  clearLog(): void;
  /** Orders faults. */
  faults(input: { faults: Fault[] } | Fault[]): void;
  clearFaults(): void;
  /** Moves the server's clock: `offsetMs` sets, `advanceMs` adds. Returns the offset. */
  clock(input: { offsetMs?: number; advanceMs?: number }): { offsetMs: number };
  /** Approval pages approve at a GET, deny, or ask. */
  autoApprove(input: { on: boolean | "deny" }): void;
  /** Approves or denies a device authorization, by user code; the newest pending one by default. */
  approve(input?: { userCode?: string; user?: string }): void;
  deny(input?: { userCode?: string }): void;
  /** Ends things now: one by its id (access key id, client id, user), or all of the sort. */
  expire(input: { what: Expirable; id?: string }): { expired: number };
  /** Changes settings of Identity Center on the way: page size, rate, lives. */
  identityCenter(input: Record<string, unknown>): void;
  /** The code that a user's MFA device shows now. */
  totp(input: { user: string }): Promise<{ code: string }>;
  /** A JWT of an issuer whose key the emulator holds; default the GitHub-like one. */
  oidcToken(
    input?: { issuer?: string; claims?: Record<string, unknown>; expiresSeconds?: number },
  ): Promise<{ token: string }>;
  /** A base64 SAML response of the emulator's IdP. */
  samlResponse(input: ResponseWish): Promise<{ response: string }>;
  /** What a cluster's API server makes of a `k8s-aws-v1.` token; fails naming its fault. */
  reviewToken(
    input: { token: string; cluster: string },
  ): Promise<{ arn: string; userId: string; account: string }>;
  /** Whether a registry would take this password now. */
  ecrLogin(input: { password: string }): { account?: string; region?: string; accepted: boolean };
  /** Forgets sessions, codes, faults, log and clock; keeps the secrets. */
  reset(): void;
}

/** For the ready file and for people. */
export interface EmulatorInfo {
  url: string;
  startUrl: string;
  users: {
    account: string;
    name: string;
    accessKeyId?: string;
    secretAccessKey?: string;
    mfaSerial?: string;
    mfaSecret?: string;
  }[];
  saml: { url: string; users: { name: string; password: string }[] };
  github: { requestUrl: string; requestToken: string };
}

function info(control: Control): EmulatorInfo {
  const { world, url } = control;
  return {
    url,
    startUrl: world.state.identityCenter.startUrl,
    users: world.users.map((u) => ({
      account: u.spec.account,
      name: u.spec.name,
      accessKeyId: u.keys[0]?.id,
      secretAccessKey: u.keys[0]?.secret,
      mfaSerial: u.mfa?.serial,
      mfaSecret: u.mfa?.secret,
    })),
    saml: {
      url: `${url}/saml/login`,
      users: [...world.samlPasswords].map(([name, password]) => ({ name, password })),
    },
    github: {
      requestUrl: `${url}/github/token?api-version=2.0`,
      requestToken: world.githubBearer,
    },
  };
}

function decideDevice(
  control: Control,
  status: "approved" | "denied",
  input: { userCode?: string; user?: string },
): void {
  const pending = [...control.world.sso.devices.values()].filter((d) =>
    d.status === "pending" && (!input.userCode || d.userCode === input.userCode)
  );
  const device = pending.at(-1);
  if (!device) throw new Error("no pending device authorization of that user code");
  device.status = status;
  device.user = input.user ?? control.world.state.browserUser;
}

/** Sets `expiresAt` of everything that `chosen` picks to now. */
function endAll<T extends { expiresAt: number }>(
  all: Iterable<T>,
  now: number,
  chosen: (t: T) => boolean,
): number {
  let count = 0;
  for (const one of all) {
    if (!chosen(one)) continue;
    one.expiresAt = now;
    count++;
  }
  return count;
}

function expire(control: Control, what: Expirable, id: string | undefined): number {
  const { world } = control;
  const now = world.now();
  const is = (value: string) => id === undefined || id === value;
  switch (what) {
    case "registration":
      return endAll(world.sso.clients.values(), now, (c) => is(c.id));
    case "device-code":
      return endAll(world.sso.devices.values(), now, (d) => is(d.userCode));
    case "sso-session":
      return endAll(world.sso.sessions.values(), now, (s) => is(s.user));
    case "role-session":
      return endAll(world.sessions.values(), now, (s: Session) => is(s.accessKeyId));
    case "signin-session":
      return endAll(world.signin.sessions.values(), now, (s) => is(s.user.spec.name));
    case "user-credentials": {
      const hit = [...world.signin.sessions.values()].filter((s) => is(s.user.spec.name));
      for (const s of hit) s.credentialsChanged = true;
      return hit.length;
    }
    case "access-token":
    case "refresh-token": {
      let count = 0;
      for (const s of world.sso.sessions.values()) {
        if (!is(s.user)) continue;
        if (what === "refresh-token" && s.refresh) {
          s.refresh = undefined;
          count++;
        }
        if (what === "access-token") {
          for (const token of s.access.keys()) {
            s.access.set(token, now);
            count++;
          }
        }
      }
      return count;
    }
  }
}

/** Binds the operations to a running emulator. */
export function makeAdmin(control: Control): Admin {
  return {
    info: () => info(control),
    state: () => control.world.state,
    log: (input = {}) =>
      control.log.filter((e) => !input.operation || e.operation === input.operation),
    counters: () => {
      const out: Record<string, number> = {};
      for (const e of control.log) out[e.operation] = (out[e.operation] ?? 0) + 1;
      return out;
    },
    clearLog: () => {
      control.log = [];
    },
    faults: (input) => {
      for (const f of Array.isArray(input) ? input : input.faults) control.faults.add(f);
    },
    clearFaults: () => control.faults.clear(),
    clock: ({ offsetMs, advanceMs }) => {
      control.clockOffsetMs = (offsetMs ?? control.clockOffsetMs) + (advanceMs ?? 0);
      return { offsetMs: control.clockOffsetMs };
    },
    autoApprove: ({ on }) => {
      control.world.state.autoApprove = on;
    },
    approve: (input = {}) => decideDevice(control, "approved", input),
    deny: (input = {}) => decideDevice(control, "denied", input),
    expire: ({ what, id }) => ({ expired: expire(control, what, id) }),
    identityCenter: (input) => {
      Object.assign(control.world.state.identityCenter, input);
      const rate = control.world.state.identityCenter.rate;
      if (rate) control.world.sso.bucket = { tokens: rate.burst, at: control.world.now() };
    },
    totp: async ({ user }) => {
      const secret = userNamed(control.world, user)?.mfa?.secret;
      if (!secret) throw new Error(`user ${user} has no MFA device`);
      return { code: await totp(secret, control.world.now()) };
    },
    oidcToken: async (input = {}) => {
      const { world } = control;
      const github = world.state.github.claims ?? {};
      const issuer = input.issuer ?? String(github.iss);
      const defaults = issuer === github.iss ? github : {};
      const { signToken } = await import("./oidc_issuer.ts");
      const token = await signToken(world, {
        issuer,
        claims: { ...defaults, aud: "sts.amazonaws.com", ...input.claims },
        expiresSeconds: input.expiresSeconds,
      });
      return { token };
    },
    samlResponse: async (input) => {
      const { samlResponse } = await import("./saml_idp.ts");
      return { response: await samlResponse(control.world, input) };
    },
    reviewToken: async (input) => {
      const { reviewToken } = await import("./eks.ts");
      return await reviewToken(control.world, input);
    },
    ecrLogin: ({ password }) => {
      const now = control.world.now();
      const hit = control.world.ecrPasswords.find((p) =>
        p.password === password && p.expiresAt > now
      );
      return { accepted: hit !== undefined, account: hit?.account, region: hit?.region };
    },
    reset: () => control.reset(),
  };
}
