import { AuthError } from "../../lib/sys/error.ts";
import type { Http, HttpRequest, HttpResponse } from "../../lib/sys/http.ts";

export interface LoopbackHttp extends Http {
  sent: HttpRequest[];
}

/**
 * A network that reaches loopback servers only, through the runtime's own client: for tests of kinds
 * against a server in the same process. Retries as it is told to, without waiting.
 */
export function loopbackHttp(): LoopbackHttp {
  const http: LoopbackHttp = {
    sent: [],
    get requests() {
      return http.sent.length;
    },
    allow: () => {},
    request: async (request) => {
      const host = new URL(request.url).hostname;
      if (host !== "127.0.0.1" && host !== "localhost") {
        throw new AuthError({ code: "host_not_allowed", message: `host not allowed: ${host}` });
      }
      for (let attempt = 1;; attempt++) {
        http.sent.push(request);
        const last = attempt >= (request.attempts ?? 3);
        try {
          const answer = await once(request);
          if (last || !request.retryOn?.(answer)) return answer;
        } catch (cause) {
          if (!last) continue;
          throw new AuthError({
            code: "network_error",
            message: `${request.what}: ${(cause as Error).message}`,
            cause,
          });
        }
      }
    },
  };
  return http;
}

async function once(request: HttpRequest): Promise<HttpResponse> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: { "user-agent": "atmos-auth/test", ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
    redirect: request.redirect === "follow" ? "follow" : "manual",
    ...(request.signal ? { signal: request.signal } : {}),
  });
  const body = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(body);
  return {
    status: response.status,
    headers: response.headers,
    url: request.url,
    body,
    text: () => text,
    json: () => JSON.parse(text),
  };
}
