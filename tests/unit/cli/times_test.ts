import assert from "node:assert/strict";
import { goDuration, longDuration, shortDuration, shownNow } from "../../../lib/cli/times.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";

const S = 1000, M = 60 * S, H = 60 * M;

Deno.test("the long form is truncated and knows no days", () => {
  const cases: [number, string][] = [
    [-1, "expired"],
    [0, "0s"],
    [999, "0s"],
    [59 * S + 999, "59s"],
    [M, "1m 0s"],
    [59 * M + 59 * S, "59m 59s"],
    [H, "1h 0m"],
    [H + M - 1, "1h 0m"],
    [25 * H + 30 * M, "25h 30m"],
  ];
  for (const [ms, text] of cases) assert.equal(longDuration(ms), text, String(ms));
});

Deno.test("the short form is rounded to the second and drops zero minutes", () => {
  const cases: [number, string][] = [
    [-H, "expired"],
    [0, "expired"],
    [499, "expired"],
    [500, "1s"],
    [30 * S, "30s"],
    [45 * M, "45m"],
    [45 * M + 30 * S, "45m"],
    [59 * M + 59 * S + 600, "1h"],
    [2 * H, "2h"],
    [2 * H + 5 * M, "2h5m"],
    [2 * H + 59 * S, "2h"],
    [
      Date.parse("2099-12-31T23:59:59Z") - Date.parse("2025-10-31T20:57:59Z"),
      "650139h2m",
    ],
  ];
  for (const [ms, text] of cases) assert.equal(shortDuration(ms), text, String(ms));
});

Deno.test("Go's form has every unit from the largest down", () => {
  const cases: [number, string][] = [
    [3600, "1h0m0s"],
    [43_140, "11h59m0s"],
    [43_200, "12h0m0s"],
    [90, "1m30s"],
    [5, "5s"],
    [0, "0s"],
  ];
  for (const [seconds, text] of cases) assert.equal(goDuration(seconds), text);
});

Deno.test("ATMOS_TEST_NOW replaces now when it is an instant", () => {
  const at = (value: string) => shownNow(fixedEnv({ ATMOS_TEST_NOW: value }), 42);
  assert.equal(at("2025-01-01T00:00:00Z"), Date.parse("2025-01-01T00:00:00Z"));
  assert.equal(at("2025-01-01T01:00:00+01:00"), Date.parse("2025-01-01T00:00:00Z"));
  assert.equal(at("tomorrow"), 42);
  assert.equal(at(""), 42);
  assert.equal(shownNow(fixedEnv({}), 42), 42);
});
