import { AuthError } from "./error.ts";

/** A connected websocket that carries text. */
export interface TextSocket {
  send(text: string): void;
  /** Resolves when either side has closed, or the connection broke. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Connects to a websocket server of this machine (a browser's DevTools). Only loopback addresses are
 * allowed. Throws AuthError `websocket_failed`.
 */
export async function connectLoopbackSocket(o: {
  url: string;
  /** Each text message that arrives. */
  onText: (text: string) => void;
  signal: AbortSignal;
}): Promise<TextSocket> {
  const { hostname, host, protocol } = new URL(o.url);
  if (protocol !== "ws:" || !["127.0.0.1", "localhost", "[::1]"].includes(hostname)) {
    throw new AuthError({
      code: "websocket_failed",
      message: `refusing a websocket to ${host}: it is not on this machine`,
    });
  }
  o.signal.throwIfAborted();
  const socket = new WebSocket(o.url);
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { promise: open, resolve, reject } = Promise.withResolvers<void>();
  const fail = () =>
    reject(
      new AuthError({ code: "websocket_failed", message: `cannot connect a websocket to ${host}` }),
    );
  const abort = () => socket.close();
  o.signal.addEventListener("abort", abort, { once: true });
  socket.onopen = () => resolve();
  socket.onerror = fail;
  socket.onclose = () => {
    o.signal.removeEventListener("abort", abort);
    fail(); // no effect once open
    close();
  };
  socket.onmessage = (event) => {
    if (typeof event.data === "string") o.onText(event.data);
  };
  await open;
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    closed,
    close: () => socket.close(),
  };
}
