import assert from "node:assert/strict";
import { connectLoopbackSocket } from "../../../lib/sys/websocket.ts";

const never = () => new AbortController().signal;

Deno.test("a websocket of this machine carries text both ways and tells its end", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = (event) => {
      socket.send(`heard ${event.data}`);
      socket.close();
    };
    return response;
  });
  try {
    const heard: string[] = [];
    const socket = await connectLoopbackSocket({
      url: `ws://127.0.0.1:${server.addr.port}/`,
      onText: (text) => void heard.push(text),
      signal: never(),
    });
    socket.send("hello");
    await socket.closed;
    assert.deepEqual(heard, ["heard hello"]);
    socket.send("too late");
  } finally {
    await server.shutdown();
  }
});

Deno.test("websockets to other machines are refused, absent servers reported", async () => {
  const connect = (url: string) =>
    connectLoopbackSocket({ url, onText: () => {}, signal: never() });
  await assert.rejects(connect("ws://example.com/"), {
    code: "websocket_failed",
    message: /not on this machine/,
  });
  const free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = free.addr;
  free.close();
  await assert.rejects(connect(`ws://127.0.0.1:${port}/`), { code: "websocket_failed" });
});
