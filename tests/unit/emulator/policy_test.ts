import assert from "node:assert/strict";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { decide, parsePolicy, type Policy, wildcardMatch } from "../../../lib/emulator/policy.ts";
import { startEmulator } from "../../../lib/emulator/server.ts";
import { context } from "../../../lib/emulator/trust.ts";
import { keysOf, stsClient } from "./clients.ts";

function answer(
  condition: Record<string, Record<string, string | string[]>>,
  facts: Record<string, string | string[]>,
) {
  const policy: Policy = { Statement: { Effect: "Allow", Action: "sts:*", Condition: condition } };
  return decide(policy, { action: "sts:AssumeRole", context: context(facts) });
}

Deno.test("condition operators decide as IAM's do", () => {
  const key = { "aws:k": "v" };
  for (
    const [operator, want, facts, expected] of [
      ["StringEquals", "v", key, "allow"],
      ["StringEquals", "w", key, "none"],
      ["StringEquals", ["w", "v"], key, "allow"],
      ["StringEquals", "v", {}, "none"],
      ["StringEqualsIfExists", "v", {}, "allow"],
      ["StringNotEquals", "w", key, "allow"],
      ["StringNotEquals", "v", key, "none"],
      ["StringNotEquals", "v", {}, "allow"],
      ["StringEqualsIgnoreCase", "V", key, "allow"],
      ["StringLike", "repo:acme/*:ref:*", { "aws:k": "repo:acme/infra:ref:refs/heads/x" }, "allow"],
      ["StringLike", "repo:acme/*", { "aws:k": "repo:acmeevil/x" }, "none"],
      ["StringNotLike", "v*", key, "none"],
      ["ArnLike", "arn:aws:iam::*:role/x", { "aws:k": "arn:aws:iam::1:role/x" }, "allow"],
      ["Bool", "true", { "aws:k": "true" }, "allow"],
      ["Bool", "true", {}, "none"],
      ["BoolIfExists", "true", {}, "allow"],
      ["NumericLessThan", "3600", { "aws:k": "59" }, "allow"],
      ["NumericLessThan", "3600", { "aws:k": "3600" }, "none"],
      ["DateLessThan", "2020-01-01T00:00:00Z", { "aws:k": "2019-12-31T23:59:59Z" }, "allow"],
      ["Null", "true", {}, "allow"],
      ["Null", "true", key, "none"],
      ["ForAllValues:StringEquals", ["a", "b"], { "aws:k": ["a", "c"] }, "none"],
      ["ForAllValues:StringEquals", ["a", "b"], {}, "allow"],
      ["ForAnyValue:StringEquals", ["a", "b"], { "aws:k": ["a", "c"] }, "allow"],
      ["ForAnyValue:StringEquals", ["a"], {}, "none"],
    ] as [string, string | string[], Record<string, string | string[]>, string][]
  ) {
    const got = answer({ [operator]: { "AWS:K": want } }, facts);
    assert.equal(got, expected, `${operator} ${want} of ${JSON.stringify(facts)}`);
  }
});

Deno.test("an explicit deny wins, actions match in any case, NotAction excludes", () => {
  const request = { action: "sts:AssumeRole", context: context({}) };
  const allow = { Effect: "Allow" as const, Action: "STS:assume*" };
  assert.equal(decide({ Statement: [allow] }, request), "allow");
  assert.equal(
    decide({ Statement: [allow, { Effect: "Deny", Action: "*" }] }, request),
    "deny",
  );
  assert.equal(decide({ Statement: { Effect: "Allow", NotAction: "sts:*" } }, request), "none");
});

Deno.test("malformed documents are told apart", () => {
  assert.equal(parsePolicy("{").fault, "Syntax errors in policy.");
  assert.equal(parsePolicy("[]").fault, "Syntax errors in policy.");
  assert.match(parsePolicy('{"Statement":{"Effect":"Maybe","Action":"*"}}').fault!, /effect/);
  assert.match(parsePolicy('{"Statement":{"Effect":"Allow"}}').fault!, /actions/);
  assert.match(
    parsePolicy('{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Sometimes":{}}}}')
      .fault!,
    /Invalid Condition type : Sometimes/,
  );
});

Deno.test("wildcards are literal but for * and ?", () => {
  assert.ok(wildcardMatch("a.b*?", "a.bcd"));
  assert.ok(!wildcardMatch("a.b", "axb"));
});

Deno.test("roles of other partitions get ARNs of their partition", async () => {
  await using emulator = await startEmulator({
    state: {
      accounts: [{ id: "012345678901", name: "cn", partition: "aws-cn" }],
      users: [{ account: "012345678901", name: "li", keys: [{}] }],
      roles: [{ arn: "arn:aws-cn:iam::012345678901:role/ops/admin", trusts: ["012345678901"] }],
    },
  });
  const got = await stsClient(emulator, keysOf(emulator, "li"), "cn-north-1").send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws-cn:iam::012345678901:role/ops/admin",
      RoleSessionName: "li",
    }),
  );
  assert.equal(got.AssumedRoleUser!.Arn, "arn:aws-cn:sts::012345678901:assumed-role/admin/li");
});
