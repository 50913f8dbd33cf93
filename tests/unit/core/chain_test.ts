import assert from "node:assert/strict";
import { buildChain } from "../../../lib/core/chain.ts";
import { plainConfig } from "../../support/core.ts";

const providers = { sso: { kind: "mock/aws" }, Ambient: { kind: "github/oidc" } };

function chainOf(identities: Record<string, Record<string, unknown>>, name: string) {
  const config = plainConfig({ providers, identities });
  return buildChain(config, config.findIdentity(name)!);
}

Deno.test("a chain runs from the provider to the target", () => {
  const chain = chainOf({
    base: { kind: "mock/aws", via: { provider: "SSO" } },
    role: { kind: "mock/aws", via: { identity: "BASE" } },
  }, "role");
  assert.deepEqual(chain.names, ["sso", "base", "role"]);
  assert.equal(chain.shownProvider, "sso");
  assert.equal(chain.rootName, "sso");
  assert.equal(chain.rootIsProvider, true);
});

Deno.test("an identity without via starts a chain where its kind may", () => {
  const chain = chainOf({ m: { kind: "mock/aws" } }, "m");
  assert.deepEqual(chain.names, ["m"]);
  assert.equal(chain.shownProvider, "mock");
  assert.equal(chain.rootName, "m");
});

const refused: [string, Record<string, Record<string, unknown>>, RegExp][] = [
  [
    "two identities in a circle",
    {
      a: { kind: "mock/aws", via: { identity: "b" } },
      b: { kind: "mock/aws", via: { identity: "a" } },
    },
    /^circular dependency detected in identity chain: a -> b -> a$/,
  ],
  [
    "an identity that refers to itself",
    { a: { kind: "mock/aws", via: { identity: "A" } } },
    /^circular dependency detected in identity chain: a -> a$/,
  ],
  [
    "a provider that does not exist",
    { a: { kind: "mock/aws", via: { provider: "nope" } } },
    /referenced provider "nope" does not exist/,
  ],
  [
    "an identity that does not exist",
    { a: { kind: "mock/aws", via: { identity: "nope" } } },
    /referenced identity "nope" does not exist/,
  ],
  [
    "both members of via",
    { a: { kind: "mock/aws", via: { provider: "sso", identity: "b" } } },
    /mutually exclusive/,
  ],
  [
    "an empty via",
    { a: { kind: "x", via: {} } },
    /identity "a" has an invalid via: set provider or identity/,
  ],
  ["no via where one is needed", { a: { kind: "x" } }, /identity "a" has no via configuration/],
];

for (const [what, identities, message] of refused) {
  Deno.test(`a chain refuses ${what}`, () => {
    assert.throws(() => chainOf(identities, "a"), { message });
  });
}

Deno.test("a circle above the target is told as the circle alone", () => {
  assert.throws(
    () =>
      chainOf({
        t: { kind: "mock/aws", via: { identity: "a" } },
        a: { kind: "mock/aws", via: { identity: "b" } },
        b: { kind: "mock/aws", via: { identity: "a" } },
      }, "t"),
    { message: "circular dependency detected in identity chain: a -> b -> a" },
  );
});

Deno.test("a chain deeper than sixteen links is refused", () => {
  const identities: Record<string, Record<string, unknown>> = {
    i0: { kind: "mock/aws", via: { provider: "sso" } },
  };
  for (let i = 1; i < 20; i++) {
    identities[`i${i}`] = { kind: "mock/aws", via: { identity: `i${i - 1}` } };
  }
  assert.equal(chainOf(identities, "i14").names.length, 16);
  assert.throws(() => chainOf(identities, "i17"), { message: /more than 16 links/ });
});
