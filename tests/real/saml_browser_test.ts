import assert from "node:assert/strict";
import { startEmulator } from "../../lib/emulator/server.ts";
import type { EmulatorState } from "../../lib/emulator/state.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { systemFiles } from "../../lib/sys/files.ts";
import { fixedEnv } from "../../lib/sys/env.ts";
import { systemSpawn } from "../../lib/sys/spawn.ts";
import { readAssertion } from "../../providers/aws_saml_assertion.ts";
import saml from "../../providers/aws_saml.ts";
import assumeRole from "../../providers/aws_assume_role.ts";
import { fakeDeps } from "../support/deps.ts";
import { identity, kindContext, provider } from "../support/kind.ts";
import { loopbackHttp } from "../support/network.ts";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const chromium = { program: "chromium", package: "chromium" };

/** A page that does what a person would: fills in the form of the emulator's identity provider. */
function person(emulator: string, user: string, password: string, padding = 0) {
  const script = (fields: Record<string, string>) =>
    `<!doctype html><form method="post" action="${emulator}/saml/login">` +
    Object.entries(fields).map(([name, value]) =>
      `<input type="hidden" name="${name}" value="${value}">`
    ).join("") + `</form><script>document.forms[0].submit()</script>`;
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const html = { headers: { "content-type": "text/html" } };
    if (pathname === "/popup") {
      return new Response(`<script>window.open("/")</script>`, html);
    }
    if (pathname === "/large") {
      const form = `<form method="post" action="https://signin.aws.amazon.com/saml">` +
        `<input type="hidden" name="RelayState" value="${"x".repeat(padding)}">` +
        `<input type="hidden" name="SAMLResponse" value="bGFyZ2U=">` +
        `</form><script>document.forms[0].submit()</script>`;
      return new Response(form, html);
    }
    if (pathname === "/idle") return new Response("<p>Sign in</p>", html);
    return new Response(script({ UserName: user, Password: password }), html);
  });
}

async function world(at: { path?: string; url?: string; state?: EmulatorState } = {}) {
  const home = await tempDir();
  const emulator = await startEmulator({ state: { autoApprove: true, ...at.state } });
  const user = emulator.admin.info().saml.users[0] ?? { name: "", password: "" };
  const page = person(emulator.url, user.name, user.password, 100_000);
  const deps = {
    ...fakeDeps(),
    env: fixedEnv({ HOME: home.path, PATH: Deno.env.get("PATH")!, AWS_ENDPOINT_URL: emulator.url }),
    clock: systemClock(),
    files: systemFiles({ warn: () => {} }),
    spawn: systemSpawn(),
    http: loopbackHttp(),
  };
  deps.files.grant(home.path);
  const root = provider("corp", "aws/saml", {
    url: at.url ?? `http://127.0.0.1:${page.addr.port}${at.path ?? "/"}`,
    region: "eu-west-1",
    driver: "Browser",
    spec: {
      headless: "true",
      browser_args: ["--no-sandbox", "--disable-gpu", "--disable-popup-blocking"],
    },
  });
  const role = identity("admin", "aws/assume-role", {
    principal: { assume_role: "arn:aws:iam::444455556666:role/saml-admin" },
  });
  const context = (index: number) => {
    // the fake files of `kindContext` are granted; ours are granted above
    const cx = kindContext(fakeDeps(), [root, role], {
      index,
      mode: { browserFlows: true, prompts: false, fresh: true },
    });
    return { ...cx, deps: deps as unknown as typeof cx.deps };
  };
  return {
    home,
    deps,
    root,
    role,
    context,
    emulator,
    async [Symbol.asyncDispose]() {
      await page.shutdown();
      await emulator.stop();
      await home[Symbol.asyncDispose]();
    },
  };
}

realTest(
  "Chromium signs in, and the response is taken before AWS sees it",
  [chromium],
  async () => {
    await using w = await world();
    const credentials = await saml.create(w.root).authenticate(w.context(0));
    assert(credentials.type === "saml");
    const assertion = await readAssertion(credentials.assertion.reveal());
    assert.deepEqual(assertion.roles.map(({ role }) => role.split("/")[1]), [
      "saml-admin",
      "saml-reader",
    ]);
    const session = await assumeRole.create(w.role).authenticate(credentials, w.context(1));
    assert(session?.type === "aws" && session.session_token);
    // the profile stays for the cookies, closed to others
    const profiles = [...Deno.readDirSync(`${w.home.path}/.local/share/atmos/saml/browser`)];
    assert.equal(profiles.length, 1);
    const mode = Deno.statSync(
      `${w.home.path}/.local/share/atmos/saml/browser/${profiles[0]!.name}`,
    ).mode!;
    assert.equal(mode & 0o777, 0o700);
  },
);

