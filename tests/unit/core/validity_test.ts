import assert from "node:assert/strict";
import { type Credentials, type Loaded, Secret } from "../../../lib/core/types.ts";
import { expiryOf, scanBuffer, usable } from "../../../lib/core/validity.ts";

const now = Date.parse("2026-03-17T12:00:00Z");
const minutes = (n: number) => n * 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

function aws(leftMinutes: number | string | undefined, issuedAgo?: number): Loaded {
  const credentials: Credentials = {
    type: "aws",
    access_key_id: "ASIAEXAMPLE",
    secret_access_key: new Secret("not-a-real-secret"),
    session_token: new Secret("not-a-real-token"),
    expiration: typeof leftMinutes === "number" ? iso(now + minutes(leftMinutes)) : leftMinutes,
  };
  return {
    credentials,
    source: "files",
    ...(issuedAgo === undefined ? {} : { issuedAt: now - minutes(issuedAgo) }),
  };
}

Deno.test("the scan keeps a quarter of an hour for sessions of an hour, a fifth for shorter ones", () => {
  assert.equal(scanBuffer(undefined), minutes(15));
  assert.equal(scanBuffer(minutes(60)), minutes(15));
  assert.equal(scanBuffer(minutes(15)), minutes(3));
  assert.equal(scanBuffer(minutes(2)), minutes(1));
});

const cases: [string, Loaded, "scan" | "cached", boolean][] = [
  ["20 of 60 minutes, scan", aws(20, 40), "scan", true],
  ["10 of 60 minutes, scan", aws(10, 50), "scan", false],
  ["10 of 15 minutes, scan", aws(10, 5), "scan", true],
  ["2 of 15 minutes, scan", aws(2, 13), "scan", false],
  ["10 minutes of unknown life, scan", aws(10), "scan", false],
  ["10 minutes, cached", aws(10, 50), "cached", true],
  ["half a minute, cached", aws(0.5, 59), "cached", false],
  ["no expiry", aws(undefined), "cached", true],
  ["an expiry that cannot be read", aws("tomorrow"), "cached", false],
  ["a date without time", aws("2099-01-01"), "cached", false],
  ["issued in the future", aws(60, -6), "cached", false],
  ["issued by a clock slightly ahead", aws(60, -4), "cached", true],
];

for (const [what, loaded, use, expected] of cases) {
  Deno.test(`usable: ${what} → ${expected}`, () => {
    assert.equal(usable(loaded, use, "identity", now), expected);
  });
}

Deno.test("an SSO bearer is complete at a provider and nowhere else", () => {
  const loaded: Loaded = {
    credentials: {
      type: "aws",
      bearer: new Secret("bearer-value"),
      expiration: iso(now + minutes(99)),
    },
    source: "keyring",
  };
  assert.equal(usable(loaded, "scan", "provider", now), true);
  assert.equal(usable(loaded, "scan", "identity", now), false);
});

function jwt(payload: unknown): string {
  const part = (value: string) =>
    new TextEncoder().encode(value).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part("{}")}.${typeof payload === "string" ? payload : part(JSON.stringify(payload))}.x`;
}

Deno.test("the expiry of a token is its exp; no exp or no JWT never ends; garbage has ended", () => {
  const oidc = (token: string) => expiryOf({ type: "oidc", token: new Secret(token) });
  assert.equal(oidc(jwt({ exp: 1_800_000_000 })), 1_800_000_000_000);
  assert.equal(oidc(jwt({})), "never");
  assert.equal(oidc("opaque-token"), "never");
  assert.equal(oidc(jwt("%%%")), "unreadable");
});

Deno.test("Go's zero time on a GCP token means no expiry", () => {
  assert.equal(
    expiryOf({
      type: "gcp",
      access_token: new Secret("ya29.x"),
      token_expiry: "0001-01-01T00:00:00Z",
    }),
    "never",
  );
});
