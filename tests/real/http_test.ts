import assert from "node:assert/strict";
import { fixedEnv } from "../../lib/sys/env.ts";
import { AuthError } from "../../lib/sys/error.ts";
import { systemHttp } from "../../lib/sys/http.ts";
import { realTest } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const openssl = { program: "openssl", package: "openssl" };

async function run(command: string, args: string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, cwd, stdin: "null" })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** A CA of our own and a certificate of it for these names: `ca.pem`, `server.pem`, `server.key`. */
async function certificates(dir: TempDir, names: string): Promise<void> {
  await run("openssl", [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
    ..."-keyout ca.key -out ca.pem -subj /CN=test-ca".split(" "),
    ..."-addext basicConstraints=critical,CA:TRUE".split(" "),
  ], dir.path);
  await run("openssl", [
    ..."req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" "),
    ..."-keyout server.key -out server.csr -subj /CN=server".split(" "),
  ], dir.path);
  await dir.write("ext", `subjectAltName=${names}\n`);
  await run(
    "openssl",
    "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem"
      .split(" "),
    dir.path,
  );
}

function tlsServer(dir: TempDir): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    cert: Deno.readTextFileSync(dir.join("server.pem")),
    key: Deno.readTextFileSync(dir.join("server.key")),
    onListen() {},
  }, () => Response.json({ here: true }));
}

interface Ask {
  env?: Record<string, string>;
  caBundle?: string;
}

async function ask(url: string, { env = {}, caBundle }: Ask = {}): Promise<number> {
  const http = systemHttp({ version: "1", env: fixedEnv(env) });
  http.allow(new URL(url).origin);
  const request = { method: "GET", url, what: "token exchange", attempts: 1 };
  return (await http.request(caBundle ? { ...request, caBundle } : request)).status;
}

realTest("a private CA is trusted when a variable or the request names it, and not before", [
  openssl,
], async () => {
  await using dir = await tempDir();
  await certificates(dir, "DNS:localhost");
  await using server = tlsServer(dir);
  const url = `https://localhost:${server.addr.port}/`;
  await assert.rejects(ask(url), (error) => {
    assert.ok(error instanceof AuthError);
    assert.match(error.message, /the TLS certificate is not trusted \(UnknownIssuer\)/);
    assert.match(error.hints.join(), /NODE_EXTRA_CA_CERTS/);
    return true;
  });
  const ca = dir.join("ca.pem");
  assert.equal(await ask(url, { env: { SSL_CERT_FILE: ca } }), 200);
  assert.equal(await ask(url, { env: { NODE_EXTRA_CA_CERTS: ca } }), 200);
  assert.equal(await ask(url, { caBundle: Deno.readTextFileSync(ca) }), 200);
  await Deno.mkdir(dir.join("certs"));
  await Deno.copyFile(ca, dir.join("certs/ca.pem"));
  await Deno.symlink("ca.pem", dir.join("certs/0123abcd.0"));
  assert.equal(await ask(url, { env: { SSL_CERT_DIR: dir.join("certs") } }), 200);
});

realTest("a bundle may hold several certificates", [openssl], async () => {
  await using other = await tempDir();
  await certificates(other, "DNS:localhost");
  await using dir = await tempDir();
  await certificates(dir, "DNS:localhost");
  await using server = tlsServer(dir);
  const caBundle = Deno.readTextFileSync(other.join("ca.pem")) +
    Deno.readTextFileSync(dir.join("ca.pem"));
  assert.equal(await ask(`https://localhost:${server.addr.port}/`, { caBundle }), 200);
});

/** A CONNECT proxy that sends every host to one port of this machine; tells what it was asked for. */
function connectProxy(to: number) {
  const asked: string[] = [];
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serve = async (client: Deno.Conn) => {
    try {
      const buffer = new Uint8Array(4096);
      const count = await client.read(buffer) ?? 0;
      asked.push(new TextDecoder().decode(buffer.subarray(0, count)).split("\r\n")[0]!);
      await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
      const upstream = await Deno.connect({ port: to, hostname: "127.0.0.1" });
      await Promise.allSettled([
        client.readable.pipeTo(upstream.writable),
        upstream.readable.pipeTo(client.writable),
      ]);
    } catch {
      // one end hung up: the test looks at what came through
    }
  };
  const accepting = (async () => {
    for await (const client of listener) void serve(client);
  })();
  return {
    asked,
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
    },
  };
}

Deno.test({
  name: "the proxy of HTTPS_PROXY carries other hosts and never this machine's",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using dir = await tempDir();
    await certificates(dir, "DNS:localhost,DNS:idp.invalid");
    await using server = tlsServer(dir);
    await using proxy = connectProxy(server.addr.port);
    const vars = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: dir.join("ca.pem") };
    Deno.env.set("HTTPS_PROXY", proxy.url);
    try {
      assert.equal(await ask("https://idp.invalid/", { env: vars }), 200);
      assert.deepEqual(proxy.asked, ["CONNECT idp.invalid:443 HTTP/1.1"]);
      assert.equal(await ask(`https://localhost:${server.addr.port}/`, { env: vars }), 200);
      assert.equal(proxy.asked.length, 1);
    } finally {
      Deno.env.delete("HTTPS_PROXY");
    }
  },
});
