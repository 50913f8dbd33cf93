import assert from "node:assert/strict";
import { nearest } from "../../../lib/config/suggest.ts";

const keys = ["start_url", "region", "url", "session", "spec"];

for (
  const [written, expected] of [
    ["satrt_url", ["start_url"]],
    ["starturl", ["start_url"]],
    ["START_URL", ["start_url"]],
    ["regoin", ["region"]],
    ["spce", ["spec"]],
    ["completely_else", []],
    ["x", []],
  ] as const
) {
  Deno.test(`nearest to ${written} is ${expected.join(", ") || "nothing"}`, () => {
    assert.deepEqual(nearest(written, keys), expected);
  });
}

Deno.test("nearest names come best first, then by name, three at most", () => {
  assert.deepEqual(nearest("admins", ["admin-b", "admin", "admin-a", "admin-c", "adminx"]), [
    "admin",
    "adminx",
    "admin-a",
  ]);
});
