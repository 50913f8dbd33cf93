import assert from "node:assert/strict";
import { fakeDeps } from "../../support/deps.ts";
import { identity, kindContext, provider } from "../../support/kind.ts";
import * as mock from "../../../providers/mock.ts";
import * as mockAws from "../../../providers/mock_aws.ts";

const chain = [provider("mock-provider", "mock/aws"), identity("mock-identity", "mock/aws")];

Deno.test("mock/aws yields constants that carry the identity's name", async () => {
  const cx = kindContext(fakeDeps(), chain);
  const kind = mockAws.identity.create(cx.entries[1]!);
  const credentials = await kind.authenticate(null, cx);
  assert(credentials?.type === "aws");
  assert.equal(credentials.access_key_id, "MOCK_KEY_mock-identity");
  assert.equal(credentials.secret_access_key?.reveal(), "MOCK_SECRET_mock-identity");
  assert.equal(credentials.session_token?.reveal(), "MOCK_TOKEN_mock-identity");
  assert.equal(credentials.region, "us-east-1");
  assert.equal(credentials.expiration, "2099-12-31T23:59:59Z");
  assert.deepEqual(await kind.verify!(credentials, cx), {
    state: "valid",
    principal: "arn:aws:iam::123456789012:user/mock-user",
    account: "123456789012",
  });
});

Deno.test("mock/aws as a provider yields the provider's constants", async () => {
  const cx = kindContext(fakeDeps(), chain, { index: 0 });
  const credentials = await mockAws.provider.create(cx.entries[0]!).authenticate(cx);
  assert(credentials.type === "aws");
  assert.equal(credentials.access_key_id, "MOCK_ACCESS_KEY_ID");
  assert.equal(credentials.secret_access_key?.reveal(), "MOCK_SECRET_ACCESS_KEY");
  assert.equal(credentials.session_token?.reveal(), "MOCK_SESSION_TOKEN");
});

Deno.test("mock/aws writes AWS files, reads them back and removes them at logout", async () => {
  const deps = fakeDeps();
  const cx = kindContext(deps, chain, { realm: "test-realm" });
  const kind = mockAws.identity.create(cx.entries[1]!);
  await kind.materialize(await kind.authenticate(null, cx), cx);
  const directory = "/home/u/.config/atmos/test-realm/aws/mock-provider";
  assert.equal(
    deps.files.text(`${directory}/credentials`),
    "; atmos: expiration=2099-12-31T23:59:59Z issued=2026-01-02T03:04:05Z\n" +
      "[mock-identity]\n" +
      "aws_access_key_id     = MOCK_KEY_mock-identity\n" +
      "aws_secret_access_key = MOCK_SECRET_mock-identity\n" +
      "aws_session_token     = MOCK_TOKEN_mock-identity\n",
  );
  assert.equal(
    deps.files.text(`${directory}/config`),
    "[profile mock-identity]\nregion = us-east-1\n",
  );
  const loaded = await kind.load(cx);
  assert(loaded?.credentials.type === "aws");
  assert.equal(loaded.credentials.access_key_id, "MOCK_KEY_mock-identity");
  assert.equal(loaded.issuedAt, Date.parse("2026-01-02T03:04:05Z"));
  assert.equal((await kind.logout(cx)).removed.length, 1);
  assert.equal(await kind.load(cx), undefined);
  assert.equal((await kind.logout(cx)).missing.length, 1);
});

Deno.test("mock/aws exports fixed paths and its own name", () => {
  const cx = kindContext(fakeDeps(), chain);
  assert.deepEqual(mockAws.identity.create(cx.entries[1]!).env(cx, "export"), {
    unset: [],
    set: {
      AWS_CONFIG_FILE: "/tmp/mock-config",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_PROFILE: "mock-identity",
      AWS_REGION: "us-east-1",
      AWS_SHARED_CREDENTIALS_FILE: "/tmp/mock-credentials",
      MOCK_IDENTITY: "mock-identity",
    },
  });
});

Deno.test("mock yields credentials of type mock and writes no file", async () => {
  const deps = fakeDeps();
  const cx = kindContext(deps, [identity("tester", "mock")]);
  const kind = mock.identity.create(cx.entries[0]!);
  const credentials = await kind.authenticate(null, cx);
  assert(credentials?.type === "mock");
  assert.equal(credentials.AccessKeyID, "MOCK_KEY_tester");
  assert.equal(credentials.SecretAccessKey.reveal(), "MOCK_SECRET_tester");
  await kind.materialize(credentials, cx);
  assert.deepEqual(deps.files.paths(), []);
  assert.deepEqual(kind.env(cx, "export").set, {
    MOCK_IDENTITY: "tester",
    ATMOS_IDENTITY: "tester",
  });
});
