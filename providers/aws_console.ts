/** Sign-in links for the AWS console (04 §10). */
import {
  AuthError,
  type AwsCredentials,
  type ConsoleLink,
  type ConsoleRequest,
  type Credentials,
  type KindContext,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import { parseDuration } from "../lib/sys/duration.ts";
import type { HttpResponse } from "../lib/sys/http.ts";
import { callRegion } from "./aws.ts";
import { roleStepsBefore } from "./aws_assume_role.ts";
import { allowedHost, endpointFor, type Partition, partitionOf } from "./aws_endpoints.ts";
import { caBundleOf } from "./aws_sdk.ts";

const minSeconds = 900, maxSeconds = 43_200;

function failed(message: string): AuthError {
  return new AuthError({
    code: "console_failed",
    message: `auth console operation failed: ${message}`,
  });
}

/**
 * A link that signs in to the console with session credentials. `instead` gives other
 * credentials when AWS refuses them (a user's GetSessionToken session, 04 §10).
 */
export async function consoleLink(
  credentials: Credentials,
  cx: KindContext,
  request: ConsoleRequest,
  instead?: () => Promise<AwsCredentials | undefined>,
): Promise<ConsoleLink> {
  if (credentials.type !== "aws" || !credentials.session_token) {
    throw new AuthError({
      code: "console_failed",
      message:
        "session token required for console access (permanent IAM user credentials cannot be used)",
    });
  }
  const region = callRegion(cx);
  const partition = partitionOf(region);
  const federation = federationUrl(cx, region, partition);
  const destination = await destinationUrl(request.destination, partition);
  const notes: string[] = [];
  const duration = durationOf(cx, request, notes);
  const wanted = mayAskForDuration(cx) ? duration : undefined;

  let session = credentials;
  let answer = await signinToken(cx, federation, session, wanted);
  let sent = wanted;
  if (answer.status === 400 && wanted !== undefined) {
    answer = await signinToken(cx, federation, session, undefined);
    sent = undefined;
  }
  if (answer.status !== 200 && instead) {
    const other = await instead();
    if (other) {
      session = other;
      sent = undefined;
      answer = await signinToken(cx, federation, session, undefined);
    }
  }
  const token = tokenIn(answer);
  const query = new URLSearchParams({
    Action: "login",
    Destination: destination,
    Issuer: request.issuer,
    SigninToken: token,
  });
  query.sort();
  notes.push("The link is valid for 15 minutes.");
  const remaining = session.expiration
    ? Math.floor((Date.parse(session.expiration) - cx.deps.clock.now()) / 1000)
    : undefined;
  const sessionSeconds = sent ?? remaining;
  const account = accountOf(cx);
  return {
    url: new Secret(`${federation}?${query}`),
    ...(account ? { account } : {}),
    ...(sessionSeconds === undefined || Number.isNaN(sessionSeconds) ? {} : { sessionSeconds }),
    notes,
  };
}

function accountOf(cx: KindContext): string | undefined {
  const { values } = cx.entries[cx.index]!;
  return textAt(values, "principal", "account", "id") ??
    textAt(values, "principal", "assume_role")?.match(/^arn:[^:]+:iam::(\d{12}):/)?.[1];
}

function federationUrl(cx: KindContext, region: string, partition: Partition): string {
  const owners = { identity: cx.entries[cx.index], root: cx.entries[0] };
  const endpoint = endpointFor("signin", region, owners, cx.deps.env);
  if (endpoint.overridden) {
    cx.deps.http.allow(allowedHost(endpoint.url));
    return `${endpoint.url}/federation`;
  }
  if (!partition.federation) throw failed(`no console for this partition (${partition.name})`);
  cx.deps.http.allow(partition.federation.signin);
  return `https://${partition.federation.signin}/federation`;
}

/** A full URL as it is, an alias by the table; nothing = the console's start page. */
async function destinationUrl(given: string | undefined, partition: Partition): Promise<string> {
  const base = `https://${partition.federation?.console ?? "console.aws.amazon.com"}/`;
  const text = given?.trim() ?? "";
  if (text === "") return base;
  if (/^https?:\/\//i.test(text)) return text;
  const { destinationPath } = await import("./aws_console_destinations.ts");
  const path = destinationPath(text);
  if (path !== undefined) return base + path;
  throw new AuthError({
    code: "unknown_service_alias",
    message: `unknown service alias: "${text}" (try 's3', 'ec2', 'cloudformation', etc. or use a ` +
      "full URL)",
  });
}

/** Flag, else the provider's `console.session_duration`, else an hour; 15 minutes to 12 hours. */
function durationOf(cx: KindContext, request: ConsoleRequest, notes: string[]): number {
  let seconds = request.durationSeconds;
  const configured = textAt(cx.entries[0]!.values, "console", "session_duration");
  if (seconds === undefined && configured !== undefined) {
    const parsed = parseDuration(configured);
    if (parsed.ok) seconds = parsed.seconds;
    else notes.push(`console.session_duration: ${parsed.reason}; using 1h.`);
  }
  seconds ??= 3600;
  const clamped = Math.min(maxSeconds, Math.max(minSeconds, seconds));
  if (clamped !== seconds) {
    notes.push(`A console session of ${seconds}s is outside 15m to 12h; using ${clamped}s.`);
  }
  return clamped;
}

/** AWS takes a duration only for sessions of exactly one role step (04 §10). */
function mayAskForDuration(cx: KindContext): boolean {
  const kind = cx.entries[cx.index]!.kind;
  if (kind === "aws/permission-set") return true;
  if (kind !== "aws/assume-role" || roleStepsBefore(cx) > 0) return false;
  // a role on an ambient base is perhaps a chained one
  return cx.entries[0]!.kind !== "aws/ambient";
}

async function signinToken(
  cx: KindContext,
  federation: string,
  credentials: AwsCredentials,
  durationSeconds: number | undefined,
): Promise<HttpResponse> {
  const query = new URLSearchParams({
    Action: "getSigninToken",
    ...(durationSeconds === undefined ? {} : { SessionDuration: String(durationSeconds) }),
    Session: JSON.stringify({
      sessionId: credentials.access_key_id,
      sessionKey: credentials.secret_access_key?.reveal(),
      sessionToken: credentials.session_token?.reveal(),
    }),
  });
  const url = `${federation}?${query}`;
  const long = url.length > 7000;
  const caBundle = await caBundleOf(cx.deps);
  try {
    return await cx.deps.http.request({
      method: long ? "POST" : "GET",
      url: long ? federation : url,
      ...(long
        ? {
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: query.toString(),
        }
        : {}),
      what: "console sign-in token",
      timeoutMs: 10_000,
      redirect: "refuse",
      signal: cx.signal,
      ...(caBundle ? { caBundle } : {}),
    });
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    throw new AuthError({
      code: "console_failed",
      message: `auth console operation failed: ${(error as Error).message}`,
      cause: error,
    });
  }
}

/** The token; the body is never shown, it is a credential. */
function tokenIn(answer: HttpResponse): string {
  if (answer.status !== 200) {
    throw failed(`the federation endpoint answered HTTP ${answer.status}`);
  }
  let token: unknown;
  try {
    token = answer.json<{ SigninToken?: unknown }>()?.SigninToken;
  } catch {
    throw failed("the federation endpoint gave no JSON");
  }
  if (typeof token !== "string" || token === "") {
    throw failed("the federation endpoint gave no sign-in token");
  }
  return new Secret(token).reveal();
}
