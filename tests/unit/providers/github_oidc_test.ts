import assert from "node:assert/strict";
import github, { audienceOf } from "../../../providers/github_oidc.ts";
import { type FakeDeps, fakeDeps } from "../../support/deps.ts";
import { kindContext, provider } from "../../support/kind.ts";

const url = "https://pipelines.actions.example/token?api-version=2.0&audience=stale";
const actions = {
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
  ACTIONS_ID_TOKEN_REQUEST_URL: url,
};
const gh = (values: Record<string, unknown> = {}) => provider("gh", "github/oidc", values);

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
}

async function authenticate(deps: FakeDeps, entry = gh()) {
  return await github.create(entry).authenticate(kindContext(deps, [entry]));
}

Deno.test("the audience is configured, else the STS of the region", () => {
  assert.equal(audienceOf(gh()), "sts.amazonaws.com");
  assert.equal(audienceOf(gh({ region: "eu-west-1" })), "sts.eu-west-1.amazonaws.com");
  assert.equal(audienceOf(gh({ region: "cn-north-1" })), "sts.cn-north-1.amazonaws.com.cn");
  assert.equal(audienceOf(gh({ region: "eu-west-1", spec: { audience: "mine" } })), "mine");
  for (const audience of ["", " ", 5, null]) {
    assert.throws(() => audienceOf(gh({ spec: { audience } })), {
      message: "invalid provider config: audience is required in provider spec",
    });
  }
});

Deno.test("the token is asked for with the audience set and the other parameters kept", async () => {
  const deps = fakeDeps({ env: actions });
  const token = jwt({ aud: "sts.amazonaws.com" });
  deps.http.on("GET https://pipelines.actions.example/", { body: { count: 1, value: token } });
  const credentials = await authenticate(deps);
  assert(credentials.type === "oidc");
  assert.equal(credentials.token.reveal(), token);
  assert.equal(credentials.audience, "sts.amazonaws.com");
  const sent = deps.http.sent[0]!;
  const query = new URL(sent.url).searchParams;
  assert.deepEqual(query.getAll("audience"), ["sts.amazonaws.com"]);
  assert.equal(query.get("api-version"), "2.0");
  assert.equal(sent.headers!.authorization, "Bearer request-token");
  assert.deepEqual(deps.files.paths(), []);
  assert.equal(deps.keyring.entries.size, 0);
});

Deno.test("a token of the job is taken only for the wanted audience", async () => {
  const mine = jwt({ aud: ["other", "sts.amazonaws.com"] });
  const deps = fakeDeps({ env: { ...actions, ACTIONS_ID_TOKEN: mine } });
  const credentials = await authenticate(deps);
  assert(credentials.type === "oidc" && credentials.token.reveal() === mine);
  assert.equal(deps.http.requests, 0);
  const other = fakeDeps({ env: { ...actions, ACTIONS_ID_TOKEN: jwt({ aud: "other" }) } });
  other.http.on("GET https://pipelines.actions.example/", { body: { value: "fresh" } });
  await authenticate(other);
  assert.equal(other.http.requests, 1);
});

Deno.test("what is missing in the environment is named, in this order", async () => {
  const cases: [Record<string, string>, string][] = [
    [{}, "GitHub OIDC authentication is only available in GitHub Actions environment"],
    [
      { GITHUB_ACTIONS: "TRUE" },
      "GitHub OIDC authentication is only available in GitHub Actions environment",
    ],
    [
      { GITHUB_ACTIONS: "true" },
      "ACTIONS_ID_TOKEN_REQUEST_TOKEN not found - ensure job has 'id-token: write' permission",
    ],
    [
      { GITHUB_ACTIONS: "true", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" },
      "ACTIONS_ID_TOKEN_REQUEST_URL not found - ensure job has 'id-token: write' permission",
    ],
    [
      { ...actions, ACTIONS_ID_TOKEN_REQUEST_URL: "http://x/token" },
      'ACTIONS_ID_TOKEN_REQUEST_URL must use https scheme, got "http"',
    ],
    [
      { ...actions, ACTIONS_ID_TOKEN_REQUEST_URL: "https://" },
      "ACTIONS_ID_TOKEN_REQUEST_URL must have a non-empty host",
    ],
    [
      { ...actions, ACTIONS_ID_TOKEN_REQUEST_URL: "::bad" },
      "invalid ACTIONS_ID_TOKEN_REQUEST_URL",
    ],
  ];
  for (const [env, message] of cases) {
    await assert.rejects(authenticate(fakeDeps({ env })), {
      message: `authentication failed: ${message}`,
    });
  }
});

Deno.test("answers of the token service that are no token are told apart", async () => {
  const cases: [{ status?: number; body?: unknown }, string][] = [
    [{ status: 500 }, "OIDC endpoint returned status 500 Internal Server Error"],
    [{ status: 403, body: "secret-body" }, "OIDC endpoint returned status 403 Forbidden"],
    [{ status: 302 }, "OIDC endpoint returned status 302 Found"],
    [{ body: "<html>" }, "decode OIDC response"],
    [{ body: { value: "" } }, "empty token in OIDC response"],
  ];
  for (const [answer, message] of cases) {
    const deps = fakeDeps({ env: actions });
    deps.http.on("GET https://pipelines.actions.example/", answer);
    await assert.rejects(authenticate(deps), { message: `authentication failed: ${message}` });
  }
});

Deno.test("the host of the token service is allowed, and no other", () => {
  const hosts = (env: Record<string, string>) =>
    github.hosts(gh(), null as never, fakeDeps({ env }).env);
  assert.deepEqual(hosts(actions), ["pipelines.actions.example"]);
  assert.deepEqual(hosts({ ACTIONS_ID_TOKEN_REQUEST_URL: "https://ghes.example:8443/x" }), [
    "https://ghes.example:8443",
  ]);
  assert.deepEqual(hosts({ ACTIONS_ID_TOKEN_REQUEST_URL: "http://x" }), []);
});

Deno.test("logout has nothing to do and nothing is exported", async () => {
  const cx = kindContext(fakeDeps(), [gh()]);
  const kind = github.create(gh());
  assert.deepEqual((await kind.logout(cx)).failed, []);
  assert.equal(kind.env, undefined);
});
