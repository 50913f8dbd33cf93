/** IAM Identity Center's portal: accounts, roles and credentials for a bearer token. */
import { type Call, json, type Reply, ServiceError } from "./http.ts";
import {
  issueSession,
  permissionSetRole,
  roleSession,
  type SsoSession,
  type World,
} from "./world.ts";

function refused(status: number, code: string, message: string): ServiceError {
  return new ServiceError(status, code, message);
}

function takeToken(world: World): void {
  const { perSecond, burst } = world.state.identityCenter.rate ?? { perSecond: 20, burst: 20 };
  const bucket = world.sso.bucket;
  const now = world.now();
  bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / 1000 * perSecond);
  bucket.at = now;
  if (bucket.tokens < 1) throw refused(429, "TooManyRequestsException", "HTTP 429 Unknown Code");
  bucket.tokens -= 1;
}

/** The session of the bearer token. @throws ServiceError UnauthorizedException 401, 429 */
function sessionOf(world: World, call: Call): SsoSession {
  takeToken(world);
  const token = call.headers.get("x-amz-sso_bearer_token") ?? "";
  const now = world.now();
  for (const session of world.sso.sessions.values()) {
    const until = session.access.get(token);
    if (until === undefined) continue;
    if (until <= now || session.expiresAt <= now) break;
    if (!session.scopes.includes("sso:account:access") && session.scopes.length > 0) {
      throw refused(403, "ForbiddenException", "The token lacks the scope sso:account:access");
    }
    return session;
  }
  throw refused(401, "UnauthorizedException", "Session token not found or invalid");
}

function need(call: Call, known: string[], required: string[]): Map<string, string> {
  const out = new Map(call.query);
  const stray = [...out.keys()].find((k) => !known.includes(k));
  if (stray) throw refused(400, "InvalidRequestException", `Unknown parameter ${stray}`);
  for (const name of required) {
    if (!out.get(name)) throw refused(400, "InvalidRequestException", `Missing parameter ${name}`);
  }
  return out;
}

/** One page; the token of the next is bound to the session and the question. */
function page<T>(
  world: World,
  input: { query: Map<string, string>; all: T[]; question: string },
): { items: T[]; nextToken: string | null } {
  const { query, all, question } = input;
  const wanted = query.get("max_result");
  if (wanted !== undefined && !(/^\d+$/.test(wanted) && +wanted >= 1 && +wanted <= 100)) {
    throw refused(400, "InvalidRequestException", "max_result must be between 1 and 100");
  }
  const size = Math.min(Number(wanted ?? 100), world.state.identityCenter.pageSize ?? 100);
  let start = 0;
  const token = query.get("next_token");
  if (token !== undefined) {
    const lead = `${btoa(question)}+/`;
    const offset = token.startsWith(lead)
      ? /^(\d+)=$/.exec(token.slice(lead.length))?.[1]
      : undefined;
    if (offset === undefined) {
      throw refused(400, "InvalidRequestException", "Invalid next_token");
    }
    start = Number(offset);
  }
  const end = start + size;
  return {
    items: all.slice(start, end),
    // Holds `+`, `/` and `=` on purpose: it must be encoded to come back whole.
    nextToken: end < all.length ? `${btoa(question)}+/${end}=` : null,
  };
}

function assignments(world: World, session: SsoSession) {
  return (world.state.identityCenter.assignments ?? []).filter((a) => a.user === session.user);
}

/** `GET /assignment/accounts` */
export async function listAccounts(world: World, call: Call): Promise<Reply> {
  const session = sessionOf(world, call);
  const query = need(call, ["max_result", "next_token"], []);
  const ids = new Set(assignments(world, session).map((a) => a.account));
  const all = [...world.accounts.values()].filter((a) => ids.has(a.id)).map((a) => ({
    accountId: a.id,
    accountName: a.name,
    emailAddress: a.email ?? `${a.name}@example.com`,
  }));
  const { items, nextToken } = page(world, { query, all, question: `${session.id} accounts` });
  return json({ accountList: items, nextToken });
}

/** `GET /assignment/roles` */
export async function listAccountRoles(world: World, call: Call): Promise<Reply> {
  const session = sessionOf(world, call);
  const query = need(call, ["account_id", "max_result", "next_token"], ["account_id"]);
  const account = query.get("account_id")!;
  if (!/^\d{12}$/.test(account)) {
    throw refused(400, "InvalidRequestException", "account_id must be 12 digits");
  }
  if (!world.accounts.has(account)) {
    throw refused(404, "ResourceNotFoundException", "Account not found");
  }
  const all = assignments(world, session).filter((a) => a.account === account).map((a) => ({
    roleName: a.permissionSet,
    accountId: account,
  }));
  if (all.length === 0) throw refused(403, "ForbiddenException", "No access");
  const question = `${session.id} roles ${account}`;
  const { items, nextToken } = page(world, { query, all, question });
  return json({ roleList: items, nextToken });
}

/** `GET /federation/credentials` */
export async function getRoleCredentials(world: World, call: Call): Promise<Reply> {
  const session = sessionOf(world, call);
  const query = need(call, ["account_id", "role_name"], ["account_id", "role_name"]);
  const account = query.get("account_id")!, name = query.get("role_name")!;
  if (!/^\d{12}$/.test(account)) {
    throw refused(400, "InvalidRequestException", "account_id must be 12 digits");
  }
  const assigned = assignments(world, session).some((a) =>
    a.account === account && a.permissionSet === name
  );
  if (!assigned) throw refused(403, "ForbiddenException", "No access");
  const role = permissionSetRole(world, account, name);
  const issued = issueSession(world, {
    kind: "permission-set",
    principal: roleSession(role, session.user),
    seconds: role.spec.maxSessionSeconds ?? 3600,
  });
  return json({
    roleCredentials: {
      accessKeyId: issued.accessKeyId,
      secretAccessKey: issued.secret,
      sessionToken: issued.token,
      expiration: issued.expiresAt,
    },
  });
}

/** `POST /logout`: the session and its tokens end; credentials already issued live on, as at AWS. */
export async function logout(world: World, call: Call): Promise<Reply> {
  const session = sessionOf(world, call);
  world.sso.sessions.delete(session.id);
  return { status: 200, headers: { "content-type": "application/json" }, body: "" };
}
