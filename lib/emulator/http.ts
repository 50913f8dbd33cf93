/** What a request is to a service, and what a service answers: plain data on both sides. */

/** One request as a service sees it. */
export interface Call {
  method: string;
  /** As received, e.g. `/prefix/token`. */
  path: string;
  /** Raw query without `?`. */
  rawQuery: string;
  query: URLSearchParams;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
  /** The body as UTF-8. */
  text: string;
  /** Origin plus whatever stood before the route: where links of an answer point. */
  base: string;
  /** Origin and path, without query. */
  url: string;
  requestId: string;
  /** Trailing path segments that the route names (`{name}`), decoded. */
  params: string[];
}

/** An answer. `code` goes into the request log only. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  code?: string;
}

/** A failure in the service's own terms; the route's protocol gives it its wire form. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extra: { headers?: Record<string, string>; fields?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = "ServiceError";
  }
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" })[c]!,
  );
}

/** Character data: quotes may stay, and the service leaves them. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]!);
}

/** A small page. `body` is HTML already. */
export function html(title: string, body: string, status = 200): Reply {
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${
      escapeXml(title)
    }</title></head><body><h1>${escapeXml(title)}</h1>${body}</body></html>\n`,
  };
}

export function redirect(location: string): Reply {
  return { status: 302, headers: { location } };
}

/** Fields of a form body. */
export function form(call: Call): URLSearchParams {
  return new URLSearchParams(call.text);
}

/** A JSON object body; anything else is undefined. */
export function jsonObject(call: Call): Record<string, unknown> | undefined {
  try {
    const v = JSON.parse(call.text || "{}");
    return typeof v === "object" && v !== null && !Array.isArray(v) ? v : undefined;
  } catch {
    return undefined;
  }
}

/** How failures of a route look on the wire. */
export type Protocol = "query" | "json11" | "rest-json" | "portal" | "oauth" | "signin" | "html";

/** OAuth `error` of an Identity Center exception: `AuthorizationPendingException` → `authorization_pending`. */
export function oauthError(code: string): string {
  const known: Record<string, string> = {
    ExpiredTokenException: "expired_token",
    InternalServerException: "server_error",
    InvalidRequestRegionException: "invalid_request",
    InvalidClientMetadataException: "invalid_client_metadata",
    InvalidRedirectUriException: "invalid_redirect_uri",
  };
  return known[code] ??
    code.replace(/Exception$/, "").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}

/** STS's XML envelope of an error. */
function queryError(e: ServiceError, requestId: string): string {
  const type = e.status >= 500 ? "Receiver" : "Sender";
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>${type}</Type>
    <Code>${escapeText(e.code)}</Code>
    <Message>${escapeText(e.message)}</Message>
  </Error>
  <RequestId>${requestId}</RequestId>
</ErrorResponse>
`;
}

/**
 * Wire form of a failure. The services differ: STS answers XML; the JSON 1.1 services put the code
 * into `__type` with a namespace; the portal and OIDC put it into `x-amzn-ErrorType` followed by
 * `:` and an internal URL; OIDC adds the OAuth members; sign-in has `error` and `message` alone.
 */
export function errorReply(protocol: Protocol, e: ServiceError, requestId: string): Reply {
  const headers: Record<string, string> = {
    "x-amzn-requestid": requestId,
    ...(e.extra.headers ?? {}),
  };
  const reply = (body: string, type: string, more: Record<string, string> = {}): Reply => ({
    status: e.status,
    code: e.code,
    headers: { "content-type": type, ...more, ...headers },
    body,
  });
  const fields = e.extra.fields ?? {};
  const internal = (service: string) => ({
    "x-amzn-errortype": `${e.code}:http://internal.amazon.com/coral/${service}/`,
  });
  switch (protocol) {
    case "query":
      return reply(queryError(e, requestId), "text/xml");
    case "json11":
      return reply(
        JSON.stringify({ __type: e.code, message: e.message, ...fields }),
        "application/x-amz-json-1.1",
      );
    case "rest-json":
      return reply(JSON.stringify({ message: e.message, ...fields }), "application/json", {
        "x-amzn-errortype": e.code,
      });
    case "portal":
      return reply(
        JSON.stringify({
          message: e.message,
          __type: `com.amazonaws.switchboard.portal#${e.code}`,
        }),
        "application/json",
        internal("com.amazonaws.switchboard.portal"),
      );
    case "oauth":
      return reply(
        JSON.stringify({
          __type: `com.amazonaws.sso.oidc#${e.code}`,
          error: oauthError(e.code),
          error_description: e.message,
        }),
        "application/json",
        internal("com.amazonaws.sso.oidc"),
      );
    case "signin":
      return reply(JSON.stringify({ error: e.code, message: e.message }), "application/json");
    case "html":
      return {
        ...html(e.code, `<p>${escapeXml(e.message)}</p>`, e.status),
        code: e.code,
      };
  }
}
