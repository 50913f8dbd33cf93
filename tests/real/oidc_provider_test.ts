import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { calculateJwkThumbprint } from "jose";
import { CookieJar } from "tough-cookie";
import {
  type DpopKey,
  dpopProof,
  exportDpopKey,
  importDpopKey,
  newDpopKey,
} from "../../lib/oauth/dpop.ts";
import { base64url, codeChallenge, codeVerifier } from "../../lib/oauth/pkce.ts";
import { receiveRedirect, type RedirectResult } from "../../lib/oauth/redirect.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { fixedEnv } from "../../lib/sys/env.ts";
import { AuthError } from "../../lib/sys/error.ts";
import { type HttpResponse, systemHttp } from "../../lib/sys/http.ts";
import { systemLoopback } from "../../lib/sys/loopback.ts";
import { systemRandom } from "../../lib/sys/random.ts";

const clientId = "atmos-auth-test";
const account = "somebody";
const callback = "/oauth/callback";
const clock = systemClock();
const random = systemRandom();

/** A certified OpenID provider that we did not write, with a login page that says yes to everything. */
async function startProvider() {
  // it has no types of its own
  // deno-lint-ignore no-explicit-any
  const { default: Provider } = await import("oidc-provider" as string) as any;
  const server = createServer();
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [{
      client_id: clientId,
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: [`http://127.0.0.1${callback}`],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
      dpop_bound_access_tokens: true,
    }],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, dPoP: { enabled: true } },
    cookies: { keys: [base64url(random.bytes(32))] },
    // each refresh gives a new token, as with AWS
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    jwks: { keys: [await signingKey()] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, RefreshToken: 60, Session: 60 },
  });
  const handle = provider.callback();
  const broken: unknown[] = [];
  provider.on("server_error", (_: unknown, error: unknown) => broken.push(error));
  server.on("request", (request, response) => {
    if (!request.url?.startsWith("/interaction/")) return handle(request, response);
    agree(provider, request, response).catch((error) => {
      broken.push(error);
      response.writeHead(500).end();
    });
  });
  return {
    url,
    /** The key thumbprint that an access token is bound to, by the provider's own books. */
    async boundTo(accessToken: string): Promise<string | undefined> {
      return (await provider.AccessToken.find(accessToken))?.jkt;
    },
    async [Symbol.asyncDispose]() {
      await closed(server);
      assert.deepEqual(broken, [], "the provider met an error of its own");
    },
  };
}

async function signingKey(): Promise<JsonWebKey> {
  const { privateKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const { kty, n, e, d, p, q, dp, dq, qi } = await crypto.subtle.exportKey("jwk", privateKey);
  return { kty, n, e, d, p, q, dp, dq, qi, alg: "RS256", use: "sig" };
}

/** Signs in and consents at once. */
// deno-lint-ignore no-explicit-any
async function agree(provider: any, request: unknown, response: unknown): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  const result: Record<string, unknown> = {};
  if (prompt.name === "login") result.login = { accountId: account };
  else {
    const grant = new provider.Grant({ accountId: account, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result.consent = { grantId: await grant.save() };
  }
  await provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: true,
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((done, failed) => {
    server.close((error) => error ? failed(error) : done());
    server.closeAllConnections();
  });
}

/** A browser: follows redirects with cookies, and says what the last page was. */
async function browse(first: string): Promise<{ status: number; url: string; text: string }> {
  const jar = new CookieJar();
  let url = first;
  for (let hop = 0; hop < 12; hop++) {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: await jar.getCookieString(url) },
    });
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, url);
    const text = await response.text();
    const location = response.headers.get("location");
    if (location === null) return { status: response.status, url, text };
    url = new URL(location, url).href;
  }
  throw new Error("the provider redirects without end");
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: string;
}

/** The client side, made of the building blocks that the sign-in flows are made of. */
function client(provider: string) {
  const http = systemHttp({ version: "0.0.0", env: fixedEnv({}) });
  http.allow(provider);
  const endpoint = `${provider}/token`;
  const token = async (
    form: Record<string, string>,
    proof: { key: DpopKey; url?: string } | undefined,
  ): Promise<HttpResponse> =>
    await http.request({
      method: "POST",
      url: endpoint,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(proof && {
          dpop: await dpopProof({
            key: proof.key,
            method: "POST",
            url: proof.url ?? endpoint,
            clock,
            random,
          }),
        }),
      },
      body: new URLSearchParams({ client_id: clientId, ...form }).toString(),
      what: "token",
      attempts: 1,
    });
  return {
    endpoint,
    /** Through the browser to a code; `query` replaces parameters, `undefined` removes them. */
    async code(verifier: string, query: Record<string, string | undefined> = {}) {
      const state = base64url(random.bytes(16));
      return await receiveRedirect({
        loopback: systemLoopback(),
        port: 0,
        path: callback,
        state,
        timeoutMs: 20_000,
        timeoutError: () => new AuthError({ code: "timed_out", message: "no redirect came" }),
        clock,
        signal: new AbortController().signal,
        start: async (redirectUri) => {
          const all = {
            client_id: clientId,
            redirect_uri: redirectUri,
            response_type: "code",
            code_challenge: await codeChallenge(verifier),
            code_challenge_method: "S256",
            scope: "openid",
            state,
            ...query,
          };
          const given = Object.entries(all).filter((pair): pair is [string, string] =>
            pair[1] !== undefined
          );
          const page = await browse(`${provider}/auth?${new URLSearchParams(given)}`);
          assert.ok(page.url.startsWith(redirectUri), `${page.status} ${page.text.slice(0, 600)}`);
        },
      });
    },
    redeem: (
      { code, redirectUri }: RedirectResult,
      verifier: string,
      proof: { key: DpopKey; url?: string } | undefined,
    ) =>
      token({
        grant_type: "authorization_code",
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
      }, proof),
    refresh: (refreshToken: string, proof: { key: DpopKey; url?: string } | undefined) =>
      token({ grant_type: "refresh_token", refresh_token: refreshToken }, proof),
  };
}

