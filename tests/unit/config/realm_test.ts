import assert from "node:assert/strict";
import { makeAuthConfig } from "../../../lib/config/auth.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { authOf, nodeOf } from "../../support/config.ts";

const realm = (value: string | undefined, env: Record<string, string> = {}) =>
  authOf(value === undefined ? "auth: {}" : `auth: {realm: ${value}}`, { env }).realm;

Deno.test("without any setting there is no realm", () => {
  const { value, source, derived } = realm(undefined);
  assert.deepEqual({ value, source, derived }, {
    value: "",
    source: "auto",
    derived: "0123456789abcdef",
  });
});

for (
  const [written, env, value, source] of [
    ["acme-prod", {}, "acme-prod", "config"],
    ['""', {}, "", "auto"],
    ["acme", { ATMOS_AUTH_REALM: "ci" }, "ci", "env"],
    ["acme", { ATMOS_AUTH_REALM: "" }, "acme", "config"],
    ["auto", {}, "0123456789abcdef", "config"],
    ["acme", { ATMOS_AUTH_REALM: "auto" }, "0123456789abcdef", "env"],
    ["042", {}, "042", "config"],
    ["a".repeat(64), {}, "a".repeat(64), "config"],
  ] as const
) {
  Deno.test(`realm ${written} with ${JSON.stringify(env)} is ${value || "none"} from ${source}`, () => {
    const found = realm(written, env);
    assert.deepEqual([found.value, found.source], [value, source]);
  });
}

for (
  const [written, problem] of [
    ["a".repeat(65), "realm exceeds maximum length of 64 characters: got 65"],
    ["a/b", "realm cannot contain path traversal characters (/, \\, ..)"],
    ["a..b", "realm cannot contain path traversal characters (/, \\, ..)"],
    [
      "Prod PP",
      "realm contains invalid characters: [P  ] (only lowercase letters, numbers, hyphens, and " +
      "underscores are allowed)",
    ],
    ["-a", "realm cannot start with a hyphen or underscore"],
    ["a_", "realm cannot end with a hyphen or underscore"],
    ["a--b", "realm cannot contain consecutive hyphens or underscores"],
    ["a-_b", "realm cannot contain consecutive hyphens or underscores"],
    ["aws", 'realm "aws" is reserved'],
    ["kube", 'realm "kube" is reserved'],
  ] as const
) {
  Deno.test(`realm ${written.slice(0, 10)} is refused: ${problem}`, () => {
    assert.throws(() => realm(`"${written}"`), {
      code: "invalid_realm",
      exit: 1,
      message: `invalid realm value: auth.realm configuration: ${problem}`,
    });
    assert.throws(() => realm(undefined, { ATMOS_AUTH_REALM: written }), {
      message: `invalid realm value: ATMOS_AUTH_REALM environment variable: ${problem}`,
    });
  });
}

Deno.test("the derived realm is not computed unless it is asked for", () => {
  let asked = 0;
  const place = {
    basePath: "/work",
    get derivedRealm() {
      asked++;
      return "feedfeedfeedfeed";
    },
  };
  const env = fixedEnv({});
  assert.equal(makeAuthConfig(nodeOf("auth: {realm: acme}"), env, place).realm.value, "acme");
  assert.equal(asked, 0);
  assert.equal(
    makeAuthConfig(nodeOf("auth: {realm: auto}"), env, place).realm.value,
    "feedfeedfeedfeed",
  );
  assert.equal(asked, 1);
});
