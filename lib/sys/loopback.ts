import { AuthError } from "./error.ts";

/** A request that reached a loopback listener. */
export interface LoopbackRequest {
  method: string;
  /** Path with query, as sent. */
  url: URL;
  headers: Headers;
  /** Body, capped; rejects when larger. */
  body(maxBytes: number): Promise<string>;
}

export interface LoopbackAnswer {
  status: number;
  contentType?: string;
  body: string;
}

export interface LoopbackListener extends AsyncDisposable {
  readonly port: number;
}

/** Listening on 127.0.0.1 for the redirect of a browser flow (RFC 8252 §7.3) or a SAML post (04 §7.2). */
export interface Loopback {
  /** Port 0 = any. Throws AuthError `listener_failed`: `failed to start local callback server`. */
  listen(
    port: number,
    handle: (request: LoopbackRequest) => Promise<LoopbackAnswer>,
  ): Promise<LoopbackListener>;
}

/** Listening through the runtime's HTTP server, on 127.0.0.1 alone. */
export function systemLoopback(): Loopback {
  return {
    async listen(port, handle) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let server: Deno.HttpServer<Deno.NetAddr>;
      try {
        server = Deno.serve(
          { hostname: "127.0.0.1", port, onListen: () => resolve(), onError: refusal },
          async (request) => answerOf(await handle(requestOf(request))),
        );
        await promise;
      } catch (error) {
        throw new AuthError({
          code: "listener_failed",
          message: `failed to start local callback server: ${
            error instanceof Deno.errors.AddrInUse
              ? `port ${port} on 127.0.0.1 is taken`
              : (error as Error).message
          }`,
          hints: ["Choose another port, or use the device code"],
          cause: error,
        });
      }
      return {
        port: server.addr.port,
        [Symbol.asyncDispose]: () => server.shutdown(),
      };
    },
  };
}

/** What the browser sees when our own code fails; the reason stays here. */
function refusal(): Response {
  return new Response("The request could not be handled.", { status: 500 });
}

function answerOf(answer: LoopbackAnswer): Response {
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      "content-type": answer.contentType ?? "text/html; charset=utf-8",
      "cache-control": "no-store",
      // the next request of a browser must find the listener gone, not hang on an idle connection
      "connection": "close",
    },
  });
}

function requestOf(request: Request): LoopbackRequest {
  return {
    method: request.method,
    url: new URL(request.url),
    headers: request.headers,
    body: (maxBytes) => cappedText(request, maxBytes),
  };
}

async function cappedText(request: Request, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > maxBytes) {
      throw new AuthError({
        code: "unexpected_response",
        message: `a request to the local callback server is larger than ${maxBytes} bytes`,
      });
    }
    parts.push(part);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new TextDecoder().decode(all);
}
