import assert from "node:assert/strict";
import { chainConfig } from "../../scripts/sample_config.ts";
import { approving, scene } from "../support/emulator.ts";
import { privateHome, runProgram, type RunResult } from "../support/program.ts";

/** What every refusal owes its reader. */
function assertErrorBlock(result: RunResult, code: number): void {
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, "");
  assert.match(result.stderr, /^\n# (Error|Incorrect Usage)\n\n\*\*Error:\*\* \S/m);
  assert.doesNotMatch(result.stderr, /\bat (file|ext):\/\/|node:internal|undefined|\[object /);
}

const provider = `  providers:
    sso:
      kind: aws/iam-identity-center
      start_url: https://acme.awsapps.com/start
      region: us-east-1
`;

interface BadConfig {
  name: string;
  yaml: string;
  args: string[];
  code: number;
  says: RegExp[];
}

const badConfigs: BadConfig[] = [
  {
    name: "YAML that does not parse is refused with its place",
    yaml: "auth:\n  providers: {\n  identities: [}\n",
    args: ["list"],
    code: 2,
    says: [/atmos\.yaml:3/, /Verify your atmos\.yaml syntax and configuration/],
  },
  {
    name: "a tab as indentation is refused with its place",
    yaml: "auth:\n\tproviders: {}\n",
    args: ["env"],
    code: 2,
    says: [/atmos\.yaml:2/],
  },
  {
    name: "an unknown provider kind is named",
    yaml: "auth:\n  providers:\n    p:\n      kind: aws/saml2\n",
    args: ["validate"],
    code: 1,
    says: [
      /invalid auth config: provider "p" validation failed: invalid provider kind: unsupported provider kind: aws\/saml2/,
      /aws\/saml\b/,
    ],
  },
  {
    name: "an unknown identity kind is named",
    yaml:
      `auth:\n${provider}  identities:\n    i:\n      kind: aws/permissionset\n      via:\n        provider: sso\n`,
    args: ["validate"],
    code: 1,
    says: [/identity "i" validation failed: .*unsupported identity kind: aws\/permissionset/],
  },
  {
    name: "a via that leads nowhere is named",
    yaml:
      `auth:\n${provider}  identities:\n    i:\n      kind: aws/permission-set\n      via:\n        provider: ssso\n      principal:\n        name: Admin\n        account:\n          id: "444455556666"\n`,
    args: ["validate"],
    code: 1,
    says: [/referenced provider "ssso" does not exist/, /\bsso\b/],
  },
  {
    name: "identities that refer to each other are shown as the circle they are",
    yaml:
      `auth:\n  identities:\n    a:\n      kind: aws/assume-role\n      via:\n        identity: b\n` +
      `      principal:\n        assume_role: arn:aws:iam::444455556666:role/x\n` +
      `    b:\n      kind: aws/assume-role\n      via:\n        identity: a\n` +
      `      principal:\n        assume_role: arn:aws:iam::444455556666:role/y\n`,
    args: ["validate"],
    code: 1,
    says: [/circular dependency detected in identity chain/, /a -> b -> a|b -> a -> b/],
  },
  {
    name: "a list where a map belongs is refused",
    yaml: "auth:\n  providers:\n    - sso\n",
    args: ["validate"],
    code: 1,
    says: [/providers/],
  },
  {
    name: "an unknown identity is refused, and the one meant is found",
    yaml: chainConfig("http://127.0.0.1:1"),
    args: ["env", "--identity", "prod-deplyer"],
    code: 1,
    says: [
      /\*\*Error:\*\* identity not found/,
      /Identity prod-deplyer is not defined in the currently loaded auth config\./,
      /Run atmos-auth list to see available identities/,
    ],
  },
  {
    name: "an unknown output format is refused with the list",
    yaml: chainConfig("http://127.0.0.1:1"),
    args: ["list", "--format", "xml"],
    code: 1,
    says: [/invalid format "xml" \(valid formats: table, tree, json/],
  },
  {
    name: "a realm that would leave its directory is refused",
    yaml: `auth:\n  realm: ../x\n${chainConfig("http://127.0.0.1:1").slice("auth:\n".length)}`,
    args: ["env"],
    code: 1,
    says: [/invalid realm value: .*path traversal characters/],
  },
  {
    name: "a question without a terminal is refused, not asked",
    yaml: chainConfig("http://127.0.0.1:1"),
    args: ["login", "--identity"],
    code: 1,
    says: [/interactive identity selection: requires a TTY/],
  },
];

for (const { name, yaml, args, code, says } of badConfigs) {
  Deno.test(name, async () => {
    await using home = await privateHome();
    await home.write("atmos.yaml", yaml);
    const result = await runProgram({ args, home });
    if (args[0] === "validate" && code === 1) {
      assert.equal(result.code, 1, result.stderr);
      assert.equal(result.stdout, "");
      assert.match(result.stderr, /\*\*❌ Authentication configuration validation failed:\*\*/);
    } else {
      assertErrorBlock(result, code);
    }
    for (const expected of says) assert.match(result.stderr, expected);
  });
}

Deno.test("a configuration named by --config that is not there is refused", async () => {
  const result = await runProgram({ args: ["list", "--config", "nowhere.yaml"] });
  assertErrorBlock(result, 2);
  assert.match(result.stderr, /nowhere\.yaml/);
});

Deno.test("a login that nobody can see the code of is refused at once", async () => {
  await using s = await scene();
  const result = await s.run(["login", "--device-code"]);
  assertErrorBlock(result, 1);
  assert.match(result.stderr, /authentication failed/);
  assert.equal(s.emulator.admin.counters()["sso-oidc.StartDeviceAuthorization"], undefined);
});

Deno.test("an endpoint that refuses connections is named, within seconds", async () => {
  const socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = socket.addr.port;
  socket.close();
  await using home = await privateHome();
  await home.write("atmos.yaml", chainConfig(`http://127.0.0.1:${port}`));
  const result = await runProgram({
    args: ["login", "--device-code"],
    home,
    env: { ATMOS_FORCE_TTY: "true", NO_COLOR: "1", ATMOS_KEYRING_TYPE: "memory" },
    timeoutMs: 30_000,
  });
  assertErrorBlock(result, 1);
  assert.match(result.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
});

interface BadAnswer {
  name: string;
  at: string;
  reply: string;
  says: RegExp;
}

const badAnswers: BadAnswer[] = [
  {
    name: "an HTML page instead of an answer is reported as such",
    at: "sso.GetRoleCredentials",
    reply: "http:502",
    says: /502/,
  },
  {
    name: "an answer that breaks off is reported",
    at: "sts.AssumeRole",
    reply: "truncate",
    says: /AssumeRole/,
  },
  {
    name: "a connection that is cut is reported",
    at: "sts.AssumeRole",
    reply: "reset",
    says: /AssumeRole/,
  },
  {
    name: "a refusal keeps the words of the cloud",
    at: "sts.AssumeRole",
    reply: "aws:AccessDenied",
    says: /AssumeRole failed: AccessDenied\b.*HTTP 403/,
  },
];

for (const { name, at, reply, says } of badAnswers) {
  Deno.test(name, async () => {
    await using s = await scene();
    s.emulator.admin.faults({ faults: [{ at, times: 0, reply }] });
    const result = await approving(
      s.emulator,
      s.run(["login", "--device-code"], {
        env: { ATMOS_FORCE_TTY: "true", NO_COLOR: "1", AWS_MAX_ATTEMPTS: "2" },
      }),
    );
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /\*\*Error:\*\* authentication failed: identity=prod-deployer: /);
    assert.match(result.stderr, says);
    assert.doesNotMatch(result.stderr, /<html>|\bat (file|ext):\/\//);
  });
}

Deno.test("a service that asks for patience is asked again", async () => {
  await using s = await scene();
  s.emulator.admin.faults({
    faults: [
      { at: "sso.GetRoleCredentials", reply: { do: "throttle", retryAfter: 1 } },
      { at: "sts.AssumeRole", nth: 1, reply: "http:503" },
    ],
  });
  const { stderr } = await s.login();
  assert.match(stderr, /Authentication successful/);
});

Deno.test("a sign-in that was denied at the browser ends with a plain word", async () => {
  await using s = await scene();
  const work = s.run(["login", "--device-code"], {
    env: { ATMOS_FORCE_TTY: "true", NO_COLOR: "1" },
  });
  let ended = false;
  work.finally(() => ended = true).catch(() => {});
  while (!ended) {
    try {
      s.emulator.admin.deny();
    } catch {
      // Nothing is pending yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const result = await work;
  assert.equal(result.code, 1, result.stderr);
  assert.match(result.stderr, /denied/i);
});
