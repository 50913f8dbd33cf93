/**
 * The sign-in service: browser login of an IAM user for short-lived credentials that refresh, bound
 * to a DPoP key. Form bodies are answered in snake case, JSON bodies in camel case.
 */
import { dpopThumbprint } from "./dpop.ts";
import {
  type Call,
  escapeXml,
  form,
  html,
  json,
  jsonObject,
  redirect,
  type Reply,
  ServiceError,
} from "./http.ts";
import { signToken } from "./oidc_issuer.ts";
import { verifierMatches } from "./sso_oidc.ts";
import { approvalForm, decisionOf } from "./sso_pages.ts";
import {
  denied,
  issueSession,
  opaque,
  type SigninSession,
  userNamed,
  type UserRecord,
  type World,
} from "./world.ts";

const SAME = "arn:aws:signin:::devtools/same-device";
const CROSS = "arn:aws:signin:::devtools/cross-device";
const CONFIRMATION = "/v1/sessions/confirmation";

function refused(status: number, code: string, message: string): ServiceError {
  return new ServiceError(status, code, message);
}

function redirectAllowed(call: Call, clientId: string, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const url = new URL(uri);
  if (clientId === CROSS) return uri === `${call.base}${CONFIRMATION}`;
  return url.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname) &&
    url.pathname === "/oauth/callback" && url.search === "";
}

const PARAMETERS = [
  "client_id",
  "redirect_uri",
  "response_type",
  "code_challenge",
  "code_challenge_method",
  "scope",
  "state",
];

function faultOf(q: URLSearchParams): string | undefined {
  if (q.get("response_type") !== "code") return "response_type must be code";
  if (q.get("scope") !== "openid") return "scope must be openid";
  // The literal is the service's own; RFC 7636's S256 is refused.
  if (q.get("code_challenge_method") !== "SHA-256") return "code_challenge_method must be SHA-256";
  if (!/^[A-Za-z0-9_-]{43}$/.test(q.get("code_challenge") ?? "")) {
    return "code_challenge is malformed";
  }
  if (!q.get("state")) return "state is missing";
  const stray = [...q.keys()].find((k) =>
    !PARAMETERS.includes(k) && k !== "user" && k !== "decision"
  );
  return stray && `unknown parameter ${stray}`;
}

function withQuery(uri: string, values: Record<string, string>): Reply {
  const url = new URL(uri);
  for (const [k, v] of Object.entries(values)) url.searchParams.set(k, v);
  return redirect(url.href);
}

/** `GET|POST /v1/authorize` */
export async function signinAuthorize(world: World, call: Call): Promise<Reply> {
  const q = call.method === "POST" ? form(call) : call.query;
  const clientId = q.get("client_id") ?? "", redirectUri = q.get("redirect_uri") ?? "";
  if (clientId !== SAME && clientId !== CROSS) {
    throw refused(400, "Invalid request", "Unknown client_id");
  }
  if (!redirectAllowed(call, clientId, redirectUri)) {
    throw refused(400, "Invalid request", "The redirect_uri is not one of this client");
  }
  const state = q.get("state") ?? "";
  const fault = faultOf(q);
  if (fault) {
    return withQuery(redirectUri, { error: "invalid_request", error_description: fault, state });
  }
  const decision = decisionOf(world, call, q);
  if (!decision) {
    return html(
      "Sign in for programmatic access",
      approvalForm({
        action: `${call.base}/v1/authorize`,
        question: "A program asks for credentials of the user that you sign in as.",
        users: world.users.map((u) => u.spec.name),
        fields: PARAMETERS.map((n) => [n, q.get(n) ?? ""]),
      }),
    );
  }
  const name = q.get("user") ?? world.state.signin.user ?? "";
  const user = userNamed(world, name);
  if (!user) throw refused(400, "Invalid request", `No user ${name} can sign in`);
  if (decision !== "approve" || denied(user.principal, "signin:AuthorizeOAuth2Access")) {
    return withQuery(redirectUri, {
      error: "access_denied",
      error_description: "The user is not allowed, or denied the request",
      state,
    });
  }
  const code = opaque(world.random, 48);
  world.signin.codes.set(code, {
    code,
    clientId,
    redirectUri,
    challenge: q.get("code_challenge")!,
    user: name,
    scopes: ["openid"],
    expiresAt: world.now() + 300_000,
    used: false,
  });
  return withQuery(redirectUri, { code, state });
}

/** `GET /v1/sessions/confirmation`: shows what the user carries to the other device. */
export async function signinConfirmation(_world: World, call: Call): Promise<Reply> {
  const text = `state=${call.query.get("state") ?? ""}&code=${call.query.get("code") ?? ""}`;
  return html(
    "Authorization code",
    `<p>Copy this code into the program that asked for it.</p><code id="authorization-code">${
      escapeXml(btoa(text))
    }</code>`,
  );
}

interface TokenRequest {
  values: Map<string, string>;
  camel: boolean;
}

const FIELDS: Record<string, string> = {
  client_id: "clientId",
  grant_type: "grantType",
  code: "code",
  code_verifier: "codeVerifier",
  redirect_uri: "redirectUri",
  refresh_token: "refreshToken",
};

