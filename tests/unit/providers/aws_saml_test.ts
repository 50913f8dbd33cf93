import assert from "node:assert/strict";
import { type AuthError, type Mode, Secret } from "../../../lib/core/types.ts";
import assumeRole from "../../../providers/aws_assume_role.ts";
import saml from "../../../providers/aws_saml.ts";
import { adfsUrl } from "../../../providers/aws_saml_adfs.ts";
import { chooseRole, readAssertion } from "../../../providers/aws_saml_assertion.ts";
import { findBrowser } from "../../../providers/aws_saml_browser.ts";
import { type FakeDeps, fakeDeps } from "../../support/deps.ts";
import { type Emulated, emulated } from "../../support/emulated.ts";
import { identity, kindContext, provider } from "../../support/kind.ts";

const account = "arn:aws:iam::444455556666";
const idp = (values: Record<string, unknown> = {}) =>
  provider("corp", "aws/saml", { url: "https://idp.example/app", region: "eu-west-1", ...values });
const admin = identity("admin", "aws/assume-role", {
  principal: { assume_role: `${account}:role/saml-admin` },
});
const person: Partial<Mode> = { browserFlows: true, prompts: true };

function response(roles: string[], more = ""): string {
  const values = roles.map((r) => `<s:AttributeValue>${r}</s:AttributeValue>`).join("");
  return `<p:Response xmlns:p="urn:p" xmlns:s="urn:s"><s:Assertion><s:AttributeStatement>` +
    `<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">${values}</s:Attribute>${more}` +
    `</s:AttributeStatement></s:Assertion></p:Response>`;
}

function cxOf(deps: FakeDeps, root = idp(), mode: Partial<Mode> = {}, index = 0, next = admin) {
  return kindContext(deps, [root, next], { index, mode });
}

const roleOf = (name: string) => `${account}:saml-provider/corp,${account}:role/${name}`;

// --- assertion -------------------------------------------------------------------------------------

Deno.test("roles are read in either order, with white space and entities", async () => {
  const text = response([
    `${account}:role/a,${account}:saml-provider/x`,
    `\n  ${account}:saml-provider/x ,\n  ${account}:role/team/b&amp;c \n`,
    "no arns",
    `arn:aws-us-gov:iam::111122223333:role/g,arn:aws-us-gov:iam::111122223333:saml-provider/x`,
  ]);
  for (const form of [text, btoa(text), btoa(text).replace(/.{20}/g, "$&\n")]) {
    assert.deepEqual((await readAssertion(form)).roles.map(({ role }) => role), [
      `${account}:role/a`,
      `${account}:role/team/b&c`,
      "arn:aws-us-gov:iam::111122223333:role/g",
    ]);
  }
});

Deno.test("duration and session name of the assertion are read", async () => {
  const attribute = (name: string, value: string) =>
    `<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/${name}">` +
    `<s:AttributeValue>${value}</s:AttributeValue></s:Attribute>`;
  const read = await readAssertion(
    response([], attribute("SessionDuration", "7200") + attribute("RoleSessionName", "alice")),
  );
  assert.equal(read.sessionDuration, 7200);
  assert.equal(read.sessionName, "alice");
});

