import assert from "node:assert/strict";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import { defaultState } from "../../../lib/emulator/state.ts";
import { fails, type Keys, keysOf, sessionKeys, stsClient } from "./clients.ts";

const DEV = "arn:aws:iam::444455556666:role/deployer";
const PROD = "arn:aws:iam::777788889999:role/deployer";
const AUDITOR = "arn:aws:iam::777788889999:role/auditor";

function assume(
  emulator: Emulator,
  keys: Keys,
  RoleArn: string,
  change: Partial<AssumeRoleCommandInput> = {},
) {
  return stsClient(emulator, keys).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "test", ...change }),
  );
}

const whoami = (emulator: Emulator, keys: Keys) =>
  stsClient(emulator, keys).send(new GetCallerIdentityCommand({}));

Deno.test("GetCallerIdentity names the user, the role session and the federated user", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const me = await whoami(emulator, alice);
  assert.equal(me.Arn, "arn:aws:iam::111122223333:user/alice");
  assert.equal(me.Account, "111122223333");
  assert.match(me.UserId!, /^AIDA[A-Z2-7]{17}$/);
  const role = await assume(emulator, alice, DEV);
  const there = await whoami(emulator, sessionKeys(role.Credentials));
  assert.equal(there.Arn, "arn:aws:sts::444455556666:assumed-role/deployer/test");
  assert.equal(there.Arn, role.AssumedRoleUser!.Arn);
  const federated = await stsClient(emulator, alice).send(
    new GetFederationTokenCommand({ Name: "alice" }),
  );
  const guest = await whoami(emulator, sessionKeys(federated.Credentials));
  assert.equal(guest.Arn, "arn:aws:sts::111122223333:federated-user/alice");
});

Deno.test("a chain of two roles works, and its second link lasts an hour at most", async () => {
  await using emulator = await startEmulator();
  const first = await assume(emulator, keysOf(emulator, "ci"), DEV, { DurationSeconds: 14400 });
  assert.ok(first.Credentials!.Expiration!.getTime() - Date.now() > 14_390_000);
  const keys = sessionKeys(first.Credentials);
  const second = await assume(emulator, keys, PROD, { DurationSeconds: 3600 });
  assert.equal(second.AssumedRoleUser!.Arn, "arn:aws:sts::777788889999:assumed-role/deployer/test");
  await fails(
    assume(emulator, keys, PROD, { DurationSeconds: 3601 }),
    "ValidationError",
    /exceeds the 1 hour session limit for roles assumed by role chaining/,
  );
});

Deno.test("roles that do not trust, or do not exist, are denied in the same words", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const text = (role: string) =>
    new RegExp(
      `^User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: ${role}$`,
    );
  await fails(assume(emulator, alice, PROD), "AccessDenied", text(PROD));
  const none = "arn:aws:iam::777788889999:role/none";
  await fails(assume(emulator, alice, none), "AccessDenied", text(none));
});

Deno.test("the external id is a condition of the role", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  await assume(emulator, alice, AUDITOR, { ExternalId: "audit-7" });
  await fails(assume(emulator, alice, AUDITOR), "AccessDenied");
  await fails(assume(emulator, alice, AUDITOR, { ExternalId: "audit-8" }), "AccessDenied");
  await fails(
    assume(emulator, alice, AUDITOR, { ExternalId: "a b" }),
    "ValidationError",
    /externalId/,
  );
});

Deno.test("durations outside of the role's and the service's limits are refused", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  await fails(
    assume(emulator, alice, DEV, { DurationSeconds: 14401 }),
    "ValidationError",
    /exceeds the MaxSessionDuration set for this role/,
  );
  await fails(
    assume(emulator, alice, DEV, { DurationSeconds: 899 }),
    "ValidationError",
    /'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900/,
  );
  await fails(
    assume(emulator, alice, DEV, { DurationSeconds: 43201 }),
    "ValidationError",
    /less than or equal to 43200/,
  );
});

