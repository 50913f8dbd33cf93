import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  CreateTokenCommand,
  RegisterClientCommand,
  StartDeviceAuthorizationCommand,
} from "@aws-sdk/client-sso-oidc";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import { DEVICE, deviceLogin, fails, oidcClient } from "./clients.ts";

const START_URL = "https://acme.awsapps.com/start";

async function startDevice(emulator: Emulator) {
  const client = oidcClient(emulator);
  const { clientId, clientSecret } = await client.send(
    new RegisterClientCommand({
      clientName: "test",
      clientType: "public",
      scopes: ["sso:account:access"],
      grantTypes: [DEVICE, "refresh_token"],
    }),
  );
  const device = await client.send(
    new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: START_URL }),
  );
  const poll = () =>
    client.send(
      new CreateTokenCommand({
        clientId,
        clientSecret,
        grantType: DEVICE,
        deviceCode: device.deviceCode,
      }),
    );
  return { client, clientId, clientSecret, device, poll };
}

const verifier = "v".repeat(64);
const challenge = createHash("sha256").update(verifier).digest("base64url");

async function registerForCode(emulator: Emulator) {
  const client = oidcClient(emulator);
  const { clientId, clientSecret } = await client.send(
    new RegisterClientCommand({
      clientName: "test",
      clientType: "public",
      scopes: ["sso:account:access"],
      grantTypes: ["authorization_code", "refresh_token"],
      redirectUris: ["http://127.0.0.1/oauth/callback"],
      issuerUrl: START_URL,
    }),
  );
  return { client, clientId: clientId!, clientSecret: clientSecret! };
}

function authorizeUrl(emulator: Emulator, clientId: string, change: Record<string, string> = {}) {
  const q = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: "http://127.0.0.1:45678/oauth/callback",
    state: "s-1",
    code_challenge_method: "S256",
    scopes: "sso:account:access",
    code_challenge: challenge,
    ...change,
  });
  return `${emulator.url}/authorize?${q}`;
}

/** What a browser is sent back to. */
async function callback(url: string): Promise<URLSearchParams> {
  const r = await fetch(url, { redirect: "manual" });
  await r.body?.cancel();
  assert.equal(r.status, 302);
  return new URL(r.headers.get("location")!).searchParams;
}

Deno.test("the device grant gives tokens after approval, and the code counts once", async () => {
  await using emulator = await startEmulator();
  const { device, poll } = await startDevice(emulator);
  assert.match(device.userCode!, /^[A-Z]{4}-[A-Z]{4}$/);
  assert.equal(
    device.verificationUriComplete,
    `${emulator.url}/device?user_code=${device.userCode}`,
  );
  emulator.admin.approve({ userCode: device.userCode });
  const token = await poll();
  assert.equal(token.tokenType, "Bearer");
  assert.equal(token.expiresIn, 3600);
  assert.ok(token.refreshToken);
  emulator.admin.clock({ advanceMs: 60_000 });
  await fails(poll(), "InvalidGrantException");
});

Deno.test("polling before approval is pending, too early is slow_down and lengthens the interval", async () => {
  await using emulator = await startEmulator();
  const { poll } = await startDevice(emulator);
  await fails(poll(), "AuthorizationPendingException");
  await fails(poll(), "SlowDownException");
  emulator.admin.clock({ advanceMs: 2000 });
  await fails(poll(), "SlowDownException");
  emulator.admin.clock({ advanceMs: 11_000 });
  await fails(poll(), "AuthorizationPendingException");
});

Deno.test("a denied and an expired device code end the wait", async () => {
  await using emulator = await startEmulator();
  const first = await startDevice(emulator);
  emulator.admin.deny({ userCode: first.device.userCode });
  await fails(first.poll(), "AccessDeniedException");
  const second = await startDevice(emulator);
  emulator.admin.expire({ what: "device-code" });
  await fails(second.poll(), "ExpiredTokenException");
});

