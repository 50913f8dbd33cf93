import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha1Hex, sha256Hex } from "../../../lib/sys/hash.ts";

Deno.test("the digests of FIPS 180 come out", () => {
  assert.equal(sha1Hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assert.equal(sha1Hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  assert.equal(
    sha256Hex("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal(
    sha256Hex(""),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

Deno.test("every length around the block borders agrees with another implementation", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(length).map((_, i) => (i * 31 + length) & 0xff);
    assert.equal(sha1Hex(bytes), createHash("sha1").update(bytes).digest("hex"));
    assert.equal(sha256Hex(bytes), createHash("sha256").update(bytes).digest("hex"));
  }
});

Deno.test("text is hashed as UTF-8", () => {
  assert.equal(sha256Hex("größe"), createHash("sha256").update("größe", "utf8").digest("hex"));
});