Deno.test("session names, ARNs and several faults at once are validated as the service does", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  await fails(
    assume(emulator, alice, DEV, { RoleSessionName: "a b" }),
    "ValidationError",
    /1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint/,
  );
  await fails(
    assume(emulator, alice, DEV, { RoleSessionName: "x".repeat(65), DurationSeconds: 1 }),
    "ValidationError",
    /^2 validation errors detected: /,
  );
  await fails(
    assume(emulator, alice, "arn:aws:iam::444455556666:user/deployer"),
    "ValidationError",
    /Request ARN is invalid/,
  );
  await fails(
    assume(emulator, alice, "deployer-of-the-dev-account"),
    "ValidationError",
    /is invalid$/,
  );
});

Deno.test("GetSessionToken: durations, MFA by TOTP, and a code that counts once", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const SerialNumber = emulator.admin.info().users[0]!.mfaSerial!;
  const get = (input: Record<string, unknown>) =>
    stsClient(emulator, alice).send(new GetSessionTokenCommand(input));
  const plain = await get({});
  assert.ok(Math.abs(plain.Credentials!.Expiration!.getTime() - Date.now() - 43_200_000) < 5000);
  await fails(get({ DurationSeconds: 129601 }), "ValidationError");
  await fails(
    get({ SerialNumber }),
    "AccessDenied",
    /must provide both MFA serial number and one time pass code/,
  );
  await fails(get({ SerialNumber, TokenCode: "12345" }), "ValidationError", /tokenCode/);
  const { code } = await emulator.admin.totp({ user: "alice" });
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  await fails(
    get({ SerialNumber, TokenCode: wrong }),
    "AccessDenied",
    /MultiFactorAuthentication failed with invalid MFA one time pass code/,
  );
  await fails(
    get({ SerialNumber: "arn:aws:iam::111122223333:mfa/bob", TokenCode: code }),
    "AccessDenied",
    /unable to validate MFA code/,
  );
  await get({ SerialNumber, TokenCode: code, DurationSeconds: 129600 });
  await fails(
    get({ SerialNumber, TokenCode: code }),
    "AccessDenied",
    /invalid MFA one time pass code/,
  );
  emulator.admin.clock({ advanceMs: 30_000 });
  const next = await emulator.admin.totp({ user: "alice" });
  emulator.admin.clock({ offsetMs: 0 });
  await get({ SerialNumber, TokenCode: next.code });
});

Deno.test("a role that demands MFA takes a session that had it, or a code in the call", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const SerialNumber = emulator.admin.info().users[0]!.mfaSerial!;
  const role = "arn:aws:iam::777788889999:role/break-glass";
  await fails(assume(emulator, alice, role), "AccessDenied", /sts:AssumeRole/);
  const plain = await stsClient(emulator, alice).send(new GetSessionTokenCommand({}));
  await fails(assume(emulator, sessionKeys(plain.Credentials), role), "AccessDenied");
  const { code } = await emulator.admin.totp({ user: "alice" });
  const strong = await stsClient(emulator, alice).send(
    new GetSessionTokenCommand({ SerialNumber, TokenCode: code }),
  );
  await assume(emulator, sessionKeys(strong.Credentials), role);
  emulator.admin.clock({ advanceMs: 60_000 });
  const late = (await emulator.admin.totp({ user: "alice" })).code;
  emulator.admin.clock({ offsetMs: 30_000 });
  await assume(emulator, alice, role, { SerialNumber, TokenCode: late });
});

