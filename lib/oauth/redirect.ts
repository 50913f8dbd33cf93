/** The loopback end of an authorization code flow (RFC 8252 §7.3). */
import type { Clock } from "../sys/clock.ts";
import { AuthError } from "../sys/error.ts";
import type { Loopback, LoopbackAnswer } from "../sys/loopback.ts";

/** What the browser brought back. */
export interface RedirectResult {
  code: string;
  /** The redirect URI that was in force, for the token request. */
  redirectUri: string;
}

export interface RedirectRequest {
  loopback: Loopback;
  /** 0 = any free port. */
  port: number;
  /** Path of the redirect URI, e.g. `/oauth/callback`. */
  path: string;
  state: string;
  timeoutMs: number;
  /** Error of the expired wait. */
  timeoutError: () => AuthError;
  clock: Clock;
  signal: AbortSignal;
  /** Called once the listener is up: opens or shows the authorization URL for this redirect URI. */
  start: (redirectUri: string) => Promise<void>;
  /** A second way to the answer (a pasted URL): a code wins, a rejection ends the wait. */
  otherwise?: (signal: AbortSignal) => Promise<string>;
}

/**
 * Listens on 127.0.0.1, starts the browser and waits for the code. Requests for another path or
 * with another `state` are answered with an error and do not end the wait. Throws
 * `authorization_error` when the server refused, `missing_authorization_code` when it sent none.
 */
export async function receiveRedirect(o: RedirectRequest): Promise<RedirectResult> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const listener = await o.loopback.listen(o.port, (request) => {
    const judged = judge(request.method, request.url, o);
    if (judged.outcome !== undefined) {
      const { outcome } = judged;
      queueMicrotask(() => typeof outcome === "string" ? resolve(outcome) : reject(outcome));
    }
    return Promise.resolve(judged.answer);
  });
  await using _open = listener; // apart from its use: tests/unit/disposal_test.ts
  const redirectUri = `http://127.0.0.1:${listener.port}${o.path}`;
  const done = new AbortController();
  const signal = AbortSignal.any([o.signal, done.signal]);
  const timeout = o.clock.sleep(o.timeoutMs, signal).then((): never => {
    throw o.timeoutError();
  });
  const ways: Promise<string>[] = [promise, timeout];
  // the race below reports the first; the losers, and those that end before it, are not unhandled
  for (const way of ways) way.catch(() => {});
  try {
    await o.start(redirectUri);
    if (o.otherwise) {
      const other = o.otherwise(signal);
      other.catch(() => {});
      ways.push(other);
    }
    return { code: await Promise.race(ways), redirectUri };
  } finally {
    done.abort();
  }
}

interface Judged {
  answer: LoopbackAnswer;
  outcome?: string | AuthError;
}

function judge(method: string, url: URL, o: { path: string; state: string }): Judged {
  if (url.pathname !== o.path || method !== "GET") {
    return { answer: page(404, "Not found", "This address only serves the end of a sign-in.") };
  }
  const query = url.searchParams;
  const error = query.get("error");
  const state = query.get("state");
  if (state !== o.state && !(error !== null && state === null)) {
    return {
      answer: page(400, "Sign-in refused", "This answer belongs to another sign-in."),
    };
  }
  if (error !== null) {
    const description = query.get("error_description") ?? error;
    return {
      answer: page(400, "Sign-in failed", description),
      outcome: authorizationError(error, description),
    };
  }
  const code = query.get("code");
  if (!code) {
    return {
      answer: page(400, "Sign-in failed", "The answer carried no authorization code."),
      outcome: new AuthError({
        code: "missing_authorization_code",
        message: "missing authorization code in callback",
      }),
    };
  }
  return {
    answer: page(200, "Signed in", "You can close this window and return to the terminal."),
    outcome: code,
  };
}

/** The server's refusal (RFC 6749 §4.1.2.1). */
export function authorizationError(error: string, description: string): AuthError {
  return new AuthError({
    code: "authorization_error",
    message: `authorization error: ${printable(error)}` +
      (description === error ? "" : `: ${printable(description)}`),
  });
}

function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 500);
}

function page(status: number, title: string, text: string): LoopbackAnswer {
  return { status, contentType: "text/html; charset=utf-8", body: closingPage(title, text) };
}

/** A small page that tells the user what became of the sign-in; both texts are escaped. */
export function closingPage(title: string, text: string): string {
  const safe = (s: string) =>
    s.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${
    safe(title)
  }</title>` +
    `<style>body{font-family:system-ui,sans-serif;margin:4rem auto;max-width:36rem;padding:0 1rem}` +
    `</style></head><body><h1>${safe(title)}</h1><p>${safe(text)}</p></body></html>`;
}