Deno.test("the error of a pending poll has the header, __type and the OAuth members", async () => {
  await using emulator = await startEmulator();
  const { clientId, clientSecret, device } = await startDevice(emulator);
  const r = await fetch(`${emulator.url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      clientId,
      clientSecret,
      grantType: DEVICE,
      deviceCode: device.deviceCode,
    }),
  });
  assert.equal(r.status, 400);
  assert.match(r.headers.get("x-amzn-errortype")!, /^AuthorizationPendingException:/);
  const body = await r.json();
  assert.equal(body.error, "authorization_pending");
  assert.match(body.__type, /#AuthorizationPendingException$/);
});

Deno.test("the approval page asks, approves by form, and approves a mere GET when told to", async () => {
  await using emulator = await startEmulator();
  const asked = await startDevice(emulator);
  const page = await (await fetch(asked.device.verificationUriComplete!)).text();
  assert.match(page, /name="decision" value="approve"/);
  await fails(asked.poll(), "AuthorizationPendingException");
  const posted = await fetch(`${emulator.url}/device`, {
    method: "POST",
    body: new URLSearchParams({
      user_code: asked.device.userCode!,
      decision: "approve",
      user: "bob",
    }),
  });
  assert.match(await posted.text(), /Request approved/);
  emulator.admin.clock({ advanceMs: 5000 });
  assert.ok((await asked.poll()).accessToken);
  emulator.admin.autoApprove({ on: true });
  const silent = await startDevice(emulator);
  await (await fetch(silent.device.verificationUriComplete!)).body!.cancel();
  assert.ok((await silent.poll()).accessToken);
  const used = await fetch(silent.device.verificationUriComplete!);
  assert.equal(used.status, 400);
  await used.body!.cancel();
});

Deno.test("authorization code with PKCE: any loopback port, one use, the right verifier", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const { client, clientId, clientSecret } = await registerForCode(emulator);
  const redeem = (code: string, change: Record<string, string> = {}) =>
    client.send(
      new CreateTokenCommand({
        clientId,
        clientSecret,
        grantType: "authorization_code",
        code,
        redirectUri: "http://127.0.0.1:45678/oauth/callback",
        codeVerifier: verifier,
        ...change,
      }),
    );
  const q = await callback(authorizeUrl(emulator, clientId));
  assert.equal(q.get("state"), "s-1");
  await fails(redeem(q.get("code")!, { codeVerifier: "w".repeat(64) }), "InvalidGrantException");
  await fails(
    redeem(q.get("code")!, { redirectUri: "http://127.0.0.1:1/oauth/callback" }),
    "InvalidGrantException",
  );
  assert.ok((await redeem(q.get("code")!)).refreshToken);
  await fails(redeem(q.get("code")!), "InvalidGrantException");
  const late = await callback(authorizeUrl(emulator, clientId));
  emulator.admin.clock({ advanceMs: 301_000 });
  await fails(redeem(late.get("code")!), "InvalidGrantException");
});

Deno.test("authorize reports faults to the redirect, but not to one that is unregistered", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const { clientId } = await registerForCode(emulator);
  const error = async (change: Record<string, string>) =>
    (await callback(authorizeUrl(emulator, clientId, change))).get("error");
  assert.equal(await error({ code_challenge_method: "SHA-256" }), "invalid_request");
  assert.equal(await error({ code_challenge: "short" }), "invalid_request");
  assert.equal(await error({ scopes: "codewhisperer:completions" }), "invalid_scope");
  assert.equal(await error({ scope: "sso:account:access" }), "invalid_request");
  assert.equal(await error({ response_type: "token" }), "unsupported_response_type");
  for (
    const redirect_uri of [
      "http://127.0.0.1:45678/other",
      "http://localhost:45678/oauth/callback",
      "https://example.com/oauth/callback",
    ]
  ) {
    const r = await fetch(authorizeUrl(emulator, clientId, { redirect_uri }), {
      redirect: "manual",
    });
    assert.equal(r.status, 400);
    assert.match(await r.text(), /InvalidRedirectUriException/);
  }
});

Deno.test("a headless browser can be made to deny", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: "deny" } });
  const { clientId } = await registerForCode(emulator);
  assert.equal((await callback(authorizeUrl(emulator, clientId))).get("error"), "access_denied");
  const { device, poll } = await startDevice(emulator);
  await (await fetch(device.verificationUriComplete!)).body!.cancel();
  await fails(poll(), "AccessDeniedException");
});

Deno.test("authorize asks by a form whose denial goes back as access_denied", async () => {
  await using emulator = await startEmulator();
  const { clientId } = await registerForCode(emulator);
  const url = authorizeUrl(emulator, clientId);
  assert.match(await (await fetch(url)).text(), /Allow access/);
  const fields = new URLSearchParams(new URL(url).search);
  fields.set("decision", "deny");
  const r = await fetch(`${emulator.url}/authorize`, {
    method: "POST",
    body: fields,
    redirect: "manual",
  });
  await r.body?.cancel();
  const q = new URL(r.headers.get("location")!).searchParams;
  assert.equal(q.get("error"), "access_denied");
  assert.equal(q.get("state"), "s-1");
});

Deno.test("a registration for one grant does not serve the other", async () => {
  await using emulator = await startEmulator({ state: { autoApprove: true } });
  const code = await registerForCode(emulator);
  await fails(
    code.client.send(
      new StartDeviceAuthorizationCommand({
        clientId: code.clientId,
        clientSecret: code.clientSecret,
        startUrl: START_URL,
      }),
    ),
    "UnauthorizedClientException",
  );
  const device = await deviceLogin(emulator);
  const r = await fetch(authorizeUrl(emulator, device.clientId), { redirect: "manual" });
  assert.equal(r.status, 400, "no redirect URI was registered");
  await r.body?.cancel();
});

Deno.test("refresh rotates the token; the old one, another client and an expired session are refused", async () => {
  await using emulator = await startEmulator();
  const login = await deviceLogin(emulator);
  const other = await deviceLogin(emulator);
  const client = oidcClient(emulator);
  const refresh = (refreshToken: string, who = login) =>
    client.send(
      new CreateTokenCommand({
        clientId: who.clientId,
        clientSecret: who.clientSecret,
        grantType: "refresh_token",
        refreshToken,
      }),
    );
  await fails(refresh(login.refreshToken, other), "InvalidGrantException");
  const next = await refresh(login.refreshToken);
  assert.notEqual(next.refreshToken, login.refreshToken);
  await fails(refresh(login.refreshToken), "InvalidGrantException");
  emulator.admin.expire({ what: "refresh-token" });
  await fails(refresh(next.refreshToken!), "InvalidGrantException");
  await fails(refresh(other.refreshToken, other), "InvalidGrantException");
});

Deno.test("without rotation the refresh token stays and is not sent again", async () => {
  await using emulator = await startEmulator();
  emulator.admin.identityCenter({ rotateRefreshTokens: false });
  const login = await deviceLogin(emulator);
  const client = oidcClient(emulator);
  for (let i = 0; i < 2; i++) {
    const next = await client.send(
      new CreateTokenCommand({
        clientId: login.clientId,
        clientSecret: login.clientSecret,
        grantType: "refresh_token",
        refreshToken: login.refreshToken,
      }),
    );
    assert.equal(next.refreshToken, undefined);
  }
});

Deno.test("wrong secrets, expired registrations, unknown scopes and grants have their own errors", async () => {
  await using emulator = await startEmulator();
  const login = await deviceLogin(emulator);
  const client = oidcClient(emulator);
  const token = (change: Record<string, string>) =>
    client.send(
      new CreateTokenCommand({
        clientId: login.clientId,
        clientSecret: login.clientSecret,
        grantType: "refresh_token",
        refreshToken: login.refreshToken,
        ...change,
      }),
    );
  await fails(token({ clientSecret: "wrong" }), "InvalidClientException");
  await fails(token({ grantType: "password" }), "UnsupportedGrantTypeException");
  await fails(
    client.send(
      new CreateTokenCommand({
        clientId: login.clientId,
        clientSecret: login.clientSecret,
        grantType: "refresh_token",
        refreshToken: login.refreshToken,
        scope: ["openid"],
      }),
    ),
    "InvalidScopeException",
  );
  emulator.admin.expire({ what: "registration", id: login.clientId });
  await fails(token({}), "InvalidClientException");
  const register = (change: Record<string, unknown>) =>
    client.send(
      new RegisterClientCommand({ clientName: "t", clientType: "public", ...change }),
    );
  await fails(register({ clientType: "confidential" }), "InvalidClientMetadataException");
  await fails(register({ scopes: ["everything"] }), "InvalidScopeException");
  await fails(register({ grantTypes: ["password"] }), "UnsupportedGrantTypeException");
  await fails(
    register({
      grantTypes: ["authorization_code"],
      redirectUris: ["https://example.com/cb"],
      issuerUrl: START_URL,
    }),
    "InvalidRedirectUriException",
  );
  await fails(
    register({
      grantTypes: ["authorization_code"],
      redirectUris: ["http://127.0.0.1/oauth/callback"],
      issuerUrl: "https://other.awsapps.com/start",
    }),
    "InvalidRequestException",
  );
});

Deno.test("an unknown start URL and an unknown member are invalid requests; a trailing slash is none", async () => {
  await using emulator = await startEmulator();
  const { client, clientId, clientSecret } = await startDevice(emulator);
  const start = (startUrl: string) =>
    client.send(new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl }));
  await fails(start("https://other.awsapps.com/start"), "InvalidRequestException");
  assert.ok((await start(`${START_URL}/#/`)).deviceCode);
  const r = await fetch(`${emulator.url}/client/register`, {
    method: "POST",
    body: JSON.stringify({ client_name: "x" }),
  });
  assert.equal(r.status, 400);
  assert.equal((await r.json()).error, "invalid_request");
});

Deno.test("a registration without scopes gets no refresh token", async () => {
  await using emulator = await startEmulator();
  const client = oidcClient(emulator);
  const { clientId, clientSecret } = await client.send(
    new RegisterClientCommand({ clientName: "old", clientType: "public" }),
  );
  const { deviceCode } = await client.send(
    new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: START_URL }),
  );
  emulator.admin.approve();
  const token = await client.send(
    new CreateTokenCommand({ clientId, clientSecret, grantType: DEVICE, deviceCode }),
  );
  assert.ok(token.accessToken);
  assert.equal(token.refreshToken, undefined);
});

Deno.test("everything works below a path prefix, and links keep it", async () => {
  await using emulator = await startEmulator();
  const prefixed = { ...emulator, url: `${emulator.url}/some/where` } as Emulator;
  const { device, poll } = await startDevice(prefixed);
  assert.match(device.verificationUri!, /\/some\/where\/device$/);
  emulator.admin.approve();
  assert.ok((await poll()).accessToken);
});
