import assert from "node:assert/strict";
import { credentialStore } from "../../../lib/core/credential_store.ts";
import { type AuthConfig, AuthError, Secret } from "../../../lib/core/types.ts";
import type { RawStore } from "../../../lib/store/keyring.ts";
import { memoryStore } from "../../../lib/store/keyring_memory.ts";
import { noneStore } from "../../../lib/store/keyring_none.ts";
import { fakeDeps } from "../../support/deps.ts";

const bearer = {
  type: "aws",
  bearer: new Secret("sso-access-token"),
  region: "eu-west-1",
  expiration: "2026-01-02T11:00:00Z",
} as const;
const keys = {
  type: "aws",
  access_key_id: "AKIAEXAMPLE",
  secret_access_key: new Secret("long-lived-secret"),
  mfa_arn: "arn:aws:iam::123456789012:mfa/me",
} as const;

function setup(init: { realm?: string; identities?: string[]; raw?: RawStore } = {}) {
  const deps = fakeDeps();
  const raw = init.raw ?? memoryStore();
  let opened = 0;
  const config = {
    realm: { value: init.realm ?? "", source: "config", derived: "" },
    identities: {
      get: (name: string) =>
        init.identities?.some((i) => i.toLowerCase() === name.toLowerCase()) ? {} : undefined,
    },
    providers: { get: () => undefined },
  } as unknown as AuthConfig;
  const store = credentialStore({
    config: () => config,
    deps,
    open: async () => {
      opened++;
      return raw;
    },
  });
  return { deps, raw, store, config, opened: () => opened };
}

Deno.test("making the store opens nothing, and many uses open it once", async () => {
  const { store, opened } = setup();
  assert.equal(opened(), 0);
  await Promise.all([store.get("a", "identity"), store.get("b", "identity")]);
  assert.equal(opened(), 1);
});

Deno.test("an entry carries the envelope, under realm and lower-case name", async () => {
  const { store, raw } = setup({ realm: "acme" });
  await store.set("Company-SSO", "provider", bearer, "session");
  assert.deepEqual(await raw.list(), ["atmos_acme_company-sso"]);
  assert.deepEqual(JSON.parse((await raw.get("atmos_acme_company-sso"))!), {
    type: "aws",
    data: {
      access_key_id: "sso-access-token",
      region: "eu-west-1",
      expiration: "2026-01-02T11:00:00Z",
    },
    realm: "acme",
    alias: "company-sso",
    owner: "provider",
    issued_at: "2026-01-02T03:04:05Z",
    v: 1,
  });
  const loaded = (await store.get("company-sso", "provider"))!;
  assert.ok(loaded.credentials.type === "aws");
  assert.equal(loaded.credentials.bearer!.reveal(), "sso-access-token");
  assert.equal(loaded.credentials.access_key_id, undefined);
  assert.equal(loaded.issuedAt, Date.parse("2026-01-02T03:04:05Z"));
  assert.equal(loaded.source, "keyring");
});

Deno.test("an entry of the reference, with type and data alone, is read", async () => {
  const { store, raw } = setup();
  await raw.set(
    "atmos_me",
    '{"type":"aws","data":{"access_key_id":"AKIA","secret_access_key":"s3cr3t","session_token":""}}',
  );
  const loaded = (await store.get("Me", "identity"))!;
  assert.ok(loaded.credentials.type === "aws");
  assert.equal(loaded.credentials.secret_access_key!.reveal(), "s3cr3t");
  assert.equal(loaded.credentials.session_token, undefined);
  assert.equal(loaded.issuedAt, undefined);
});

Deno.test("an entry under the spelling of the YAML is found when the lower-case one is missing", async () => {
  const { store, raw } = setup();
  await raw.set("atmos_Prod", '{"type":"oidc","data":{"token":"t0ken"}}');
  assert.equal((await store.get("Prod", "identity"))?.credentials.type, "oidc");
  assert.equal(await store.delete("Prod", "identity"), true);
  assert.deepEqual(await raw.list(), []);
});

Deno.test("a provider that shares its name with an identity has its own entry", async () => {
  const { store, raw } = setup({ identities: ["main"] });
  await store.set("Main", "provider", bearer, "session");
  await store.set("Main", "identity", keys, "long-lived");
  assert.deepEqual(await raw.list(), ["atmos_main", "atmos_main#provider"]);
  assert.equal((await store.get("main", "identity"))!.credentials.type, "aws");
});

Deno.test("two pairs of realm and name with one key do not read each other", async () => {
  const first = setup({ realm: "b_c" });
  await first.store.set("a", "identity", keys, "long-lived");
  const second = setup({ realm: "b", raw: first.raw });
  assert.equal(await second.store.get("c_a", "identity"), undefined);
  for (const storageClass of ["long-lived", "session"] as const) {
    await assert.rejects(second.store.set("c_a", "identity", keys, storageClass), {
      code: "keyring_collision",
      message: "keyring key collision: atmos_b_c_a holds the identity a of realm b_c",
    });
  }
  assert.equal(await second.store.delete("c_a", "identity"), false);
  assert.ok(await first.store.get("a", "identity"));
});

