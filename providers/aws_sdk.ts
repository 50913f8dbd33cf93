/**
 * Calling AWS through its SDK without anything ambient (04 §2.5, §4): endpoint, region, credentials,
 * transport, retries and clock come from us. The clients themselves are imported where a call is made.
 */
import {
  AuthError,
  type AwsCredentials,
  type Deps,
  type KindContext,
  Secret,
} from "../lib/core/types.ts";
import type { HttpResponse } from "../lib/sys/http.ts";
import { type AwsService, endpointFor } from "./aws_endpoints.ts";

/** A refusal by AWS, as `cause` of the AuthError that reports it. */
export interface AwsFault extends Error {
  /** Error code, e.g. `AccessDenied`; `HTTP 502` when the answer had none. */
  awsCode: string;
  awsMessage: string;
  httpStatus: number;
  requestId?: string;
}

/** The refusal behind an error, when AWS answered at all. */
export function awsFault(error: unknown): AwsFault | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    if ("awsCode" in e) return e as AwsFault;
  }
  return undefined;
}

/** True when the refusal has one of these codes; a trailing `Exception` does not matter. */
export function hasAwsCode(error: unknown, ...codes: string[]): boolean {
  const code = awsFault(error)?.awsCode.replace(/Exception$/, "");
  return code !== undefined && codes.some((c) => c.replace(/Exception$/, "") === code);
}

/** Codes that say "the credentials this was signed with are no longer good" (03 §3.2). */
export function saysInputIsBad(error: unknown): boolean {
  return hasAwsCode(
    error,
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidToken",
  );
}

/** What a client constructor of the SDK takes, for every service. */
export interface SdkSettings {
  region: string;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  [setting: string]: unknown;
}

export interface AwsCall<T> {
  cx: KindContext;
  service: AwsService;
  /** As in the service's API, e.g. `AssumeRole`. */
  operation: string;
  region: string;
  /** Absent for unsigned operations. */
  credentials?: AwsCredentials;
  /** Whose endpoint overrides count besides the chain's root; default: the identity of `cx`. */
  endpoint?: string;
  /** Tries in all; default `AWS_MAX_ATTEMPTS`, else 4. */
  attempts?: number;
  /** `lost` = try again only when no answer arrived (one-time codes); `none` = never. */
  retry?: "lost" | "none";
  /** Makes the client from the settings and sends the command. */
  run: (settings: SdkSettings) => Promise<T>;
}

/**
 * Runs one operation of AWS. A refusal becomes AuthError `aws_call_failed` with an {@link AwsFault}
 * as its cause; a clock that AWS finds wrong is corrected once (04 §4).
 */
export async function awsCall<T>(call: AwsCall<T>): Promise<T> {
  const seen: Transport = {};
  const caBundle = await caBundleOf(call.cx.deps);
  const once = () => call.run(settingsFor(call, seen, caBundle));
  try {
    return await once();
  } catch (error) {
    const failure = explain(error, call, seen);
    if (!correctClock(failure, seen.last, call.cx.deps)) throw failure;
    try {
      return await once();
    } catch (again) {
      throw explain(again, call, seen);
    }
  }
}

/** What the transport saw last. */
export interface Transport {
  last?: HttpResponse;
}

/** Adds the PEM bundle of `AWS_CA_BUNDLE`. An unreadable file is an error that names the variable. */
export async function caBundleOf(deps: Deps): Promise<string | undefined> {
  const path = deps.env.nonEmpty("AWS_CA_BUNDLE");
  if (path === undefined) return undefined;
  let text: string | undefined;
  try {
    text = await deps.files.readText(path);
  } catch (cause) {
    throw unreadableBundle(path, cause);
  }
  if (!text?.includes("-----BEGIN CERTIFICATE-----")) throw unreadableBundle(path);
  return text;
}

function unreadableBundle(path: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "aws_config_invalid",
    message: `failed to load AWS config: AWS_CA_BUNDLE: no certificates can be read from ${path}`,
    hints: ["Point AWS_CA_BUNDLE at a PEM file, or unset it"],
    cause,
  });
}

