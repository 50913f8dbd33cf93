import assert from "node:assert/strict";
import { briefly, findingsOf } from "../../support/config.ts";
import { configFixtures } from "../../support/config_fixtures.ts";

for (const fixture of configFixtures("valid")) {
  Deno.test(`${fixture.name} has just the warnings that it names, and no error`, () => {
    const found = briefly(findingsOf(fixture.text));
    assert.deepEqual(found, fixture.expected);
    assert.deepEqual(found.filter((line) => line.startsWith("error")), []);
  });
}

for (const fixture of configFixtures("invalid")) {
  Deno.test(`${fixture.name} has all the findings that it names, in order`, () => {
    const found = briefly(findingsOf(fixture.text));
    assert.deepEqual(found, fixture.expected);
    assert.notDeepEqual(found.filter((line) => line.startsWith("error")), []);
  });
}

Deno.test("every finding has a place, and its line holds what the path ends in", () => {
  for (const fixture of [...configFixtures("valid"), ...configFixtures("invalid")]) {
    const lines = fixture.text.split("\n");
    for (const found of findingsOf(fixture.text)) {
      assert.ok(found.location, `${fixture.name}: ${found.message}`);
      assert.ok(found.location.line <= lines.length);
    }
  }
});
