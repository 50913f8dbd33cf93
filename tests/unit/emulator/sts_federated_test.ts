import assert from "node:assert/strict";
import {
  AssumeRoleWithSAMLCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import type { ResponseWish } from "../../../lib/emulator/saml_idp.ts";
import { fails, sessionKeys, stsClient } from "./clients.ts";

const GITHUB_ROLE = "arn:aws:iam::444455556666:role/github";
const ADMIN_ROLE = "arn:aws:iam::444455556666:role/saml-admin";
const PROVIDER = "arn:aws:iam::444455556666:saml-provider/emulator";

function web(emulator: Emulator, WebIdentityToken: string, change: Record<string, unknown> = {}) {
  return stsClient(emulator).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: GITHUB_ROLE,
      RoleSessionName: "build",
      WebIdentityToken,
      ...change,
    }),
  );
}

const tokenOf = async (emulator: Emulator, input: Parameters<Emulator["admin"]["oidcToken"]>[0]) =>
  (await emulator.admin.oidcToken(input)).token;

Deno.test("a signed token of the right audience and subject gives role credentials", async () => {
  await using emulator = await startEmulator();
  const got = await web(emulator, await tokenOf(emulator, {}), { DurationSeconds: 900 });
  assert.equal(got.Audience, "sts.amazonaws.com");
  assert.equal(got.SubjectFromWebIdentityToken, "repo:acme/infra:ref:refs/heads/main");
  assert.match(got.Provider!, /:oidc-provider\/token\.actions\.githubusercontent\.com$/);
  const me = await stsClient(emulator, sessionKeys(got.Credentials)).send(
    new GetCallerIdentityCommand({}),
  );
  assert.equal(me.Arn, "arn:aws:sts::444455556666:assumed-role/github/build");
});

Deno.test("tokens that are wrong in one way each are refused by name", async () => {
  await using emulator = await startEmulator();
  const token = (claims: Record<string, unknown>, expiresSeconds?: number) =>
    tokenOf(emulator, { claims, expiresSeconds });
  const invalid = "InvalidIdentityTokenException";
  await fails(web(emulator, "opaque-token"), invalid, /not a valid JWT/);
  await fails(
    web(emulator, await token({ aud: "https://github.com/acme" })),
    invalid,
    /Incorrect token audience/,
  );
  await fails(
    web(emulator, await token({}, -10)),
    "ExpiredTokenException",
    /Token expired: current date\/time \d+ must be before the expiration date\/time \d+/,
  );
  await fails(
    web(emulator, await token({ nbf: Math.floor(Date.now() / 1000) + 600 })),
    invalid,
    /nbf/,
  );
  const good = await token({});
  await fails(web(emulator, good.slice(0, -8) + "AAAAAAAA"), invalid, /signature/);
  const [header, payload, signature] = good.split(".");
  const forged = btoa(
    atob(payload!.replace(/-/g, "+").replace(/_/g, "/")).replace("infra", "other"),
  )
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  await fails(web(emulator, `${header}.${forged}.${signature}`), invalid, /signature/);
  const foreign = await tokenOf(emulator, { issuer: "https://gitlab.example.com" });
  await fails(
    web(emulator, foreign),
    invalid,
    /No OpenIDConnect provider found in your account for https:\/\/gitlab/,
  );
});

Deno.test("conditions of the trust policy and the role's existence decide with AccessDenied", async () => {
  await using emulator = await startEmulator();
  const text = /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/;
  const stranger = await tokenOf(emulator, {
    claims: { sub: "repo:evil/infra:ref:refs/heads/main" },
  });
  await fails(web(emulator, stranger), "AccessDenied", text);
  const good = await tokenOf(emulator, {});
  await fails(web(emulator, good, { RoleArn: ADMIN_ROLE }), "AccessDenied", text);
  await fails(
    web(emulator, good, { RoleArn: "arn:aws:iam::444455556666:role/none" }),
    "AccessDenied",
    text,
  );
  await fails(
    web(emulator, good, { DurationSeconds: 7200 }),
    "ValidationError",
    /MaxSessionDuration/,
  );
});

Deno.test("keys of a foreign issuer come from the state or from its loopback JWKS", async () => {
  await using issuer = await startEmulator();
  const url = "https://token.actions.githubusercontent.com";
  const jwksUri = `${issuer.url}/github/.well-known/jwks`;
  const token = await tokenOf(issuer, {});
  await using remote = await startEmulator({ state: { oidcIssuers: [{ url, jwksUri }] } });
  await web(remote, token);
  const jwks = await (await fetch(jwksUri)).json();
  await using local = await startEmulator({ state: { oidcIssuers: [{ url, jwks }] } });
  await web(local, token);
  await using gone = await startEmulator({
    state: { oidcIssuers: [{ url, jwksUri: `${issuer.url}/nothing` }] },
  });
  await fails(web(gone, token), "IDPCommunicationErrorException", /verification key/);
});

Deno.test("the GitHub-like endpoint wants its bearer and puts the audience into the token", async () => {
  await using emulator = await startEmulator();
  const { requestUrl, requestToken } = emulator.admin.info().github;
  const ask = (bearer: string, audience: string) =>
    fetch(`${requestUrl}&audience=${audience}`, { headers: { authorization: `bearer ${bearer}` } });
  const good = await ask(requestToken, "sts.amazonaws.com");
  const { value } = await good.json();
  await web(emulator, value);
  const bad = await ask("wrong", "sts.amazonaws.com");
  assert.equal(bad.status, 401);
  await bad.body!.cancel();
});