function settingsFor<T>(call: AwsCall<T>, seen: Transport, caBundle?: string): SdkSettings {
  const { cx, credentials } = call;
  return {
    region: call.region,
    endpoint: call.endpoint ?? endpointOf(cx, call.service, call.region),
    credentials: {
      accessKeyId: credentials?.access_key_id ?? "unsigned",
      secretAccessKey: credentials?.secret_access_key?.reveal() ?? "unsigned",
      ...(credentials?.session_token ? { sessionToken: credentials.session_token.reveal() } : {}),
    },
    requestHandler: requestHandler(call, seen, caBundle),
    systemClockOffset: cx.deps.clock.offset(),
    maxAttempts: 1,
    // Everything below is set so that the SDK asks neither the environment nor ~/.aws for it.
    retryMode: "standard",
    defaultsMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: "",
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    credentialDefaultProvider: () => () => Promise.reject(new Error("no ambient credentials")),
    // the header is the gateway's own
    defaultUserAgentProvider: () => Promise.resolve([]),
  };
}

/** The endpoint of a service for the element of the chain that `cx` is about (04 §3). */
export function endpointOf(cx: KindContext, service: AwsService, region: string): string {
  const own = cx.entries[cx.index];
  const owners = { identity: own?.section === "identities" ? own : undefined, root: cx.entries[0] };
  return endpointFor(service, region, owners, cx.deps.env).url;
}

/** How the SDK asks for one request; a subset of its `HttpRequest`. */
interface SdkRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

/** The SDK's transport on top of our HTTP gateway. */
export function requestHandler(
  call: Pick<AwsCall<unknown>, "cx" | "service" | "operation" | "retry" | "attempts">,
  seen: Transport,
  caBundle?: string,
) {
  const { deps, signal } = call.cx;
  return {
    metadata: { handlerProtocol: "http/1.1" },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
    handle: async (request: SdkRequest) => {
      const response = await deps.http.request({
        method: request.method,
        url: urlOf(request),
        headers: carriedHeaders(request.headers),
        ...(request.body === undefined ? {} : { body: request.body }),
        what: `${call.service} ${call.operation}`,
        connectTimeoutMs: 10_000,
        timeoutMs: 30_000,
        attempts: call.retry === "none" ? 1 : call.attempts ?? maxAttempts(deps),
        backoffMs: 250,
        retryOn: (answer) => call.retry === undefined && worthRetrying(answer),
        redirect: "refuse",
        signal,
        ...(caBundle ? { caBundle } : {}),
      });
      seen.last = response;
      return {
        response: {
          statusCode: response.status,
          headers: Object.fromEntries(response.headers),
          body: response.body,
        },
      };
    },
  };
}

function urlOf(r: SdkRequest): string {
  const query = Object.entries(r.query ?? {}).sort(([a], [b]) => a < b ? -1 : 1)
    .flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((v) =>
        v === null ? encode(key) : `${encode(key)}=${encode(v)}`
      )
    ).join("&");
  const port = r.port ? `:${r.port}` : "";
  return `${r.protocol}//${r.hostname}${port}${r.path || "/"}${query ? `?${query}` : ""}`;
}

/** Percent-encoding as SigV4 wants it (AWS Signature Version 4, "UriEncode"). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function carriedHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      !["host", "content-length", "user-agent"].includes(name.toLowerCase())
    ),
  );
}

/** `AWS_MAX_ATTEMPTS`, else 4. */
export function maxAttempts(deps: Deps): number {
  const wanted = Number(deps.env.nonEmpty("AWS_MAX_ATTEMPTS"));
  return Number.isInteger(wanted) && wanted >= 1 ? wanted : 4;
}

const retriedStatuses = [429, 500, 502, 503, 504];
const retriedCodes = [
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "SlowDown",
  "IDPCommunicationError",
  "InternalServerException",
];

/** Whether another try may help (04 §4). */
export function worthRetrying(response: HttpResponse): boolean {
  if (response.status < 400) return false;
  const code = errorCode(response);
  return retriedStatuses.includes(response.status) ||
    (code !== undefined && retriedCodes.includes(code));
}

