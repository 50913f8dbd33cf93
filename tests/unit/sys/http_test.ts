import assert from "node:assert/strict";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { AuthError } from "../../../lib/sys/error.ts";
import { type Http, type HttpRequest, retryAfterMs, systemHttp } from "../../../lib/sys/http.ts";
import { networkError, safeUrl, statusError } from "../../../lib/sys/http_error.ts";
import { allowedHosts } from "../../../lib/sys/http_hosts.ts";
import type { Log } from "../../../lib/sys/log.ts";

interface Here {
  http: Http;
  /** The server's origin, allowed. */
  origin: string;
  pauses: number[];
  lines: string[];
  request: (over?: Partial<HttpRequest>) => HttpRequest;
}

function recorder(lines: string[]): Log {
  const write = (message: string, fields?: Record<string, unknown>) =>
    void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return { level: "trace", trace: write, debug: write, info: write, warn: write, error: write };
}

/** Runs with a loopback server. Unfinished answers are cut off at the end. */
function test(
  name: string,
  handle: (request: Request, count: number) => Response | Promise<Response>,
  run: (here: Here) => Promise<void>,
) {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      let count = 0;
      const stop = new AbortController();
      const server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen() {} },
        (request) => handle(request, ++count),
      );
      const origin = `http://127.0.0.1:${server.addr.port}`;
      const pauses: number[] = [], lines: string[] = [];
      const http = systemHttp({
        version: "1.2.3",
        env: fixedEnv({}),
        log: recorder(lines),
        sleep: async (ms) => void pauses.push(ms),
        random: () => 0.5,
      });
      http.allow(origin);
      const request = (over: Partial<HttpRequest> = {}): HttpRequest => ({
        method: "GET",
        url: `${origin}/path?code=in-the-query`,
        what: "token exchange",
        ...over,
      });
      try {
        await run({ http, origin, pauses, lines, request });
      } finally {
        stop.abort();
        await server.finished;
      }
    },
  });
}

async function failure(promise: Promise<unknown>): Promise<AuthError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    return error;
  }
  assert.fail("expected a rejection");
}

/** A port that answers each connection with these bytes, then closes it. */
async function rawServer(bytes: string, run: (port: number) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(bytes));
      connection.close();
    }
  })();
  try {
    await run((listener.addr as Deno.NetAddr).port);
  } finally {
    listener.close();
    await serving;
  }
}

test(
  "a request carries method, headers, body and our User-Agent",
  async (request) =>
    Response.json({
      method: request.method,
      agent: request.headers.get("user-agent"),
      x: request.headers.get("x-a"),
      body: await request.text(),
    }),
  async ({ http, request }) => {
    const response = await http.request(
      request({ method: "POST", headers: { "X-A": "1" }, body: "data" }),
    );
    assert.deepEqual(response.json(), {
      method: "POST",
      agent: "atmos-auth/1.2.3",
      x: "1",
      body: "data",
    });
    assert.equal(http.requests, 1);
  },
);

test(
  "a host that was not allowed is named, and nothing is sent",
  () => new Response("x"),
  async ({ http, request }) => {
    const error = await failure(http.request(request({ url: "https://evil.example/?q=secret" })));
    assert.equal(error.code, "host_not_allowed");
    assert.match(error.message, /token exchange: host not allowed: evil\.example$/);
    assert.equal(http.requests, 0);
  },
);

Deno.test("hosts, wildcards and origins are allowed as such", () => {
  const hosts = allowedHosts();
  hosts.allow(
    "login.example",
    "*.amazonaws.com",
    "http://idp.internal:8080",
    "::1",
    "with.port:8443",
  );
  const ok = (url: string) => hosts.check(new URL(url), "x");
  ok("https://login.example/a");
  ok("https://login.example:8443/a");
  ok("https://LOGIN.example/a");
  ok("https://sts.eu-central-1.amazonaws.com/");
  ok("https://amazonaws.com/");
  ok("http://idp.internal:8080/");
  ok("http://[::1]:9/");
  ok("https://with.port:8443/");
  for (
    const [url, code] of [
      ["https://sub.login.example/", "host_not_allowed"],
      ["https://evilamazonaws.com/", "host_not_allowed"],
      ["https://login.example.evil/", "host_not_allowed"],
      ["https://login.example@evil.example/", "host_not_allowed"],
      ["http://idp.internal:8081/", "host_not_allowed"],
      ["https://with.port/", "host_not_allowed"],
      ["http://login.example/", "insecure_url"],
      ["http://sts.amazonaws.com/", "insecure_url"],
      ["file:///etc/passwd", "insecure_url"],
    ]
  ) {
    assert.throws(
      () => ok(url!),
      (error) => error instanceof AuthError && error.code === code,
      url,
    );
  }
});

test(
  "429 and 5xx are tried again with a jittered, doubling pause, and the last answer is handed back",
  () => new Response("no", { status: 503 }),
  async ({ http, request, pauses }) => {
    const response = await http.request(request({ attempts: 4 }));
    assert.equal(response.status, 503);
    assert.deepEqual(pauses, [125, 250, 500]);
    assert.equal(http.requests, 4);
  },
);

