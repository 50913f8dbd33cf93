import assert from "node:assert/strict";
import { entryView } from "../../../lib/config/view.ts";
import { authOf } from "../../support/config.ts";

const config = authOf(`
auth:
  providers:
    sso:
      tags: [a]
      spec: {files: {base_path: ~/x}, client_secret: hidden}
      default: false
      password: hunter2
      region: eu-west-1
      kind: aws/saml
      url: https://idp.example.com
      session: {duration: 3600}
      odd: 7
    wif:
      kind: gcp/workload-identity-federation
      project_number: 123456789012
      spec: {token_source: {type: url, request_token: abc}}
  identities:
    prod:
      tags: []
      env: {AWS_REGION: eu-west-1, MY_TOKEN: abc}
      principal: {account: {id: 012345678901}, zeta: 1, assume_role: "arn:aws:iam::012345678901:role/x"}
      via: {provider: sso}
      required: true
      default: true
      kind: aws/assume-role
    keys:
      kind: aws/user
      credentials: {access_key_id: AKIA, region: us-east-1, aws: {resolver: {url: "http://x"}}}
`);

const shown = (entry: ReturnType<typeof config.findIdentity>) => JSON.stringify(entryView(entry!));

Deno.test("a provider is shown as written, in the order of the listing, without secrets", () => {
  assert.equal(
    shown(config.findProvider("sso")),
    JSON.stringify({
      kind: "aws/saml",
      url: "https://idp.example.com",
      region: "eu-west-1",
      password: "***REDACTED***",
      session: { duration: "3600" },
      spec: { files: { base_path: "~/x" }, client_secret: "***REDACTED***" },
      odd: 7,
      tags: ["a"],
    }),
  );
});

Deno.test("an identity is shown in the order of the listing, secret variables masked", () => {
  assert.equal(
    shown(config.findIdentity("prod")),
    JSON.stringify({
      kind: "aws/assume-role",
      default: true,
      required: true,
      via: { provider: "sso" },
      principal: {
        account: { id: "012345678901" },
        zeta: 1,
        assume_role: "arn:aws:iam::012345678901:role/x",
      },
      env: [{ key: "AWS_REGION", value: "eu-west-1" }, {
        key: "MY_TOKEN",
        value: "***REDACTED***",
      }],
    }),
  );
});

Deno.test("every value below credentials is masked", () => {
  assert.equal(
    shown(config.findIdentity("keys")),
    JSON.stringify({
      kind: "aws/user",
      credentials: {
        access_key_id: "***REDACTED***",
        region: "***REDACTED***",
        aws: { resolver: { url: "***REDACTED***" } },
      },
    }),
  );
});

Deno.test("a secret that the table knows is masked wherever it stands", () => {
  assert.equal(
    shown(config.findProvider("wif")),
    JSON.stringify({
      kind: "gcp/workload-identity-federation",
      spec: { token_source: { type: "url", request_token: "***REDACTED***" } },
      project_number: "123456789012",
    }),
  );
});