/** The error code of an answer: header, JSON `__type` or `error`, or the query protocol's XML. */
export function errorCode(response: HttpResponse): string | undefined {
  const header = response.headers.get("x-amzn-errortype");
  if (header) return header.split(":")[0]!.split("#").at(-1);
  const text = response.text();
  if (text.trimStart().startsWith("<")) return /<Code>\s*([\w.]+)\s*<\/Code>/.exec(text)?.[1];
  try {
    const body = JSON.parse(text);
    const code = body?.__type ?? body?.code ?? body?.error;
    return typeof code === "string" ? code.split("#").at(-1)!.split(":")[0] : undefined;
  } catch {
    return undefined; // no JSON: the answer carries no code
  }
}

/** Turns what the SDK threw into our error: `<operation> failed: <Code>: <Message> (HTTP n, …)`. */
function explain<T>(error: unknown, call: AwsCall<T>, seen: Transport): AuthError {
  if (error instanceof AuthError) return error;
  const { last } = seen;
  if (last === undefined || last.status < 400) {
    return new AuthError({
      code: "aws_call_failed",
      message: `${call.operation} failed: ${(error as Error).message ?? error}`,
    });
  }
  const thrown = error as { name?: string; message?: string };
  const given = errorCode(last);
  return awsError({
    operation: call.operation,
    code: given ?? `HTTP ${last.status}`,
    message: given ? thrown.message ?? "" : "the answer carries no error code",
    status: last.status,
    requestId: last.headers.get("x-amzn-requestid") ?? last.headers.get("x-amz-request-id") ??
      /<RequestId>([^<]+)<\/RequestId>/.exec(last.text())?.[1],
  });
}

/** The error for a refusal of AWS, whichever way it was called. */
export function awsError(o: {
  operation: string;
  code: string;
  message: string;
  status: number;
  requestId?: string | undefined;
}): AuthError {
  const id = o.requestId ? `, request id ${o.requestId}` : "";
  const text = o.message && o.message !== o.code ? `${o.code}: ${o.message}` : o.code;
  const fault: AwsFault = Object.assign(new Error(text), {
    awsCode: o.code,
    awsMessage: o.message,
    httpStatus: o.status,
    ...(o.requestId ? { requestId: o.requestId } : {}),
  });
  return new AuthError({
    code: "aws_call_failed",
    message: `${o.operation} failed: ${text} (HTTP ${o.status}${id})`,
    cause: fault,
  });
}

/**
 * Takes the time from the `Date` header when AWS found ours wrong (04 §4). True = the call is worth
 * another try.
 */
export function correctClock(
  error: AuthError,
  response: HttpResponse | undefined,
  deps: Deps,
): boolean {
  const fault = awsFault(error);
  const date = Date.parse(response?.headers.get("date") ?? "");
  if (!fault || Number.isNaN(date)) return false;
  const off = date - deps.clock.now();
  const said = ["RequestExpired", "RequestTimeTooSkewed"].includes(fault.awsCode) ||
    (/^(InvalidSignatureException|SignatureDoesNotMatch)$/.test(fault.awsCode) &&
      /expired|not yet current/i.test(fault.awsMessage));
  const far = fault.httpStatus === 403 && Math.abs(off) > 4 * 60_000;
  if (!(said && Math.abs(off) > 1000) && !far) return false;
  const before = deps.clock.offset();
  deps.clock.setOffset(before + off);
  if (before === 0) deps.terminal.warn(`local clock is off by ${spoken(Math.abs(off))}`);
  return true;
}

function spoken(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes}m` : `${Math.round(minutes / 60)}h`;
}

/** Credentials from an answer of STS, SSO or sign-in; undefined when a part is missing. */
export function sessionFrom(o: {
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
  sessionToken?: string | undefined;
  expiresAtMs: number | undefined;
  region: string;
  roleSteps?: number;
}): AwsCredentials | undefined {
  if (!o.accessKeyId || !o.secretAccessKey || !o.sessionToken) return undefined;
  return {
    type: "aws",
    access_key_id: o.accessKeyId,
    secret_access_key: new Secret(o.secretAccessKey),
    session_token: new Secret(o.sessionToken),
    region: o.region,
    ...(o.expiresAtMs === undefined || Number.isNaN(o.expiresAtMs)
      ? {}
      : { expiration: new Date(o.expiresAtMs).toISOString().replace(/\.\d+Z$/, "Z") }),
    role_steps: o.roleSteps ?? 0,
  };
}
