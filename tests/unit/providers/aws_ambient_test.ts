import assert from "node:assert/strict";
import { type AuthError, Secret } from "../../../lib/core/types.ts";
import ambient from "../../../providers/ambient.ts";
import awsAmbient from "../../../providers/aws_ambient.ts";
import { emulatorKind } from "../../../providers/emulator.ts";
import { base32, totp } from "../../../providers/aws_mfa.ts";
import type { FakeDeps } from "../../support/deps.ts";
import { fakeDeps } from "../../support/deps.ts";
import { emulated } from "../../support/emulated.ts";
import { identity, kindContext } from "../../support/kind.ts";
import { tempDir } from "../../support/temp.ts";

const machine = (principal: Record<string, unknown> = {}) =>
  identity("machine", "aws/ambient", { principal });

/** The SDK's providers read the environment of the process: it is set for the time of the work. */
async function withProcessEnv<T>(vars: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const names = Object.keys(Deno.env.toObject()).filter((n) =>
    n.startsWith("AWS_") || n === "HOME"
  );
  const before = Object.fromEntries(names.map((n) => [n, Deno.env.get(n)!]));
  for (const name of names) Deno.env.delete(name);
  for (const [name, value] of Object.entries(vars)) Deno.env.set(name, value);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(vars)) Deno.env.delete(name);
    for (const [name, value] of Object.entries(before)) Deno.env.set(name, value);
  }
}

async function resolve(vars: Record<string, string>, entry = machine(), deps?: FakeDeps) {
  const own = deps ?? fakeDeps({ env: vars });
  return await withProcessEnv(
    vars,
    () => awsAmbient.create(entry).authenticate(null, kindContext(own, [entry])),
  );
}

const keys = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "env-secret-key" };

async function home(config: Record<string, string>) {
  const dir = await tempDir();
  for (const [name, text] of Object.entries(config)) await dir.write(`.aws/${name}`, text);
  return dir;
}

Deno.test("variables are taken, with the region of the configuration", async () => {
  await using dir = await home({});
  const credentials = await resolve(
    { HOME: dir.path, ...keys, AWS_SESSION_TOKEN: "env-session-token" },
    machine({ region: "eu-north-1" }),
  );
  assert(credentials?.type === "aws");
  assert.equal(credentials.access_key_id, "AKIAENV");
  assert.equal(credentials.session_token?.reveal(), "env-session-token");
  assert.equal(credentials.region, "eu-north-1");
});

Deno.test("AWS_PROFILE goes before the variables, the default profile behind them", async () => {
  await using dir = await home({
    credentials: "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s-default\n" +
      "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s-work\n",
  });
  const id = async (vars: Record<string, string>) => {
    const credentials = await resolve({ HOME: dir.path, ...vars });
    return credentials?.type === "aws" ? credentials.access_key_id : undefined;
  };
  assert.equal(await id({ ...keys, AWS_PROFILE: "work" }), "AKIAWORK");
  assert.equal(await id(keys), "AKIAENV");
  assert.equal(await id({}), "AKIADEFAULT");
});

Deno.test("a web identity token goes before the default profile", async () => {
  await using world = await emulated();
  const { github } = world.emulator.admin.info();
  const answer = await fetch(`${github.requestUrl}&audience=sts.amazonaws.com`, {
    headers: { authorization: `Bearer ${github.requestToken}` },
  });
  await using dir = await home({
    credentials: "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s-default\n",
    token: (await answer.json()).value,
  });
  const vars = {
    HOME: dir.path,
    AWS_WEB_IDENTITY_TOKEN_FILE: dir.join(".aws", "token"),
    AWS_ROLE_ARN: "arn:aws:iam::444455556666:role/github",
    AWS_ENDPOINT_URL: world.emulator.url,
  };
  const deps = { ...fakeDeps({ env: vars }), http: world.deps.http } as unknown as FakeDeps;
  const credentials = await resolve(vars, machine(), deps);
  assert(credentials?.type === "aws" && credentials.session_token);
  assert.equal(world.calls("sts.AssumeRoleWithWebIdentity"), 1);
});

Deno.test("a profile's credential_process is run", async () => {
  await using dir = await home({
    config: `[profile tool]\ncredential_process = echo '{"Version":1,"AccessKeyId":"AKIATOOL",` +
      `"SecretAccessKey":"tool-secret","SessionToken":"tool-token","Expiration":"2099-01-01T00:00:00Z"}'\n`,
  });
  const credentials = await resolve({ HOME: dir.path, AWS_PROFILE: "tool" });
  assert(credentials?.type === "aws");
  assert.equal(credentials.access_key_id, "AKIATOOL");
  assert.equal(credentials.expiration, "2099-01-01T00:00:00Z");
});

