import { AuthError, type AuthErrorInit } from "./error.ts";
import type { Env } from "./env.ts";
import { proxyVariable } from "./http_client.ts";

/** A failure between us and the server: another try may help. `reason` is short enough for a log line. */
export class HttpFailure extends AuthError {
  readonly reason: string;

  constructor(init: AuthErrorInit & { reason: string }) {
    super(init);
    this.reason = init.reason;
  }
}

/** `scheme://host/path`: what may be shown of a URL (03 §7). */
export function safeUrl(url: string | URL): string {
  if (!URL.canParse(String(url))) return "(invalid URL)";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

interface Reason {
  reason: string;
  hint?: string;
}

/** `network_error`: the server could not be reached or broke off. */
export function networkError(what: string, url: URL, error: unknown, env: Env): HttpFailure {
  const text = causeText(error);
  const { reason, hint } = reasonOf(text);
  const proxy = proxyVariable(env, url);
  const hints = hint ? [hint] : [];
  if (proxy && !reason.startsWith("the connection was closed")) {
    hints.push(`A proxy is set by \`${proxy}\`; \`NO_PROXY\` exempts hosts from it`);
  }
  return new HttpFailure({
    code: "network_error",
    message: `${what}: cannot reach ${url.host}: ${reason}`,
    reason,
    hints,
    cause: new Error(withoutQueries(text)),
  });
}

function reasonOf(text: string): Reason {
  const known: [RegExp, Reason][] = [
    [/dns error|failed to lookup/i, {
      reason: "the host name cannot be resolved",
      hint: "Check the spelling of the host and the network connection",
    }],
    [/certificate|UnknownIssuer|self.signed/i, {
      reason: `the TLS certificate is not trusted (${certificateDetail(text)})`,
      hint: "Behind a TLS-inspecting proxy set `NODE_EXTRA_CA_CERTS` to its CA certificate (PEM)",
    }],
    [/InvalidContentType|corrupt message|tls handshake|received fatal alert/i, {
      reason: "the TLS handshake failed",
      hint: "Check that the port speaks TLS",
    }],
    [/connection refused/i, { reason: "connection refused" }],
    [/tunnel|proxy/i, { reason: "the proxy refused the connection" }],
    [/network (is )?unreachable|no route to host/i, { reason: "network unreachable" }],
    [/timed out/i, { reason: "the connection timed out" }],
    [/reading a body|unexpected eof|end of file/i, {
      reason: "the connection was closed before the answer was complete",
    }],
    [/connection (was )?(reset|closed|aborted)|broken pipe/i, {
      reason: "the connection was closed",
    }],
    [/ports? .*blocked/i, { reason: "the port is blocked" }],
    [/requires net access|NotCapable/i, { reason: "this command may not use the network" }],
  ];
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? { reason: "the request failed" };
}

function certificateDetail(text: string): string {
  return /invalid peer certificate: (\w+)/.exec(text)?.[1] ?? "unknown issuer";
}

function causeText(error: unknown): string {
  const parts: string[] = [];
  for (let here = error; here instanceof Error; here = here.cause) {
    parts.push(`${here.name === "TypeError" ? "" : `${here.name}: `}${here.message}`);
  }
  return parts.join(": ") || String(error);
}

function withoutQueries(text: string): string {
  return text.replace(/https?:\/\/[^\s)]+/g, (url) => safeUrl(url));
}

export function timeoutError(what: string, url: URL, ms: number): HttpFailure {
  const seconds = Math.round(ms / 100) / 10;
  return new HttpFailure({
    code: "network_error",
    message: `${what}: no answer from ${url.host} within ${seconds} s`,
    reason: "timeout",
    hints: ["Check the network connection and the proxy settings, then try again"],
  });
}

export function bodyTooLarge(what: string, url: URL, limit: number): AuthError {
  return new AuthError({
    code: "response_too_large",
    message: `${what}: ${url.host} answered with more than ${limit} bytes`,
  });
}

export function redirectRefused(what: string, from: URL, to: string): AuthError {
  return new AuthError({
    code: "redirect_refused",
    message: `${what}: refusing to follow the redirect of ${from.host} to ${to}`,
    hints: ["Check the configured URL; a login page or proxy may stand in the way"],
  });
}

/** `unexpected_response`: names host, status and content type, never the body. */
export function unreadableJson(
  what: string,
  url: URL,
  response: Response,
  body: Uint8Array,
): AuthError {
  if (response.status === 429) return statusError(what, url, response);
  const type = response.headers.get("content-type")?.split(";")[0]?.trim() || "no content type";
  const start = new TextDecoder().decode(body.subarray(0, 64)).trimStart();
  const html = start.startsWith("<") || type === "text/html";
  const found = body.length === 0
    ? "an empty body instead of JSON"
    : html
    ? "a web page instead of JSON"
    : "JSON that is invalid or cut short";
  return new AuthError({
    code: "unexpected_response",
    message: `${what}: ${url.host} answered with ${found} (HTTP ${response.status}, ${type})`,
    hints: html
      ? [
        "A proxy or a login page may have answered in its place; check the URL and the proxy settings",
      ]
      : [],
  });
}

/** An answer whose status alone is the news; `too_many_requests` for 429, else `unexpected_status`. */
export function statusError(
  what: string,
  url: string | URL,
  response: { status: number; headers: Headers },
): AuthError {
  const host = new URL(url).host;
  if (response.status !== 429) {
    return new AuthError({
      code: "unexpected_status",
      message: `${what}: ${host} answered with HTTP ${response.status}`,
    });
  }
  const after = response.headers.get("retry-after");
  return new AuthError({
    code: "too_many_requests",
    message: `${what}: ${host} refuses more requests for now (HTTP 429)`,
    hints: [
      after && /^\d+$/.test(after)
        ? `Try again in ${after} seconds`
        : "Wait a little and try again; fewer runs at the same time help",
    ],
  });
}
