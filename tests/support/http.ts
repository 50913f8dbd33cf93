import { AuthError } from "../../lib/sys/error.ts";
import type { Http, HttpRequest, HttpResponse } from "../../lib/sys/http.ts";

export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is, anything else as JSON. */
  body?: unknown;
}

export type Answer = FakeAnswer | ((request: HttpRequest) => FakeAnswer | Promise<FakeAnswer>);

export interface FakeHttp extends Http {
  sent: HttpRequest[];
  allowed: string[];
  /**
   * Answers requests whose `METHOD URL` begins with this text; of several the longest prefix wins.
   * Several answers are given one after the other, the last one from then on.
   */
  on(prefix: string, ...answers: Answer[]): FakeHttp;
}

/** A network of prepared answers. Retries and the host list are the gateway's own and not played here. */
export function fakeHttp(): FakeHttp {
  const routes = new Map<string, Answer[]>();
  const http: FakeHttp = {
    sent: [],
    allowed: [],
    get requests() {
      return http.sent.length;
    },
    allow: (...hosts) => void http.allowed.push(...hosts),
    on: (prefix, ...answers) => {
      routes.set(prefix, answers);
      return http;
    },
    request: async (request) => {
      http.sent.push(request);
      const line = `${request.method} ${request.url}`;
      const prefix = [...routes.keys()].filter((p) => line.startsWith(p))
        .sort((a, b) => b.length - a.length)[0];
      const answers = prefix === undefined ? undefined : routes.get(prefix);
      if (answers === undefined || answers.length === 0) {
        throw new AuthError({ code: "network_error", message: `no answer prepared for ${line}` });
      }
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return response(request, typeof answer === "function" ? await answer(request) : answer);
    },
  };
  return http;
}

function response(request: HttpRequest, answer: FakeAnswer): HttpResponse {
  const isText = typeof answer.body === "string" || answer.body === undefined;
  const text = isText ? String(answer.body ?? "") : JSON.stringify(answer.body);
  const headers = new Headers(answer.headers);
  if (!isText && !headers.has("content-type")) headers.set("content-type", "application/json");
  const status = answer.status ?? 200;
  return {
    status,
    headers,
    url: request.url,
    body: new TextEncoder().encode(text),
    text: () => text,
    json: () => {
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw new AuthError({
          code: "unexpected_response",
          message: `unexpected response from ${new URL(request.url).host} (HTTP ${status})`,
          cause,
        });
      }
    },
  };
}