Deno.test("sessions cannot make session or federation tokens", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const keys = sessionKeys((await assume(emulator, alice, DEV)).Credentials);
  await fails(
    stsClient(emulator, keys).send(new GetSessionTokenCommand({})),
    "AccessDenied",
    /Cannot call GetSessionToken with session credentials/,
  );
  await fails(
    stsClient(emulator, keys).send(new GetFederationTokenCommand({ Name: "me" })),
    "AccessDenied",
    /Cannot call GetFederationToken with session credentials/,
  );
  const federated = await stsClient(emulator, alice).send(
    new GetFederationTokenCommand({
      Name: "me",
      PolicyArns: [{ arn: "arn:aws:iam::aws:policy/AdministratorAccess" }],
    }),
  );
  await fails(assume(emulator, sessionKeys(federated.Credentials), DEV), "AccessDenied");
});

Deno.test("root users assume no role, and their sessions last an hour", async () => {
  const state = {
    users: [...defaultState().users, { account: "111122223333", name: "root", keys: [{}] }],
  };
  await using emulator = await startEmulator({ state });
  const root = keysOf(emulator, "root");
  assert.equal((await whoami(emulator, root)).Arn, "arn:aws:iam::111122223333:root");
  await fails(
    assume(emulator, root, DEV),
    "AccessDenied",
    /Roles may not be assumed by root accounts/,
  );
  const s = await stsClient(emulator, root).send(
    new GetSessionTokenCommand({ DurationSeconds: 43200 }),
  );
  assert.ok(s.Credentials!.Expiration!.getTime() - Date.now() < 3_601_000);
});

Deno.test("AssumeRoot is for the management account, five tasks and fifteen minutes", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const task = (name: string) => ({ arn: `arn:aws:iam::aws:policy/root-task/${name}` });
  const root = (keys: Keys, change: Record<string, unknown> = {}) =>
    stsClient(emulator, keys).send(
      new AssumeRootCommand({
        TargetPrincipal: "444455556666",
        TaskPolicyArn: task("S3UnlockBucketPolicy"),
        ...change,
      }),
    );
  const got = await root(alice);
  assert.ok(got.Credentials!.Expiration!.getTime() - Date.now() <= 900_000);
  assert.equal((await whoami(emulator, sessionKeys(got.Credentials))).Account, "444455556666");
  await fails(
    root(alice, { DurationSeconds: 901 }),
    "ValidationError",
    /less than or equal to 900/,
  );
  await fails(root(alice, { TaskPolicyArn: task("Everything") }), "ValidationError");
  await fails(root(alice, { TargetPrincipal: "111122223333" }), "AccessDenied");
  const member = sessionKeys((await assume(emulator, alice, DEV)).Credentials);
  await fails(root(member), "AccessDenied", /sts:AssumeRoot/);
});

Deno.test("session policies narrow, malformed ones are refused, tags and source identity go down the chain", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const narrow = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  });
  const keys = sessionKeys((await assume(emulator, alice, DEV, { Policy: narrow })).Credentials);
  await fails(
    assume(emulator, keys, PROD),
    "AccessDenied",
    /because no session policy allows the sts:AssumeRole action$/,
  );
  await fails(assume(emulator, alice, DEV, { Policy: "{" }), "MalformedPolicyDocumentException");
  const tagged = await assume(emulator, alice, DEV, {
    Tags: [{ Key: "team", Value: "core" }],
    TransitiveTagKeys: ["team"],
    SourceIdentity: "alice",
  });
  assert.equal(tagged.SourceIdentity, "alice");
  assert.ok(tagged.PackedPolicySize! > 0);
  const next = sessionKeys(tagged.Credentials);
  await fails(
    assume(emulator, next, PROD, { Tags: [{ Key: "team", Value: "other" }] }),
    "InvalidParameterValue",
  );
  await fails(
    assume(emulator, next, PROD, { SourceIdentity: "bob" }),
    "AccessDenied",
    /SetSourceIdentity/,
  );
  assert.equal((await assume(emulator, next, PROD)).SourceIdentity, "alice");
  const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "v".repeat(200) }));
  await fails(assume(emulator, alice, DEV, { Tags: many }), "PackedPolicyTooLargeException");
});

