import assert from "node:assert/strict";
import fc from "fast-check";
import {
  hasControl,
  isDigits,
  isPlainHttpsUrl,
  isPlainWord,
} from "../../../lib/config/plain_text.ts";

/** Short texts made of the characters that decide. */
const texts = (chars: string) =>
  fc.array(fc.constantFrom(...chars), { maxLength: 16 }).map((list) => list.join(""));

Deno.test("digits are what the pattern takes", () => {
  fc.assert(fc.property(texts("0159a -."), (text) => {
    assert.equal(isDigits(text, 2, 4), /^[0-9]{2,4}$/.test(text));
  }));
});

Deno.test("control characters are what the pattern finds", () => {
  fc.assert(fc.property(texts("a \t\n\x00\x1f\x7f\x80é"), (text) => {
    // deno-lint-ignore no-control-regex
    assert.equal(hasControl(text), /[\x00-\x1f\x7f]/.test(text));
  }));
});

Deno.test("a plain word is what the pattern takes", () => {
  fc.assert(fc.property(texts("az09-_A "), (text) => {
    assert.equal(isPlainWord(text, 12), /^(?=.{1,12}$)[a-z0-9]+([-_][a-z0-9]+)*$/.test(text));
  }));
});

Deno.test("what passes as a plain address is an https URL with a host", () => {
  fc.assert(fc.property(texts("a0.-/:@?#[]% \t"), (rest) => {
    const text = `https://${rest}`;
    if (!isPlainHttpsUrl(text)) return;
    assert.match(text, /^https:\/\/[a-z0-9.-]+(\/[^ \t]*)?$/);
  }));
  for (const good of ["https://a", "https://a.b-c/d?e#f", "https://acme.awsapps.com/start"]) {
    assert.ok(isPlainHttpsUrl(good), good);
  }
  for (const other of ["http://a", "https://", "https:///x", "https://a:8080", "https://u@h/"]) {
    assert.ok(!isPlainHttpsUrl(other), other);
  }
});
