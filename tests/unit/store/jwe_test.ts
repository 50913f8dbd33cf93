import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { compactDecrypt, CompactEncrypt } from "jose";
import { importPassword, iterationsOf, open, seal } from "../../../lib/store/jwe.ts";
import type { Random } from "../../../lib/sys/random.ts";

const PASSWORD = "correct horse battery";
const CREATED = "2026-01-02 03:04:05 +0000 UTC";
/** 03 §6.4. */
const KNOWN =
  "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJjcmVhdGVkIjoiMjAyNi0wMS0wMiAwMzowNDowNSArMDAwMCBVVEMiLCJlbmMiOiJBMjU2R0NNIiwicDJjIjo4MTkyLCJwMnMiOiJBQUVDQXdRRkJnY0lDUW9MIn0.P2IllPr4KsfPEr7NOraTkPeuqw_bYddXfrX8RLFYxX2tP0sZ073fOw.oKGio6Slpqeoqaqr.rK1NWpvJpg8YGyyR-uNUk5k12eWoDvFMwObM_5CITp0C1R4Kqj9Nw9o2w8cnpVSAjx5vAqy8e1-0A_SBNuenytCt0193vNHQX0hHDf9VIY_MdtIeUhQrdJm09hgEqN2j1JYPrxAypIn-ATBI7hozPToAo-1bwPwg5JFGI7JukOabv7ANCVSEgOyeFDSnhXTG-FQrDsshkFGbgF8-W68AwIUOkot1K3rFcIsBDBMtDOPs2mPiZjGD5C7hmVd1tsc0vv1H.ELeCY2FdEq3c059CwQO4eA";
const PLAIN = JSON.stringify({
  Key: "atmos_dev",
  Data: btoa('{"type":"oidc","data":{"token":"t","provider":"p"}}'),
  Label: "",
  Description: "",
  KeychainNotTrustApplication: false,
  KeychainNotSynchronizable: false,
});

const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (opened: Awaited<ReturnType<typeof open>>) =>
  "plaintext" in opened ? new TextDecoder().decode(opened.plaintext) : opened.refused;

/** Counts up from `start` for every request: 00…0b, 40…5f, a0…ab of the known answer. */
function counting(...starts: number[]): Random {
  return {
    bytes: (n) => {
      const start = starts.shift()!;
      return new Uint8Array(n).map((_, i) => start + i);
    },
    uuid: () => "",
  };
}

Deno.test("the known answer is written byte for byte", async () => {
  const token = await seal(utf8(PLAIN), {
    password: await importPassword(utf8(PASSWORD)),
    iterations: 8192,
    created: CREATED,
    random: counting(0x00, 0x40, 0xa0),
  });
  assert.equal(token, KNOWN);
});

Deno.test("the known answer opens with its password and no other", async () => {
  assert.equal(text(await open(KNOWN, await importPassword(utf8(PASSWORD)))), PLAIN);
  assert.equal(
    text(await open(KNOWN, await importPassword(utf8("correct horse batterz")))),
    "password",
  );
  assert.equal(iterationsOf(KNOWN), 8192);
});

Deno.test("the password's bytes are overwritten once imported", async () => {
  const bytes = utf8(PASSWORD);
  await importPassword(bytes);
  assert.ok(bytes.every((b) => b === 0));
});

Deno.test("every single-bit flip of an entry is refused", async () => {
  const password = await importPassword(utf8(PASSWORD));
  const token = await seal(utf8('{"Key":"k","Data":"eA=="}'), {
    password,
    iterations: 1000,
    created: "t",
    random: counting(1, 2, 3),
  });
  const bytes = utf8(token);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << bit;
      const opened = await open(new TextDecoder().decode(flipped), password);
      assert.ok("refused" in opened, `bit ${bit} of byte ${at}`);
    }
  }
});

