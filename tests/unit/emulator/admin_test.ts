import assert from "node:assert/strict";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { startEmulator } from "../../../lib/emulator/server.ts";
import { deviceLogin, fails, keysOf, sessionKeys, settings, stsClient } from "./clients.ts";
import { STSClient } from "@aws-sdk/client-sts";
import { ListAccountsCommand, SSOClient } from "@aws-sdk/client-sso";

Deno.test("the admin door wants its token", async () => {
  await using emulator = await startEmulator();
  const ask = async (token?: string, name = "info") => {
    const r = await fetch(`${emulator.url}/_emulator/${name}`, {
      headers: token === undefined ? {} : { "x-emulator-token": token },
    });
    return { status: r.status, body: await r.json() };
  };
  assert.equal((await ask()).status, 403);
  assert.equal((await ask("guess")).status, 403);
  const good = await ask(emulator.adminToken);
  assert.equal(good.body.url, emulator.url);
  assert.equal((await ask(emulator.adminToken, "constructor")).status, 404);
  assert.equal((await ask(emulator.adminToken, "reset")).status, 405);
  const post = await fetch(`${emulator.url}/_emulator/clock`, {
    method: "POST",
    headers: { "x-emulator-token": emulator.adminToken },
    body: JSON.stringify({ advanceMs: 5000 }),
  });
  assert.deepEqual(await post.json(), { offsetMs: 5000 });
});

Deno.test("the log counts calls per operation and holds no secret", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  await stsClient(emulator, alice).send(new GetCallerIdentityCommand({}));
  const login = await deviceLogin(emulator);
  await fetch(`${emulator.url}/nowhere`, { method: "PUT" }).then((r) => r.body!.cancel());
  assert.deepEqual(emulator.admin.counters(), {
    "sts.GetCallerIdentity": 1,
    "sso-oidc.RegisterClient": 1,
    "sso-oidc.StartDeviceAuthorization": 1,
    "sso-oidc.CreateToken": 1,
    "unknown": 1,
  });
  const [entry] = emulator.admin.log({ operation: "sts.GetCallerIdentity" });
  assert.equal(entry!.accessKeyId, alice.accessKeyId);
  assert.equal(entry!.region, "eu-west-1");
  const text = JSON.stringify(emulator.admin.log());
  for (const secret of [alice.secretAccessKey, login.accessToken, login.clientSecret]) {
    assert.ok(!text.includes(secret));
  }
  emulator.admin.clearLog();
  assert.deepEqual(emulator.admin.counters(), {});
});

Deno.test("throttling on order ends after its number of calls, and the SDK's retry gets through", async () => {
  await using emulator = await startEmulator();
  emulator.admin.faults([{ at: "sts.GetCallerIdentity", times: 2, reply: "throttle" }]);
  const client = new STSClient({
    ...settings(emulator, keysOf(emulator, "alice")),
    maxAttempts: 4,
  });
  await client.send(new GetCallerIdentityCommand({}));
  assert.deepEqual(
    emulator.admin.log().map((e) => e.code ?? e.status),
    ["Throttling", "Throttling", 200],
  );
});

Deno.test("the nth call fails as ordered, in the dress of its protocol", async () => {
  await using emulator = await startEmulator();
  const whoami = () =>
    stsClient(emulator, keysOf(emulator, "alice")).send(new GetCallerIdentityCommand({}));
  emulator.admin.faults([{ at: "sts.*", nth: 2, reply: "aws:AccessDenied" }]);
  await whoami();
  await fails(whoami(), "AccessDenied");
  await whoami();
  emulator.admin.faults([{
    at: "sts.GetCallerIdentity",
    times: 0,
    reply: { do: "error", status: 418, code: "Teapot", message: "short and stout" },
  }]);
  await fails(whoami(), "Teapot", /short and stout/);
  await fails(whoami(), "Teapot");
  emulator.admin.clearFaults();
  await whoami();
  const login = await deviceLogin(emulator);
  emulator.admin.faults([{ at: "sso.ListAccounts", reply: "throttle" }]);
  const client = new SSOClient(settings(emulator));
  const list = () => client.send(new ListAccountsCommand({ accessToken: login.accessToken }));
  await fails(list(), "TooManyRequestsException");
  await list();
});

