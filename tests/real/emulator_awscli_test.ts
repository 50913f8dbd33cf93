import assert from "node:assert/strict";
import { type Emulator, startEmulator } from "../../lib/emulator/server.ts";
import { programEnv } from "../support/program.ts";
import { type ForeignProgram, realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const AWS: ForeignProgram = { program: "/usr/bin/aws", package: "awscli", probe: ["--version"] };

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

interface Aws {
  /** The parsed answer of a command that succeeds. */
  // deno-lint-ignore no-explicit-any
  ok(args: string[]): Promise<any>;
  /** stderr of a command that fails. */
  fails(args: string[]): Promise<string>;
}

/** The AWS CLI with keys in its environment, sent to the emulator. */
function awsWith(emulator: Emulator, home: string, keys?: Keys): Aws {
  const run = async (args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(AWS.program, {
      args: ["--endpoint-url", emulator.url, ...keys ? [] : ["--no-sign-request"], ...args],
      clearEnv: true,
      env: programEnv(home, {
        AWS_REGION: "eu-west-1",
        AWS_PAGER: "",
        AWS_EC2_METADATA_DISABLED: "true",
        ...keys && { AWS_ACCESS_KEY_ID: keys.accessKeyId },
        ...keys && { AWS_SECRET_ACCESS_KEY: keys.secretAccessKey },
        ...keys?.sessionToken && { AWS_SESSION_TOKEN: keys.sessionToken },
      }),
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  return {
    ok: async (args) => {
      const r = await run(args);
      assert.equal(r.code, 0, `${args.slice(0, 2).join(" ")}: ${r.stderr}`);
      return r.stdout.trim() === "" ? undefined : JSON.parse(r.stdout);
    },
    fails: async (args) => {
      const r = await run(args);
      assert.notEqual(r.code, 0, `${args.slice(0, 2).join(" ")} succeeds`);
      return r.stderr;
    },
  };
}

function aliceOf(emulator: Emulator): Keys {
  const alice = emulator.admin.info().users[0]!;
  return { accessKeyId: alice.accessKeyId!, secretAccessKey: alice.secretAccessKey! };
}

// deno-lint-ignore no-explicit-any
function keysOf(c: any): Keys {
  return {
    accessKeyId: c.AccessKeyId,
    secretAccessKey: c.SecretAccessKey,
    sessionToken: c.SessionToken,
  };
}

realTest("the AWS CLI assumes roles, and reads the emulator's refusals", [AWS], async () => {
  await using home = await tempDir();
  await using emulator = await startEmulator();
  const aws = awsWith(emulator, home.path, aliceOf(emulator));
  const role = ["sts", "assume-role", "--role-session-name", "cli", "--role-arn"];
  const first = await aws.ok([...role, "arn:aws:iam::444455556666:role/deployer"]);
  const dev = awsWith(emulator, home.path, keysOf(first.Credentials));
  const me = await dev.ok(["sts", "get-caller-identity"]);
  assert.equal(me.Arn, "arn:aws:sts::444455556666:assumed-role/deployer/cli");
  assert.match(
    await aws.fails([...role, "arn:aws:iam::777788889999:role/deployer"]),
    /\(AccessDenied\) when calling the AssumeRole operation: User: arn:aws:iam::111122223333:user\/alice is not authorized to perform: sts:AssumeRole/,
  );
  emulator.admin.expire({ what: "role-session" });
  assert.match(await dev.fails(["sts", "get-caller-identity"]), /\(ExpiredToken\)/);
});

realTest("the AWS CLI gets a session with MFA", [AWS], async () => {
  await using home = await tempDir();
  await using emulator = await startEmulator();
  const aws = awsWith(emulator, home.path, aliceOf(emulator));
  const serial = emulator.admin.info().users[0]!.mfaSerial!;
  const { code } = await emulator.admin.totp({ user: "alice" });
  const get = ["sts", "get-session-token", "--serial-number", serial, "--token-code", code];
  assert.ok((await aws.ok(get)).Credentials.SessionToken);
  assert.match(
    await aws.fails(get),
    /MultiFactorAuthentication failed with invalid MFA one time pass code/,
  );
});

realTest("the AWS CLI walks the device grant and the portal", [AWS], async () => {
  await using home = await tempDir();
  await using emulator = await startEmulator();
  emulator.admin.identityCenter({ pageSize: 1 });
  const aws = awsWith(emulator, home.path);
  const client = await aws.ok([
    "sso-oidc",
    "register-client",
    ...["--client-name", "cli", "--client-type", "public", "--scopes", "sso:account:access"],
  ]);
  const secret = ["--client-id", client.clientId, "--client-secret", client.clientSecret];
  const device = await aws.ok([
    "sso-oidc",
    "start-device-authorization",
    ...secret,
    ...["--start-url", emulator.admin.info().startUrl],
  ]);
  const poll = [
    "sso-oidc",
    "create-token",
    ...secret,
    ...["--grant-type", "urn:ietf:params:oauth:grant-type:device_code"],
    ...["--device-code", device.deviceCode],
  ];
  assert.match(await aws.fails(poll), /\(AuthorizationPendingException\)/);
  emulator.admin.approve({ userCode: device.userCode });
  emulator.admin.clock({ advanceMs: 2000 });
  const { accessToken } = await aws.ok(poll);
  const bearer = ["--access-token", accessToken];
  const { accountList } = await aws.ok(["sso", "list-accounts", ...bearer]);
  assert.equal(accountList.length, 3, "the CLI has followed the pages");
  const { roleCredentials } = await aws.ok([
    "sso",
    "get-role-credentials",
    ...bearer,
    ...["--account-id", "444455556666", "--role-name", "Admin"],
  ]);
  const admin = awsWith(emulator, home.path, roleCredentials);
  assert.match((await admin.ok(["sts", "get-caller-identity"])).Arn, /AWSReservedSSO_Admin_/);
  emulator.admin.expire({ what: "sso-session", id: "alice" });
  assert.match(await aws.fails(["sso", "list-accounts", ...bearer]), /\(UnauthorizedException\)/);
});

realTest(
  "the AWS CLI uses registries and clusters, and its EKS token passes review",
  [AWS],
  async () => {
    await using home = await tempDir();
    await using emulator = await startEmulator();
    const { Credentials } = await awsWith(emulator, home.path, aliceOf(emulator)).ok([
      ...["sts", "assume-role", "--role-session-name", "cli"],
      ...["--role-arn", "arn:aws:iam::444455556666:role/deployer"],
    ]);
    const aws = awsWith(emulator, home.path, keysOf(Credentials));
    const ecr = await aws.ok(["ecr", "get-authorization-token"]);
    assert.match(
      ecr.authorizationData[0].proxyEndpoint,
      /^https:\/\/444455556666\.dkr\.ecr\.eu-west-1\./,
    );
    const open = await aws.ok(["ecr-public", "get-authorization-token", "--region", "us-east-1"]);
    assert.match(atob(open.authorizationData.authorizationToken), /^AWS:/);
    const { cluster } = await aws.ok(["eks", "describe-cluster", "--name", "dev"]);
    assert.equal(cluster.status, "ACTIVE");
    assert.match(
      await aws.fails(["eks", "describe-cluster", "--name", "none"]),
      /\(ResourceNotFoundException\).*No cluster found for name: none/,
    );
    const { status } = await aws.ok(["eks", "get-token", "--cluster-name", "dev"]);
    const who = await emulator.admin.reviewToken({ token: status.token, cluster: "dev" });
    assert.equal(who.arn, "arn:aws:sts::444455556666:assumed-role/deployer/cli");
  },
);

realTest("the AWS CLI exchanges web identity tokens and assertions", [AWS], async () => {
  await using home = await tempDir();
  await using emulator = await startEmulator();
  const aws = awsWith(emulator, home.path);
  const { token } = await emulator.admin.oidcToken();
  const web = await aws.ok([
    ...["sts", "assume-role-with-web-identity", "--role-session-name", "cli"],
    ...["--role-arn", "arn:aws:iam::444455556666:role/github", "--web-identity-token", token],
  ]);
  assert.equal(web.Audience, "sts.amazonaws.com");
  const { response } = await emulator.admin.samlResponse({ user: "alice" });
  const saml = await aws.ok([
    ...["sts", "assume-role-with-saml", "--saml-assertion", response],
    ...["--role-arn", "arn:aws:iam::444455556666:role/saml-admin"],
    ...["--principal-arn", "arn:aws:iam::444455556666:saml-provider/emulator"],
  ]);
  assert.match(saml.AssumedRoleUser.Arn, /assumed-role\/saml-admin\/alice$/);
});
