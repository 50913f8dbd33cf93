/** One HTTP request through the gateway (03 §3.9, §10.3). */
export interface HttpRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** What this is for, in errors and logs: `sts AssumeRole`. */
  what: string;
  /** Time to the response headers; default 30 000 ms. */
  connectTimeoutMs?: number;
  /** Whole call, body included; default 60 000 ms. */
  timeoutMs?: number;
  /** Tries in all; default 3. 1 for requests that redeem a one-time code. */
  attempts?: number;
  /** Base of the full-jitter back-off; default 250 ms, doubling, cap 8 s. */
  backoffMs?: number;
  /** Which responses are worth another try. Default: 429, 500, 502, 503, 504. */
  retryOn?: (response: HttpResponse) => boolean;
  /** `refuse` (default for credentials): a redirect is an error. `same-host`, `follow` (≤ 10 hops, never https → http), or `manual` (hand the 3xx back). */
  redirect?: "refuse" | "same-host" | "follow" | "manual";
  /** Body cap in bytes; default 1 MiB. */
  maxBytes?: number;
  signal?: AbortSignal;
  /** PEM bundle to trust besides the system's (`AWS_CA_BUNDLE`). */
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
