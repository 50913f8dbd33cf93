import assert from "node:assert/strict";
import { redeemTotp, totp } from "../../../lib/emulator/totp.ts";

Deno.test("codes agree with the vectors of RFC 6238", async () => {
  // Base32 of "12345678901234567890"; the RFC prints eight digits, devices show the last six.
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  for (
    const [seconds, code] of [
      [59, "287082"],
      [1111111109, "081804"],
      [1111111111, "050471"],
      [1234567890, "005924"],
      [2000000000, "279037"],
      [20000000000, "353130"],
    ] as const
  ) assert.equal(await totp(secret, seconds * 1000), code);
});

Deno.test("a code is good one step early or late, and once", async () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const used = new Set<number>();
  const ms = 1_700_000_000_000;
  const code = await totp(secret, ms);
  assert.equal(await redeemTotp({ secret, code, ms: ms + 90_000, used }), false);
  assert.equal(await redeemTotp({ secret, code, ms: ms + 30_000, used }), true);
  assert.equal(await redeemTotp({ secret, code, ms, used }), false);
});
