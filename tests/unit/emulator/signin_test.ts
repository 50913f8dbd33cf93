import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import { sessionKeys, stsClient } from "./clients.ts";

const SAME = "arn:aws:signin:::devtools/same-device";
const CROSS = "arn:aws:signin:::devtools/cross-device";
const REDIRECT = "http://127.0.0.1:45678/oauth/callback";
const verifier = "v".repeat(43);
const challenge = createHash("sha256").update(verifier).digest("base64url");

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
const newKey = () => generateKeyPair("ES256", { extractable: true });

async function proof(
  pair: Pair,
  url: string,
  change: { payload?: Record<string, unknown>; header?: Record<string, unknown> } = {},
): Promise<string> {
  const jwk = await exportJWK(pair.publicKey);
  return await new SignJWT({
    jti: crypto.randomUUID(),
    htm: "POST",
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ...change.payload,
  }).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk, ...change.header }).sign(
    pair.privateKey,
  );
}

function authorizeUrl(emulator: Emulator, change: Record<string, string> = {}): string {
  return `${emulator.url}/v1/authorize?${new URLSearchParams({
    client_id: SAME,
    redirect_uri: REDIRECT,
    response_type: "code",
    code_challenge: challenge,
    code_challenge_method: "SHA-256",
    scope: "openid",
    state: "s1",
    ...change,
  })}`;
}

async function callback(url: string): Promise<URLSearchParams> {
  const r = await fetch(url, { redirect: "manual" });
  await r.body?.cancel();
  assert.equal(r.status, 302);
  return new URL(r.headers.get("location")!).searchParams;
}

interface Answer {
  status: number;
  // deno-lint-ignore no-explicit-any
  body: any;
}

async function token(
  emulator: Emulator,
  fields: Record<string, string>,
  dpop: string | undefined,
  asJson = false,
): Promise<Answer> {
  const r = await fetch(`${emulator.url}/v1/token`, {
    method: "POST",
    headers: {
      "content-type": asJson ? "application/json" : "application/x-www-form-urlencoded",
      ...(dpop === undefined ? {} : { dpop }),
    },
    body: asJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
  });
  return { status: r.status, body: await r.json() };
}

const redeem = (code: string, change: Record<string, string> = {}) => ({
  client_id: SAME,
  grant_type: "authorization_code",
  code,
  code_verifier: verifier,
  redirect_uri: REDIRECT,
  ...change,
});

const refresh = (refresh_token: string) => ({
  client_id: SAME,
  grant_type: "refresh_token",
  refresh_token,
});

async function login(emulator: Emulator) {
  const pair = await newKey();
  const url = `${emulator.url}/v1/token`;
  const code = (await callback(authorizeUrl(emulator))).get("code")!;
  const first = await token(emulator, redeem(code), await proof(pair, url));
  assert.equal(first.status, 200, JSON.stringify(first.body));
  return { pair, url, body: first.body };
}

Deno.test("a browser login gives fifteen minutes of the user's credentials", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const { body } = await login(emulator);
  assert.equal(body.expires_in, 900);
  assert.ok(body.refresh_token);
  const claims = JSON.parse(
    atob(body.id_token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")),
  );
  assert.equal(claims.sub, "arn:aws:iam::111122223333:user/alice");
  const me = await stsClient(
    emulator,
    sessionKeys({
      AccessKeyId: body.access_token.access_key_id,
      SecretAccessKey: body.access_token.secret_access_key,
      SessionToken: body.access_token.session_token,
    }),
  ).send(new GetCallerIdentityCommand({}));
  assert.equal(me.Arn, "arn:aws:iam::111122223333:user/alice");
});

Deno.test("a JSON body is answered in camel case", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const pair = await newKey();
  const code = (await callback(authorizeUrl(emulator))).get("code")!;
  const { status, body } = await token(
    emulator,
    {
      clientId: SAME,
      grantType: "authorization_code",
      code,
      codeVerifier: verifier,
      redirectUri: REDIRECT,
    },
    await proof(pair, `${emulator.url}/v1/token`),
    true,
  );
  assert.equal(status, 200);
  assert.match(body.accessToken.accessKeyId, /^ASIA/);
  assert.equal(body.expiresIn, 900);
});

