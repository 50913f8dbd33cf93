/** Signing in to an IAM user or root with the browser, through the sign-in service (04 §9.6). */
import {
  AuthError,
  type AwsCredentials,
  type Deps,
  type KindContext,
  Secret,
} from "../lib/core/types.ts";
import {
  type DpopKey,
  dpopProof,
  exportDpopKey,
  importDpopKey,
  newDpopKey,
} from "../lib/oauth/dpop.ts";
import { base64url, codeChallenge, codeVerifier } from "../lib/oauth/pkce.ts";
import { receiveRedirect } from "../lib/oauth/redirect.ts";
import { webflowFile } from "../lib/store/paths.ts";
import type { HttpResponse } from "../lib/sys/http.ts";
import { configuredRegion, fallbackRegion, wholeSeconds } from "./aws.ts";
import { allowedHost } from "./aws_endpoints.ts";
import { awsError, awsFault, caBundleOf, endpointOf, maxAttempts, sessionFrom } from "./aws_sdk.ts";

const sameDevice = "arn:aws:signin:::devtools/same-device";
const crossDevice = "arn:aws:signin:::devtools/cross-device";
const wait = 5 * 60_000;
const sessionLife = 12 * 3600_000;

/** What is kept between runs: a refresh token bound to a DPoP key. */
interface Kept {
  refreshToken: Secret;
  clientId: string;
  /** Epoch ms. */
  expiresAt: number;
  key: DpopKey;
}

interface TokenAnswer {
  credentials: AwsCredentials;
  refreshToken?: Secret;
}

/** Signs in with the browser. `fresh` skips the refresh token that may be kept. */
export async function browserSession(
  cx: KindContext,
  options: { fresh: boolean },
): Promise<AwsCredentials> {
  if (!options.fresh) {
    const session = await refreshedSession(cx);
    if (session) return session;
  }
  if (!cx.mode.browserFlows) {
    throw new AuthError({
      code: "login_required",
      message: "browser authentication failed: it needs a person at an interactive terminal",
      hints: [`Run \`atmos-auth login --identity ${cx.name}\` in a terminal`],
    });
  }
  const key = await newDpopKey();
  const verifier = codeVerifier(cx.deps.random);
  const local = cx.deps.terminal.canOpenBrowser;
  const { code, redirectUri } = local
    ? await codeHere(cx, verifier)
    : await codeElsewhere(cx, verifier);
  const clientId = local ? sameDevice : crossDevice;
  let answer: TokenAnswer;
  try {
    answer = await requestToken(cx, key, "lost", {
      client_id: clientId,
      grant_type: "authorization_code",
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    });
  } catch (error) {
    throw failure("webflow_exchange_failed", exchangeText, error);
  }
  if (answer.refreshToken) {
    await keep(cx, {
      refreshToken: answer.refreshToken,
      clientId,
      expiresAt: cx.deps.clock.now() + sessionLife,
      key,
    });
  }
  return answer.credentials;
}

const exchangeText = "failed to exchange authorization code for credentials";

/** Credentials for the refresh token that is kept; undefined when there is none or it has ended. */
export async function refreshedSession(cx: KindContext): Promise<AwsCredentials | undefined> {
  const kept = await readKept(cx);
  if (!kept) return undefined;
  try {
    const answer = await requestToken(cx, kept.key, undefined, {
      client_id: kept.clientId,
      grant_type: "refresh_token",
      refresh_token: kept.refreshToken.reveal(),
    });
    // kept before the credentials are used: a lost rotation signs the user out (04 Traps 6)
    if (answer.refreshToken) await keep(cx, { ...kept, refreshToken: answer.refreshToken });
    return answer.credentials;
  } catch (error) {
    const code = awsFault(error)?.awsCode ?? "";
    if (
      ["TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED", "invalid_grant", "invalid_token"].includes(code)
    ) {
      await cx.deps.files.remove(fileOf(cx));
      cx.deps.log.debug(`browser refresh token has been revoked: ${(error as Error).message}`);
      if (cx.mode.browserFlows) return undefined;
      throw new AuthError({
        code: "login_required",
        message: `browser refresh token has been revoked: ${(error as Error).message}`,
        hints: [`Run \`atmos-auth login --identity ${cx.name}\``],
        cause: error,
      });
    }
    throw failure("webflow_refresh_failed", "failed to refresh browser credentials", error);
  }
}