Deno.test("what is no SAML response is said to be that", async () => {
  const cases: [string, RegExp][] = [
    ["", /empty assertion/],
    ["  \n", /empty assertion/],
    ["%%%", /not base64/],
    [btoa("hello"), /no SAML response/],
    [`<!DOCTYPE x [<!ENTITY e "v">]>${response([])}`, /document type declaration is not allowed/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(readAssertion(text), (error: AuthError) => {
      assert.match(error.message, /^aws saml decode failed: /);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("the wanted role is taken by ARN or unique name, else a base is", async () => {
  const read = await readAssertion(response([roleOf("a"), roleOf("b")]));
  const choose = (wanted: string, base?: string) => chooseRole(read, wanted, base).role;
  assert.equal(choose(`${account}:role/B`), `${account}:role/b`);
  assert.equal(choose("a"), `${account}:role/a`);
  assert.equal(choose(`${account}:role/other`, `${account}:role/b`), `${account}:role/b`);
  for (const base of [undefined, `${account}:role/none`]) {
    assert.throws(() => choose(`${account}:role/other`, base), {
      code: "saml_role_not_offered",
      message: new RegExp(`it offers: ${account}:role/a, ${account}:role/b`),
    });
  }
  const one = await readAssertion(response([roleOf("only")]));
  assert.equal(chooseRole(one, `${account}:role/other`, undefined).role, `${account}:role/only`);
  // part of a name is no match
  assert.equal(chooseRole(one, `${account}:role/on`, undefined).role, `${account}:role/only`);
});

// --- provider --------------------------------------------------------------------------------------

async function authenticate(
  deps: FakeDeps,
  root = idp(),
  mode: Partial<Mode> = {},
  next = admin,
) {
  return await saml.create(root).authenticate(cxOf(deps, root, mode, 0, next));
}

Deno.test("a handed-in response needs no person", async () => {
  const deps = fakeDeps();
  deps.files.put("/r.xml", response([roleOf("saml-admin")]));
  const credentials = await authenticate(deps, idp(), { samlResponseFile: "/r.xml" });
  assert(credentials.type === "saml");
  assert.equal(credentials.role_arn, `${account}:role/saml-admin`);
  assert.equal(credentials.principal_arn, `${account}:saml-provider/corp`);
  assert.equal(credentials.duration_seconds, 3600);
  const byVariable = fakeDeps({ env: { ATMOS_SAML_RESPONSE_FILE: "/r.b64" } });
  byVariable.files.put("/r.b64", btoa(response([roleOf("saml-admin")])));
  assert.equal((await authenticate(byVariable)).type, "saml");
  await assert.rejects(authenticate(deps, idp(), { samlResponseFile: "/none" }), {
    code: "saml_response_file_missing",
  });
});

Deno.test("the session's length is the provider's, else the assertion's, within AWS's bounds", async () => {
  const attribute = `<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/SessionDuration">` +
    `<s:AttributeValue>7200</s:AttributeValue></s:Attribute>`;
  const seconds = async (duration: string | undefined, more: string) => {
    const deps = fakeDeps();
    deps.files.put("/r", response([roleOf("saml-admin")], more));
    const root = idp(duration === undefined ? {} : { session: { duration } });
    const c = await authenticate(deps, root, { samlResponseFile: "/r" });
    return c.type === "saml" ? c.duration_seconds : undefined;
  };
  assert.equal(await seconds(undefined, ""), 3600);
  assert.equal(await seconds(undefined, attribute), 7200);
  assert.equal(await seconds("2h30m", attribute), 9000);
  assert.equal(await seconds("5m", ""), 900);
  assert.equal(await seconds("13h", ""), 43200);
  assert.equal(await seconds("nonsense", attribute), 7200);
});

Deno.test("the chain is checked before anybody signs in", async () => {
  const prepare = async (entries: Parameters<typeof kindContext>[1]) =>
    await saml.create(entries[0]!).prepare!(kindContext(fakeDeps(), entries, { index: 0 }));
  await prepare([idp(), admin]);
  const cases: [Parameters<typeof kindContext>[1], RegExp][] = [
    [[idp()], /no role to assume for assertion, SAML provider must be part of a chain/],
    [[idp(), identity("r", "aws/assume-role")], /assume_role is required in principal/],
    [[idp(), identity("r", "aws/permission-set")], /cannot use the assertion of "corp"/],
    [[idp({ url: undefined }), admin], /url is required for AWS SAML provider/],
    [[idp({ region: undefined }), admin], /region is required for AWS SAML provider/],
    [[idp({ url: "idp.example" }), admin], /invalid URL format/],
    [[idp({ driver: "Shibboleth" }), admin], /Browser, GoogleApps, Okta, ADFS/],
  ];
  for (const [entries, message] of cases) await assert.rejects(prepare(entries), { message });
});

Deno.test("where nobody can be asked a login is required", async () => {
  for (
    const root of [idp(), idp({ driver: "okta" }), idp({ spec: { acs_listen: "127.0.0.1:0" } })]
  ) {
    await assert.rejects(authenticate(fakeDeps(), root), { code: "login_required" });
  }
});

Deno.test("without a browser the response is pasted, unseen", async () => {
  const deps = fakeDeps();
  deps.terminal.answers = [btoa(response([roleOf("saml-admin")]))];
  assert.equal((await authenticate(deps, idp(), person)).type, "saml");
  assert.deepEqual(deps.terminal.asked, ["SAML Response"]);
  await assert.rejects(authenticate(fakeDeps(), idp(), { browserFlows: true }), {
    code: "browser_missing",
  });
});

Deno.test("a listener takes the response, from the provider's site alone", async () => {
  const deps = fakeDeps();
  const root = idp({ spec: { acs_listen: "127.0.0.1:50505" } });
  deps.clock.sleep = (_ms, signal) =>
    new Promise((_resolve, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  const run = authenticate(deps, root, person);
  while (deps.loopback.ports.length === 0) await new Promise((r) => setTimeout(r, 1));
  const body = new URLSearchParams({ SAMLResponse: btoa(response([roleOf("saml-admin")])) })
    .toString();
  const post = (headers: Record<string, string>, path = "/saml") =>
    deps.loopback.visit(`http://127.0.0.1:50505${path}`, { method: "POST", body, headers });
  assert.equal((await post({ origin: "https://evil.example.net" })).status, 403);
  assert.equal((await post({}, "/other")).status, 404);
  assert.equal((await post({ origin: "https://login.idp.example" })).status, 200);
  assert.equal((await run).type, "saml");
  assert.deepEqual(deps.loopback.ports, []);
});

// --- drivers ---------------------------------------------------------------------------------------

function adfs(world: Emulated, more: Record<string, unknown> = {}) {
  const { users } = world.emulator.admin.info().saml;
  return idp({
    url: `${world.emulator.url}/`,
    driver: "ADFS",
    username: users[0]!.name,
    password: users[0]!.password,
    ...more,
  });
}

Deno.test("the ADFS form is filled in, and the role assumed with the response", async () => {
  await using world = await emulated();
  const deps = world.deps as unknown as FakeDeps;
  const root = adfs(world);
  const credentials = await authenticate(deps, root);
  const session = await assumeRole.create(admin).authenticate(credentials, cxOf(deps, root, {}, 1));
  assert(session?.type === "aws");
  assert.equal(session.role_steps, 1);
  assert.equal(world.calls("sts.AssumeRoleWithSAML"), 1);
  assert.equal(world.calls("sts.AssumeRole"), 0);
});

Deno.test("a role outside of the assertion is assumed from the base role", async () => {
  await using world = await emulated({
    state: {
      roles: [
        {
          arn: `${account}:role/saml-admin`,
          maxSessionSeconds: 28800,
          trust: {
            Statement: [{
              Effect: "Allow",
              Principal: { Federated: `${account}:saml-provider/emulator` },
              Action: ["sts:AssumeRoleWithSAML"],
            }],
          },
        },
        { arn: `${account}:role/inner`, trusts: [`${account}:role/saml-admin`] },
      ],
    },
  });
  const deps = world.deps as unknown as FakeDeps;
  const root = adfs(world, { spec: { base_role: `${account}:role/saml-admin` } });
  const inner = identity("inner", "aws/assume-role", {
    principal: { assume_role: `${account}:role/inner`, duration: "4h" },
  });
  const credentials = await authenticate(deps, root, {}, inner);
  const session = await assumeRole.create(inner)
    .authenticate(credentials, cxOf(deps, root, {}, 1, inner));
  assert(session?.type === "aws");
  assert.equal(session.role_steps, 2);
  assert.match(deps.terminal.warnings.join(), /one hour/);
});

Deno.test("ADFS says why it refused", async () => {
  await using world = await emulated();
  await assert.rejects(
    authenticate(world.deps as unknown as FakeDeps, adfs(world, { password: "wrong-password" })),
    (error: AuthError) => {
      assert.match(error.message, /^authentication failed: .*Incorrect user ID or password/);
      assert(!error.message.includes("wrong-password"));
      return true;
    },
  );
});

Deno.test("the password is asked for when the configuration has none", async () => {
  await using world = await emulated();
  const { users } = world.emulator.admin.info().saml;
  world.deps.terminal.answers = [users[0]!.password];
  const deps = world.deps as unknown as FakeDeps;
  assert.equal(
    (await authenticate(deps, adfs(world, { password: undefined }), person)).type,
    "saml",
  );
  assert.deepEqual(world.deps.terminal.asked, ["Password"]);
});

Deno.test("a one-time code is asked for on its own page", async () => {
  const secret = "JBSWY3DPEHPK3PXP";
  await using world = await emulated({
    state: {
      samlUsers: [{
        name: "bob",
        password: "bobs-password",
        otpSecret: secret,
        roles: [{
          role: `${account}:role/saml-admin`,
          provider: `${account}:saml-provider/emulator`,
        }],
      }],
    },
  });
  const { base32, totp } = await import("../../../providers/aws_mfa.ts");
  world.deps.terminal.answers = [await totp(base32(secret)!, world.clock.now())];
  const deps = world.deps as unknown as FakeDeps;
  assert.equal((await authenticate(deps, adfs(world), person)).type, "saml");
});

Deno.test("the ADFS address is completed where it is only a server", () => {
  const tail = "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices";
  assert.equal(adfsUrl("https://sts.corp.example"), `https://sts.corp.example${tail}`);
  assert.equal(adfsUrl("https://sts.corp.example/x/"), `https://sts.corp.example/x${tail}`);
  const full = "https://sts.corp.example/ADFS/ls/?wa=1";
  assert.equal(adfsUrl(full), full);
});

const org = "https://acme.okta.com";
const oktaApp = `${org}/app/amazon_aws/abc/sso/saml`;
const okta = (more: Record<string, unknown> = {}) =>
  idp({ url: oktaApp, driver: "Okta", username: "alice", password: "alices-password", ...more });
const factor = (id: string, factorType: string, more = {}) => ({ id, factorType, ...more });

function oktaDeps(...steps: unknown[]): FakeDeps {
  const deps = fakeDeps();
  deps.http
    .on(`POST ${org}/api/v1/authn`, ...steps.map((body) => ({ body })))
    .on(`POST ${org}/api/v1/authn/factors/`, ...steps.slice(1).map((body) => ({ body })))
    .on(`GET ${org}/login/sessionCookieRedirect`, {
      status: 302,
      headers: { location: oktaApp, "set-cookie": "sid=session-cookie; Path=/; Secure; HttpOnly" },
    })
    .on(`GET ${oktaApp}`, (request) => ({
      body: request.headers?.cookie === "sid=session-cookie"
        ? `<form><input name="SAMLResponse" value="${
          btoa(response([roleOf("saml-admin")])).replaceAll("=", "&#x3d;")
        }"></form>`
        : "<p>who are you</p>",
    }));
  return deps;
}

const success = { status: "SUCCESS", sessionToken: "okta-session-token" };
const mfa = (...factors: unknown[]) => ({
  status: "MFA_REQUIRED",
  stateToken: "okta-state-token",
  _embedded: { factors },
});

Deno.test("Okta: a password gives the application's response through the session cookie", async () => {
  const deps = oktaDeps(success);
  assert.equal((await authenticate(deps, okta())).type, "saml");
  const first = JSON.parse(String(deps.http.sent[0]!.body));
  assert.deepEqual(first.options, {
    multiOptionalFactorEnroll: false,
    warnBeforePasswordExpired: false,
  });
  const redirect = new URL(deps.http.sent[1]!.url);
  assert.equal(redirect.searchParams.get("redirectUrl"), oktaApp);
  assert.equal(redirect.searchParams.get("token"), "okta-session-token");
});

Deno.test("Okta: a code is asked for; of several factors one is chosen", async () => {
  const deps = oktaDeps(
    mfa(factor("f1", "push"), factor("f2", "token:software:totp"), factor("f3", "webauthn")),
    success,
  );
  deps.terminal.answers = ["f2", "123456"];
  assert.equal((await authenticate(deps, okta(), person)).type, "saml");
  assert.deepEqual(deps.terminal.lastOptions.map((o) => o.value), ["f1", "f2"]);
  assert.deepEqual(JSON.parse(String(deps.http.sent[1]!.body)), {
    stateToken: "okta-state-token",
    passCode: "123456",
  });
});

Deno.test("Okta: a push is waited for and its number shown", async () => {
  const waiting = {
    status: "MFA_CHALLENGE",
    factorResult: "WAITING",
    _embedded: { factor: { _embedded: { challenge: { correctAnswer: 42 } } } },
  };
  const deps = oktaDeps(mfa(factor("f1", "push"), factor("f2", "sms")), waiting, waiting, success);
  assert.equal((await authenticate(deps, okta())).type, "saml");
  assert.deepEqual(deps.clock.sleeps, [3000, 3000]);
  assert.equal(deps.terminal.notices.filter((n) => n.includes("42")).length, 1);
});

Deno.test("Okta: each refusal has its own words", async () => {
  const cases: [unknown[], RegExp][] = [
    [[{ status: "PASSWORD_EXPIRED" }], /password has expired/],
    [[{ status: "LOCKED_OUT" }], /locked out/],
    [[{ status: "MFA_ENROLL" }], /must be enrolled/],
    [[mfa(factor("f", "push")), { status: "MFA_CHALLENGE", factorResult: "REJECTED" }], /rejected/],
    [[mfa(factor("f", "push")), { status: "MFA_CHALLENGE", factorResult: "TIMEOUT" }], /in time/],
    [
      [mfa(factor("f", "push")), { status: "MFA_CHALLENGE", factorResult: "CANCELLED" }],
      /cancelled/,
    ],
    [[mfa(factor("f", "webauthn"))], /this Okta org needs the Browser driver/],
  ];
  for (const [steps, message] of cases) {
    await assert.rejects(authenticate(oktaDeps(...steps), okta()), { message });
  }
  const refused = oktaDeps();
  refused.http.on(`POST ${org}/api/v1/authn`, {
    status: 401,
    body: { errorCode: "E0000004", errorSummary: "Authentication failed" },
  });
  await assert.rejects(authenticate(refused, okta()), {
    message: "authentication failed: Okta: Authentication failed (E0000004)",
  });
  const oie = oktaDeps(success);
  oie.http.on(`GET ${oktaApp}`, { body: "<div id=okta-sign-in></div>" });
  await assert.rejects(authenticate(oie, okta()), { message: /needs the Browser driver/ });
});

Deno.test("sign-in pages never lead to plain http elsewhere", async () => {
  const deps = oktaDeps(success);
  deps.http.on(`GET ${org}/login/sessionCookieRedirect`, {
    status: 302,
    headers: { location: "http://acme.okta.com/app" },
  });
  await assert.rejects(authenticate(deps, okta()), { code: "saml_page_refused" });
});

// --- browser ---------------------------------------------------------------------------------------

Deno.test("the browser is the configured one, else the first that is installed", () => {
  const deps = fakeDeps();
  assert.equal(findBrowser(deps, idp()), undefined);
  deps.spawn.programs.chromium = "/usr/bin/chromium";
  deps.spawn.programs["brave-browser"] = "/usr/bin/brave-browser";
  assert.equal(findBrowser(deps, idp()), "/usr/bin/chromium");
  assert.equal(findBrowser(deps, idp({ browser_type: "brave" })), "/usr/bin/brave-browser");
  assert.equal(findBrowser(deps, idp({ browser_type: "chromium-browser" })), "/usr/bin/chromium");
  for (const type of ["firefox", "webkit"]) {
    assert.throws(() => findBrowser(deps, idp({ browser_type: type })), {
      code: "invalid_browser",
      message: /^invalid browser executable: .*not supported/,
    });
  }
  assert.throws(() => findBrowser(deps, idp({ browser_executable_path: "/none" })), {
    message: /browser executable not found/,
  });
  deps.files.put("/opt/chrome/chrome", "", 0o644);
  assert.throws(() => findBrowser(deps, idp({ browser_executable_path: "/opt/chrome" })), {
    message: /path is a directory, not a file/,
  });
  const path = "/opt/chrome/chrome";
  assert.equal(findBrowser(deps, idp({ browser_executable_path: path })), path);
  assert.match(deps.terminal.warnings.join(), /not executable/);
});

Deno.test("browsers of macOS and Windows are looked for in their places", () => {
  const mac = fakeDeps({ os: "darwin" });
  const edge = "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge";
  mac.files.put(edge, "", 0o755);
  assert.equal(findBrowser(mac, idp()), edge);
  const windows = fakeDeps({ os: "windows", env: { "ProgramFiles(x86)": "C:\\PF86" } });
  const chrome = "C:\\PF86\\Google\\Chrome\\Application\\chrome.exe";
  windows.files.put(chrome, "");
  assert.equal(findBrowser(windows, idp()), chrome);
});

Deno.test("logout removes the browser profile only with --keychain", async () => {
  const deps = fakeDeps();
  const cx = cxOf(deps);
  const { samlBrowserDir } = await import("../../../lib/store/paths.ts");
  const profile = samlBrowserDir(deps.env, { realm: "", provider: "corp" });
  deps.files.put(`${profile}/Cookies`, "x");
  await saml.create(idp()).logout(cx);
  assert.equal(deps.files.exists(`${profile}/Cookies`), true);
  const report = await saml.create(idp()).logout({ ...cx, mode: { ...cx.mode, keychain: true } });
  assert.deepEqual(report.removed, [profile]);
  assert.equal(deps.files.exists(`${profile}/Cookies`), false);
});

Deno.test("a SAML provider as the target exports its region", () => {
  const env = (root: ReturnType<typeof idp>) => saml.create(root).env!(cxOf(fakeDeps(), root)).set;
  assert.deepEqual(env(idp()), { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1" });
  assert.equal(
    env(idp({ download_browser_driver: true })).SAML2AWS_AUTO_BROWSER_DOWNLOAD,
    "true",
  );
});

// the assertion never shows
Deno.test("an assertion prints as masked", async () => {
  const { encoded } = await readAssertion(response([roleOf("a")]));
  assert.equal(String(encoded), String(new Secret("x-secret")));
});