Deno.test("the refresh token rotates, and is bound to the key of the login", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const { pair, url, body } = await login(emulator);
  const stranger = await token(
    emulator,
    refresh(body.refresh_token),
    await proof(await newKey(), url),
  );
  assert.deepEqual([stranger.status, stranger.body.error], [400, "INVALID_REQUEST"]);
  const next = await token(emulator, refresh(body.refresh_token), await proof(pair, url));
  assert.equal(next.status, 200);
  assert.notEqual(next.body.refresh_token, body.refresh_token);
  const old = await token(emulator, refresh(body.refresh_token), await proof(pair, url));
  assert.deepEqual([old.status, old.body.error], [401, "TOKEN_EXPIRED"]);
  emulator.admin.expire({ what: "user-credentials", id: "alice" });
  const changed = await token(emulator, refresh(next.body.refresh_token), await proof(pair, url));
  assert.deepEqual([changed.status, changed.body.error], [403, "USER_CREDENTIALS_CHANGED"]);
  emulator.admin.expire({ what: "signin-session" });
  const late = await token(emulator, refresh(next.body.refresh_token), await proof(pair, url));
  assert.deepEqual([late.status, late.body.error], [401, "TOKEN_EXPIRED"]);
});

Deno.test("codes count once, for their verifier and redirect, for five minutes", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const pair = await newKey();
  const url = `${emulator.url}/v1/token`;
  const newCode = async () => (await callback(authorizeUrl(emulator))).get("code")!;
  const error = async (fields: Record<string, string>) => {
    const { status, body } = await token(emulator, fields, await proof(pair, url));
    return status === 200 ? "ok" : `${status} ${body.error}`;
  };
  const code = await newCode();
  assert.equal(await error(redeem(code, { code_verifier: "w".repeat(43) })), "400 INVALID_REQUEST");
  assert.equal(
    await error(redeem(code, { redirect_uri: "http://127.0.0.1:1/oauth/callback" })),
    "400 INVALID_REQUEST",
  );
  assert.equal(await error(redeem(code, { client_id: CROSS })), "400 INVALID_REQUEST");
  assert.equal(await error(redeem(code, { client_id: "me" })), "400 INVALID_REQUEST");
  assert.equal(await error(redeem(code, { extra: "1" })), "400 INVALID_REQUEST");
  assert.equal(await error(redeem(code, { grant_type: "password" })), "400 INVALID_REQUEST");
  assert.equal(await error(redeem(code)), "ok");
  assert.equal(await error(redeem(code)), "400 INVALID_REQUEST");
  const late = await newCode();
  emulator.admin.clock({ advanceMs: 301_000 });
  const { status, body } = await token(
    emulator,
    redeem(late),
    await proof(pair, url, { payload: { iat: Math.floor(Date.now() / 1000) + 301 } }),
  );
  assert.deepEqual([status, body.error], [401, "AUTHCODE_EXPIRED"]);
});

Deno.test("every part of a DPoP proof is looked at", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const { pair, url, body } = await login(emulator);
  const refused = async (dpop: string | undefined, why: RegExp) => {
    const r = await token(emulator, refresh(body.refresh_token), dpop);
    assert.deepEqual([r.status, r.body.error], [400, "INVALID_REQUEST"]);
    assert.match(r.body.message, why);
  };
  const now = Math.floor(Date.now() / 1000);
  await refused(undefined, /missing/);
  await refused("nonsense", /DPoP/);
  await refused(await proof(pair, url, { payload: { htm: "GET" } }), /htm/);
  await refused(await proof(pair, `${emulator.url}/v1/authorize`), /htu/);
  await refused(await proof(pair, `${url}?a=b`), /htu/);
  await refused(await proof(pair, url, { payload: { iat: now - 400 } }), /iat/);
  await refused(await proof(pair, url, { payload: { iat: now + 400 } }), /iat/);
  await refused(await proof(pair, url, { payload: { jti: "" } }), /jti/);
  await refused(await proof(pair, url, { header: { typ: "JWT" } }), /typ/);
  const other = await exportJWK((await newKey()).publicKey);
  await refused(await proof(pair, url, { header: { jwk: other } }), /signature/);
  const good = await proof(pair, url);
  const [h, p, s] = good.split(".");
  await refused(`${h}.${p}.${s!.slice(0, -4)}AAAA`, /signature/);
  const once = await proof(pair, url, { payload: { jti: "j1" } });
  const next = await token(emulator, refresh(body.refresh_token), once);
  assert.equal(next.status, 200);
  body.refresh_token = next.body.refresh_token;
  await refused(once, /jti/);
  assert.ok(await calculateJwkThumbprint(await exportJWK(pair.publicKey)));
});

