import assert from "node:assert/strict";
import { keyringEntries } from "../../../lib/core/keyring_entries.ts";
import { migrateEntries } from "../../../lib/core/keyring_migrate.ts";
import type { AuthConfig } from "../../../lib/core/types.ts";
import { memoryStore } from "../../../lib/store/keyring_memory.ts";

/** A configuration that knows these identities. */
function configured(...names: string[]): AuthConfig {
  return configuredIn("", ...names);
}

function configuredIn(realm: string, ...names: string[]): AuthConfig {
  return {
    realm: { value: realm, source: "config", derived: "" },
    identities: { get: (name: string) => names.includes(name) ? {} : undefined },
    providers: { get: () => undefined },
  } as unknown as AuthConfig;
}

const keys = (id: string, more: object = {}) =>
  JSON.stringify({ type: "aws", data: { access_key_id: id, secret_access_key: "s" }, ...more });

function migrate(
  from = memoryStore(),
  to = memoryStore(),
  more: { fromRealm?: string; toRealm?: string; remove?: boolean; config?: AuthConfig } = {},
) {
  return migrateEntries({
    from,
    to,
    fromRealm: more.fromRealm ?? "",
    toRealm: more.toRealm ?? "acme",
    config: more.config ?? configured(),
    remove: more.remove ?? false,
  });
}

Deno.test("entries arrive under the new realm, with their type, fields and age", async () => {
  const from = memoryStore(), to = memoryStore();
  await from.set("atmos_Me", keys("A", { issued_at: "2026-01-01T00:00:00Z" }));
  const steps = await migrate(from, to);
  assert.deepEqual(steps, [{ name: "Me", owner: undefined, outcome: "copied", deleted: false }]);
  assert.deepEqual(JSON.parse((await to.get("atmos_acme_me"))!), {
    type: "aws",
    data: { access_key_id: "A", secret_access_key: "s" },
    issued_at: "2026-01-01T00:00:00Z",
    realm: "acme",
    alias: "me",
    v: 1,
  });
  assert.ok(await from.get("atmos_Me"));
});

Deno.test("a source entry goes only once the target holds the same", async () => {
  const from = memoryStore(), to = memoryStore();
  await from.set("atmos_a", keys("A"));
  await from.set("atmos_b", keys("B"));
  await to.set("atmos_acme_b", keys("NEWER", { issued_at: "2026-01-01T00:00:00Z" }));
  const steps = await migrate(from, to, { remove: true });
  assert.deepEqual(steps.map((s) => [s.name, s.outcome, s.deleted]), [
    ["a", "copied", true],
    ["b", "kept", false],
  ]);
  assert.deepEqual(await from.list(), ["atmos_b"]);
  assert.match((await to.get("atmos_acme_b"))!, /NEWER/);
});

Deno.test("an older entry of the target is replaced, an equal one is left", async () => {
  const from = memoryStore(), to = memoryStore();
  await from.set("atmos_a", keys("NEW", { issued_at: "2026-02-01T00:00:00Z" }));
  await from.set("atmos_b", keys("B", { issued_at: "2026-02-01T00:00:00Z" }));
  await to.set("atmos_acme_a", keys("OLD", { issued_at: "2026-01-01T00:00:00Z" }));
  await to.set("atmos_acme_b", keys("B"));
  const steps = await migrate(from, to);
  assert.deepEqual(steps.map((s) => s.outcome), ["copied", "same"]);
  assert.match((await to.get("atmos_acme_a"))!, /NEW/);
});

Deno.test("other realms, damaged entries and failing targets do not stop the rest", async () => {
  const from = memoryStore(), to = memoryStore();
  await from.set("atmos_a", "torn");
  await from.set("atmos_b", keys("B"));
  await from.set("atmos_r_c", keys("C", { realm: "r", alias: "c" }));
  const steps = await migrate(from, to);
  assert.deepEqual(steps.map((s) => [s.name, s.outcome]), [["a", "failed"], ["b", "copied"]]);
  const deaf = { ...memoryStore(), get: async () => undefined };
  const unverified = await migrate(from, deaf, { remove: true });
  assert.deepEqual(unverified.map((s) => [s.name, s.outcome, s.deleted]), [
    ["a", "failed", false],
    ["b", "failed", false],
  ]);
  assert.equal((await from.list()).length, 3);
});

Deno.test("an ambiguous key of the reference goes to the configured name, else to no realm", async () => {
  const store = memoryStore();
  await store.set("atmos_p_q_dev", keys("A"));
  const read = async (config: AuthConfig) =>
    (await keyringEntries(store, config)).map(({ realm, name }) => [realm, name]);
  assert.deepEqual(await read(configured()), [["", "p_q_dev"]]);
  assert.deepEqual(await read(configured("dev")), [["p_q", "dev"]]);
  assert.deepEqual(await read(configured("q_dev", "dev")), [["p", "q_dev"]]);
  assert.deepEqual(await read(configuredIn("p")), [["p", "q_dev"]], "the realm in effect");
  assert.deepEqual(await read(configuredIn("p", "dev", "q_dev")), [["p", "q_dev"]]);
  await store.set("atmos_p_q_dev", keys("A", { realm: "p", alias: "q_dev" }));
  assert.deepEqual(await read(configured("dev")), [["p", "q_dev"]], "the envelope knows");
});
