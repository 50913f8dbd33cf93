/** One file over http(s) (01 §1.7, 07 §9): redirects by hand, so that tokens stay with their host. */
import { AuthError, Secret } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { sha256Hex } from "../sys/hash.ts";
import type { HttpAddress } from "./address.ts";
import { tokenFor } from "./tokens.ts";
import type { TokenContext } from "./tokens.ts";

export interface HttpContext extends TokenContext {
  deps: TokenContext["deps"] & Pick<Deps, "http">;
  signal?: AbortSignal;
}

const MAX_HOPS = 10;
const MAX_BYTES = 10 * 1024 * 1024;
const LIMIT_MS = 60_000;

/** GitHub's hosts for files (07 §9). */
const FILE_HOSTS = new Set(["api.github.com", "raw.githubusercontent.com", "uploads.github.com"]);

/** The body as text. Throws AuthError `import_failed` with the status, or a network error. */
export async function httpDocument(cx: HttpContext, address: HttpAddress): Promise<string> {
  const { header, ambient } = await authorization(cx, address);
  let answer = await follow(cx, address.url, header);
  if (answer.status === 401 && ambient) answer = await follow(cx, address.url, undefined);
  if (answer.status >= 400) throw refused(answer.status);
  if (address.sha256 && sha256Hex(answer.body) !== address.sha256) {
    throw new AuthError({
      code: "import_failed",
      message: "the content does not match its checksum",
      exit: 2,
    });
  }
  return new TextDecoder().decode(answer.body);
}

async function authorization(
  cx: HttpContext,
  address: HttpAddress,
): Promise<{ header: Secret | undefined; ambient: boolean }> {
  if (address.user) {
    const { user, password } = address.user;
    new Secret(password || user);
    const basic = new TextEncoder().encode(`${user}:${password}`).toBase64();
    return { header: new Secret(`Basic ${basic}`), ambient: false };
  }
  const url = new URL(address.url);
  if (url.protocol !== "https:" || !isFileHost(cx, url)) {
    return { header: undefined, ambient: false };
  }
  const owner = url.pathname.split("/")[1] ?? "";
  const found = await tokenFor(cx, "github.com", owner);
  return { header: found && new Secret(`Bearer ${found.token.reveal()}`), ambient: true };
}

function isFileHost(cx: HttpContext, url: URL): boolean {
  const host = url.hostname.replace(/\.$/, "");
  const api = cx.env("GITHUB_API_URL");
  const own = api && URL.canParse(api) ? new URL(api) : undefined;
  return FILE_HOSTS.has(host) && url.port === "" ||
    (own?.protocol === "https:" && own.host === url.host);
}

async function follow(
  cx: HttpContext,
  start: string,
  header: Secret | undefined,
): Promise<{ status: number; body: Uint8Array }> {
  const deadline = AbortSignal.timeout(LIMIT_MS);
  const signal = cx.signal ? AbortSignal.any([cx.signal, deadline]) : deadline;
  let url = new URL(start);
  let secret = header;
  for (let hop = 0;; hop++) {
    // Whoever wrote the import allowed its host, and those it sends us to.
    cx.deps.http.allow(url.origin);
    const response = await cx.deps.http.request({
      method: "GET",
      url: url.href,
      headers: {
        accept: "*/*",
        ...(secret && { authorization: secret.reveal() }),
      },
      what: "import",
      redirect: "manual",
      maxBytes: MAX_BYTES,
      timeoutMs: LIMIT_MS,
      signal,
    });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return { status: response.status, body: response.body };
    }
    if (hop === MAX_HOPS) throw redirectRefused("too many redirects");
    if (!URL.canParse(location, url)) throw redirectRefused("redirected to an invalid URL");
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol)) throw redirectRefused("redirected to another scheme");
    if (url.protocol === "https:" && next.protocol === "http:") {
      throw redirectRefused("refusing a redirect from https to http");
    }
    if (next.origin !== url.origin) secret = undefined;
    url = next;
  }
}

function redirectRefused(message: string): AuthError {
  return new AuthError({ code: "import_failed", message, exit: 2 });
}

function refused(status: number): AuthError {
  const hints = [401, 403, 404].includes(status)
    ? [
      "Identities are not known yet when imports are fetched: their credentials cannot be used here",
    ]
    : [];
  return new AuthError({ code: "import_failed", message: `HTTP status ${status}`, hints, exit: 2 });
}
