import assert from "node:assert/strict";
import { authOf, type ConfigWorld } from "../../support/config.ts";

const keyring = (yaml: string, given: ConfigWorld = {}) =>
  authOf(`auth:\n  keyring: ${yaml}\n`, given).keyring;

Deno.test("without settings the keyring is the system's, with the file store's defaults", () => {
  assert.deepEqual(authOf("auth: {}").keyring, {
    type: "system",
    path: "/home/u/.local/share/atmos/keyring",
    passwordEnv: "ATMOS_KEYRING_PASSWORD",
    iterations: 600_000,
    passToChildren: false,
    warnings: [],
  });
});

Deno.test("every setting of the file keyring is read, paths start at the base path", () => {
  assert.deepEqual(
    keyring(
      "{type: file, spec: {path: ./keys, password_env: MY_PW, iterations: 10000, " +
        "pass_to_children: true, password_file: ~/pw, password_command: [pass, show, x]}}",
      { basePath: "/repo" },
    ),
    {
      type: "file",
      path: "/repo/keys",
      passwordEnv: "MY_PW",
      iterations: 10_000,
      passToChildren: true,
      passwordFile: "/home/u/pw",
      passwordCommand: ["pass", "show", "x"],
      warnings: [],
    },
  );
});

Deno.test("variables win over the configuration, empty ones do not", () => {
  const found = keyring("{type: file, spec: {path: /a, password_env: A}}", {
    env: {
      ATMOS_KEYRING_TYPE: "memory",
      ATMOS_KEYRING_FILE_PATH: "rel",
      ATMOS_KEYRING_PASSWORD_ENV: "B",
    },
  });
  assert.deepEqual([found.type, found.path, found.passwordEnv], ["memory", "/work/rel", "B"]);
  assert.equal(keyring("{type: file}", { env: { ATMOS_KEYRING_TYPE: "" } }).type, "file");
});

Deno.test("an unknown type is refused", () => {
  assert.throws(() => keyring("{type: vault}"), {
    code: "unsupported_keyring_type",
    message: "unsupported keyring type: vault",
    exit: 1,
  });
});

Deno.test("a password pasted as the name of its variable is refused and never echoed", () => {
  assert.throws(() => keyring("{type: file, spec: {password_env: hunter-2}}"), (error: Error) => {
    assert.match(error.message, /^invalid auth config: auth\.keyring\.spec\.password_env/);
    assert.doesNotMatch(JSON.stringify(error), /hunter/);
    return true;
  });
});

for (const [written, used] of [["1000", 8192], ["2000000", 1_300_000], ["8192", 8192]] as const) {
  Deno.test(`iterations ${written} come to ${used}`, () => {
    const found = keyring(`{type: file, spec: {iterations: ${written}}}`);
    assert.equal(found.iterations, used);
    assert.equal(found.warnings.length, String(used) === written ? 0 : 1);
  });
}

Deno.test("unknown keys and settings of another store are warnings", () => {
  assert.deepEqual(keyring("{type: file, spec: {passwrod_env: X}}").warnings, [
    "unknown key auth.keyring.spec.passwrod_env, did you mean password_env?",
  ]);
  assert.deepEqual(keyring("{type: system, spec: {path: /a}}").warnings, [
    "auth.keyring.spec.path is ignored with keyring type system",
  ]);
});
