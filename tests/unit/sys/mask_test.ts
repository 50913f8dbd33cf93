import assert from "node:assert/strict";
import {
  configureMask,
  maskText,
  readMaskSeeds,
  registerSecret,
  resetMask,
  secretForms,
  seedMaskFrom,
  shortenKeyIds,
} from "../../../lib/sys/mask.ts";
import { Secret } from "../../../lib/sys/secret.ts";

function test(name: string, run: () => void) {
  Deno.test(name, () => {
    resetMask();
    try {
      run();
    } finally {
      resetMask();
    }
  });
}

test("a Secret is replaced wherever it is printed", () => {
  new Secret("hunter2-hunter2");
  assert.equal(maskText("a hunter2-hunter2 b hunter2-hunter2"), "a <MASKED> b <MASKED>");
});

test("a secret is found in every encoded form", () => {
  const secret = 'p/w+?"ä\n&x~';
  registerSecret(secret);
  const bytes = new TextEncoder().encode(secret);
  for (
    const form of [
      secret,
      bytes.toBase64(),
      bytes.toBase64({ omitPadding: true }),
      bytes.toBase64({ alphabet: "base64url" }),
      bytes.toBase64({ alphabet: "base64url", omitPadding: true }),
      encodeURIComponent(secret),
      new URLSearchParams({ a: secret }).toString().slice(2),
      JSON.stringify(secret).slice(1, -1),
    ]
  ) assert.equal(maskText(`<${form}>`), "<<MASKED>>", form);
});

test("a secret inside a longer base64 text does not survive decoding", () => {
  const secret = "correct-horse-battery";
  registerSecret(secret);
  for (const user of ["AWS:", "u:", "me:", ""]) {
    const masked = maskText(btoa(user + secret + ":tail"));
    assert.match(masked, /<MASKED>/);
    const left = masked.replace("<MASKED>", "");
    assert.ok(left.length < 20, left);
  }
});

test("a longer secret wins over a shorter one inside it, and overlaps leave no tail", () => {
  registerSecret("secret");
  registerSecret("secret-and-more");
  registerSecret("more-of-it");
  assert.equal(maskText("x secret-and-more y"), "x <MASKED> y");
  assert.equal(maskText("x secret-and-more-of-it y"), "x <MASKED> y");
});

test("values shorter than four characters are not registered", () => {
  registerSecret("abc");
  assert.equal(maskText("abc"), "abc");
  registerSecret("abcd");
  assert.equal(maskText("abcd"), "<MASKED>");
});

test("each long line of a PEM body is masked, its frame is not", () => {
  registerSecret(
    "-----BEGIN KEY-----\nMIIEvAIBADANBgkqhkiG9w0B\nAQEFAASCBKYwggSiAgEAAoIB\n-----END KEY-----\n",
  );
  assert.equal(maskText("line 2: AQEFAASCBKYwggSiAgEAAoIB"), "line 2: <MASKED>");
  assert.equal(maskText("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
});

test("known token shapes are masked without registration", () => {
  for (
    const token of [
      "ghp_0123456789abcdefghij0123456789abcdef",
      "github_pat_11ABCDEFG0123456789_abcdefgh",
      "glpat-0123456789abcdefghij",
      "sk-" + "0123456789".repeat(3),
      "Bearer 0123456789abcdef0123",
      "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln",
    ]
  ) assert.equal(maskText(`token=${token};`), "token=<MASKED>;", token);
  assert.equal(
    maskText("a risk-assessment-of-the-whole-thing"),
    "a risk-assessment-of-the-whole-thing",
  );
  assert.equal(maskText("use a Bearer token"), "use a Bearer token");
});

test("values of well-known variables are masked, read once and before a change", () => {
  const vars: Record<string, string> = { GITHUB_TOKEN: "from-the-environment", DD_API_KEY: "" };
  seedMaskFrom((name) => vars[name]);
  readMaskSeeds();
  delete vars.GITHUB_TOKEN;
  assert.equal(maskText("from-the-environment"), "<MASKED>");
});

test("replacement, literals and patterns come from settings", () => {
  const bad = configureMask({
    replacement: "***",
    literals: ["literal-one"],
    patterns: ["(?i)acct-[0-9]+", "(unclosed"],
  });
  assert.deepEqual(bad, ["(unclosed"]);
  assert.equal(maskText("literal-one ACCT-42"), "*** ***");
});

test("--mask=false prints everything", () => {
  registerSecret("visible-now");
  configureMask({ enabled: false });
  assert.equal(maskText("visible-now"), "visible-now");
});

test("a lone surrogate in a secret does not break the filter", () => {
  const secret = "abc\ud800def";
  registerSecret(secret);
  assert.equal(maskText(`x${secret}x`), "x<MASKED>x");
  assert.ok(secretForms(secret).length > 2);
});

test("access key ids are shortened in logs", () => {
  assert.equal(shortenKeyIds("key AKIAIOSFODNN7EXAMPLE used"), "key AKIA... used");
});