Deno.test("unknown fields inside data survive a rewrite of the same type", async () => {
  const { store, raw } = setup();
  await raw.set("atmos_me", '{"type":"aws","data":{"access_key_id":"OLD","later":{"x":1}}}');
  await store.set("me", "identity", keys, "long-lived");
  const { data } = JSON.parse((await raw.get("atmos_me"))!);
  assert.equal(data.access_key_id, "AKIAEXAMPLE");
  assert.deepEqual(data.later, { x: 1 });
});

Deno.test("an unknown type and text that is no envelope are errors, and stay where they are", async () => {
  const { store, raw, deps } = setup();
  await raw.set("atmos_x", '{"type":"hologram","data":{}}');
  await assert.rejects(store.get("x", "identity"), {
    message: "unknown credential type: hologram",
  });
  for (const text of ["", "not json", "null", "[]", '{"type":"aws"}']) {
    await raw.set("atmos_y", text);
    await assert.rejects(store.get("y", "identity"), { code: "keyring_entry_corrupted" });
    await store.set("y", "identity", keys, "session");
    assert.equal(await raw.get("atmos_y"), text);
  }
  assert.equal(deps.terminal.warnings.length, 1, "said once");
});

Deno.test("a failed session write warns once, a failed long-lived one is an error", async () => {
  const broken: RawStore = {
    ...memoryStore(),
    set: async () => {
      throw new AuthError({ code: "keyring_locked", message: "the keyring is locked" });
    },
  };
  const { store, deps } = setup({ raw: broken });
  await store.set("a", "provider", bearer, "session");
  await store.set("b", "provider", bearer, "session");
  assert.equal(deps.terminal.warnings.length, 1);
  await assert.rejects(store.set("c", "identity", keys, "long-lived"), {
    message: "failed to store credentials: the keyring is locked",
  });
});

Deno.test("without a usable system keyring reads are misses", async () => {
  const unavailable = async () => {
    throw new AuthError({ code: "keyring_unavailable", message: "no usable system keyring: none" });
  };
  const { store } = setup({ raw: { ...memoryStore(), get: unavailable, set: unavailable } });
  assert.equal(await store.get("a", "identity"), undefined);
  await assert.rejects(store.set("c", "identity", keys, "long-lived"), {
    message: "failed to store credentials: no usable system keyring: none",
  });
});

Deno.test("the none store drops sessions without a word and refuses long-lived keys", async () => {
  const { store, deps } = setup({ raw: noneStore() });
  await store.set("a", "provider", bearer, "session");
  assert.equal(deps.terminal.warnings.length, 0);
  assert.equal(await store.get("a", "provider"), undefined);
  await assert.rejects(store.set("c", "identity", keys, "long-lived"), {
    code: "keyring_store_failed",
  });
});

Deno.test("the memory store tells that long-lived keys end with the process", async () => {
  const { store, deps } = setup();
  await store.set("c", "identity", keys, "long-lived");
  assert.match(deps.terminal.warnings.join(), /memory/);
  await store.set("d", "provider", bearer, "session");
  assert.equal(deps.terminal.warnings.length, 1);
});

Deno.test("purging takes this realm's entry and a realm-less session, never a realm-less key", async () => {
  const { store, raw } = setup({ realm: "r" });
  const session = '{"type":"oidc","data":{"token":"t0ken"}}';
  const longLived = '{"type":"aws","data":{"access_key_id":"A","secret_access_key":"s3cr3t"}}';
  await raw.set("atmos_r_a", longLived);
  await raw.set("atmos_a", session);
  await raw.set("atmos_b", longLived);
  await store.purge!("a", "identity");
  await store.purge!("b", "identity");
  await store.purge!("missing", "identity");
  assert.deepEqual(await raw.list(), ["atmos_b"]);
});

Deno.test("a probe asks only a store that is open", async () => {
  const { store, raw, opened } = setup({ realm: "r" });
  await raw.set("atmos_a", '{"type":"oidc","data":{"token":"t0ken"}}');
  assert.equal(await store.probe!("a", "identity", ""), false);
  assert.equal(opened(), 0);
  await store.get("a", "identity");
  assert.equal(await store.probe!("a", "identity", ""), true);
});

Deno.test("purging everything takes sessions of all realms, and keys only when asked", async () => {
  const { store, raw } = setup({ realm: "r" });
  const longLived = '{"type":"aws","data":{"access_key_id":"A","secret_access_key":"s3cr3t"}}';
  await store.set("sso", "provider", bearer, "session");
  await raw.set("atmos_a", '{"type":"oidc","data":{"token":"t0ken"}}');
  await raw.set("atmos_b", longLived);
  await raw.set("atmos_c", "torn");
  const purged = await store.purgeAll!(false);
  assert.deepEqual(purged.map(({ alias, realm, kept }) => [alias, realm, kept]), [
    ["a", "", undefined],
    ["c", "", "credential entry is corrupted: atmos_c"],
    ["sso", "r", undefined],
  ]);
  assert.deepEqual(await raw.list(), ["atmos_b", "atmos_c"]);
  await store.purgeAll!(true);
  assert.deepEqual(await raw.list(), []);
});
