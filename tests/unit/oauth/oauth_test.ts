import assert from "node:assert/strict";
import { jwtVerify } from "jose";
import { pollForToken } from "../../../lib/oauth/device.ts";
import { dpopProof, exportDpopKey, importDpopKey, newDpopKey } from "../../../lib/oauth/dpop.ts";
import { audiences, readJwt } from "../../../lib/oauth/jwt.ts";
import { codeChallenge, codeVerifier } from "../../../lib/oauth/pkce.ts";
import { closingPage, receiveRedirect } from "../../../lib/oauth/redirect.ts";
import { AuthError } from "../../../lib/sys/error.ts";
import { Secret } from "../../../lib/sys/secret.ts";
import { systemRandom } from "../../../lib/sys/random.ts";
import { fakeDeps } from "../../support/deps.ts";

Deno.test("PKCE follows the example of RFC 7636, appendix B", async () => {
  assert.equal(
    await codeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
  assert.match(codeVerifier(systemRandom()), /^[A-Za-z0-9_-]{43}$/);
  assert.match(codeVerifier(systemRandom(), 48), /^[A-Za-z0-9_-]{64}$/);
});

Deno.test("a DPoP proof is accepted by an independent verifier, with the same key after storing", async () => {
  const { clock, random } = fakeDeps();
  const key = await newDpopKey();
  const again = (await importDpopKey(await exportDpopKey(key)))!;
  for (const k of [key, again]) {
    const proof = await dpopProof({
      key: k,
      method: "POST",
      url: "https://eu-west-1.signin.aws.amazon.com/v1/token?x=1#y",
      clock,
      random,
    });
    const { payload, protectedHeader } = await jwtVerify(proof, key.jwk, {
      currentDate: new Date(clock.now()),
    });
    assert.equal(protectedHeader.typ, "dpop+jwt");
    assert.deepEqual(protectedHeader.jwk, { ...key.jwk });
    assert.equal(payload.htm, "POST");
    assert.equal(payload.htu, "https://eu-west-1.signin.aws.amazon.com/v1/token");
    assert.equal(payload.iat, Math.floor(clock.now() / 1000));
    assert.ok(payload.jti);
  }
  assert.equal(await importDpopKey(new Secret("bm8ga2V5")), undefined);
});

Deno.test("JWTs are read without proof, opaque and damaged tokens told apart", () => {
  const part = (text: string) => btoa(text).replace(/=+$/, "");
  const token = `${part("{}")}.${part('{"aud":["a","b"],"exp":1}')}.x`;
  const jwt = readJwt(token);
  assert(jwt.state === "decoded");
  assert.deepEqual(audiences(jwt.claims), ["a", "b"]);
  assert.deepEqual(audiences({ aud: "a" }), ["a"]);
  assert.deepEqual(audiences({}), []);
  assert.equal(readJwt("opaque").state, "opaque");
  for (const middle of ["%%", part("[1]"), part("no json")]) {
    assert.equal(readJwt(`a.${middle}.c`).state, "damaged");
  }
});

Deno.test("the poll waits first, slows down for good and ends with the code", async () => {
  const { clock } = fakeDeps();
  const states = ["pending", "slow_down", "pending", "slow_down", "pending"] as const;
  let polls = 0;
  const value = await pollForToken({
    intervalSeconds: 0,
    expiresInSeconds: 600,
    clock,
    signal: new AbortController().signal,
    poll: () =>
      Promise.resolve(
        polls < states.length ? { state: states[polls++]! } : { state: "done", value: "token" },
      ),
  });
  assert.equal(value, "token");
  assert.deepEqual(clock.sleeps, [5000, 5000, 10000, 10000, 15000, 15000]);
  const none = await pollForToken({
    intervalSeconds: 5,
    expiresInSeconds: 12,
    clock,
    signal: new AbortController().signal,
    poll: () => Promise.resolve({ state: "pending" }),
  });
  assert.equal(none, undefined);
});

function waiting(
  visit: (uri: string, browse: (url: string) => Promise<{ status: number }>) => unknown,
) {
  const { loopback, clock } = fakeDeps();
  // the wait for a person never runs out by itself here
  clock.sleep = (_ms, signal) =>
    new Promise((_resolve, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  return receiveRedirect({
    loopback,
    port: 0,
    path: "/oauth/callback",
    state: "right",
    timeoutMs: 60_000,
    timeoutError: () => new AuthError({ code: "webflow_timed_out", message: "timed out" }),
    clock,
    signal: new AbortController().signal,
    start: async (uri) => void await visit(uri, (url) => loopback.visit(url)),
  });
}

Deno.test("the redirect gives the code; other requests are refused and do not end the wait", async () => {
  const { code, redirectUri } = await waiting(async (uri, browse) => {
    assert.equal((await browse(uri.replace("/oauth/callback", "/favicon.ico"))).status, 404);
    assert.equal((await browse(`${uri}?code=evil&state=wrong`)).status, 400);
    assert.equal((await browse(`${uri}?code=evil`)).status, 400);
    assert.equal((await browse(`${uri}?error=x&state=wrong`)).status, 400);
    assert.equal((await browse(`${uri}?code=good&state=right`)).status, 200);
  });
  assert.equal(code, "good");
  assert.match(redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/);
});

Deno.test("a refusal by the server ends the wait with its words", async () => {
  const query = "error=access_denied&error_description=Not%20you&state=right";
  await assert.rejects(waiting((uri, browse) => browse(`${uri}?${query}`)), {
    code: "authorization_error",
    message: "authorization error: access_denied: Not you",
  });
  await assert.rejects(waiting((uri, browse) => browse(`${uri}?state=right`)), {
    code: "missing_authorization_code",
    message: "missing authorization code in callback",
  });
});

Deno.test("pages of ours escape what servers say", () => {
  const page = closingPage("<b>", `"&'<script>`);
  assert(!page.includes("<script>") && !page.includes("<b>"));
});
