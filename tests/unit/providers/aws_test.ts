import assert from "node:assert/strict";
import { Secret } from "../../../lib/core/types.ts";
import {
  awsEnvironment,
  configuredRegion,
  forgetAws,
  loadAws,
  logoutAwsProvider,
  materializeAws,
  pathsOf,
  userEnvironment,
} from "../../../providers/aws.ts";
import { fakeDeps } from "../../support/deps.ts";
import { identity, kindContext, provider } from "../../support/kind.ts";

const sso = provider("acme-sso", "aws/iam-identity-center", { region: "us-east-2" });
const role = (values: Record<string, unknown> = {}) => identity("prod", "aws/assume-role", values);
const keys = {
  type: "aws" as const,
  access_key_id: "ASIAEXAMPLE",
  secret_access_key: new Secret("secret-of-prod"),
  session_token: new Secret("token-of-prod"),
  region: "eu-west-1",
  expiration: "2026-01-02T04:04:05Z",
};

Deno.test("the region is the identity's, then each parent's, then the provider's", () => {
  const dev = identity("dev", "aws/permission-set", { principal: { region: "ap-south-1" } });
  const region = (...entries: Parameters<typeof kindContext>[1]) =>
    configuredRegion(kindContext(fakeDeps(), entries));
  assert.equal(region(sso, dev, role({ principal: { region: "eu-west-1" } })), "eu-west-1");
  assert.equal(region(sso, dev, role()), "ap-south-1");
  assert.equal(region(sso, role()), "us-east-2");
  assert.equal(
    region(sso, dev, role({ region: "sa-east-1", principal: { region: "x" } })),
    "sa-east-1",
  );
  assert.equal(
    region(identity("u", "aws/user", { credentials: { region: "eu-north-1" } })),
    "eu-north-1",
  );
  assert.equal(region(identity("u", "aws/user")), undefined);
});

Deno.test("files stand below the provider's base path when it has one", () => {
  const at = (base: unknown) =>
    pathsOf(kindContext(fakeDeps(), [
      provider("p", "aws/iam-identity-center", { spec: { files: { base_path: base } } }),
      role(),
    ], { realm: "r" })).credentials;
  assert.equal(at(undefined), "/home/u/.config/atmos/r/aws/p/credentials");
  assert.equal(at("~/creds"), "/home/u/creds/r/aws/p/credentials");
  assert.throws(() => at("   "), {
    code: "invalid_provider_config",
    message: /spec\.files\.base_path cannot be empty or whitespace/,
  });
  assert.throws(() => at("a\nb"), { message: /contains invalid characters/ });
});

Deno.test("a child loses everything that would override the files", () => {
  const delta = awsEnvironment(kindContext(fakeDeps(), [sso, role()]), "child");
  assert.deepEqual(delta.set, {
    AWS_SHARED_CREDENTIALS_FILE: "/home/u/.config/atmos/aws/acme-sso/credentials",
    AWS_CONFIG_FILE: "/home/u/.config/atmos/aws/acme-sso/config",
    AWS_PROFILE: "prod",
    AWS_REGION: "us-east-2",
    AWS_DEFAULT_REGION: "us-east-2",
    AWS_SDK_LOAD_CONFIG: "1",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  for (
    const name of [
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "AWS_SECURITY_TOKEN",
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      "AWS_ROLE_ARN",
      "AWS_ROLE_SESSION_NAME",
      "AWS_CREDENTIAL_EXPIRATION",
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      "AWS_DEFAULT_PROFILE",
    ]
  ) assert(delta.unset.includes(name), name);
});

Deno.test("a user's region for children is configured, the caller's, or us-east-1", () => {
  const user = (values: Record<string, unknown>, env: Record<string, string>) =>
    kindContext(fakeDeps({ env }), [identity("u", "aws/user", values)], { rootName: "aws-user" });
  assert.equal(userEnvironment(user({}, {}), "child").set.AWS_REGION, "us-east-1");
  assert.equal(
    userEnvironment(user({}, { AWS_REGION: "eu-west-3" }), "child").set.AWS_DEFAULT_REGION,
    "eu-west-3",
  );
  assert.equal(
    userEnvironment(user({ credentials: { region: "sa-east-1" } }, {}), "export").set.AWS_REGION,
    "sa-east-1",
  );
  assert.equal("AWS_REGION" in userEnvironment(user({}, {}), "export").set, false);
});

Deno.test("credentials are written beside those of others and read back", async () => {
  const deps = fakeDeps();
  const cx = kindContext(deps, [sso, role()]);
  const { credentials, config, directory } = pathsOf(cx);
  deps.files.put(credentials, "# mine\n[other]\naws_access_key_id = X\n");
  const context = await materializeAws(keys, cx);
  assert.deepEqual(context.aws, {
    credentials_file: credentials,
    config_file: config,
    profile: "prod",
    region: "us-east-2",
  });
  assert.match(
    deps.files.text(credentials),
    /^# mine\n\[other\]\naws_access_key_id = X\n\n; atmos/,
  );
  assert.equal(deps.files.text(config), "[profile prod]\nregion = eu-west-1\n");
  const loaded = await loadAws(cx);
  assert(loaded?.credentials.type === "aws");
  assert.equal(loaded.credentials.secret_access_key?.reveal(), "secret-of-prod");
  assert.equal(loaded.credentials.expiration, "2026-01-02T04:04:05Z");
  await forgetAws(cx);
  assert.equal(deps.files.text(credentials), "# mine\n[other]\naws_access_key_id = X\n");
  assert.equal(deps.files.exists(config), false);
  const report = await logoutAwsProvider(kindContext(deps, [sso], { index: 0 }));
  assert.deepEqual(report.removed, [directory]);
});

Deno.test("inside a CI job the record names the job", async () => {
  const deps = fakeDeps({ env: { CI_JOB_ID: "42" } });
  const cx = kindContext(deps, [sso, role()]);
  await materializeAws(keys, cx);
  assert.match((await loadAws(cx))!.job!, /^[0-9a-f]{12}$/);
});

Deno.test("an SSO access token is never written as AWS keys", async () => {
  const cx = kindContext(fakeDeps(), [sso, role()]);
  await assert.rejects(materializeAws({ type: "aws", bearer: new Secret("bearer-x") }, cx), {
    code: "credentials_unusable",
  });
});

Deno.test("an older layout in ~/.aws is mentioned once", async () => {
  const deps = fakeDeps();
  deps.files.put("/home/u/.aws/atmos/p/credentials", "");
  const cx = kindContext(deps, [sso, role()]);
  await materializeAws(keys, cx);
  await materializeAws(keys, cx);
  assert.equal(deps.terminal.warnings.filter((w) => w.includes(".aws/atmos")).length, 1);
});
