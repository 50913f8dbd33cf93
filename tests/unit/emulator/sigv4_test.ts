import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import { fails, type Keys, keysOf, sessionKeys, stsClient } from "./clients.ts";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";

/** SHA-256 and HMAC in the shape that the signer takes. */
class Sha256 {
  #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac(
      "sha256",
      typeof secret === "string" ? secret : Buffer.from(secret as Uint8Array),
    );
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  digest() {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset() {}
}

function signerOf(keys: Keys, service = "sts", region = "us-east-2") {
  // deno-lint-ignore no-explicit-any
  return new SignatureV4({ credentials: keys, region, service, sha256: Sha256 as any });
}

function request(
  emulator: Emulator,
  change: Partial<ConstructorParameters<typeof HttpRequest>[0]>,
) {
  const url = new URL(emulator.url);
  return new HttpRequest({
    protocol: "http:",
    hostname: url.hostname,
    port: Number(url.port),
    method: "GET",
    path: "/",
    headers: { host: url.host },
    ...change,
  });
}

// deno-lint-ignore no-explicit-any
async function send(signed: any): Promise<{ status: number; text: string; date: string }> {
  const query = Object.entries(signed.query ?? {})
    .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(String(v))}`).join("&");
  const headers = { ...signed.headers };
  delete headers.host;
  const r = await fetch(`http://${signed.hostname}:${signed.port}${signed.path}?${query}`, {
    method: signed.method,
    headers,
    body: signed.body,
  });
  return { status: r.status, text: await r.text(), date: r.headers.get("date")! };
}

const IDENTITY = { Action: "GetCallerIdentity", Version: "2011-06-15" };

async function sessionOf(emulator: Emulator): Promise<Keys> {
  const r = await stsClient(emulator, keysOf(emulator, "alice")).send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::444455556666:role/deployer",
      RoleSessionName: "eks",
    }),
  );
  return sessionKeys(r.Credentials);
}

Deno.test("a presigned GetCallerIdentity with a signed x-k8s-aws-id is accepted and reviewed", async () => {
  await using emulator = await startEmulator();
  const keys = await sessionOf(emulator);
  assert.match(keys.sessionToken!, /[+].*[/].*=$/, "tokens hold what must be encoded");
  const host = "sts.us-east-2.amazonaws.com";
  const signed = await signerOf(keys).presign(
    new HttpRequest({
      protocol: "https:",
      hostname: host,
      method: "GET",
      path: "/",
      query: IDENTITY,
      headers: { host, "x-k8s-aws-id": "dev" },
    }),
    { expiresIn: 60, unhoistableHeaders: new Set(["x-k8s-aws-id"]) },
  );
  const query = Object.entries(signed.query!)
    .filter(([k]) => k !== "X-Amz-Content-Sha256")
    .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(String(v))}`).join("&");
  const token = (q: string) =>
    "k8s-aws-v1." + Buffer.from(`https://${host}/?${q}`).toString("base64url");
  const who = await emulator.admin.reviewToken({ token: token(query), cluster: "dev" });
  assert.equal(who.arn, "arn:aws:sts::444455556666:assumed-role/deployer/eks");
  await assert.rejects(
    emulator.admin.reviewToken({ token: token(query), cluster: "prod" }),
    /signature/,
  );
  await assert.rejects(
    emulator.admin.reviewToken({ token: token(query + "&X-Extra=1"), cluster: "dev" }),
    /unexpected query parameter X-Extra/,
  );
  await assert.rejects(
    emulator.admin.reviewToken({ token: token(query) + "=", cluster: "dev" }),
    /without padding/,
  );
  emulator.admin.clock({ advanceMs: 14 * 60_000 });
  await emulator.admin.reviewToken({ token: token(query), cluster: "dev" });
  emulator.admin.clock({ advanceMs: 2 * 60_000 });
  await assert.rejects(
    emulator.admin.reviewToken({ token: token(query), cluster: "dev" }),
    /Signature expired/,
  );
});

Deno.test("a presigned call through the wire is accepted; unknown parameters and lives are not", async () => {
  await using emulator = await startEmulator();
  const keys = await sessionOf(emulator);
  const presign = (query: Record<string, string>, expiresIn = 60) =>
    signerOf(keys).presign(request(emulator, { query }), { expiresIn });
  const good = await send(await presign(IDENTITY));
  assert.match(good.text, /<Arn>arn:aws:sts::444455556666:assumed-role\/deployer\/eks<\/Arn>/);
  const extra = await send(await presign({ ...IDENTITY, Extra: "1" }));
  assert.match(extra.text, /ValidationError[\s\S]*The parameter Extra is not recognized/);
  const changed = await presign(IDENTITY);
  changed.query!["X-Amz-Expires"] = "0";
  assert.match((await send(changed)).text, /IncompleteSignature/);
  const broken = await presign(IDENTITY);
  broken.query!["X-Amz-Security-Token"] = keys.sessionToken!.slice(1);
  assert.match((await send(broken)).text, /InvalidClientTokenId/);
});

