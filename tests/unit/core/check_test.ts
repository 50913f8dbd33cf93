import assert from "node:assert/strict";
import { checkChain } from "../../../lib/core/check.ts";
import type { Chain } from "../../../lib/core/chain.ts";
import type { Core } from "../../../lib/core/core.ts";
import { authOf } from "../../support/config.ts";
import { fakeDeps } from "../../support/deps.ts";

function check(body: string) {
  const deps = fakeDeps();
  const entry = authOf(`auth: {providers: {p: ${body}}}`).findProvider("p")!;
  const run = () =>
    checkChain({ deps } as unknown as Core, { entries: [entry] } as unknown as Chain);
  return { deps, run, warnings: () => deps.log.lines };
}

Deno.test("a key that nobody knows is told with its place and the nearest one, once", () => {
  const { run, warnings } = check("{kind: mock, satrt_url: x}");
  run();
  run();
  assert.deepEqual(warnings(), [
    'warn: provider "p": unknown key satrt_url (atmos.yaml:1). Did you mean `start_url`?',
  ]);
});

Deno.test("other warnings are left to validate", () => {
  const { run, warnings } = check("{kind: aws/saml, url: https://x, region: r, password: pw}");
  run();
  assert.deepEqual(warnings(), []);
});

Deno.test("a duration that cannot be read is a warning, any other error ends the run", () => {
  const bad = check("{kind: mock, session: {duration: 1w}}");
  bad.run();
  assert.match(bad.warnings()[0]!, /invalid duration format: 1w .*; the default applies$/);
  assert.throws(() => check("{kind: aws/saml}").run(), {
    code: "invalid_auth_config",
    message: /url is required for AWS SAML provider$/,
  });
});
