import assert from "node:assert/strict";
import { type Check, diagnose, type Patient } from "../../../lib/cli/doctor.ts";
import { configChecks } from "../../../lib/cli/doctor_config.ts";
import { fileChecks } from "../../../lib/cli/doctor_files.ts";
import { foreignChecks } from "../../../lib/cli/doctor_foreign.ts";
import { networkChecks } from "../../../lib/cli/doctor_network.ts";
import { toolChecks } from "../../../lib/cli/doctor_tools.ts";
import { AuthError } from "../../../lib/core/types.ts";
import { fakeDeps } from "../../support/deps.ts";

const all: Check[] = [
  ...configChecks,
  ...fileChecks,
  ...foreignChecks,
  ...toolChecks,
  ...networkChecks,
];

const patient = (online = false) => ({ cx: { deps: fakeDeps() }, online }) as unknown as Patient;

Deno.test("every check has an id of its own and a row in docs/troubleshooting.md", () => {
  const ids = all.map(({ id }) => id).sort();
  assert.deepEqual(ids, [...new Set(ids)]);
  const page = Deno.readTextFileSync(new URL("../../../docs/troubleshooting.md", import.meta.url));
  const [, section] = page.split("## What doctor looks at");
  const rows = [...section!.matchAll(/^\| `([\w.]+)`/gm)].map((row) => row[1]!).sort();
  assert.deepEqual(rows, ids);
});

Deno.test("a check that throws is an error of its own, and the others go on", async () => {
  const found = await diagnose(patient(), [
    { id: "a", topic: "a", run: () => Promise.reject(new TypeError("surprise")) },
    {
      id: "b",
      topic: "b",
      run: () => {
        throw new AuthError({ code: "x", message: "known trouble", hints: ["Do this"] });
      },
    },
    { id: "c", topic: "c", run: () => [{ state: "ok", finding: "well" }] },
  ]);
  assert.deepEqual(found.map(({ id, state, finding, hint }) => [id, state, finding, hint]), [
    ["a", "error", "internal: surprise", undefined],
    ["b", "error", "known trouble", "Do this"],
    ["c", "ok", "well", undefined],
  ]);
});

Deno.test("a check of the network waits for --online", async () => {
  const check: Check = {
    id: "n",
    topic: "n",
    online: true,
    run: () => [{ state: "ok", finding: "answers" }],
  };
  assert.deepEqual(await diagnose(patient(), [check]), []);
  assert.equal((await diagnose(patient(true), [check])).length, 1);
});