Deno.test("a DER signature is refused where raw r and s are due", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const { pair, url, body } = await login(emulator);
  const [h, p, s] = (await proof(pair, url)).split(".");
  const raw = Uint8Array.from(
    atob(s!.replace(/-/g, "+").replace(/_/g, "/")),
    (c) => c.charCodeAt(0),
  );
  const int = (b: Uint8Array) => {
    const v = b[0]! & 0x80 ? [0, ...b] : [...b];
    return [2, v.length, ...v];
  };
  const inner = [...int(raw.slice(0, 32)), ...int(raw.slice(32))];
  const der = btoa(String.fromCharCode(0x30, inner.length, ...inner)).replace(/\+/g, "-")
    .replace(/\//g, "_").replace(/=+$/, "");
  const r = await token(emulator, refresh(body.refresh_token), `${h}.${p}.${der}`);
  assert.equal(r.status, 400);
});

Deno.test("authorize knows its two clients, their redirects and its own challenge method", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const error = async (change: Record<string, string>) =>
    (await callback(authorizeUrl(emulator, change))).get("error_description");
  assert.match((await error({ code_challenge_method: "S256" }))!, /SHA-256/);
  assert.match((await error({ scope: "openid profile" }))!, /scope/);
  assert.match((await error({ scopes: "openid" }))!, /unknown parameter/);
  for (
    const change of <Record<string, string>[]> [
      { client_id: "someone" },
      { redirect_uri: "http://127.0.0.1:1/callback" },
      { redirect_uri: "https://example.com/oauth/callback" },
      { client_id: CROSS },
    ]
  ) {
    const r = await fetch(authorizeUrl(emulator, change), { redirect: "manual" });
    assert.equal(r.status, 400, JSON.stringify(change));
    await r.body!.cancel();
  }
});

Deno.test("the cross-device client shows base64 of state and code to carry over", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const redirect_uri = `${emulator.url}/v1/sessions/confirmation`;
  const page = await (await fetch(authorizeUrl(emulator, { client_id: CROSS, redirect_uri })))
    .text();
  const text = atob(/<code id="authorization-code">([^<]+)</.exec(page)![1]!);
  assert.match(text, /^state=s1&code=[\w-]+$/);
  const code = new URLSearchParams(text).get("code")!;
  const r = await token(
    emulator,
    redeem(code, { client_id: CROSS, redirect_uri }),
    await proof(await newKey(), `${emulator.url}/v1/token`),
  );
  assert.equal(r.status, 200);
});

Deno.test("a user without the permission is told at the token endpoint", async () => {
  await using emulator = await startEmulator({
    state: {
      autoApprove: true,
      users: [{ account: "111122223333", name: "alice", deny: ["signin:CreateOAuth2Token"] }],
    },
  });
  const code = (await callback(authorizeUrl(emulator))).get("code")!;
  const r = await token(
    emulator,
    redeem(code),
    await proof(await newKey(), `${emulator.url}/v1/token`),
  );
  assert.deepEqual([r.status, r.body.error], [403, "INSUFFICIENT_PERMISSIONS"]);
});

Deno.test("without auto-approval a form asks who signs in", async () => {
  await using emulator = await startEmulator();
  const page = await (await fetch(authorizeUrl(emulator))).text();
  assert.match(page, /<option>ci<\/option>/);
  const fields = new URLSearchParams(new URL(authorizeUrl(emulator)).search);
  fields.set("user", "ci");
  fields.set("decision", "approve");
  const r = await fetch(`${emulator.url}/v1/authorize`, {
    method: "POST",
    body: fields,
    redirect: "manual",
  });
  await r.body?.cancel();
  assert.ok(new URL(r.headers.get("location")!).searchParams.get("code"));
});