function failure(code: string, sentinel: string, error: unknown): unknown {
  if (error instanceof AuthError && error.exit === 130) return error;
  return new AuthError({
    code,
    message: `${sentinel}: ${(error as Error).message}`,
    hints: awsFault(error)?.awsCode === "INSUFFICIENT_PERMISSIONS"
      ? [
        "The user needs `signin:AuthorizeOAuth2Access` and `signin:CreateOAuth2Token`, as in the " +
        "managed policy `SignInLocalDevelopmentAccess`",
      ]
      : [],
    cause: error,
  });
}

// ---------------------------------------------------------------------------------------------
// The code
// ---------------------------------------------------------------------------------------------

async function authorizeUrl(
  cx: KindContext,
  o: { clientId: string; redirectUri: string; verifier: string; state: string },
): Promise<string> {
  const query = new URLSearchParams({
    client_id: o.clientId,
    redirect_uri: o.redirectUri,
    response_type: "code",
    code_challenge: await codeChallenge(o.verifier),
    code_challenge_method: "SHA-256", // not S256 (04 Traps 2)
    scope: "openid",
    state: o.state,
  });
  return `${signin(cx)}/v1/authorize?${query}`;
}

/** The region of the flow: configured, else `us-east-1` (04 §9.6). */
function webflowRegion(cx: KindContext): string {
  return configuredRegion(cx) ?? fallbackRegion;
}

function signin(cx: KindContext): string {
  return endpointOf(cx, "signin", webflowRegion(cx));
}

/** With a browser on this machine. */
async function codeHere(
  cx: KindContext,
  verifier: string,
): Promise<{ code: string; redirectUri: string }> {
  const { deps } = cx;
  const state = base64url(deps.random.bytes(16));
  return await deps.terminal.during("Waiting for authentication", () =>
    receiveRedirect({
      loopback: deps.loopback,
      port: 0,
      path: "/oauth/callback",
      state,
      timeoutMs: wait,
      timeoutError: () =>
        new AuthError({
          code: "webflow_timed_out",
          message: "browser authentication timed out: nobody signed in within 5 minutes",
        }),
      clock: deps.clock,
      signal: cx.signal,
      start: async (redirectUri) => {
        const url = await authorizeUrl(cx, { clientId: sameDevice, redirectUri, verifier, state });
        deps.terminal.notice(
          `\nAWS Authentication Required\n\nYour browser opens this address; if it does not, open ` +
            `it yourself:\n\n${url}\n`,
        );
        await deps.terminal.openBrowser(url);
      },
    }));
}

/** With a browser on another machine, which shows a code to paste. */
async function codeElsewhere(
  cx: KindContext,
  verifier: string,
): Promise<{ code: string; redirectUri: string }> {
  const { deps } = cx;
  if (!cx.mode.prompts) {
    throw new AuthError({
      code: "login_required",
      message:
        "browser authentication failed: no browser can be opened here and nobody can paste " +
        "the code",
      hints: [`Run \`atmos-auth login --identity ${cx.name}\` in a terminal`],
    });
  }
  const state = base64url(deps.random.bytes(16));
  const redirectUri = `${signin(cx)}/v1/sessions/confirmation`;
  const url = await authorizeUrl(cx, { clientId: crossDevice, redirectUri, verifier, state });
  deps.terminal.notice(
    `\nAWS Authentication Required\n\nOpen this address in a browser on any machine:\n\n${url}\n`,
  );
  if (cx.mode.qr) {
    const { qrText } = await import("../lib/oauth/qr.ts");
    deps.terminal.notice(await qrText(url));
  }
  const pasted = await deps.terminal.secret({
    title: "Authorization Code",
    description: "The page shows it after the sign-in",
  });
  return { code: pastedCode(pasted.reveal(), state), redirectUri };
}

