import assert from "node:assert/strict";
import { padEnd, stripEscapes, textWidth, wrap } from "../../../lib/cli/width.ts";

Deno.test("width counts columns, not code units", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["日本", 4],
    ["한국", 4],
    ["ｆｕｌｌ", 8],
    ["👽", 2],
    ["👨‍👩‍👧", 2],
    ["⚠️", 2],
    ["⚠", 1],
    ["✓", 1],
    ["●", 1],
    ["└──", 3],
    ["\x1b[31mred\x1b[0m", 3],
    ["\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", 4],
    ["a\u200bb", 2],
  ];
  for (const [text, width] of cases) assert.equal(textWidth(text), width, JSON.stringify(text));
});

Deno.test("padding fills to the column, and never cuts", () => {
  assert.equal(padEnd("日本", 6), "日本  ");
  assert.equal(padEnd("abcdef", 3), "abcdef");
});

Deno.test("escape sequences are taken out", () => {
  assert.equal(stripEscapes("\x1b[1;34mA\x1b[0m\x1b[?25l"), "A");
});

Deno.test("wrapping breaks at blanks and leaves long words whole", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("averyveryverylongword x", 5), ["averyveryverylongword", "x"]);
  assert.deepEqual(wrap("a\n\nb", 5), ["a", "", "b"]);
  assert.deepEqual(wrap("  indented words here", 12), ["  indented", "  words here"]);
});
