import assert from "node:assert/strict";
import { AssumeRoleWithSAMLCommand } from "@aws-sdk/client-sts";
import { startEmulator } from "../../../lib/emulator/server.ts";
import { totp } from "../../../lib/emulator/totp.ts";
import { stsClient } from "./clients.ts";

function field(page: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1];
  assert.ok(value !== undefined, `no field ${name} in ${page}`);
  return value.replace(/&amp;/g, "&");
}

async function post(url: string, fields: Record<string, string>): Promise<string> {
  return await (await fetch(url, { method: "POST", body: new URLSearchParams(fields) })).text();
}

Deno.test("the login form leads to a page that posts a response STS accepts", async () => {
  await using emulator = await startEmulator();
  const { url, users } = emulator.admin.info().saml;
  const start = `${url}?acs=${encodeURIComponent("http://127.0.0.1:1/saml")}&RelayState=n1`;
  const form = await (await fetch(start)).text();
  assert.match(form, /type="password" id="passwordInput" name="Password"/);
  const wrong = await post(start, { UserName: "alice", Password: "x" });
  assert.match(wrong, /<span id="errorText">Incorrect user ID or password/);
  const page = await post(start, { UserName: "alice", Password: users[0]!.password });
  assert.match(page, /action="http:\/\/127\.0\.0\.1:1\/saml"/);
  assert.equal(field(page, "RelayState"), "n1");
  const got = await stsClient(emulator).send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: "arn:aws:iam::444455556666:role/saml-reader",
      PrincipalArn: "arn:aws:iam::444455556666:saml-provider/emulator",
      SAMLAssertion: field(page, "SAMLResponse"),
    }),
  );
  assert.ok(got.Credentials);
});

Deno.test("a user with a one-time code is asked for it on the ADFS path too", async () => {
  const otpSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  await using emulator = await startEmulator({
    state: {
      samlUsers: [{
        name: "bob",
        password: "pw",
        otpSecret,
        roles: [{
          role: "arn:aws:iam::444455556666:role/saml-admin",
          provider: "arn:aws:iam::444455556666:saml-provider/emulator",
        }],
      }],
    },
  });
  const url = `${emulator.url}/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices`;
  const otp = await post(url, {
    UserName: "bob",
    Password: "pw",
    AuthMethod: "FormsAuthentication",
  });
  const Context = field(otp, "Context");
  assert.doesNotMatch(otp, /type="password"/);
  const again = await post(url, { Context, VerificationCode: "000000" });
  assert.match(again, /VerificationCode/);
  const page = await post(url, { Context, VerificationCode: await totp(otpSecret, Date.now()) });
  assert.match(page, /action="https:\/\/signin\.aws\.amazon\.com\/saml"/);
  assert.ok(field(page, "SAMLResponse").length > 1000);
});

Deno.test("an ACS that is neither https nor loopback is refused", async () => {
  await using emulator = await startEmulator();
  const r = await fetch(`${emulator.url}/saml/login?acs=http://example.com/`);
  assert.equal(r.status, 400);
  await r.body!.cancel();
});
