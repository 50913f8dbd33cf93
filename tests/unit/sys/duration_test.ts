import assert from "node:assert/strict";
import { parseDuration } from "../../../lib/sys/duration.ts";

Deno.test("durations are read in seconds, in Go form and in days", () => {
  const cases: [string, number][] = [
    [" 12h ", 43200],
    ["7d", 604800],
    ["1h30m45s", 5445],
    ["3600", 3600],
    ["90m", 5400],
    ["1.5h", 5400],
    ["1500ms", 1],
  ];
  for (const [text, seconds] of cases) assert.deepEqual(parseDuration(text), { ok: true, seconds });
});

Deno.test("zero and negative durations must be positive", () => {
  for (const text of ["0", "-100", "-1h", "0s", "100ms"]) {
    assert.deepEqual(parseDuration(text), {
      ok: false,
      reason: `duration must be positive, got: ${text}`,
    });
  }
});

Deno.test("other texts are no durations", () => {
  for (
    const text of ["abc", "12x", "", "1w", "1h 30m", "-", "h", "1h30", "99999999999999999999d"]
  ) {
    const parsed = parseDuration(text);
    assert.equal(parsed.ok, false, text);
    if (!parsed.ok) assert.match(parsed.reason, /^invalid duration format: /);
  }
});
