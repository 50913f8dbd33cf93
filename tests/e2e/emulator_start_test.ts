import assert from "node:assert/strict";
import { privateHome, runProgram, startProgram } from "../support/program.ts";

/** The first line of a stream; the rest stays unread. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text.split("\n")[0]!;
}

Deno.test("emulator start prints its URL, writes the ready file 0600 and ends by a signal", async () => {
  await using home = await privateHome();
  await home.write("state.json", JSON.stringify({ browserUser: "bob" }));
  const child = await startProgram({
    args: [
      ...["emulator", "start", "--state", "state.json", "--ready-file", "ready.json"],
      "--auto-approve",
    ],
    home,
  });
  const url = await firstLine(child.stdout);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const ready = JSON.parse(await Deno.readTextFile(home.join("ready.json")));
  assert.equal(ready.url, url);
  assert.equal((await Deno.stat(home.join("ready.json"))).mode! & 0o777, 0o600);
  assert.match(ready.users[0].accessKeyId, /^AKIAEMULATOR/);
  const state = await fetch(`${url}/_emulator/state`, {
    headers: { "x-emulator-token": ready.adminToken },
  });
  const { autoApprove, browserUser } = await state.json();
  assert.deepEqual([autoApprove, browserUser], [true, "bob"]);
  child.kill("SIGTERM");
  await child.stdin.close();
  await child.stdout.cancel();
  await child.stderr.cancel();
  assert.ok([0, 130, 143].includes((await child.status).code));
  await assert.rejects(fetch(url), TypeError);
});

Deno.test("emulator start names what is wrong with its flags and its state", async () => {
  const told = async (args: string[], files: Record<string, string> = {}) => {
    await using home = await privateHome();
    for (const [name, text] of Object.entries(files)) await home.write(name, text);
    const r = await runProgram({ args: ["emulator", "start", ...args], home });
    assert.equal(r.code, 1);
    assert.equal(r.stdout, "");
    return r.stderr;
  };
  assert.match(await told(["--port", "x"]), /invalid port: x/);
  assert.match(await told(["--cloud", "moon"]), /moon/);
  assert.match(await told(["--state", "none.json"]), /no file none\.json/);
  assert.match(
    await told(["--state", "s.json"], { "s.json": '{"accounts": {}}' }),
    /"accounts" must be a list/,
  );
});