Deno.test("other algorithms and unreasonable iteration counts are unsupported", async () => {
  const password = await importPassword(utf8(PASSWORD));
  const withHeader = (change: Record<string, unknown>) => {
    const [header, ...rest] = KNOWN.split(".");
    const fields = { ...JSON.parse(atob(header!.replaceAll("_", "/"))), ...change };
    return [btoa(JSON.stringify(fields)).replace(/=+$/, ""), ...rest].join(".");
  };
  const changes = [
    { alg: "dir" },
    { alg: "PBES2-HS512+A256KW" },
    { enc: "A128GCM" },
    { p2c: 999 },
    { p2c: 1_300_001 },
    { p2c: 8192.5 },
    { p2c: "8192" },
    { p2s: "AAAAAAA" },
    { zip: "DEF" },
    { crit: ["x"] },
  ];
  for (const change of changes) {
    assert.equal(text(await open(withHeader(change), password)), "unsupported");
  }
  for (const token of ["", "a.b.c", KNOWN + ".x", KNOWN.replace(/^[^.]+/, "e30x"), "x" + KNOWN]) {
    assert.equal(text(await open(token, password)), "damaged");
  }
});

Deno.test("jose opens what we write, and we open what jose writes", async () => {
  const password = await importPassword(utf8(PASSWORD));
  const ours = await seal(utf8(PLAIN), {
    password,
    iterations: 20_000,
    created: CREATED,
    random: { bytes: (n) => crypto.getRandomValues(new Uint8Array(n)), uuid: () => "" },
  });
  const read = await compactDecrypt(ours, utf8(PASSWORD), {
    keyManagementAlgorithms: ["PBES2-HS256+A128KW"],
    contentEncryptionAlgorithms: ["A256GCM"],
    maxPBES2Count: 1_300_000,
  });
  assert.equal(new TextDecoder().decode(read.plaintext), PLAIN);
  const theirs = await new CompactEncrypt(utf8(PLAIN))
    .setProtectedHeader({ alg: "PBES2-HS256+A128KW", created: CREATED, enc: "A256GCM" })
    .setKeyManagementParameters({ p2c: 8192, p2s: new Uint8Array(12) })
    .encrypt(utf8(PASSWORD));
  assert.equal(text(await open(theirs, password)), PLAIN);
});

Deno.test("an implementation on bare AES finds the same key in the known answer", () => {
  const [header, wrapped, iv, body, tag] = KNOWN.split(".");
  const salt = Buffer.concat([
    Buffer.from("PBES2-HS256+A128KW\0"),
    Buffer.from("AAECAwQFBgcICQoL", "base64url"),
  ]);
  const kek = pbkdf2Sync(PASSWORD, salt, 8192, 16, "sha256");
  assert.equal(kek.toString("hex"), "3c9d85038b05d8a637f128b66c9038ee");
  const cek = unwrap(kek, Buffer.from(wrapped!, "base64url"));
  assert.deepEqual([...cek], Array.from({ length: 32 }, (_, i) => 0x40 + i));
  const gcm = createDecipheriv("aes-256-gcm", cek, Buffer.from(iv!, "base64url"));
  gcm.setAAD(Buffer.from(header!));
  gcm.setAuthTag(Buffer.from(tag!, "base64url"));
  const plain = Buffer.concat([gcm.update(Buffer.from(body!, "base64url")), gcm.final()]);
  assert.equal(plain.toString(), PLAIN);
});

/** RFC 3394 §2.2.2 over single AES blocks. */
function unwrap(kek: Buffer, wrapped: Buffer): Buffer {
  const n = wrapped.length / 8 - 1;
  let a = wrapped.subarray(0, 8);
  const r = Array.from({ length: n }, (_, i) => wrapped.subarray(8 * (i + 1), 8 * (i + 2)));
  for (let j = 5; j >= 0; j--) {
    for (let i = n; i >= 1; i--) {
      const mixed = Buffer.from(a);
      mixed.writeUInt32BE((mixed.readUInt32BE(4) ^ (n * j + i)) >>> 0, 4);
      const ecb = createDecipheriv("aes-128-ecb", kek, null).setAutoPadding(false);
      const block = Buffer.concat([ecb.update(Buffer.concat([mixed, r[i - 1]!])), ecb.final()]);
      a = block.subarray(0, 8);
      r[i - 1] = block.subarray(8);
    }
  }
  assert.equal(a.toString("hex"), "a6a6a6a6a6a6a6a6");
  return Buffer.concat(r);
}
