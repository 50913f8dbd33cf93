import assert from "node:assert/strict";
import { type ConsoleRequest, Secret } from "../../../lib/core/types.ts";
import { consoleLink } from "../../../providers/aws_console.ts";
import {
  destinationAliases,
  destinationPath,
} from "../../../providers/aws_console_destinations.ts";
import { type FakeDeps, fakeDeps } from "../../support/deps.ts";
import { identity, kindContext, provider } from "../../support/kind.ts";

const session = {
  type: "aws" as const,
  access_key_id: "ASIAX",
  secret_access_key: new Secret("secret-of-session"),
  session_token: new Secret("token-of-session"),
  expiration: "2026-01-02T04:04:05Z",
};
const set = (values: Record<string, unknown> = {}) =>
  identity("dev", "aws/permission-set", {
    principal: { account: { id: "111122223333" } },
    ...values,
  });
const sso = (values: Record<string, unknown> = {}) =>
  provider("sso", "aws/iam-identity-center", { region: "eu-west-1", ...values });

function deps(federation = "https://signin.aws.amazon.com/federation"): FakeDeps {
  const made = fakeDeps();
  made.http.on(`GET ${federation}`, { body: { SigninToken: "signin-token" } });
  return made;
}

function link(
  d: FakeDeps,
  request: Partial<ConsoleRequest> = {},
  entries = [sso(), set()],
  credentials: Parameters<typeof consoleLink>[0] = session,
  instead?: Parameters<typeof consoleLink>[3],
) {
  return consoleLink(
    credentials,
    kindContext(d, entries),
    { issuer: "atmos", ...request },
    instead,
  );
}

const asked = (d: FakeDeps, n = 0) => new URL(d.http.sent[n]!.url).searchParams;

Deno.test("a link signs in with the session, its parameters sorted", async () => {
  const d = deps();
  const made = await link(d);
  assert.equal(
    made.url.reveal(),
    "https://signin.aws.amazon.com/federation?Action=login" +
      "&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F&Issuer=atmos&SigninToken=signin-token",
  );
  assert.equal(made.account, "111122223333");
  assert.equal(made.sessionSeconds, 3600);
  assert.equal(asked(d).get("Action"), "getSigninToken");
  assert.equal(asked(d).get("SessionDuration"), "3600");
  assert.deepEqual(JSON.parse(asked(d).get("Session")!), {
    sessionId: "ASIAX",
    sessionKey: "secret-of-session",
    sessionToken: "token-of-session",
  });
  assert.match(made.notes!.join(), /15 minutes/);
});

Deno.test("the duration is the flag's, else the provider's, within AWS's bounds", async () => {
  const duration = async (request: Partial<ConsoleRequest>, configured?: string) => {
    const d = deps();
    const root = sso(configured ? { console: { session_duration: configured } } : {});
    await link(d, request, [root, set()]);
    return asked(d).get("SessionDuration");
  };
  assert.equal(await duration({}, "2h"), "7200");
  assert.equal(await duration({ durationSeconds: 1800 }, "2h"), "1800");
  assert.equal(await duration({ durationSeconds: 60 }), "900");
  assert.equal(await duration({ durationSeconds: 100_000 }), "43200");
});

Deno.test("a chained role, a root or a user's session gets no duration and tells what is left", async () => {
  const role = identity("prod", "aws/assume-role", {
    principal: { assume_role: "arn:aws:iam::777788889999:role/x" },
  });
  for (
    const entries of [
      [sso(), set(), role],
      [identity("me", "aws/user")],
      [sso(), set(), identity("root", "aws/assume-root")],
    ]
  ) {
    const d = deps();
    const made = await link(d, { durationSeconds: 7200 }, entries);
    assert.equal(asked(d).has("SessionDuration"), false);
    assert.equal(made.sessionSeconds, 3600);
  }
  const single = deps();
  await link(single, {}, [provider("gh", "github/oidc"), role]);
  assert.equal(asked(single).get("SessionDuration"), "3600");
});

Deno.test("a duration that is refused is left out once", async () => {
  const d = fakeDeps();
  d.http.on(
    "GET https://signin.aws.amazon.com/federation",
    { status: 400 },
    { body: { SigninToken: "signin-token" } },
  );
  await link(d);
  assert.equal(asked(d, 0).has("SessionDuration"), true);
  assert.equal(asked(d, 1).has("SessionDuration"), false);
});

