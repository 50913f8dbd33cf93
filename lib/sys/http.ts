import { sleep } from "./clock.ts";
import { AuthError } from "./error.ts";
import type { Env } from "./env.ts";
import { clientFor, type Clients } from "./http_client.ts";
import {
  bodyTooLarge,
  HttpFailure,
  networkError,
  redirectRefused,
  safeUrl,
  timeoutError,
  unreadableJson,
} from "./http_error.ts";
import { type AllowedHosts, allowedHosts } from "./http_hosts.ts";
import type { Log } from "./log.ts";

/** One HTTP request through the gateway (03 §3.9, §10.3). */
export interface HttpRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** What this is for, in errors and logs: `sts AssumeRole`. */
  what: string;
  /** Time to the response headers, of one try; default 30 000 ms. */
  connectTimeoutMs?: number;
  /** Whole try, body included; default 60 000 ms. */
  timeoutMs?: number;
  /** Tries in all; default 3. 1 for requests that redeem a one-time code. */
  attempts?: number;
  /** Base of the full-jitter back-off; default 250 ms, doubling, cap 8 s. */
  backoffMs?: number;
  /** Longest `Retry-After` that is waited for; a longer one ends the tries. Default 30 000 ms. */
  retryAfterMs?: number;
  /** Never through a proxy. Loopback and link-local addresses never are, whatever this says. */
  direct?: boolean;
  /** Which responses are worth another try. Default: 429, 500, 502, 503, 504. */
  retryOn?: (response: HttpResponse) => boolean;
  /** `refuse` (default for credentials): a redirect is an error. `same-host`, `follow` (≤ 10 hops, never https → http), or `manual` (hand the 3xx back). */
  redirect?: "refuse" | "same-host" | "follow" | "manual";
  /** Body cap in bytes; default 1 MiB. */
  maxBytes?: number;
  signal?: AbortSignal;
  /** PEM text (one certificate or more) to trust besides the system's (`AWS_CA_BUNDLE`). */
  caBundle?: string;
}

export interface HttpResponse {
  status: number;
  headers: Headers;
  /** Final URL. */
  url: string;
  body: Uint8Array;
  text(): string;
  /** Parsed JSON; throws AuthError `unexpected_response` naming host, status and content type, never the body. */
  json<T = unknown>(): T;
}

/**
 * The only door to the network. Hosts must have been allowed: computed from the resolved
 * configuration by the core. https only; http for loopback and for origins allowed as such.
 * Network failures are `AuthError` with code `network_error` and a cause; an unlisted host is
 * `host_not_allowed`, naming the host.
 */
export interface Http {
  /** Allows a host (`example.com`), a wildcard (`*.example.com`) or an origin (`http://127.0.0.1:4010`). */
  allow(...hosts: string[]): void;
  request(request: HttpRequest): Promise<HttpResponse>;
  /** True once when any request went out (for `status` and tests). */
  readonly requests: number;
}

