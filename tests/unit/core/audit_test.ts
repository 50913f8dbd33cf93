import assert from "node:assert/strict";
import { firstBreak, record } from "../../../lib/core/audit.ts";
import { plainCore } from "../../support/core.ts";

function trail() {
  const core = plainCore({});
  Object.assign(core.config, { auditFile: "/home/u/audit.jsonl" });
  return { core, text: async () => await core.deps.files.readText("/home/u/audit.jsonl") ?? "" };
}

Deno.test("the trail is a chain of canonical lines", async () => {
  const { core, text } = trail();
  await record(core, "login", { identity: "b", account: "1" });
  await record(core, "logout", { identity: "b" });
  const lines = (await text()).trim().split("\n");
  assert.equal(lines.length, 2);
  assert.match(
    lines[0]!,
    /^\{"account":"1","event":"login","identity":"b","prev":"","seq":1,"ts":"/,
  );
  assert.equal(JSON.parse(lines[1]!).seq, 2);
  assert.equal(firstBreak(await text()), undefined);
});

Deno.test("every flipped byte of a trail is found", async () => {
  const { core, text } = trail();
  for (let i = 0; i < 3; i++) await record(core, "login", { identity: `id-${i}` });
  const whole = await text();
  const lastLine = whole.trimEnd().lastIndexOf("\n") + 1;
  for (let at = 0; at < lastLine - 1; at++) {
    if (whole[at] === "\n") continue;
    const flipped = whole.slice(0, at) + (whole[at] === "x" ? "y" : "x") + whole.slice(at + 1);
    assert.notEqual(firstBreak(flipped), undefined, `byte ${at}`);
  }
});

Deno.test("a torn last line becomes a repair line and the chain goes on", async () => {
  const { core, text } = trail();
  await record(core, "login", { identity: "a" });
  await core.deps.files.append("/home/u/audit.jsonl", '{"event":"lo');
  await record(core, "login", { identity: "c" });
  const events = (await text()).trim().split("\n").map((line) => {
    try {
      return JSON.parse(line).event;
    } catch {
      return "torn";
    }
  });
  assert.deepEqual(events, ["login", "torn", "repair", "login"]);
  assert.equal(firstBreak(await text()), undefined);
});

Deno.test("without a file nothing is written", async () => {
  const core = plainCore({});
  await record(core, "login", { identity: "a" });
  assert.equal(core.deps.files.exists("/home/u/audit.jsonl"), false);
});
