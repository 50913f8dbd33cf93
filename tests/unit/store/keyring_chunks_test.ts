import assert from "node:assert/strict";
import { chunked } from "../../../lib/store/keyring_chunks.ts";
import { memoryStore } from "../../../lib/store/keyring_memory.ts";
import { systemRandom } from "../../../lib/sys/random.ts";
import { freeLocks } from "../../support/deps.ts";

function setup() {
  const raw = memoryStore();
  const order: string[] = [];
  const locks = freeLocks();
  const store = chunked({
    ...raw,
    set: async (key, value) => {
      order.push(`set ${key}`);
      await raw.set(key, value);
    },
    delete: async (key) => {
      order.push(`delete ${key}`);
      return await raw.delete(key);
    },
  }, { limit: 100, random: systemRandom(), lock: () => locks.acquire({ path: "/lock" }) });
  return { raw, store, order };
}

const large = "größe ".repeat(40);

Deno.test("a value within the limit is stored as it is", async () => {
  const { raw, store } = setup();
  await store.set("K", "x".repeat(100));
  assert.equal(await raw.get("K"), "x".repeat(100));
});

Deno.test("a larger one is written parts first, head last, and read back", async () => {
  const { raw, store, order } = setup();
  await store.set("K", large);
  assert.equal(await store.get("K"), large);
  assert.deepEqual(order, [1, 2, 3, 4, 5].map((i) => `set K#${i}`).concat("set K"));
  const head = JSON.parse((await raw.get("K"))!);
  assert.equal(head.type, "chunked");
  assert.equal(head.data.n, 5);
  assert.match(head.data.id, /^[0-9a-f]{8}$/);
  for (const key of await raw.list()) assert.ok((await raw.get(key))!.length <= 130);
  assert.ok((await raw.get("K#1"))!.startsWith(`${head.data.id}:`));
  assert.deepEqual(await store.list(), ["K"]);
});

Deno.test("deleting removes the head first and every part", async () => {
  const { raw, store, order } = setup();
  await store.set("K", large);
  order.length = 0;
  assert.equal(await store.delete("K"), true);
  assert.equal(order[0], "delete K");
  assert.deepEqual(await raw.list(), []);
});

Deno.test("a smaller value leaves no stale part", async () => {
  const { raw, store } = setup();
  await store.set("K", large + large);
  await store.set("K", large);
  assert.equal(await store.get("K"), large);
  await store.set("K", "small");
  assert.deepEqual(await raw.list(), ["K"]);
});

Deno.test("missing, mixed and altered parts are refused", async () => {
  const { raw, store } = setup();
  await store.set("K", large);
  const part = (await raw.get("K#2"))!;
  const damages = [
    () => raw.delete("K#2"),
    () => raw.set("K#2", `00000000:${part.slice(9)}`),
    () => raw.set("K#2", part.slice(0, -4) + "AAAA"),
    () => raw.set("K#2", part.slice(0, 9) + "!" + part.slice(10)),
  ];
  for (const damage of damages) {
    await damage();
    await assert.rejects(store.get("K"), { code: "keyring_entry_corrupted" });
    await raw.set("K#2", part);
    assert.equal(await store.get("K"), large);
  }
});

Deno.test("text that only looks like a head is a value", async () => {
  const { raw, store } = setup();
  for (const value of ['{"type":"chunked"', '{"type":"chunked","data":{"n":0,"id":"x"}}']) {
    await raw.set("K", value);
    assert.equal(await store.get("K"), value);
  }
});

Deno.test("writers of one key take turns", async () => {
  const { store } = setup();
  const values = ["a", "b", "c"].map((c) => c.repeat(400));
  await Promise.all(values.map((value) => store.set("K", value)));
  assert.ok(values.includes((await store.get("K"))!));
});