realTest("a sign-in that opens a second window is followed there", [chromium], async () => {
  await using w = await world({ path: "/popup" });
  const credentials = await saml.create(w.root).authenticate(w.context(0));
  assert.equal(credentials.type, "saml");
});

realTest("a response above 64 KiB is read whole", [chromium], async () => {
  await using w = await world({ path: "/large" });
  await assert.rejects(saml.create(w.root).authenticate(w.context(0)), {
    code: "saml_decode_failed",
    message: "aws saml decode failed: the XML is no SAML response",
  });
});

realTest("a window that is closed before the end is said to be that", [chromium], async () => {
  await using w = await world({ path: "/idle" });
  const run = saml.create(w.root).authenticate(w.context(0));
  const failed = assert.rejects(run, {
    code: "browser_closed",
    message: "authentication failed: browser window was closed before the login finished",
  });
  const browsers = `${w.home.path}/.local/share/atmos/saml/browser`;
  let endpoint: string | undefined;
  while (endpoint === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    try {
      const [profile] = [...Deno.readDirSync(browsers)];
      const [port, path] = Deno.readTextFileSync(`${browsers}/${profile!.name}/DevToolsActivePort`)
        .split("\n");
      if (port && path) endpoint = `ws://127.0.0.1:${port}${path}`;
    } catch {
      // not written yet
    }
  }
  const socket = new WebSocket(endpoint);
  await new Promise((resolve) => socket.onopen = resolve);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.send(JSON.stringify({ id: 1, method: "Browser.close" }));
  await Promise.all([failed, closed]);
});

const openssl = { program: "openssl", package: "openssl" };
const names = "https://aws.amazon.com/SAML/Attributes/";

/** An identity provider that we did not write: auth0's samlp behind express, which signs at once. */
async function foreignIdp(home: string) {
  const made = await new Deno.Command("openssl", {
    args: ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp", "-days", "2"]
      .concat(["-keyout", `${home}/key.pem`, "-out", `${home}/cert.pem`]),
    stdout: "null",
    stderr: "null",
  }).output();
  assert(made.success);
  const cert = await Deno.readTextFile(`${home}/cert.pem`);
  // deno-lint-ignore no-explicit-any -- neither package has types
  const { default: express } = await import("express" as string) as any;
  // deno-lint-ignore no-explicit-any
  const { default: samlp } = await import("samlp" as string) as any;
  const aws = "https://signin.aws.amazon.com/saml";
  const account = "arn:aws:iam::444455556666";
  const app = express();
  app.get(
    "/sso",
    samlp.auth({
      issuer: "urn:foreign:idp",
      cert,
      key: await Deno.readTextFile(`${home}/key.pem`),
      audience: aws,
      recipient: aws,
      destination: aws,
      getPostURL: (
        _audience: unknown,
        _request: unknown,
        _http: unknown,
        done: (error: null, url: string) => void,
      ) => done(null, aws),
      getUserFromRequest: () => ({ id: "alice" }),
      profileMapper: () => ({
        getClaims: () => ({
          [`${names}Role`]: [
            `${account}:saml-provider/foreign,${account}:role/saml-admin`,
            `${account}:role/other,${account}:saml-provider/foreign`,
          ],
          [`${names}RoleSessionName`]: "alice",
          [`${names}SessionDuration`]: "7200",
        }),
        getNameIdentifier: () => ({
          nameIdentifier: "alice",
          nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        }),
      }),
    }),
  );
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  return {
    cert,
    url: `http://127.0.0.1:${server.address().port}/sso`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

realTest("a response signed by a foreign identity provider is good for STS", [
  chromium,
  openssl,
], async () => {
  await using home = await tempDir();
  await using idp = await foreignIdp(home.path);
  const arn = "arn:aws:iam::444455556666:saml-provider/foreign";
  await using w = await world({
    url: idp.url,
    state: {
      samlProviders: [{ arn, entityId: "urn:foreign:idp", certificates: [idp.cert] }],
      samlUsers: [],
      roles: [{
        arn: "arn:aws:iam::444455556666:role/saml-admin",
        maxSessionSeconds: 28800,
        trust: {
          Statement: [{
            Effect: "Allow",
            Principal: { Federated: arn },
            Action: ["sts:AssumeRoleWithSAML"],
          }],
        },
      }],
    },
  });
  const credentials = await saml.create(w.root).authenticate(w.context(0));
  assert(credentials.type === "saml");
  assert.equal(credentials.principal_arn, arn);
  assert.equal(credentials.duration_seconds, 7200);
  const session = await assumeRole.create(w.role).authenticate(credentials, w.context(1));
  assert(session?.type === "aws" && session.session_token);
});