Deno.test("header signatures of random requests agree with the SDK's signer", async () => {
  await using emulator = await startEmulator();
  const keys = keysOf(emulator, "alice");
  const odd = ["a b", "ä+ö", "100%", "(x)!*'", "~-._", "a/b=c&d", "\u{1F511}", "  two  spaces "];
  for (const value of odd) {
    const signed = await signerOf(keys).sign(
      request(emulator, {
        method: "POST",
        path: `/${encodeURIComponent(value)}`,
        query: { "q q": value, Z: "1", a: value },
        headers: {
          host: new URL(emulator.url).host,
          "content-type": "application/x-www-form-urlencoded",
          "x-note": "  many   blanks ",
        },
        body: "Action=GetCallerIdentity&Version=2011-06-15",
      }),
    );
    const r = await send(signed);
    assert.equal(r.status, 200, `${value}: ${r.text}`);
  }
});

Deno.test("what was signed cannot be changed", async () => {
  await using emulator = await startEmulator();
  const keys = keysOf(emulator, "alice");
  const sign = (service = "sts", region = "eu-west-1") =>
    signerOf(keys, service, region).sign(
      request(emulator, {
        method: "POST",
        headers: {
          host: new URL(emulator.url).host,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: "Action=GetCallerIdentity&Version=2011-06-15",
      }),
    );
  assert.equal((await send(await sign())).status, 200);
  const code = async (change: (r: Awaited<ReturnType<typeof sign>>) => void, at = sign()) => {
    const r = await at;
    change(r);
    const { text } = await send(r);
    return `${/<Code>(\w+)</.exec(text)?.[1]}: ${/<Message>([^<]*)</.exec(text)?.[1]}`;
  };
  assert.match(
    await code((r) => r.body += "&x=1"),
    /^SignatureDoesNotMatch: .*(calculated|computed)/,
  );
  assert.match(await code((r) => r.headers["x-amz-extra"] = "1"), /must be a 'SignedHeader'/);
  assert.match(
    await code((r) => r.headers["content-type"] += " "),
    /undefined|SignatureDoesNotMatch/,
  );
  assert.match(await code(() => {}, sign("s3")), /correct service: 'sts'/);
  assert.match(await code(() => {}, sign("sts", "moon-base-1")), /scoped to a valid region/);
  assert.match(
    await code((r) => r.headers.authorization = r.headers.authorization!.replace(/, Sig.*/, "")),
    /^IncompleteSignature: .*requires 'Signature'/,
  );
  assert.match(await code((r) => delete r.headers["x-amz-date"]), /^IncompleteSignature/);
  assert.match(
    await code((r) =>
      r.headers.authorization = r.headers.authorization!.replace(
        "SignedHeaders=content-type;host",
        "SignedHeaders=content-type",
      )
    ),
    /Host/,
  );
});

Deno.test("a clock that is off by more than five minutes is told so, with the server's date", async () => {
  await using emulator = await startEmulator();
  const keys = keysOf(emulator, "alice");
  const sign = () =>
    signerOf(keys).sign(
      request(emulator, {
        method: "POST",
        headers: {
          host: new URL(emulator.url).host,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: "Action=GetCallerIdentity&Version=2011-06-15",
      }),
    );
  emulator.admin.clock({ offsetMs: 4 * 60_000 });
  assert.equal((await send(await sign())).status, 200);
  emulator.admin.clock({ offsetMs: 6 * 60_000 });
  const late = await send(await sign());
  assert.equal(late.status, 403);
  assert.match(
    late.text,
    /<Code>SignatureDoesNotMatch<\/Code>[\s\S]*Signature expired: \d{8}T\d{6}Z is now earlier than/,
  );
  assert.ok(Math.abs(Date.parse(late.date) - Date.now() - 6 * 60_000) < 5000);
  emulator.admin.clock({ offsetMs: -6 * 60_000 });
  assert.match((await send(await sign())).text, /Signature not yet current/);
  emulator.admin.clock({ offsetMs: 6 * 60_000 });
  await stsClient(emulator, keys).send(new GetCallerIdentityCommand({})).catch(() => undefined);
});

Deno.test("a session token belongs to its key: missing, foreign and surplus ones are invalid", async () => {
  await using emulator = await startEmulator();
  const alice = keysOf(emulator, "alice");
  const one = await sessionOf(emulator), two = await sessionOf(emulator);
  const whoami = (keys: Keys) => stsClient(emulator, keys).send(new GetCallerIdentityCommand({}));
  await whoami(one);
  await fails(whoami({ ...one, sessionToken: undefined }), "InvalidClientTokenId");
  await fails(whoami({ ...one, sessionToken: two.sessionToken }), "InvalidClientTokenId");
  await fails(whoami({ ...alice, sessionToken: one.sessionToken }), "InvalidClientTokenId");
  await fails(whoami({ ...alice, secretAccessKey: "wrong" }), "SignatureDoesNotMatch");
});