/** The code in what the page shows: base64 of `state=…&code=…`. */
function pastedCode(text: string, state: string): string {
  const fail = (code: string, message: string): never => {
    throw new AuthError({ code, message });
  };
  const trimmed = text.trim();
  if (trimmed === "") fail("authorization_code_missing", "authorization code is required");
  let decoded = "";
  try {
    decoded = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.fromBase64(trimmed.replaceAll("-", "+").replaceAll("_", "/")),
    );
  } catch {
    fail(
      "authorization_code_unreadable",
      "failed to read authorization code: it is not what the page shows",
    );
  }
  const query = new URLSearchParams(decoded);
  const code = query.get("code") ??
    fail("authorization_code_unreadable", "failed to read authorization code: it has no code part");
  if (query.get("state") !== state) {
    fail("state_mismatch", "state mismatch: possible CSRF attack");
  }
  return code;
}

// ---------------------------------------------------------------------------------------------
// The token endpoint
// ---------------------------------------------------------------------------------------------

async function requestToken(
  cx: KindContext,
  key: DpopKey,
  retry: "lost" | undefined,
  form: Record<string, string>,
): Promise<TokenAnswer> {
  const { deps } = cx;
  const url = `${signin(cx)}/v1/token`;
  deps.http.allow(allowedHost(url));
  const caBundle = await caBundleOf(deps);
  const response = await deps.http.request({
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "accept": "application/json",
      "dpop": await proofFor(cx, key, url),
    },
    body: new URLSearchParams(form).toString(),
    what: "signin CreateOAuth2Token",
    connectTimeoutMs: 10_000,
    timeoutMs: 30_000,
    attempts: maxAttempts(deps),
    // a proof may be used once, so only what no server saw is sent again as it is
    retryOn: () => false,
    redirect: "refuse",
    signal: cx.signal,
    ...(caBundle ? { caBundle } : {}),
  });
  if (response.status !== 200) {
    const again = retry === undefined && [429, 500, 502, 503, 504].includes(response.status);
    if (again) return await retried(cx, key, form, response);
    throw refusal(response);
  }
  return tokenOf(cx, response);
}

async function proofFor(cx: KindContext, key: DpopKey, url: string): Promise<string> {
  const { clock, random } = cx.deps;
  try {
    return await dpopProof({ key, method: "POST", url, clock, random });
  } catch (cause) {
    throw new AuthError({
      code: "dpop_failed",
      message: `failed to build DPoP proof: ${(cause as Error).message}`,
      hints: [`Run \`atmos-auth login --identity ${cx.name} --webflow\``],
      cause,
    });
  }
}

/** Once more after a pause, with a proof of its own. */
async function retried(
  cx: KindContext,
  key: DpopKey,
  form: Record<string, string>,
  response: HttpResponse,
): Promise<TokenAnswer> {
  const seconds = Number(response.headers.get("retry-after") ?? 1);
  await cx.deps.clock.sleep(Math.min(30, Math.max(1, seconds || 1)) * 1000, cx.signal);
  return await requestToken(cx, key, "lost", form);
}

function refusal(response: HttpResponse): AuthError {
  let body: Record<string, unknown> = {};
  try {
    body = response.json<Record<string, unknown>>() ?? {};
  } catch {
    // no JSON: the status has to do
  }
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  return awsError({
    operation: "CreateOAuth2Token",
    code: text(body.error) ?? `HTTP ${response.status}`,
    message: text(body.error_description) ?? text(body.message) ?? "",
    status: response.status,
    requestId: response.headers.get("x-amzn-requestid") ?? undefined,
  });
}