Deno.test("load balancer pages, cut bodies, cut connections and delays can be ordered", async () => {
  await using emulator = await startEmulator();
  const { accessToken } = await deviceLogin(emulator);
  const get = () =>
    fetch(`${emulator.url}/assignment/accounts`, {
      headers: { "x-amz-sso_bearer_token": accessToken },
    });
  const order = (reply: string) => emulator.admin.faults([{ at: "sso.ListAccounts", reply }]);
  order("http:502");
  const page = await get();
  assert.equal(page.status, 502);
  assert.match(page.headers.get("content-type")!, /text\/html/);
  assert.match(await page.text(), /load balancer/);
  order("truncate");
  const cut = await get();
  assert.equal(cut.status, 200);
  await assert.rejects(cut.json(), SyntaxError);
  order("reset");
  await assert.rejects(get().then((r) => r.text()));
  const before = performance.now();
  order("delay:150");
  await (await get()).body!.cancel();
  assert.ok(performance.now() - before >= 140);
  order("timeout");
  await assert.rejects(
    fetch(`${emulator.url}/assignment/accounts`, { signal: AbortSignal.timeout(100) }),
    /timeout/i,
  );
  assert.throws(() => order("frobnicate"), /unknown fault reply/);
});

Deno.test("a lost answer was performed all the same", async () => {
  await using emulator = await startEmulator();
  emulator.admin.faults([{ at: "sso-oidc.RegisterClient", reply: "lose" }]);
  await assert.rejects(
    fetch(`${emulator.url}/client/register`, {
      method: "POST",
      body: JSON.stringify({ clientName: "x", clientType: "public" }),
    }).then((r) => r.text()),
  );
  assert.equal(emulator.admin.expire({ what: "registration" }).expired, 1);
});

Deno.test("reset forgets sessions, faults, log and clock, and keeps made-up keys", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const r = await stsClient(emulator, alice).send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::444455556666:role/deployer",
      RoleSessionName: "test",
    }),
  );
  emulator.admin.clock({ offsetMs: 1000 });
  emulator.admin.faults([{ at: "*", times: 0, reply: "throttle" }]);
  emulator.admin.reset();
  assert.equal(keysOf(emulator, "alice").secretAccessKey, alice.secretAccessKey);
  assert.deepEqual(emulator.admin.counters(), {});
  assert.equal(emulator.admin.clock({}).offsetMs, 0);
  await stsClient(emulator, alice).send(new GetCallerIdentityCommand({}));
  await fails(
    stsClient(emulator, sessionKeys(r.Credentials)).send(new GetCallerIdentityCommand({})),
    "InvalidClientTokenId",
  );
});

Deno.test("a state that contradicts itself, and a port that is taken, are told", async () => {
  await assert.rejects(
    startEmulator({ state: { users: [{ account: "1", name: "x" }] } }),
    /user x refers to the unknown account 1/,
  );
  await assert.rejects(
    startEmulator({ state: { rolls: [] } as never }),
    /unknown key "rolls"/,
  );
  await assert.rejects(startEmulator({ state: { roles: {} } as never }), /"roles" must be a list/);
  await assert.rejects(
    startEmulator({ state: { accounts: [{ id: "123", name: "short" }] } }),
    /account id "123" is not 12 digits/,
  );
  await assert.rejects(
    startEmulator({ state: { roles: [{ arn: "deployer" }] } }),
    /"deployer" is not a role ARN/,
  );
  await using emulator = await startEmulator();
  await assert.rejects(startEmulator({ port: emulator.port }), /cannot be listened on/);
});