Deno.test("a role whose trust does not name sts:TagSession refuses tags", async () => {
  await using emulator = await startEmulator({
    state: {
      roles: [{
        arn: DEV,
        trust: {
          Statement: {
            Effect: "Allow",
            Principal: { AWS: "111122223333" },
            Action: "sts:AssumeRole",
          },
        },
      }],
    },
  });
  const alice = keysOf(emulator, "alice");
  await assume(emulator, alice, DEV);
  await fails(
    assume(emulator, alice, DEV, { Tags: [{ Key: "a", Value: "b" }] }),
    "AccessDenied",
    /sts:TagSession/,
  );
});

Deno.test("a denied action names the explicit deny", async () => {
  await using emulator = await startEmulator({
    state: {
      users: [{ account: "111122223333", name: "alice", keys: [{}], deny: ["sts:GetSession*"] }],
    },
  });
  await fails(
    stsClient(emulator, keysOf(emulator, "alice")).send(new GetSessionTokenCommand({})),
    "AccessDenied",
    /is not authorized to perform: sts:GetSessionToken with an explicit deny in an identity-based policy/,
  );
});

Deno.test("a region where STS is switched off says so", async () => {
  await using emulator = await startEmulator({ state: { disabledRegions: ["ap-east-1"] } });
  await fails(
    stsClient(emulator, keysOf(emulator, "alice"), "ap-east-1").send(
      new GetCallerIdentityCommand({}),
    ),
    "RegionDisabledException",
    /not activated in this region/,
  );
});

Deno.test("an expired and an inactive key have their own errors", async () => {
  await using emulator = await startEmulator({
    state: {
      users: [
        { account: "111122223333", name: "alice", keys: [{}] },
        { account: "111122223333", name: "gone", keys: [{ active: false }] },
      ],
    },
  });
  const alice = keysOf(emulator, "alice");
  const keys = sessionKeys((await assume(emulator, alice, DEV)).Credentials);
  emulator.admin.expire({ what: "role-session", id: keys.accessKeyId });
  await fails(
    whoami(emulator, keys),
    "ExpiredToken",
    /security token included in the request is expired/,
  );
  await fails(
    whoami(emulator, keysOf(emulator, "gone")),
    "InvalidClientTokenId",
    /security token included in the request is invalid/,
  );
});

Deno.test("unknown actions, versions, parameters and repeated ones are refused", async () => {
  await using emulator = await startEmulator();
  const post = async (body: string) => {
    const r = await fetch(emulator.url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    return { status: r.status, type: r.headers.get("content-type"), text: await r.text() };
  };
  const unknown = await post("Action=MakeCoffee&Version=2011-06-15");
  assert.equal(unknown.status, 400);
  assert.equal(unknown.type, "text/xml");
  assert.match(unknown.text, /<Code>InvalidAction<\/Code>/);
  assert.match(unknown.text, /Could not find operation MakeCoffee for version 2011-06-15/);
  assert.match((await post("Action=GetCallerIdentity")).text, /NO_VERSION_SPECIFIED/);
  assert.match(
    (await post("Action=GetCallerIdentity&Version=2011-06-15")).text,
    /<Code>MissingAuthenticationToken<\/Code>/,
  );
  const web = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
  assert.match((await post(`${web}&RoleARN=x`)).text, /The parameter RoleARN is not recognized/);
  assert.match((await post(`${web}&RoleArn=a&RoleArn=b`)).text, /MalformedQueryString/);
  assert.match((await post(web)).text, /3 validation errors detected: Value null at 'roleArn'/);
});

Deno.test("a caller that accepts JSON alone gets JSON", async () => {
  await using emulator = await startEmulator();
  const { token } = await emulator.admin.oidcToken();
  const r = await fetch(emulator.url, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::444455556666:role/github",
      RoleSessionName: "test",
      WebIdentityToken: token,
    }),
  });
  const body = await r.json();
  const { Credentials } = body.AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult;
  assert.equal(typeof Credentials.Expiration, "number");
});
