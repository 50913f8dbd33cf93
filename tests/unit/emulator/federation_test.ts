import assert from "node:assert/strict";
import {
  AssumeRoleCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import { type Keys, keysOf, sessionKeys, stsClient } from "./clients.ts";

const DEV = "arn:aws:iam::444455556666:role/deployer";

async function assume(emulator: Emulator, keys: Keys, RoleArn: string): Promise<Keys> {
  const r = await stsClient(emulator, keys).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
  );
  return sessionKeys(r.Credentials);
}

async function signinToken(
  emulator: Emulator,
  keys: Keys,
  more: Record<string, string> = {},
  method = "GET",
): Promise<{ status: number; token?: string }> {
  const fields = new URLSearchParams({
    Action: "getSigninToken",
    Session: JSON.stringify({
      sessionId: keys.accessKeyId,
      sessionKey: keys.secretAccessKey,
      sessionToken: keys.sessionToken,
    }),
    ...more,
  });
  const r = method === "GET"
    ? await fetch(`${emulator.url}/federation?${fields}`)
    : await fetch(`${emulator.url}/federation`, { method, body: fields });
  const text = await r.text();
  return { status: r.status, token: r.ok ? JSON.parse(text).SigninToken : undefined };
}

Deno.test("role credentials become a sign-in link that leads to its destination", async () => {
  await using emulator = await startEmulator();
  const keys = await assume(emulator, keysOf(emulator, "alice"), DEV);
  for (const method of ["GET", "POST"]) {
    const { token } = await signinToken(emulator, keys, { SessionDuration: "3600" }, method);
    const q = new URLSearchParams({
      Action: "login",
      Issuer: "atmos",
      Destination: "https://console.aws.amazon.com/s3",
      SigninToken: token!,
    });
    const r = await fetch(`${emulator.url}/federation?${q}`, { redirect: "manual" });
    assert.equal(r.status, 302);
    assert.equal(r.headers.get("location"), "https://console.aws.amazon.com/s3");
    await r.body?.cancel();
    emulator.admin.clock({ advanceMs: 16 * 60_000 });
    const late = await fetch(`${emulator.url}/federation?${q}`, { redirect: "manual" });
    assert.equal(late.status, 400);
    await late.body!.cancel();
    emulator.admin.clock({ offsetMs: 0 });
  }
});

Deno.test("SessionDuration is for a directly assumed role only, within its bounds", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const direct = await assume(emulator, alice, DEV);
  const chained = await assume(emulator, direct, "arn:aws:iam::777788889999:role/deployer");
  const hour = { SessionDuration: "3600" };
  assert.equal((await signinToken(emulator, direct, hour)).status, 200);
  assert.equal((await signinToken(emulator, direct, { SessionDuration: "899" })).status, 400);
  assert.equal((await signinToken(emulator, direct, { SessionDuration: "43201" })).status, 400);
  assert.equal((await signinToken(emulator, chained)).status, 200);
  assert.equal((await signinToken(emulator, chained, hour)).status, 400);
  const federated = sessionKeys(
    (await stsClient(emulator, alice).send(new GetFederationTokenCommand({ Name: "alice" })))
      .Credentials,
  );
  assert.equal((await signinToken(emulator, federated)).status, 200);
  assert.equal((await signinToken(emulator, federated, hour)).status, 400);
});

Deno.test("session tokens, long-lived, expired and wrong keys are refused", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const session = sessionKeys(
    (await stsClient(emulator, alice).send(new GetSessionTokenCommand({}))).Credentials,
  );
  assert.equal((await signinToken(emulator, session)).status, 400);
  assert.equal((await signinToken(emulator, alice)).status, 400);
  const role = await assume(emulator, alice, DEV);
  assert.equal((await signinToken(emulator, { ...role, secretAccessKey: "x" })).status, 400);
  emulator.admin.expire({ what: "role-session" });
  assert.equal((await signinToken(emulator, role)).status, 400);
});
