/** The access portal of Identity Center (04 §6.3). */
import { AuthError, type Deps, type KindContext, type Secret } from "../lib/core/types.ts";
import type { AwsCredentials } from "../lib/core/types.ts";
import { awsCall, awsFault, hasAwsCode, sessionFrom } from "./aws_sdk.ts";

type Sso = typeof import("@aws-sdk/client-sso");

export interface Account {
  id: string;
  name: string;
}

interface Portal {
  cx: KindContext;
  region: string;
  token: Secret;
}

async function portal<T>(
  at: Portal,
  operation: string,
  send: (client: InstanceType<Sso["SSOClient"]>, sdk: Sso) => Promise<T>,
): Promise<T> {
  const sdk = await import("@aws-sdk/client-sso");
  return await limiterOf(at.cx.deps).run(at.cx.signal, async () => {
    try {
      return await awsCall({
        cx: at.cx,
        service: "sso",
        operation,
        region: at.region,
        attempts: 8,
        run: async (settings) => {
          const client = new sdk.SSOClient(settings);
          try {
            return await send(client, sdk);
          } finally {
            client.destroy();
          }
        },
      });
    } catch (error) {
      throw rejectedToken(error);
    }
  });
}

/** A revoked session becomes `input_rejected`, which makes the core sign in anew once (04 §6.2). */
function rejectedToken(error: unknown): unknown {
  if (!(error instanceof AuthError)) return error;
  if (awsFault(error)?.httpStatus !== 401 && !hasAwsCode(error, "UnauthorizedException")) {
    return error;
  }
  return new AuthError({
    code: "input_rejected",
    message: `the AWS SSO session is no longer valid: ${error.message}`,
    cause: error.cause,
  });
}

/** All accounts that the user may enter. */
export async function listAccounts(at: Portal): Promise<Account[]> {
  const accounts: Account[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await portal(at, "ListAccounts", (client, sdk) =>
      client.send(
        new sdk.ListAccountsCommand({
          accessToken: at.token.reveal(),
          maxResults: 100,
          ...(nextToken ? { nextToken } : {}),
        }),
      ));
    for (const { accountId, accountName } of answer.accountList ?? []) {
      if (accountId) accounts.push({ id: accountId, name: accountName ?? accountId });
    }
    nextToken = answer.nextToken;
  } while (nextToken);
  return accounts;
}

/** All roles (permission sets) of the user in one account. */
export async function listRoles(at: Portal & { account: string }): Promise<string[]> {
  const roles: string[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await portal(at, "ListAccountRoles", (client, sdk) =>
      client.send(
        new sdk.ListAccountRolesCommand({
          accessToken: at.token.reveal(),
          accountId: at.account,
          maxResults: 100,
          ...(nextToken ? { nextToken } : {}),
        }),
      ));
    for (const { roleName } of answer.roleList ?? []) if (roleName) roles.push(roleName);
    nextToken = answer.nextToken;
  } while (nextToken);
  return roles;
}

/** Credentials of a role in an account. */
export async function roleCredentials(
  at: Portal & { account: string; role: string; sessionRegion: string },
): Promise<AwsCredentials> {
  const answer = await portal(at, "GetRoleCredentials", (client, sdk) =>
    client.send(
      new sdk.GetRoleCredentialsCommand({
        accessToken: at.token.reveal(),
        accountId: at.account,
        roleName: at.role,
      }),
    ));
  const given = answer.roleCredentials;
  const credentials = sessionFrom({
    accessKeyId: given?.accessKeyId,
    secretAccessKey: given?.secretAccessKey,
    sessionToken: given?.sessionToken,
    expiresAtMs: given?.expiration, // milliseconds, unlike everything else (04 Traps 4)
    region: at.sessionRegion,
    roleSteps: 1,
  });
  if (credentials) return credentials;
  throw new AuthError({
    code: "authentication_failed",
    message: "authentication failed: GetRoleCredentials failed: the answer has no credentials",
  });
}

/** Ends the session on the server. */
export async function endSession(at: Portal): Promise<void> {
  await portal(
    at,
    "Logout",
    (client, sdk) => client.send(new sdk.LogoutCommand({ accessToken: at.token.reveal() })),
  );
}

// ---------------------------------------------------------------------------------------------

/** At most 5 calls in flight and 15 starts a second: the portal's quota is about 20 (04 §6.3). */
interface Limiter {
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

const limiters = new WeakMap<Deps, Limiter>();

function limiterOf(deps: Deps): Limiter {
  let limiter = limiters.get(deps);
  if (!limiter) limiters.set(deps, limiter = makeLimiter(deps, 5, 15));
  return limiter;
}

function makeLimiter(deps: Deps, inFlight: number, startsPerSecond: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  const starts: number[] = [];
  const pace = async (signal: AbortSignal) => {
    const now = deps.clock.now();
    const at = starts.length < startsPerSecond ? now : Math.max(now, starts[0]! + 1000);
    if (starts.length === startsPerSecond) starts.shift();
    starts.push(at);
    if (at > now) await deps.clock.sleep(at - now, signal);
  };
  return {
    run: async (signal, work) => {
      if (running >= inFlight) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        await pace(signal);
        return await work();
      } finally {
        // the place is handed on, so `running` stays as it is while somebody waits
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
