import assert from "node:assert/strict";

const directory = new URL("../fixtures/golden/", import.meta.url);

/**
 * Compares text with `tests/fixtures/golden/<name>`, byte by byte. Run the tests once with
 * `UPDATE_GOLDEN=1` to write the files anew, then read the difference before committing it.
 * `replace` turns what differs from run to run (a temporary home) into a fixed word.
 */
export function assertGolden(
  name: string,
  text: string,
  replace: Record<string, string> = {},
): void {
  let actual = text;
  for (const [from, to] of Object.entries(replace)) actual = actual.replaceAll(from, to);
  const file = new URL(name, directory);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    Deno.mkdirSync(new URL(".", file), { recursive: true });
    Deno.writeTextFileSync(file, actual);
    return;
  }
  assert.equal(actual, Deno.readTextFileSync(file), `differs from tests/fixtures/golden/${name}`);
}
