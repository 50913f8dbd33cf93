import assert from "node:assert/strict";
import { errorTable } from "../../../lib/core/error_table.ts";
import { productModules } from "../../support/graph.ts";

/** Codes written in `new AuthError({ code: "…" })`, with the first place each is written at. */
function codesThrown(): Map<string, string> {
  const found = new Map<string, string>();
  for (const module of productModules()) {
    // Codes are read from the text with strings; the shape of the call comes from the one without.
    for (const match of module.bare.matchAll(/\bnew\s+AuthError\s*\(\s*\{/g)) {
      const call = module.code.slice(match.index, closing(module.bare, match.index));
      for (const [, code] of call.matchAll(/\bcode:\s*[^,]*?"([a-z0-9_]+)"/g)) {
        if (!found.has(code!)) found.set(code!, module.path);
      }
    }
  }
  return found;
}

/** End of the call that begins at `from`. */
function closing(bare: string, from: number): number {
  let depth = 0;
  for (let i = bare.indexOf("(", from); i < bare.length; i++) {
    if (bare[i] === "(") depth++;
    if (bare[i] === ")" && --depth === 0) return i;
  }
  return bare.length;
}

Deno.test("every error code has a row with cause and remedy", () => {
  const rows = new Set(errorTable.map((row) => row.code));
  const missing = [...codesThrown()].filter(([code]) => !rows.has(code));
  assert.deepEqual(missing, []);
});

Deno.test("no error code has two rows, and every row says something", () => {
  const seen = new Set<string>();
  for (const { code, cause, remedy } of errorTable) {
    assert.ok(!seen.has(code), `two rows for ${code}`);
    seen.add(code);
    assert.match(code, /^[a-z0-9]+(_[a-z0-9]+)*$/);
    assert.match(cause, /\.$/, code);
    assert.match(remedy, /\.$/, code);
  }
});