export interface SystemHttpOptions {
  /** For `User-Agent: atmos-auth/<version>`. */
  version: string;
  env: Env;
  log?: Log;
  /** Tests only: waits and chance. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
}

const DEFAULTS = {
  connectTimeoutMs: 30_000,
  timeoutMs: 60_000,
  attempts: 3,
  backoffMs: 250,
  backoffCapMs: 8_000,
  retryAfterMs: 30_000,
  maxBytes: 1024 * 1024,
  maxHops: 10,
};

/** The network, by the rules of 03 §3.9, §10.3 and 04 §4. */
export function systemHttp(options: SystemHttpOptions): Http {
  const hosts = allowedHosts();
  const clients: Clients = new Map();
  const pause = options.sleep ?? sleep;
  const random = options.random ?? Math.random;
  let requests = 0;

  const once = async (request: HttpRequest, url: URL): Promise<HttpResponse> => {
    requests++;
    const started = Date.now();
    const line = { method: request.method, host: url.host, path: url.pathname };
    try {
      const response = await exchange(request, url, options, clients);
      options.log?.debug("http", { ...line, status: response.status, ms: Date.now() - started });
      return response;
    } catch (error) {
      const why = error instanceof HttpFailure ? error.reason : "aborted";
      options.log?.debug("http", { ...line, failed: why, ms: Date.now() - started });
      throw error;
    }
  };

  return {
    get requests() {
      return requests;
    },
    allow: (...names) => hosts.allow(...names),
    async request(request) {
      const { what, signal, attempts = DEFAULTS.attempts } = request;
      let url: URL;
      try {
        url = new URL(request.url);
      } catch {
        throw new AuthError({ code: "invalid_url", message: `${what}: the URL is not valid` });
      }
      hosts.check(url, what);
      for (let tries = 1;; tries++) {
        let response: HttpResponse | undefined, failure: unknown;
        try {
          signal?.throwIfAborted();
          response = await withRedirects(request, url, hosts, once);
        } catch (error) {
          if (!(error instanceof HttpFailure)) throw error;
          failure = error;
        }
        if (response && !(request.retryOn ?? worthAnotherTry)(response)) return response;
        const wait = tries < attempts ? delay(request, tries, response, random) : undefined;
        if (wait === undefined) {
          if (response) return response;
          throw failure;
        }
        await pause(wait, signal);
      }
    },
  };
}

function worthAnotherTry(response: HttpResponse): boolean {
  return [429, 500, 502, 503, 504].includes(response.status);
}

/** Full jitter over a doubling base, or what the server asks for; undefined when that is too long. */
function delay(
  request: HttpRequest,
  tries: number,
  response: HttpResponse | undefined,
  random: () => number,
): number | undefined {
  const asked = response && retryAfterMs(response.headers.get("retry-after"));
  if (asked !== undefined) {
    return asked <= (request.retryAfterMs ?? DEFAULTS.retryAfterMs) ? asked : undefined;
  }
  const base = request.backoffMs ?? DEFAULTS.backoffMs;
  return random() * Math.min(DEFAULTS.backoffCapMs, base * 2 ** (tries - 1));
}

/** `Retry-After` (RFC 9110 §10.2.3), seconds or a date, in milliseconds. */
export function retryAfterMs(value: string | null, now: number = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function withRedirects(
  request: HttpRequest,
  first: URL,
  hosts: AllowedHosts,
  once: (request: HttpRequest, url: URL) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const rule = request.redirect ?? "refuse";
  let url = first, current = request;
  for (let hop = 0;; hop++) {
    const response = await once(current, url);
    const location = response.headers.get("location");
    if (
      rule === "manual" || location === null || ![301, 302, 303, 307, 308].includes(response.status)
    ) {
      return response;
    }
    if (!URL.canParse(location, url)) throw redirectRefused(current.what, url, "an invalid URL");
    const next = new URL(location, url);
    const sameHost = next.host === url.host && next.protocol === url.protocol;
    if (rule === "refuse" || (rule === "same-host" && !sameHost)) {
      throw redirectRefused(current.what, url, next.host);
    }
    if (url.protocol === "https:" && next.protocol !== "https:") {
      throw redirectRefused(current.what, url, `${next.host} without TLS`);
    }
    if (hop === DEFAULTS.maxHops) throw redirectRefused(current.what, url, "too many others");
    hosts.check(next, current.what);
    current = redirected(current, response.status, next.origin === url.origin);
    url = next;
  }
}

/** RFC 9110 §15.4: 303, and 301 and 302 after a POST, become a GET. Credentials stay with their origin. */
function redirected(request: HttpRequest, status: number, sameOrigin: boolean): HttpRequest {
  const toGet = status === 303 && request.method !== "HEAD" ||
    (status === 301 || status === 302) && request.method === "POST";
  const drop = new Set<string>();
  if (!sameOrigin) {
    for (const name of ["authorization", "cookie", "proxy-authorization"]) drop.add(name);
  }
  if (toGet) { for (const name of ["content-type", "content-length"]) drop.add(name); }
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).filter(([name]) => !drop.has(name.toLowerCase())),
  );
  return { ...request, headers, ...(toGet ? { method: "GET", body: undefined } : {}) };
}

/** One request and its whole answer. Network failures are {@link HttpFailure}. */
async function exchange(
  request: HttpRequest,
  url: URL,
  options: SystemHttpOptions,
  clients: Clients,
): Promise<HttpResponse> {
  const { what, signal } = request;
  const timer = new AbortController();
  let phase = { name: "headers", ms: request.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs };
  const total = request.timeoutMs ?? DEFAULTS.timeoutMs;
  const expire = (after: { name: string; ms: number }) => {
    phase = after;
    timer.abort();
  };
  const headersTimer = setTimeout(expire, phase.ms, phase);
  const totalTimer = setTimeout(expire, total, { name: "whole", ms: total });
  try {
    const headers = new Headers(request.headers);
    if (!headers.has("user-agent")) headers.set("user-agent", `atmos-auth/${options.version}`);
    const client = clientFor(url, request, { clients, env: options.env, log: options.log });
    const response = await fetch(url, {
      method: request.method,
      headers,
      body: request.body as BodyInit | undefined,
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timer.signal]) : timer.signal,
      ...(client ? { client } : {}),
    });
    clearTimeout(headersTimer);
    const limit = request.maxBytes ?? DEFAULTS.maxBytes;
    const body = await readBody(response, limit);
    if (body === undefined) throw bodyTooLarge(what, url, limit);
    return answer(what, url, response, body);
  } catch (error) {
    if (error instanceof AuthError && !(error instanceof HttpFailure)) throw error;
    if (signal?.aborted) throw signal.reason;
    if (timer.signal.aborted) throw timeoutError(what, url, phase.ms);
    throw networkError(what, url, error, options.env);
  } finally {
    clearTimeout(headersTimer);
    clearTimeout(totalTimer);
  }
}

/** The body, or undefined when it is larger than `limit`. */
async function readBody(
  response: Response,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (response.body) {
    for await (const part of response.body) {
      length += part.length;
      // Leaving the loop cancels the stream.
      if (length > limit) return undefined;
      parts.push(part);
    }
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

function answer(
  what: string,
  url: URL,
  response: Response,
  body: Uint8Array,
): HttpResponse {
  const text = () => new TextDecoder().decode(body);
  return {
    status: response.status,
    headers: response.headers,
    url: url.href,
    body,
    text,
    json<T>() {
      try {
        return JSON.parse(text()) as T;
      } catch {
        throw unreadableJson(what, url, response, body);
      }
    },
  };
}

/** `scheme://host/path` of a URL, for messages: no userinfo, no query, no fragment. */
export { safeUrl };