async function saml(
  emulator: Emulator,
  wish: Partial<ResponseWish> = {},
  change: Record<string, unknown> = {},
) {
  const { response } = await emulator.admin.samlResponse({ user: "alice", ...wish });
  return await stsClient(emulator).send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: ADMIN_ROLE,
      PrincipalArn: PROVIDER,
      SAMLAssertion: response,
      ...change,
    }),
  );
}

Deno.test("a signed assertion gives role credentials for its session name", async () => {
  await using emulator = await startEmulator();
  for (const sign of ["assertion", "response"] as const) {
    const got = await saml(emulator, { sign }, { DurationSeconds: 28800 });
    assert.equal(
      got.AssumedRoleUser!.Arn,
      "arn:aws:sts::444455556666:assumed-role/saml-admin/alice",
    );
    assert.equal(got.Issuer, "urn:emulator:idp");
    assert.equal(got.SubjectType, "persistent");
    assert.ok(got.Credentials!.Expiration!.getTime() - Date.now() > 28_790_000);
    await stsClient(emulator, sessionKeys(got.Credentials)).send(new GetCallerIdentityCommand({}));
  }
  const own = await saml(emulator);
  assert.ok(Math.abs(own.Credentials!.Expiration!.getTime() - Date.now() - 7_200_000) < 5000);
  const capped = await saml(emulator, { sessionNotOnOrAfterSeconds: 1200 });
  assert.ok(capped.Credentials!.Expiration!.getTime() - Date.now() < 1_201_000);
});

Deno.test("assertions that are wrong in one way each are refused by name", async () => {
  await using emulator = await startEmulator();
  const invalid = "InvalidIdentityTokenException";
  await fails(saml(emulator, { sign: "none" }), invalid, /Response signature invalid/);
  await fails(saml(emulator, { tamper: true }), invalid, /Response signature invalid/);
  await fails(
    saml(emulator, { issuer: "urn:other" }),
    invalid,
    /Issuer not present in specified provider/,
  );
  await fails(saml(emulator, { audience: "urn:other" }), "IDPRejectedClaimException");
  await fails(saml(emulator, { recipient: "http://127.0.0.1/saml" }), invalid, /Recipient/);
  await fails(
    saml(emulator, { sessionName: "a b" }),
    invalid,
    /RoleSessionName in AuthnResponse must match/,
  );
  await fails(saml(emulator, { roles: [] }), invalid, /Role is required/);
  await fails(
    saml(emulator, { ageSeconds: 301, lifeSeconds: 3600 }),
    "ExpiredTokenException",
    /redeemed within 5 minutes/,
  );
  await fails(saml(emulator, { lifeSeconds: -1 }), "ExpiredTokenException");
  await fails(saml(emulator, { ageSeconds: -600 }), invalid, /not yet valid/);
  await fails(
    saml(emulator, {}, { SAMLAssertion: btoa("<Response/>") }),
    invalid,
    /Response signature invalid/,
  );
  await fails(saml(emulator, {}, { SAMLAssertion: "@@@@" }), invalid, /Invalid base64/);
  await fails(
    saml(emulator, {}, { SAMLAssertion: btoa("<!DOCTYPE a><Response/>") }),
    invalid,
    /DOCTYPE/,
  );
});

Deno.test("an unsigned assertion wrapped around a signed one is not read", async () => {
  await using emulator = await startEmulator();
  const { response } = await emulator.admin.samlResponse({ user: "alice", sessionName: "alice" });
  const xml = atob(response);
  const signed = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)![0];
  const evil = signed.replace(/ID="_\w+"/, 'ID="_evil"').replace(
    /<ds:Signature[\s\S]*<\/ds:Signature>/,
    "",
  )
    .replace(">alice</saml:AttributeValue>", ">mallory</saml:AttributeValue>");
  const wrapped = xml.replace(signed, `${evil}<wrap>${signed}</wrap>`);
  const got = await saml(emulator, {}, { SAMLAssertion: btoa(wrapped) });
  assert.match(got.AssumedRoleUser!.Arn!, /\/alice$/);
});

Deno.test("role and provider must be a pair of the assertion, known, and trusted", async () => {
  await using emulator = await startEmulator();
  const other = "arn:aws:iam::444455556666:role/deployer";
  await fails(saml(emulator, {}, { RoleArn: other }), "AccessDenied", /AssumeRoleWithSAML/);
  await fails(
    saml(emulator, { roles: [{ role: other, provider: PROVIDER }] }, { RoleArn: other }),
    "AccessDenied",
  );
  await fails(
    saml(emulator, {}, { PrincipalArn: "arn:aws:iam::444455556666:saml-provider/none" }),
    "InvalidIdentityTokenException",
    /provider doesn't exist/,
  );
  await fails(
    saml(emulator, {}, { DurationSeconds: 28801 }),
    "ValidationError",
    /MaxSessionDuration/,
  );
});

Deno.test("an assertion counts once", async () => {
  await using emulator = await startEmulator();
  const { response } = await emulator.admin.samlResponse({ user: "alice" });
  await saml(emulator, {}, { SAMLAssertion: response });
  await fails(
    saml(emulator, {}, { SAMLAssertion: response }),
    "InvalidIdentityTokenException",
    /used before/,
  );
});
