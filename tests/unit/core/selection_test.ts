import assert from "node:assert/strict";
import {
  identityRequest,
  isDisabled,
  nearest,
  selectIdentity,
} from "../../../lib/core/selection.ts";
import { AuthError } from "../../../lib/core/types.ts";
import { plainCore } from "../../support/core.ts";

const identities = {
  Prod: { kind: "mock/aws", alias: "production" },
  dev: { kind: "mock/aws" },
};

Deno.test("the request is flag, bare flag, variable, nothing", () => {
  assert.deepEqual(identityRequest({ value: " x " }, "y"), { by: "flag", name: "x" });
  assert.deepEqual(identityRequest({ bare: true }, "y"), { by: "flag", select: true });
  assert.deepEqual(identityRequest({ value: "" }, "y"), { by: "flag", select: true });
  assert.deepEqual(identityRequest(undefined, "y"), { by: "env", name: "y" });
  assert.deepEqual(identityRequest(undefined, "__SELECT__"), { by: "env", select: true });
  assert.equal(identityRequest(undefined, ""), undefined);
});

Deno.test("false, 0, no and off switch authentication off in any case", () => {
  for (const word of ["false", "FALSE", "0", "no", "Off", " off "]) {
    assert.equal(isDisabled(word), true);
  }
  for (const word of ["true", "1", "none", "offf"]) assert.equal(isDisabled(word), false);
});

Deno.test("a name is found exactly, in other case, and by alias", async () => {
  const core = plainCore({ identities });
  for (const name of ["Prod", "PROD", "Production"]) {
    const choice = await selectIdentity(core, { by: "flag", name });
    assert.equal(choice.state === "chosen" && choice.identity.name, "Prod");
  }
});

async function refusal(work: Promise<unknown>): Promise<AuthError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof AuthError);
    return error;
  }
  throw new Error("expected a refusal");
}

Deno.test("an unknown name is refused with the nearest one", async () => {
  const error = await refusal(
    selectIdentity(plainCore({ identities }), { by: "flag", name: "prdo" }),
  );
  assert.equal(error.message, "identity not found");
  assert.match(error.hints[0]!, /Did you mean `Prod`/);
  assert.match(error.hints[1]!, /Run `atmos-auth list` to see available identities/);
});

Deno.test("without a request the only default is taken", async () => {
  const core = plainCore({
    identities: { ...identities, dev: { kind: "mock/aws", default: true } },
  });
  const choice = await selectIdentity(core, undefined);
  assert.deepEqual(choice.state === "chosen" && [choice.identity.name, choice.rule], [
    "dev",
    "default",
  ]);
});

const refusals: [string, Parameters<typeof plainCore>[0], RegExp][] = [
  ["no default", { identities }, /^no default identity configured for authentication$/],
  [
    "several defaults",
    { identities: { b: { kind: "x", default: true }, a: { kind: "x", default: true } } },
    /^multiple default identities found: `\[a b\]`$/,
  ],
  ["no identities", {}, /^no identities available$/],
];

for (const [what, parts, message] of refusals) {
  Deno.test(`without a terminal, ${what} is refused`, async () => {
    assert.match((await refusal(selectIdentity(plainCore(parts), undefined))).message, message);
  });
}

Deno.test("a bare flag without a terminal is refused", async () => {
  const error = await refusal(
    selectIdentity(plainCore({ identities }), { by: "flag", select: true }),
  );
  assert.equal(error.message, "interactive identity selection: requires a TTY");
});

Deno.test("token commands take the only identity when there is no default", async () => {
  const core = plainCore({ identities: { one: { kind: "mock/aws" } } });
  const choice = await selectIdentity(core, undefined, { onlyOne: true });
  assert.equal(choice.state === "chosen" && choice.rule, "only");
});

Deno.test("nearest names are few, near and sorted", () => {
  assert.deepEqual(nearest("admn", ["admins", "admin", "dev", "Admin2"]), [
    "admin",
    "Admin2",
    "admins",
  ]);
  assert.deepEqual(nearest("zzz", ["admin"]), []);
});
