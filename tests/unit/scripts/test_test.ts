import assert from "node:assert/strict";
import { countsOf } from "../../../scripts/test.ts";

Deno.test("the runner's counts come from the closing line", () => {
  const counts = countsOf(
    "./a_test.ts => one ... ok (1ms)\n./a_test.ts => two [not installed: awscli] ... ignored (0ms)\n\n" +
      "ok | 12 passed (3 steps) | 0 failed | 2 ignored (4ms)\n\n",
    true,
  );
  assert.deepEqual([counts.passed, counts.failed, counts.skipped], [12, 0, 2]);
  assert.deepEqual(counts.skippedTests, ["./a_test.ts => two [not installed: awscli]"]);
});

Deno.test("failures are listed by name", () => {
  const counts = countsOf(
    "\n FAILURES \n\na => ./a_test.ts:1:1\nb => ./a_test.ts:2:1\n\n" +
      "FAILED | 1 passed | 2 failed (1 step) (4ms)\n\n",
    false,
  );
  assert.deepEqual([counts.passed, counts.failed], [1, 2]);
  assert.deepEqual(counts.failures, ["a => ./a_test.ts:1:1", "b => ./a_test.ts:2:1"]);
});

Deno.test("a run that dies without a closing line counts as a failure", () => {
  assert.equal(countsOf("panic", false).failed, 1);
  assert.equal(countsOf("ok | 3 passed | 0 failed (4ms)\n", false).failed, 1);
});
