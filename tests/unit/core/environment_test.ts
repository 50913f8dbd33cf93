import assert from "node:assert/strict";
import {
  childEnvironment,
  exportedEnvironment,
  identityVariables,
} from "../../../lib/core/environment.ts";
import { modeFor } from "../../../lib/core/core.ts";
import { chainOf } from "../../../lib/core/session.ts";
import { plainCore } from "../../support/core.ts";

function coreWith(env: unknown, childEnv: Record<string, string> = {}) {
  const core = plainCore({
    providers: { p: { kind: "mock/aws" } },
    identities: { N: { kind: "mock/aws", via: { provider: "p" }, env } },
  });
  Object.assign(core.childEnv, childEnv);
  return {
    core,
    chain: chainOf(core, core.config.findIdentity("N")!),
    mode: modeFor(core, "silent"),
  };
}

Deno.test("env prints the exported set; the identity's own list wins", async () => {
  const { core, chain, mode } = coreWith([{ key: "AWS_REGION", value: "eu-west-1" }, {
    key: "X",
    value: "1",
  }]);
  const set = await exportedEnvironment(core, chain, mode);
  assert.equal(set.AWS_REGION, "eu-west-1");
  assert.equal(set.X, "1");
  assert.equal(set.MOCK_IDENTITY, "N");
  assert.equal("ATMOS_IDENTITY" in set, false);
});

Deno.test("a child gets configuration, identity, own list and ATMOS_IDENTITY, later wins", async () => {
  const { core, chain, mode } = coreWith({ B: "identity" }, {
    A: "file",
    B: "file",
    AWS_PROFILE: "file",
  });
  const { set } = await childEnvironment(core, chain, mode, null);
  assert.equal(set.A, "file");
  assert.equal(set.B, "identity");
  assert.equal(set.AWS_PROFILE, "N");
  assert.equal(set.ATMOS_IDENTITY, "N");
});

Deno.test("a name in env that a shell could not take is refused with its place", () => {
  const { core } = coreWith([{ key: "A; rm -rf", value: "x" }]);
  assert.throws(() => identityVariables(core.config.findIdentity("N")!), {
    message: /invalid variable name "A; rm -rf" in env/,
  });
});
