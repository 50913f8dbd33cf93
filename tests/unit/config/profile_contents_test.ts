import assert from "node:assert/strict";
import { profilesDefining } from "../../../lib/config/profile_contents.ts";
import { fakeDeps } from "../../support/deps.ts";

function loaded(files: Record<string, string>) {
  const deps = fakeDeps({ cwd: "/p" });
  for (const [path, text] of Object.entries(files)) deps.files.put(`/p/profiles/${path}`, text);
  const places = {
    profileLocations: [{ type: "project" as const, dir: "/p/profiles" }],
    gitRoot: undefined,
    configDir: "/p",
    cwd: "/p",
  };
  return { deps, find: (identity?: string) => profilesDefining(deps, places, identity) };
}

Deno.test("profiles that define an identity are found by name in any case, by alias, and through imports", async () => {
  const { find } = loaded({
    "a/auth.yaml": "auth: {identities: {Prod: {kind: mock}}}\n",
    "b/atmos.yaml": "import: ./more/ids\n",
    "b/more/ids.yaml": "auth: {identities: {prod: {kind: mock}}}\n",
    "c/x.yaml": "auth: {identities: {other: {alias: PROD}}}\n",
    "d/x.yaml": "auth: {identities: {staging: {kind: mock}, prod: }}\n",
  });
  assert.deepEqual(await find("PROD"), ["a", "b", "c"]);
  assert.deepEqual(await find("nobody"), []);
});

Deno.test("profiles that define any provider or identity are found; broken and empty ones are passed over", async () => {
  const { find, deps } = loaded({
    "bad/x.yaml": "auth: [\n",
    "empty/x.yaml": "",
    "realm/x.yaml": "auth: {realm: x}\n",
    "provider/x.yaml": "auth: {providers: {sso: {kind: x}}}\n",
    "identity/x.yaml": "auth: {identities: {i: {kind: x}}}\n",
  });
  assert.deepEqual(await find(), ["identity", "provider"]);
  assert.ok(
    deps.log.lines.some((line) => line.startsWith("debug:") && line.includes("bad/x.yaml")),
  );
});

Deno.test("looking into profiles runs no command and fetches nothing", async () => {
  const { find, deps } = loaded({
    "p/x.yaml":
      "import: [https://h/x.yaml]\nauth: {identities: {i: {principal: !exec touch /ran}, j: !include ../../secret.yaml}}\n",
  });
  assert.deepEqual(await find("i"), ["p"]);
  assert.deepEqual(deps.spawn.helpers, []);
  assert.equal(deps.http.requests, 0);
});
