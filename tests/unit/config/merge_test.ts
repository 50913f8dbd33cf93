import assert from "node:assert/strict";
import fc from "fast-check";
import { compose, sourceOf } from "../../../lib/config/compose.ts";
import { Merger } from "../../../lib/config/merge.ts";
import { isNull } from "../../../lib/config/node.ts";
import type { Node } from "../../../lib/config/node.ts";
import { printYaml } from "../../../lib/config/print.ts";
import { plain } from "./plain.ts";

const parse = (text: string): Node => compose(sourceOf("f", text)).root!;

function merged(...roots: Node[]): Node {
  const merger = new Merger();
  for (const root of roots) merger.add(root);
  return merger.root!;
}

type Value = null | string | string[] | { [key: string]: Value };

const key = fc.constantFrom("a", "b", "c", "auth", "identities", "providers", "Dev", "dev", "kind");
const name = fc.constantFrom("Prod", "prod", "PROD", "x/y", "X/Y");

/** Trees whose type at a path is a function of the path, so that no key changes its type. */
function treeOf(depth: number): fc.Arbitrary<Value> {
  const leaf = fc.oneof(fc.constant(null), fc.constantFrom("1", "2", "text"));
  if (depth === 0) return leaf;
  const keys: Record<string, fc.Arbitrary<Value>> = {
    text: leaf,
    list: fc.array(fc.constantFrom("p", "q"), { maxLength: 3 }),
    map: treeOf(depth - 1),
    kind: leaf,
  };
  return fc.record(keys, { requiredKeys: [] }) as fc.Arbitrary<Value>;
}

function unique(entries: [string, Value][]): [string, Value][] {
  const seen = new Set<string>();
  return entries.filter(([k]) => !seen.has(k.toLowerCase()) && seen.add(k.toLowerCase()));
}

const sameTypes: fc.Arbitrary<Value> = fc.record({
  settings: treeOf(2),
  auth: fc.record({
    realm: fc.constantFrom("r1", "r2"),
    identities: fc.array(fc.tuple(name, treeOf(1)), { maxLength: 4 })
      .map((entries) => Object.fromEntries(unique(entries))),
  }, { requiredKeys: [] }),
}, { requiredKeys: [] });

/** Trees of any shape. */
const anyTree: fc.Arbitrary<Value> = fc.letrec<{ tree: Value; value: Value }>((tie) => ({
  tree: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 })
    .map((entries) => Object.fromEntries(unique(entries))),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.constantFrom("1", "x"),
    fc.array(fc.constantFrom("p", "q"), { maxLength: 2 }),
    tie("tree"),
  ),
})).tree;

const node = (value: Value): Node => parse(JSON.stringify(value));

Deno.test("merging never changes what was merged", () => {
  fc.assert(fc.property(fc.array(anyTree, { minLength: 1, maxLength: 4 }), (values) => {
    const roots = values.map(node);
    const before = roots.map((root) => JSON.stringify(plain(root)));
    merged(...roots);
    merged(...roots, ...roots);
    assert.deepEqual(roots.map((root) => JSON.stringify(plain(root))), before);
  }));
});

Deno.test("merging a file with itself changes nothing", () => {
  fc.assert(fc.property(anyTree, (value) => {
    const root = node(value);
    assert.deepEqual(plain(merged(root, root)), plain(merged(root)));
  }));
});

/** Without the nulls, which are absent values, and in one order. */
function settled(value: Node): unknown {
  if (value.t === "scalar") return value.text;
  if (value.t === "list") return value.items.map(settled);
  return Object.fromEntries(
    [...value.entries].filter(([, entry]) => !isNull(entry.node))
      .map(([k, entry]) => [k, settled(entry.node)] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

Deno.test("merging is associative where no key changes its type", () => {
  fc.assert(
    fc.property(sameTypes, sameTypes, sameTypes, (a, b, c) => {
      const [x, y, z] = [node(a), node(b), node(c)] as const;
      assert.deepEqual(settled(merged(merged(x, y), z)), settled(merged(x, merged(y, z))));
      assert.deepEqual(settled(merged(x, y, z)), settled(merged(merged(x, y), z)));
    }),
    { numRuns: 300 },
  );
});

Deno.test("an empty map above or below is neutral", () => {
  fc.assert(fc.property(anyTree, (value) => {
    const root = node(value), empty = parse("{}");
    assert.deepEqual(settled(merged(root, empty)), settled(merged(root)));
    assert.deepEqual(settled(merged(empty, root)), settled(merged(root)));
  }));
});

Deno.test("any printable name survives being written, read and merged, in its own case", () => {
  const printable = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((text) => !/\p{Cc}|[\ufffe\uffff]/u.test(text) && text.isWellFormed());
  fc.assert(fc.property(printable, (text) => {
    const low = parse(
      JSON.stringify({ auth: { identities: { [text.toLowerCase()]: { a: "1" } } } }),
    );
    const high = parse(JSON.stringify({ auth: { identities: { [text]: { kind: "k" } } } }));
    const result = merged(low, high) as Node & { t: "map" };
    const auth = result.entries.get("auth")!.node as Node & { t: "map" };
    const names = [...(auth.entries.get("identities")!.node as Node & { t: "map" }).entries.keys()];
    assert.deepEqual(names, [text]);
    assert.deepEqual(plain(parse(printYaml(result))), plain(result));
  }));
});

Deno.test("what is printed reads back the same", () => {
  const scalar = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      "",
      "null",
      "~",
      "true",
      "012",
      "1e5",
      "- x",
      "a: b",
      "#x",
      "!env X",
      "x #y",
      "<<",
    ),
  ).filter((text) => text.isWellFormed() && !/[\ud800-\udfff\ufffe\uffff]/.test(text));
  fc.assert(
    fc.property(
      fc.dictionary(scalar, fc.oneof(scalar, fc.array(scalar)), { noNullPrototype: true }),
      (value) => {
        const root = node(value as Value);
        const again = compose(sourceOf("f", printYaml(root)), "any").root!;
        assert.deepEqual(plain(again), plain(root));
      },
    ),
  );
});

Deno.test("ten times the files take about ten times as long", () => {
  const files = (count: number) =>
    Array.from(
      { length: count },
      (_, f) =>
        parse(`auth:\n  identities:\n${
          Array.from({ length: 20 }, (_, i) => `    id-${f}-${i}: {kind: k, via: {provider: p}}\n`)
            .join("")
        }`),
    );
  const time = (roots: Node[]) => {
    const start = performance.now();
    merged(...roots);
    return performance.now() - start;
  };
  const few = files(100), many = files(1000);
  time(few);
  const small = Math.min(time(few), time(few), time(few));
  const large = Math.min(time(many), time(many), time(many));
  assert.ok(large < small * 40 + 20, `${small} ms for 100 files, ${large} ms for 1000`);
});
