import assert from "node:assert/strict";
import { loadConfig } from "../../../lib/config/load.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { systemFiles } from "../../../lib/sys/files.ts";
import { fakeDeps } from "../../support/deps.ts";
import { type TempDir, tempDir } from "../../support/temp.ts";

async function load(dir: TempDir) {
  const deps = {
    ...fakeDeps(),
    files: systemFiles(),
    env: fixedEnv({ HOME: `${dir.path}/home` }, { cwd: dir.path }),
  };
  const start = performance.now();
  const loaded = await loadConfig({ deps });
  return { loaded, took: performance.now() - start };
}

Deno.test("ten thousand identities in 500 imported files load in under two seconds", async () => {
  await using dir = await tempDir();
  for (let f = 0; f < 500; f++) {
    let text = "auth:\n  identities:\n";
    for (let i = 0; i < 20; i++) {
      text +=
        `    team-${f}/role-${i}:\n      kind: aws/permission-set\n      via: {provider: sso}\n` +
        `      principal: {name: admin, account: {id: "${100000000000 + 20 * f + i}"}}\n`;
    }
    await dir.write(`ids/${f % 10}/f${f}.yaml`, text);
  }
  await dir.write(
    "atmos.yaml",
    "base_path: .\nimport: ['ids/**/*.yaml']\nauth: {providers: {sso: {region: !env NONE x}}}\n",
  );
  const { loaded, took } = await load(dir);
  const identities = loaded.at("auth", "identities");
  assert.equal(identities?.t === "map" ? identities.entries.size : 0, 10_000);
  assert.ok(took < 2000, `${took} ms`);
});