/** The tokens of an answer that must be one. */
function granted(response: HttpResponse): Tokens {
  assert.equal(response.status, 200, JSON.stringify(response.json<{ error?: string }>().error));
  return response.json<Tokens>();
}

/** The OAuth error of an answer that must be one. */
function refused(response: HttpResponse): string | undefined {
  assert.equal(response.status, 400);
  return response.json<{ error?: string }>().error;
}

Deno.test("a standard provider gives tokens bound to the key of our proof", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  const [key, verifier] = [await newDpopKey(), codeVerifier(random)];
  const tokens = granted(await oauth.redeem(await oauth.code(verifier), verifier, { key }));
  assert.equal(tokens.token_type, "DPoP");
  assert.equal(await provider.boundTo(tokens.access_token), await calculateJwkThumbprint(key.jwk));
  assert.ok(tokens.refresh_token);
});

Deno.test("a standard provider takes verifiers of both lengths that we make", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  for (const bytes of [32, 48]) {
    const verifier = codeVerifier(random, bytes);
    const key = await newDpopKey();
    granted(await oauth.redeem(await oauth.code(verifier), verifier, { key }));
  }
});

Deno.test("a standard provider refreshes for the key that was kept, and for no other", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  const [key, verifier] = [await newDpopKey(), codeVerifier(random)];
  const first = granted(await oauth.redeem(await oauth.code(verifier), verifier, { key }));
  // as the next run reads it from disk
  const kept = await importDpopKey(await exportDpopKey(key));
  assert.ok(kept);
  const stranger = { key: await newDpopKey() };
  assert.equal(refused(await oauth.refresh(first.refresh_token, stranger)), "invalid_grant");
  assert.equal(refused(await oauth.refresh(first.refresh_token, undefined)), "invalid_grant");
  const second = granted(await oauth.refresh(first.refresh_token, { key: kept }));
  assert.equal(second.token_type, "DPoP");
  assert.notEqual(second.access_token, first.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal(await provider.boundTo(second.access_token), await calculateJwkThumbprint(key.jwk));
});

Deno.test("a standard provider refuses a code with the verifier of another sign-in", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  const [key, verifier] = [await newDpopKey(), codeVerifier(random)];
  const answer = await oauth.code(verifier);
  assert.equal(
    refused(await oauth.redeem(answer, codeVerifier(random), { key })),
    "invalid_grant",
  );
  granted(await oauth.redeem(answer, verifier, { key }));
});

Deno.test("a standard provider refuses a code the second time and ends what it gave", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  const [key, verifier] = [await newDpopKey(), codeVerifier(random)];
  const answer = await oauth.code(verifier);
  const tokens = granted(await oauth.redeem(answer, verifier, { key }));
  assert.equal(refused(await oauth.redeem(answer, verifier, { key })), "invalid_grant");
  assert.equal(refused(await oauth.refresh(tokens.refresh_token, { key })), "invalid_grant");
});

Deno.test("a standard provider refuses a code with a proof for another address, or with none", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  const [key, verifier] = [await newDpopKey(), codeVerifier(random)];
  const answer = await oauth.code(verifier);
  const elsewhere = { key, url: `${provider.url}/elsewhere` };
  assert.equal(refused(await oauth.redeem(answer, verifier, elsewhere)), "invalid_dpop_proof");
  assert.equal(refused(await oauth.redeem(answer, verifier, undefined)), "invalid_grant");
  granted(await oauth.redeem(answer, verifier, { key }));
});

Deno.test("a standard provider's refusal of a request without PKCE ends the wait with its reason", async () => {
  await using provider = await startProvider();
  const oauth = client(provider.url);
  await assert.rejects(
    oauth.code(codeVerifier(random), {
      code_challenge: undefined,
      code_challenge_method: undefined,
    }),
    (error: AuthError) => {
      assert.equal(error.code, "authorization_error");
      assert.match(error.message, /^authorization error: invalid_request: .*PKCE/);
      return true;
    },
  );
});