Deno.test("a refused user session is replaced where long-lived keys are at hand", async () => {
  const d = fakeDeps();
  d.http.on(
    "GET https://signin.aws.amazon.com/federation",
    { status: 403 },
    { body: { SigninToken: "signin-token" } },
  );
  const other = { ...session, access_key_id: "ASIAFEDERATED" };
  await link(d, {}, [identity("me", "aws/user")], session, () => Promise.resolve(other));
  assert.equal(JSON.parse(asked(d, 1).get("Session")!).sessionId, "ASIAFEDERATED");
});

Deno.test("failures never show a body", async () => {
  const cases: [{ status?: number; body?: unknown }, RegExp][] = [
    [{ status: 500, body: "secret-of-session" }, /answered HTTP 500/],
    [{ body: "secret-of-session" }, /gave no JSON/],
    [{ body: { SigninToken: "" } }, /gave no sign-in token/],
  ];
  for (const [answer, message] of cases) {
    const d = fakeDeps();
    d.http.on("GET https://signin.aws.amazon.com/federation", answer);
    await assert.rejects(link(d), (error: Error) => {
      assert.match(error.message, /^auth console operation failed: /);
      assert.match(error.message, message);
      assert(!error.message.includes("secret-of-session"));
      return true;
    });
  }
});

Deno.test("keys without a session token cannot open the console", async () => {
  const { session_token: _none, ...keys } = session;
  await assert.rejects(link(deps(), {}, undefined, keys), {
    message:
      "session token required for console access (permanent IAM user credentials cannot be used)",
  });
});

Deno.test("partitions have their own consoles, isolated ones none", async () => {
  const hosts: [string, string, string][] = [
    ["cn-north-1", "signin.amazonaws.cn", "console.amazonaws.cn"],
    ["us-gov-west-1", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"],
  ];
  for (const [region, signin, console_] of hosts) {
    const d = deps(`https://${signin}/federation`);
    const made = await link(d, { destination: "s3" }, [sso({ region }), set()]);
    const url = new URL(made.url.reveal());
    assert.equal(url.hostname, signin);
    assert.equal(url.searchParams.get("Destination"), `https://${console_}/s3`);
  }
  await assert.rejects(link(deps(), {}, [sso({ region: "us-iso-east-1" }), set()]), {
    message: /no console for this partition/,
  });
});

Deno.test("an endpoint override serves the federation too", async () => {
  const d = deps("http://127.0.0.1:4010/aws/federation");
  const root = sso({ spec: { endpoint_url: "http://127.0.0.1:4010/aws/" } });
  const made = await link(d, {}, [root, set()]);
  assert.match(made.url.reveal(), /^http:\/\/127\.0\.0\.1:4010\/aws\/federation\?Action=login/);
});

Deno.test("a session too long for an address is posted", async () => {
  const d = fakeDeps();
  d.http.on("POST https://signin.aws.amazon.com/federation", { body: { SigninToken: "t-token" } });
  await link(d, {}, undefined, { ...session, session_token: new Secret("t".repeat(8000)) });
  assert.equal(d.http.sent[0]!.url, "https://signin.aws.amazon.com/federation");
});

Deno.test("destinations are URLs or aliases", async () => {
  const destination = async (text: string) =>
    new URL((await link(deps(), { destination: text })).url.reveal()).searchParams.get(
      "Destination",
    );
  assert.equal(await destination("https://example.com/x"), "https://example.com/x");
  assert.equal(await destination(" S3 "), "https://console.aws.amazon.com/s3");
  assert.equal(await destination("ssm"), "https://console.aws.amazon.com/systems-manager");
  await assert.rejects(link(deps(), { destination: "nope" }), {
    code: "unknown_service_alias",
    message:
      `unknown service alias: "nope" (try 's3', 'ec2', 'cloudformation', etc. or use a full URL)`,
  });
  assert.equal(destinationPath("constructor"), undefined);
  const aliases = destinationAliases();
  assert.equal(new Set(aliases).size, aliases.length);
  assert.equal(aliases.length, 117);
});
