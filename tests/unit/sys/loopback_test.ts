import assert from "node:assert/strict";
import { systemLoopback } from "../../../lib/sys/loopback.ts";

Deno.test("a listener hands over path, query and body and answers", async () => {
  await using listener = await systemLoopback().listen(0, async (request) => ({
    status: 200,
    contentType: "text/plain",
    body: `${request.method} ${request.url.pathname}?${
      request.url.searchParams.get("code")
    } ${await request.body(100)}`,
  }));
  const answer = await fetch(`http://127.0.0.1:${listener.port}/cb?code=x`, {
    method: "POST",
    body: "hello",
  });
  assert.equal(await answer.text(), "POST /cb?x hello");
  assert.equal(answer.headers.get("cache-control"), "no-store");
});

Deno.test("a body over the cap is refused and the listener lives on", async () => {
  await using listener = await systemLoopback().listen(0, async (request) => ({
    status: 200,
    body: await request.body(4),
  }));
  const at = `http://127.0.0.1:${listener.port}/`;
  const refused = await fetch(at, { method: "POST", body: "too long" });
  assert.equal(refused.status, 500);
  await refused.body?.cancel();
  assert.equal(await (await fetch(at, { method: "POST", body: "ok" })).text(), "ok");
});

Deno.test("a taken port is told as such", async () => {
  await using first = await systemLoopback().listen(
    0,
    () => Promise.resolve({ status: 200, body: "" }),
  );
  await assert.rejects(
    systemLoopback().listen(first.port, () => Promise.resolve({ status: 200, body: "" })),
    { message: /^failed to start local callback server: port \d+ on 127\.0\.0\.1 is taken$/ },
  );
});