/** A form gets snake_case, a JSON body camelCase: both are read. */
function tokenOf(cx: KindContext, response: HttpResponse): TokenAnswer {
  const body = response.json<Record<string, unknown>>();
  const pick = (from: Record<string, unknown> | undefined, snake: string, camel: string) =>
    from?.[snake] ?? from?.[camel];
  const keys = pick(body, "access_token", "accessToken") as Record<string, unknown> | undefined;
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  const seconds = Number(pick(body, "expires_in", "expiresIn") ?? 900);
  const credentials = sessionFrom({
    accessKeyId: text(pick(keys, "access_key_id", "accessKeyId")),
    secretAccessKey: text(pick(keys, "secret_access_key", "secretAccessKey")),
    sessionToken: text(pick(keys, "session_token", "sessionToken")),
    expiresAtMs: cx.deps.clock.now() + seconds * 1000,
    region: webflowRegion(cx),
  });
  if (!credentials) {
    throw new AuthError({
      code: "aws_call_failed",
      message: "CreateOAuth2Token failed: the answer has no credentials",
    });
  }
  const refresh = text(pick(body, "refresh_token", "refreshToken"));
  return { credentials, ...(refresh ? { refreshToken: new Secret(refresh) } : {}) };
}

// ---------------------------------------------------------------------------------------------
// What is kept
// ---------------------------------------------------------------------------------------------

function fileOf(cx: KindContext): string {
  return webflowFile(cx.deps.env, { realm: cx.realm, identity: cx.name });
}

async function keep(cx: KindContext, kept: Kept): Promise<void> {
  const file = fileOf(cx);
  const record = {
    refreshToken: kept.refreshToken.reveal(),
    region: webflowRegion(cx),
    expiresAt: wholeSeconds(kept.expiresAt),
    dpopKey: (await exportDpopKey(kept.key)).reveal(),
    clientId: kept.clientId,
    identity: cx.name,
    realm: cx.realm,
  };
  try {
    await cx.deps.files.ensureDir(file.replace(/[/\\][^/\\]*$/, ""));
    await cx.deps.files.write(file, JSON.stringify(record));
  } catch (error) {
    cx.deps.terminal.warn(
      `The browser session of ${cx.name} could not be kept: ${(error as Error).message}`,
    );
  }
}

/** The kept token; undefined when it is of another place, over, or damaged. */
async function readKept(cx: KindContext): Promise<Kept | undefined> {
  const text = await cx.deps.files.readSecret(fileOf(cx));
  if (text === undefined) return undefined;
  const { log, clock } = cx.deps;
  let raw: Record<string, unknown> | null;
  try {
    raw = JSON.parse(text);
  } catch {
    raw = null; // damaged: as if absent (03 §5.5)
  }
  if (raw === null || typeof raw !== "object") return miss(log, "the file is damaged");
  const string = (key: string) => typeof raw[key] === "string" ? raw[key] : "";
  if (string("refreshToken") === "") return miss(log, "cached refresh token is empty");
  if (string("region") !== webflowRegion(cx)) return miss(log, "it is of another region");
  const owned = (key: string, own: string) => raw[key] === undefined || raw[key] === own;
  if (!owned("identity", cx.name) || !owned("realm", cx.realm)) {
    return miss(log, "it belongs to another identity");
  }
  const expiresAt = Date.parse(string("expiresAt"));
  if (!(expiresAt - clock.now() > 60_000)) return miss(log, "it has ended");
  const key = string("dpopKey") ? await importDpopKey(new Secret(string("dpopKey"))) : undefined;
  if (!key) return miss(log, "it has no proof key");
  return {
    refreshToken: new Secret(string("refreshToken")),
    clientId: string("clientId") || sameDevice,
    expiresAt,
    key,
  };
}

function miss(log: Deps["log"], reason: string): undefined {
  log.debug(`the kept browser session is not used: ${reason}`);
  return undefined;
}
