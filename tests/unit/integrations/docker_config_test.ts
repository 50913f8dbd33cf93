import assert from "node:assert/strict";
import { loginPresent, removeLogin, storeLogins } from "../../../integrations/docker_config.ts";
import { Secret } from "../../../lib/core/types.ts";
import { fakeDeps } from "../../support/deps.ts";

const registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
const path = "/home/u/.docker/config.json";
const login = () => ({ registry, username: "AWS", secret: new Secret("not-a-real-password") });
const auth = btoa("AWS:not-a-real-password");

function deps(content?: string) {
  const d = fakeDeps();
  d.files.grant("/home/u");
  if (content !== undefined) d.files.put(path, content);
  return d;
}
const read = async (d: ReturnType<typeof deps>) => await d.files.readText(path) ?? "";

Deno.test("a login is written with tabs, a final newline and everything else at its place", async () => {
  const d = deps(
    '{"credHelpers":{"gcr.io":"gcloud"},"auths":{"https://index.docker.io/v1/":{"auth":"eA=="}},"big":12345678901234567890,"proxies":{"default":{"httpProxy":"http://p"}}}',
  );
  await storeLogins(d, [login()]);
  const text = await read(d);
  assert.equal(
    text,
    `{\n\t"credHelpers": {\n\t\t"gcr.io": "gcloud"\n\t},\n\t"auths": {\n\t\t"https://index.docker.io/v1/": {\n\t\t\t"auth": "eA=="\n\t\t},\n\t\t"${registry}": {\n\t\t\t"auth": "${auth}"\n\t\t}\n\t},\n\t"big": 12345678901234567890,\n\t"proxies": {\n\t\t"default": {\n\t\t\t"httpProxy": "http://p"\n\t\t}\n\t}\n}\n`,
  );
});

Deno.test("an empty or missing file counts as an empty object", async () => {
  for (const content of [undefined, "", "  \n"]) {
    const d = deps(content);
    await storeLogins(d, [login()]);
    assert.deepEqual(JSON.parse(await read(d)), { auths: { [registry]: { auth } } });
  }
});

Deno.test("invalid JSON is an error and the file is left untouched", async () => {
  for (const content of ["{", "[]", '"x"']) {
    const d = deps(content);
    await assert.rejects(storeLogins(d, [login()]), {
      message: /failed to read Docker config: .* invalid JSON/,
    });
    assert.equal(await read(d), content);
  }
});

Deno.test("ecr-login as the registry's helper is left alone with a notice", async () => {
  const content = JSON.stringify({ credHelpers: { [registry]: "ecr-login" } });
  const d = deps(content);
  const notes = await storeLogins(d, [login()]);
  assert.match(notes.join(), /ecr-login/);
  assert.deepEqual(JSON.parse(await read(d)), JSON.parse(content));
});

Deno.test("with credsStore the secret goes to the store by stdin and auths gets an empty entry", async () => {
  const d = deps('{"credsStore":"desktop"}');
  d.spawn.programs["docker-credential-desktop"] = "/usr/bin/docker-credential-desktop";
  d.spawn.onHelper = () => ({});
  await storeLogins(d, [login()]);
  assert.deepEqual(JSON.parse(await read(d)), { credsStore: "desktop", auths: { [registry]: {} } });
  const call = d.spawn.helpers.at(-1)!;
  assert.deepEqual(call.args, ["store"]);
  assert.deepEqual(JSON.parse(String(call.stdin)), {
    ServerURL: registry,
    Username: "AWS",
    Secret: "not-a-real-password",
  });
});

Deno.test("a store that fails leads to the file, and logout puts back what stood there", async () => {
  const d = deps('{"credsStore":"pass"}');
  const notes = await storeLogins(d, [login()]);
  assert.match(notes.join(), /⚠ docker-credential-pass could not store/);
  const stored = JSON.parse(await read(d));
  assert.deepEqual(stored.credHelpers, { [registry]: "" });
  assert.deepEqual(stored.auths, { [registry]: { auth } });
  assert.equal(loginPresent(d, registry), true);
  assert.equal(await removeLogin(d, registry), true);
  assert.deepEqual(JSON.parse(await read(d)), { credsStore: "pass", auths: {} });
});

Deno.test("logout removes one registry and keeps the rest", async () => {
  const d = deps(JSON.stringify({ auths: { other: { auth: "eA==" } }, HttpHeaders: { a: "b" } }));
  await storeLogins(d, [login()]);
  assert.equal(await removeLogin(d, registry), true);
  assert.equal(await removeLogin(d, registry), false);
  assert.deepEqual(JSON.parse(await read(d)), {
    auths: { other: { auth: "eA==" } },
    HttpHeaders: { a: "b" },
  });
});
