/** An identity provider whose assertion consumer is a listener of ours on loopback (04 §7.2). */
import { AuthError, type KindContext, textAt } from "../lib/core/types.ts";
import { closingPage } from "../lib/oauth/redirect.ts";

const wait = 5 * 60_000;

/** Opens the sign-in page and waits for the response to be posted to `spec.acs_listen`. */
export async function listenedResponse(cx: KindContext, url: string): Promise<string> {
  const { deps } = cx;
  const provider = cx.entries[0]!;
  const port = portOf(textAt(provider.values, "spec", "acs_listen")!, provider.name);
  const { promise, resolve } = Promise.withResolvers<string>();
  await using _listener = await deps.loopback.listen(port, async (request) => {
    const page = (status: number, title: string, text: string) => ({
      status,
      contentType: "text/html; charset=utf-8",
      body: closingPage(title, text),
    });
    if (request.url.pathname !== "/saml" || request.method !== "POST") {
      return page(404, "Not found", "This address only takes the end of a sign-in.");
    }
    if (!fromProvider(request.headers.get("origin"), url)) {
      return page(403, "Sign-in refused", "This answer comes from another site.");
    }
    let form: URLSearchParams;
    try {
      form = new URLSearchParams(await request.body(1024 * 1024));
    } catch {
      return page(413, "Sign-in refused", "The answer is too large.");
    }
    const response = form.get("SAMLResponse");
    if (!response) return page(400, "Sign-in failed", "The answer carried no SAML response.");
    queueMicrotask(() => resolve(response));
    return page(200, "Signed in", "You can close this window and return to the terminal.");
  });
  const done = new AbortController();
  const timeout = deps.clock.sleep(wait, AbortSignal.any([cx.signal, done.signal]))
    .then((): never => {
      throw new AuthError({
        code: "browser_timed_out",
        message: "authentication failed: nobody signed in within 5 minutes",
      });
    });
  timeout.catch(() => {}); // the race reports it
  deps.terminal.notice(`\nSign in at this address:\n\n${url}\n`);
  if (deps.terminal.canOpenBrowser) await deps.terminal.openBrowser(url);
  try {
    return await deps.terminal.during(
      "Waiting for authentication",
      () => Promise.race([promise, timeout]),
    );
  } finally {
    done.abort();
  }
}

function portOf(text: string, provider: string): number {
  const port = Number(/^(?:127\.0\.0\.1|localhost):(\d{1,5})$/.exec(text.trim())?.[1] ?? NaN);
  if (port >= 0 && port <= 65_535) return port;
  throw new AuthError({
    code: "invalid_provider_config",
    message: `invalid provider config: provider "${provider}": spec.acs_listen must be ` +
      "127.0.0.1:PORT",
  });
}

/**
 * Another site could post an assertion of its own choice. Browsers name the sender; the provider's
 * sign-in may run on a neighbouring host of the same domain, and some pages hide themselves (`null`).
 */
function fromProvider(origin: string | null, url: string): boolean {
  if (origin === null || origin === "null") return true;
  const sender = URL.parse(origin)?.hostname;
  if (sender === undefined) return false;
  const { hostname } = new URL(url);
  if (sender === hostname) return true;
  const domain = (host: string) => host.split(".").slice(-2).join(".");
  return !/^[\d.]+$/.test(hostname) && domain(sender) === domain(hostname);
}