function tokenRequest(call: Call): TokenRequest {
  const type = call.headers.get("content-type") ?? "";
  const values = new Map<string, string>();
  const bad = (why: string) => refused(400, "INVALID_REQUEST", why);
  if (type.startsWith("application/x-www-form-urlencoded")) {
    for (const [name, value] of form(call)) {
      if (!(name in FIELDS)) throw bad(`unknown parameter ${name}`);
      values.set(name, value);
    }
    return { values, camel: false };
  }
  const body = type.startsWith("application/json") ? jsonObject(call) : undefined;
  if (!body) throw bad("the body must be a form or a JSON object");
  for (const [name, value] of Object.entries(body)) {
    const snake = Object.keys(FIELDS).find((f) => FIELDS[f] === name);
    if (!snake || typeof value !== "string") throw bad(`unknown member ${name}`);
    values.set(snake, value);
  }
  return { values, camel: true };
}

async function redeemCode(
  world: World,
  values: Map<string, string>,
  thumbprint: string,
): Promise<SigninSession> {
  const code = world.signin.codes.get(values.get("code") ?? "");
  const clientId = values.get("client_id")!;
  const invalid = refused(400, "INVALID_REQUEST", "The authorization code is invalid");
  if (!code || code.used || code.clientId !== clientId) throw invalid;
  if (code.redirectUri !== values.get("redirect_uri")) throw invalid;
  if (code.expiresAt <= world.now()) {
    throw refused(401, "AUTHCODE_EXPIRED", "The authorization code has expired");
  }
  if (!await verifierMatches(values.get("code_verifier") ?? "", code.challenge)) throw invalid;
  code.used = true;
  return {
    user: userNamed(world, code.user)!,
    clientId,
    thumbprint,
    refresh: "",
    expiresAt: world.now() + (world.state.signin.sessionSeconds ?? 43200) * 1000,
  };
}

function findRefresh(
  world: World,
  values: Map<string, string>,
  thumbprint: string,
): SigninSession {
  const session = world.signin.sessions.get(values.get("refresh_token") ?? "");
  if (!session || session.expiresAt <= world.now()) {
    throw refused(401, "TOKEN_EXPIRED", "The refresh token has expired");
  }
  if (session.clientId !== values.get("client_id") || session.thumbprint !== thumbprint) {
    throw refused(400, "INVALID_REQUEST", "The refresh token is bound to another client or key");
  }
  if (session.credentialsChanged) {
    throw refused(403, "USER_CREDENTIALS_CHANGED", "The user's credentials have changed");
  }
  return session;
}

function checkUser(user: UserRecord): void {
  if (denied(user.principal, "signin:CreateOAuth2Token")) {
    throw refused(
      403,
      "INSUFFICIENT_PERMISSIONS",
      `User: ${user.principal.arn} is not authorized to perform: signin:CreateOAuth2Token`,
    );
  }
}

/** `POST /v1/token` */
export async function signinToken(world: World, call: Call): Promise<Reply> {
  const { values, camel } = tokenRequest(call);
  const clientId = values.get("client_id");
  if (clientId !== SAME && clientId !== CROSS) {
    throw refused(400, "INVALID_REQUEST", "Unknown client_id");
  }
  const thumbprint = await dpopThumbprint(world, call);
  const grant = values.get("grant_type");
  if (grant !== "authorization_code" && grant !== "refresh_token") {
    throw refused(400, "INVALID_REQUEST", "Unsupported grant_type");
  }
  const session = grant === "authorization_code"
    ? await redeemCode(world, values, thumbprint)
    : findRefresh(world, values, thumbprint);
  checkUser(session.user);
  world.signin.sessions.delete(session.refresh);
  session.refresh = opaque(world.random, 96);
  world.signin.sessions.set(session.refresh, session);
  return json(await tokenAnswer(world, session, grant === "authorization_code", camel));
}

/** Fifteen minutes of credentials; the id token comes with the login alone. */
async function tokenAnswer(
  world: World,
  session: SigninSession,
  atLogin: boolean,
  camel: boolean,
): Promise<unknown> {
  const { principal, mfa } = session.user;
  const seconds = Math.min(900, Math.floor((session.expiresAt - world.now()) / 1000));
  const issued = issueSession(world, {
    kind: "signin",
    principal,
    seconds,
    mfaAt: mfa ? world.now() : undefined,
  });
  const idToken = atLogin
    ? await signToken(world, {
      issuer: "https://signin.aws.amazon.com/signin",
      claims: { sub: principal.arn, aud: session.clientId },
    })
    : undefined;
  const type = "urn:aws:params:oauth:token-type:access_token_sigv4";
  return camel
    ? {
      accessToken: {
        accessKeyId: issued.accessKeyId,
        secretAccessKey: issued.secret,
        sessionToken: issued.token,
      },
      tokenType: type,
      expiresIn: seconds,
      refreshToken: session.refresh,
      idToken,
    }
    : {
      access_token: {
        access_key_id: issued.accessKeyId,
        secret_access_key: issued.secret,
        session_token: issued.token,
      },
      token_type: type,
      expires_in: seconds,
      refresh_token: session.refresh,
      id_token: idToken,
    };
}