test(
  "Retry-After is obeyed",
  (_, count) =>
    count === 1
      ? new Response("", { status: 429, headers: { "retry-after": "7" } })
      : new Response("ok"),
  async ({ http, request, pauses }) => {
    assert.equal((await http.request(request())).text(), "ok");
    assert.deepEqual(pauses, [7000]);
  },
);

test(
  "a Retry-After beyond the limit ends the tries",
  () => new Response("", { status: 429, headers: { "retry-after": "31" } }),
  async ({ http, request, pauses }) => {
    assert.equal((await http.request(request())).status, 429);
    assert.deepEqual(pauses, []);
  },
);

test(
  "a one-time request is sent once",
  () => new Response("", { status: 500 }),
  async ({ http, request }) => {
    assert.equal((await http.request(request({ attempts: 1 }))).status, 500);
    assert.equal(http.requests, 1);
  },
);

test(
  "4xx is an answer, not a reason to try again",
  () => new Response("", { status: 400 }),
  async ({ http, request }) => {
    assert.equal((await http.request(request())).status, 400);
    assert.equal(http.requests, 1);
  },
);

test(
  "no answer in time is a network error with the host and without the query",
  () => new Promise<Response>(() => {}),
  async ({ http, request }) => {
    const error = await failure(http.request(request({ connectTimeoutMs: 100, attempts: 2 })));
    assert.equal(error.code, "network_error");
    assert.match(error.message, /^token exchange: no answer from 127\.0\.0\.1:\d+ within 0\.1 s$/);
    assert.equal(http.requests, 2);
  },
);

test(
  "a body that never ends is cut off by the time for the whole try",
  () =>
    new Response(
      new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }),
    ),
  async ({ http, request }) => {
    const error = await failure(http.request(request({ timeoutMs: 150, attempts: 1 })));
    assert.equal(error.code, "network_error");
  },
);

test(
  "a body beyond the cap is refused",
  () => new Response("x".repeat(2000)),
  async ({ http, request }) => {
    const error = await failure(http.request(request({ maxBytes: 1999 })));
    assert.equal(error.code, "response_too_large");
    assert.equal((await http.request(request({ maxBytes: 2000 }))).body.length, 2000);
  },
);

test(
  "aborting ends the call with the signal's reason",
  () => new Promise<Response>(() => {}),
  async ({ http, request }) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped by user")), 30);
    await assert.rejects(http.request(request({ signal: stop.signal })), /stopped by user/);
    assert.equal(http.requests, 1);
  },
);

test(
  "a redirect is refused unless asked for",
  () => new Response(null, { status: 302, headers: { location: "https://login.example/?t=1" } }),
  async ({ http, request }) => {
    const error = await failure(http.request(request()));
    assert.equal(error.code, "redirect_refused");
    assert.match(error.message, /to login\.example$/);
    const response = await http.request(request({ redirect: "manual" }));
    assert.equal(response.headers.get("location"), "https://login.example/?t=1");
    assert.equal(
      (await failure(http.request(request({ redirect: "same-host" })))).code,
      "redirect_refused",
    );
    assert.equal(
      (await failure(http.request(request({ redirect: "follow" })))).code,
      "host_not_allowed",
    );
  },
);

test(
  "a redirect to the same host is followed as a GET without the body after 303",
  async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/path") {
      return new Response(null, { status: 303, headers: { location: "/next" } });
    }
    if (pathname === "/keep") {
      return new Response(null, { status: 307, headers: { location: "/next" } });
    }
    return Response.json({
      method: request.method,
      body: await request.text(),
      auth: request.headers.get("authorization"),
    });
  },
  async ({ http, origin, request }) => {
    const post = {
      method: "POST",
      body: "b",
      headers: { Authorization: "x" },
      redirect: "same-host" as const,
    };
    const first = await http.request(request(post));
    assert.deepEqual(first.json(), { method: "GET", body: "", auth: "x" });
    assert.equal(first.url, `${origin}/next`);
    assert.deepEqual((await http.request(request({ ...post, url: `${origin}/keep` }))).json(), {
      method: "POST",
      body: "b",
      auth: "x",
    });
  },
);

test(
  "credentials are not carried to another origin",
  (request) =>
    Response.json({
      auth: request.headers.get("authorization"),
      cookie: request.headers.get("cookie"),
    }),
  async ({ http, origin }) => {
    const front = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response(null, { status: 302, headers: { location: `${origin}/` } }),
    );
    try {
      const url = `http://127.0.0.1:${front.addr.port}`;
      http.allow(url);
      const response = await http.request({
        method: "GET",
        url,
        what: "x",
        redirect: "follow",
        headers: { authorization: "a", cookie: "c" },
      });
      assert.deepEqual(response.json(), { auth: null, cookie: null });
    } finally {
      await front.shutdown();
    }
  },
);