Deno.test("a container's endpoint is asked with its token, plain http only on this machine", async () => {
  await using dir = await home({});
  let authorization: string | null = null;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    authorization = request.headers.get("authorization");
    return Response.json({
      AccessKeyId: "ASIATASK",
      SecretAccessKey: "task-secret",
      Token: "task-token",
      Expiration: "2099-01-01T00:00:00Z",
    });
  });
  try {
    const vars = {
      HOME: dir.path,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${server.addr.port}/creds`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "container-token",
    };
    const credentials = await resolve(vars);
    assert(credentials?.type === "aws");
    assert.equal(credentials.access_key_id, "ASIATASK");
    assert.equal(authorization, "container-token");
    await assert.rejects(
      resolve({ HOME: dir.path, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://192.0.2.1/creds" }),
      { code: "ambient_credentials_missing" },
    );
  } finally {
    await server.shutdown();
  }
});

Deno.test("instance metadata is asked in its second version", async () => {
  await using dir = await home({});
  const seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    seen.push(`${request.method} ${pathname}`);
    if (request.method === "PUT") {
      assert.equal(request.headers.get("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
      return new Response("imds-token");
    }
    if (request.headers.get("x-aws-ec2-metadata-token") !== "imds-token") {
      return new Response("", { status: 401 });
    }
    if (pathname.endsWith("/security-credentials/")) return new Response("app-role");
    return Response.json({
      Code: "Success",
      AccessKeyId: "ASIAINSTANCE",
      SecretAccessKey: "instance-secret",
      Token: "instance-token",
      Expiration: "2099-01-01T00:00:00Z",
    });
  });
  try {
    const vars = {
      HOME: dir.path,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
    };
    const credentials = await resolve(vars);
    assert(credentials?.type === "aws");
    assert.equal(credentials.access_key_id, "ASIAINSTANCE");
    assert.equal(seen[0], "PUT /latest/api/token");
    seen.length = 0;
    await assert.rejects(resolve({ ...vars, AWS_EC2_METADATA_DISABLED: "true" }), {
      code: "ambient_credentials_missing",
      message: /metadata service is disabled/,
    });
    assert.deepEqual(seen, []);
  } finally {
    await server.shutdown();
  }
});

Deno.test("principal.source pins one source", async () => {
  await using dir = await home({
    credentials: "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s-default\n",
  });
  const credentials = await resolve({ HOME: dir.path, ...keys }, machine({ source: "profile" }));
  assert(credentials?.type === "aws" && credentials.access_key_id === "AKIADEFAULT");
  await assert.rejects(resolve({ HOME: dir.path }, machine({ source: "elsewhere" })), {
    code: "invalid_identity_config",
    message: /none of profile, env, web-identity/,
  });
});

Deno.test("ambient kinds store nothing and clear nothing", async () => {
  const deps = fakeDeps();
  const region = machine({ region: "eu-north-1" });
  const cx = kindContext(deps, [region]);
  const kind = awsAmbient.create(region);
  assert.deepEqual(kind.env(cx, "child"), {
    unset: [],
    set: { AWS_REGION: "eu-north-1", AWS_DEFAULT_REGION: "eu-north-1" },
  });
  const keysOf = {
    type: "aws" as const,
    access_key_id: "A",
    secret_access_key: new Secret("ambient-secret"),
  };
  await kind.materialize(keysOf, cx);
  assert.deepEqual(deps.files.paths(), []);
  assert.deepEqual(kind.paths(cx), []);
  const plain = identity("plain", "ambient");
  const other = ambient.create(plain);
  assert.equal(await other.authenticate(null, kindContext(deps, [plain])), null);
  assert.deepEqual(other.env(kindContext(deps, [plain]), "child"), { unset: [], set: {} });
});

Deno.test("an emulator identity fails with one line that names its component", async () => {
  const entry = identity("local", "aws/emulator", { emulator: "localstack" });
  const kind = emulatorKind("aws/emulator").create(entry);
  await assert.rejects(
    kind.authenticate(null, kindContext(fakeDeps(), [entry])),
    (error: AuthError) => {
      assert.equal(error.code, "emulator_unavailable");
      assert.match(error.message, /"localstack"/);
      assert(!error.message.includes("\n"));
      return true;
    },
  );
});

Deno.test("one-time codes are those of RFC 6238, appendix B", async () => {
  const key = base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")!;
  assert.equal(new TextDecoder().decode(key), "12345678901234567890");
  // the RFC prints eight digits; the last six are the short form
  assert.equal(await totp(key, 59_000), "287082");
  assert.equal(await totp(key, 1111111109_000), "081804");
  assert.equal(await totp(key, 20000000000_000), "353130");
  assert.equal(base32("not base32!"), undefined);
});
