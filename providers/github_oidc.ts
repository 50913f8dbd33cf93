import {
  AuthError,
  emptyReport,
  type Entry,
  type KindContext,
  mapAt,
  type OidcCredentials,
  type ProviderDef,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import { audiences, readJwt } from "../lib/oauth/jwt.ts";
import type { HttpResponse } from "../lib/sys/http.ts";

/**
 * Kind `github/oidc`: the ID token of the running GitHub Actions job (07 §2). Ambient: nothing of it
 * is ever stored.
 */
const definition: ProviderDef = {
  kind: "github/oidc",
  role: "provider",
  hosts: (_entry, _config, env) => {
    const url = URL.parse(env.nonEmpty("ACTIONS_ID_TOKEN_REQUEST_URL") ?? "");
    return url?.protocol === "https:" && url.host ? [url.port ? url.origin : url.hostname] : [];
  },
  create: () => ({
    authenticate,
    logout: () => Promise.resolve(emptyReport()),
    paths: () => [],
  }),
};
export default definition;

/** The audience: configured, else the STS of the region (07 §2). */
export function audienceOf(entry: Entry): string {
  const spec = mapAt(entry.values, "spec");
  const given = spec?.audience;
  if (spec && "audience" in spec) {
    if (typeof given === "string" && given.trim() !== "") return given;
    throw new AuthError({
      code: "invalid_provider_config",
      message: "invalid provider config: audience is required in provider spec",
    });
  }
  const region = textAt(entry.values, "region");
  if (!region) return "sts.amazonaws.com";
  return `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

function failed(message: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "github_oidc_failed",
    message: `authentication failed: ${message}`,
    cause,
  });
}

async function authenticate(cx: KindContext): Promise<OidcCredentials> {
  const audience = audienceOf(cx.entries[0]!);
  const { env } = cx.deps;
  if (env.get("GITHUB_ACTIONS") !== "true") {
    throw new AuthError({
      code: "github_oidc_failed",
      message: "authentication failed: GitHub OIDC authentication is only available in GitHub " +
        "Actions environment",
      hints: ["Use an identity with another root outside of GitHub Actions"],
    });
  }
  const injected = env.nonEmpty("ACTIONS_ID_TOKEN");
  if (injected !== undefined && isFor(injected, audience)) return credentials(injected, audience);
  return credentials(await requestToken(cx, audience), audience);
}

function isFor(token: string, audience: string): boolean {
  const jwt = readJwt(token);
  return jwt.state === "decoded" && audiences(jwt.claims).includes(audience);
}

function credentials(token: string, audience: string): OidcCredentials {
  return { type: "oidc", token: new Secret(token), provider: "github", audience };
}

/** Asks the runner's token service (07 §2, rows 4 to 6). */
async function requestToken(cx: KindContext, audience: string): Promise<string> {
  const { env, http } = cx.deps;
  const [bearer, address] = ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"]
    .map((name) => {
      const value = env.nonEmpty(name);
      if (value !== undefined) return value;
      throw failed(`${name} not found - ensure job has 'id-token: write' permission`);
    });
  const url = requestUrl(address!);
  url.searchParams.set("audience", audience);
  let response: HttpResponse;
  try {
    response = await http.request({
      method: "GET",
      url: url.href,
      headers: {
        authorization: `Bearer ${new Secret(bearer!).reveal()}`,
        accept: "application/json",
      },
      what: "GitHub OIDC token",
      connectTimeoutMs: 10_000,
      timeoutMs: 10_000,
      attempts: 3,
      backoffMs: 500,
      retryOn: ({ status }) => status === 429 || status >= 500,
      redirect: "manual",
      signal: cx.signal,
    });
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    throw failed(`request OIDC token: ${(error as Error).message}`, error);
  }
  if (response.status !== 200) {
    throw failed(`OIDC endpoint returned status ${statusLine(response.status)}`);
  }
  let value: unknown;
  try {
    value = response.json<{ value?: unknown } | null>()?.value;
  } catch {
    throw failed("decode OIDC response");
  }
  if (typeof value !== "string" || value === "") throw failed("empty token in OIDC response");
  return value;
}

/** The URL, checked against being sent elsewhere than a server with a certificate. */
function requestUrl(address: string): URL {
  const url = URL.parse(address);
  // the WHATWG parser wants a host after https; say so rather than "invalid"
  if (!url && /^https:\/*([?#]|$)/i.test(address)) {
    throw failed("ACTIONS_ID_TOKEN_REQUEST_URL must have a non-empty host");
  }
  if (!url) throw failed("invalid ACTIONS_ID_TOKEN_REQUEST_URL");
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "https") {
    throw failed(`ACTIONS_ID_TOKEN_REQUEST_URL must use https scheme, got "${scheme}"`);
  }
  return url;
}

/** `500 Internal Server Error` (RFC 9110 §15). */
function statusLine(status: number): string {
  const reasons: Record<number, string> = {
    301: "Moved Permanently",
    302: "Found",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
  };
  return reasons[status] ? `${status} ${reasons[status]}` : String(status);
}