test(
  "a circle of redirects ends",
  () => new Response(null, { status: 302, headers: { location: "/" } }),
  async ({ http, request }) => {
    assert.equal(
      (await failure(http.request(request({ redirect: "follow" })))).code,
      "redirect_refused",
    );
    assert.equal(http.requests, 11);
  },
);

test(
  "a web page instead of JSON is named as such, without its content",
  () => new Response("<html>secret portal</html>", { headers: { "content-type": "text/html" } }),
  async ({ http, request }) => {
    const response = await http.request(request());
    assert.throws(() => response.json(), (error) => {
      assert.ok(error instanceof AuthError);
      assert.equal(error.code, "unexpected_response");
      assert.match(
        error.message,
        /answered with a web page instead of JSON \(HTTP 200, text\/html\)$/,
      );
      assert.doesNotMatch(error.message, /portal/);
      return true;
    });
  },
);

test("JSON cut short is named as such", () => new Response('{"a":'), async ({ http, request }) => {
  const response = await http.request(request());
  assert.throws(
    () => response.json(),
    /answered with JSON that is invalid or cut short \(HTTP 200/,
  );
});

test(
  "an answer that breaks off is a network error and tried again",
  () => new Response(""),
  async ({ http, request }) => {
    await rawServer('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":', async (port) => {
      const origin = `http://127.0.0.1:${port}`;
      http.allow(origin);
      const error = await failure(http.request(request({ url: origin, attempts: 2 })));
      assert.equal(error.code, "network_error");
      assert.match(error.message, /closed before the answer was complete/);
      assert.equal(http.requests, 2);
    });
  },
);

test(
  "a refused connection says so and shows no query",
  () => new Response(""),
  async ({ http, request }) => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    const url = `http://127.0.0.1:${port}`;
    http.allow(url);
    const error = await failure(
      http.request(request({ url: `${url}/?code=in-the-query`, attempts: 1 })),
    );
    assert.match(
      error.message,
      /^token exchange: cannot reach 127\.0\.0\.1:\d+: connection refused$/,
    );
    assert.doesNotMatch(String((error.cause as Error).message), /in-the-query/);
  },
);

test(
  "debug lines have method, host, path, status and time, and nothing else",
  () => new Response(""),
  async ({ http, request, lines }) => {
    await http.request(
      request({ headers: { authorization: "top-secret" }, body: "b", method: "POST" }),
    );
    assert.equal(lines.length, 1);
    assert.match(
      lines[0]!,
      /^http \{"method":"POST","host":"127\.0\.0\.1:\d+","path":"\/path","status":200,"ms":\d+\}$/,
    );
  },
);

test("loopback is never sent through a proxy", () => new Response("direct"), async ({ origin }) => {
  // The client made here must not look at the variables of this process, so they are really set.
  Deno.env.set("HTTP_PROXY", "http://127.0.0.1:1");
  try {
    const http = systemHttp({ version: "1", env: fixedEnv({ HTTP_PROXY: "http://127.0.0.1:1" }) });
    http.allow(origin);
    const response = await http.request({ method: "GET", url: origin, what: "x", attempts: 1 });
    assert.equal(response.text(), "direct");
    assert.equal(Deno.env.get("HTTP_PROXY"), "http://127.0.0.1:1");
  } finally {
    Deno.env.delete("HTTP_PROXY");
  }
});

Deno.test("Retry-After is read as seconds and as a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfterMs("12", now), 12_000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 00:00:30 GMT", now), 30_000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2025 00:00:00 GMT", now), 0);
  assert.equal(retryAfterMs("soon", now), undefined);
  assert.equal(retryAfterMs(null, now), undefined);
});

Deno.test("a URL is shown without userinfo, query and fragment", () => {
  assert.equal(safeUrl("https://u:p@h.example:1/a?b#c"), "https://h.example:1/a");
  assert.equal(safeUrl("nonsense"), "(invalid URL)");
});

Deno.test("429 has its own error with the wait the server asks for", () => {
  const error = statusError("x", "https://h.example/", {
    status: 429,
    headers: new Headers({ "retry-after": "60" }),
  });
  assert.equal(error.code, "too_many_requests");
  assert.deepEqual(error.hints, ["Try again in 60 seconds"]);
  const other = statusError("x", "https://h.example/", { status: 502, headers: new Headers() });
  assert.equal(other.code, "unexpected_status");
});

Deno.test("an untrusted certificate and a proxy are named with the way out", () => {
  const env = fixedEnv({ HTTPS_PROXY: "http://proxy:3128" });
  const error = networkError(
    "x",
    new URL("https://h.example/?secret"),
    new TypeError("fetch failed", {
      cause: new Error(
        "invalid peer certificate: UnknownIssuer for url (https://h.example/?secret)",
      ),
    }),
    env,
  );
  assert.match(
    error.message,
    /cannot reach h\.example: the TLS certificate is not trusted \(UnknownIssuer\)/,
  );
  assert.match(error.hints.join("\n"), /NODE_EXTRA_CA_CERTS[\s\S]*`HTTPS_PROXY`/);
  assert.doesNotMatch((error.cause as Error).message, /secret/);
});
