import assert from "node:assert/strict";
import fc from "fast-check";
import { authOf } from "../../support/config.ts";

/** Names that a user may write: any printable text that is not reserved (01 §4.1). */
const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  // deno-lint-ignore no-control-regex
  .filter((name) => !/[\x00-\x1f\x7f]/.test(name))
  .filter((name) => name.toUpperCase().toLowerCase() === name.toLowerCase());

Deno.test("any name survives loading, listing and lookup in any case", () => {
  fc.assert(fc.property(
    fc.uniqueArray(names, { minLength: 1, maxLength: 8, selector: (name) => name.toLowerCase() }),
    (written) => {
      const entries = written.map((name) => `    ${JSON.stringify(name)}: {kind: mock}`);
      const config = authOf(`auth:\n  identities:\n${entries.join("\n")}\n`);
      assert.deepEqual(config.identities.names(), [...written].sort());
      for (const name of written) {
        assert.equal(config.findIdentity(name)?.name, name);
        assert.equal(config.findIdentity(name.toUpperCase())?.name, name);
        assert.equal(config.findIdentity(name.toLowerCase())?.name, name);
      }
    },
  ));
});
