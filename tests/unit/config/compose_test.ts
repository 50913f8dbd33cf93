import assert from "node:assert/strict";
import { compose, sourceOf } from "../../../lib/config/compose.ts";
import { locate } from "../../../lib/config/node.ts";
import type { MapNode, Node, ScalarNode } from "../../../lib/config/node.ts";
import { plain } from "./plain.ts";

const read = (text: string) => compose(sourceOf("f.yaml", text)).root as MapNode;
const value = (text: string) => plain(read(text));

function message(text: string): string {
  try {
    read(text);
  } catch (error) {
    const { code, exit, message } = error as { code: string; exit: number; message: string };
    assert.deepEqual([code, exit], ["config_syntax", 2]);
    return message;
  }
  throw new Error("nothing failed");
}

function child(node: Node, ...path: (string | number)[]): Node {
  for (const step of path) {
    node = typeof step === "number"
      ? (node as { items: Node[] }).items[step]!
      : (node as MapNode).entries.get(step)!.node;
  }
  return node;
}

Deno.test("scalars keep their source text whatever YAML would make of it", () => {
  assert.deepEqual(
    value(
      `a: 012345678901\nb: 0600\nc: 1e5\nd: 2025-01-01\ne: True\nf: "x\\ty"\ng: 'it''s'\nh: ~\n`,
    ),
    {
      a: "012345678901",
      b: "0600",
      c: "1e5",
      d: "2025-01-01",
      e: "True",
      f: "x\ty",
      g: "it's",
      h: "~",
    },
  );
});

Deno.test("quoted, block and !!str scalars are text, plain and !!int ones may be more", () => {
  const root = read(`a: "1"\nb: |\n  1\nc: !!str 1\nd: 1\ne: !!int "1"\nf: ! 1\n`);
  const isPlain = (key: string) => (child(root, key) as ScalarNode).plain;
  assert.deepEqual(["a", "b", "c", "d", "e", "f"].map(isPlain), [
    false,
    false,
    false,
    true,
    true,
    false,
  ]);
});

Deno.test("folded and literal blocks, chomping and multi-line plain scalars follow YAML 1.2", () => {
  assert.deepEqual(value("a: >-\n  one\n  two\n\n  three\nb: |+\n  x\n\nc: one\n  two\n"), {
    a: "one two\nthree",
    b: "x\n\n",
    c: "one two",
  });
});

Deno.test("anchors and aliases share one node", () => {
  const root = read("a: &x {k: v}\nb: *x\nc: [*x, *x]\n");
  assert.equal(child(root, "a"), child(root, "b"));
  assert.equal(child(root, "c", 1), child(root, "a"));
});

Deno.test("merge keys add what is missing, earlier sources first, own keys above all", () => {
  const text =
    "x: &x {a: x, b: x}\ny: &y {b: y, c: y}\nz:\n  <<: [*x, *y]\n  a: own\nw:\n  a: own\n  <<: *y\n" +
    `q: {"<<": kept}\n`;
  assert.deepEqual((value(text) as Record<string, unknown>).z, { a: "own", b: "x", c: "y" });
  assert.deepEqual((value(text) as Record<string, unknown>).w, { a: "own", b: "y", c: "y" });
  assert.deepEqual((value(text) as Record<string, unknown>).q, { "<<": "kept" });
});

Deno.test("tags of ours are kept with their text, standard and named-handle tags are understood", () => {
  const text =
    "%TAG !y! tag:yaml.org,2002:\n---\na: !env X\nb: !y!str 1\nc: !<tag:yaml.org,2002:str> 2\n" +
    "d: !append [x]\ne: !!map {f: !!seq [!unset ]}\n";
  const root = read(text);
  assert.deepEqual(plain(root), {
    a: "!env X",
    b: "1",
    c: "2",
    d: ["!append", "x"],
    e: { f: ["!unset "] },
  });
  assert.equal(compose(sourceOf("f", "a: !!str 1\n")).tagged, false);
  assert.equal(compose(sourceOf("f", text)).tagged, true);
});

Deno.test("positions point at the value, at its tag, and at the key", () => {
  const root = read("a:\n  - x\n  - 'y'\nbb: !env FOO\nc:\nd: |\n  text\n");
  const at = (node: Node) => {
    const { line, column } = locate(node.source, node.offset);
    return `${line}:${column}`;
  };
  assert.equal(at(child(root, "a", 0)), "2:5");
  assert.equal(at(child(root, "a", 1)), "3:5");
  assert.equal(at(child(root, "bb")), "4:5");
  assert.equal(at(child(root, "c")), "5:2");
  const { source, keyOffset } = root.entries.get("bb")!;
  assert.deepEqual(locate(source, keyOffset), { file: "f.yaml", line: 4, column: 1 });
});

Deno.test("a byte order mark and CRLF change neither values nor positions", () => {
  const root = read("\ufeffa: 1\r\nb:\r\n  - x\r\n");
  assert.deepEqual(plain(root), { a: "1", b: ["x"] });
  const item = child(root, "b", 0);
  assert.deepEqual(locate(item.source, item.offset), { file: "f.yaml", line: 3, column: 5 });
});

Deno.test("an empty file, comments alone and null are no configuration and no error", () => {
  for (const text of ["", "# only this\n", "---\n", "~\n", "\ufeff", "---\n...\n"]) {
    assert.equal(compose(sourceOf("f", text)).root, undefined, JSON.stringify(text));
  }
});

Deno.test("syntax errors name file, line and column", () => {
  const cases: [string, RegExp][] = [
    ["a: 1\nb: 2\na: 3\n", /f\.yaml:3:1: duplicate key "a" \(first at line 1\)/],
    ["x:\n  a: 1\n  'a': 2\n", /f\.yaml:3:3: duplicate key "a"/],
    ["a: {k: 1, k: 2}\n", /f\.yaml:1:11: duplicate key "k"/],
    ["a:\n\tb: 1\n", /f\.yaml:2:1: tab characters/],
    ["a: 1\n---\nb: 2\n", /f\.yaml:2:1: more than one document/],
    ["- a\n", /f\.yaml:1:1: the top level of a configuration must be a map/],
    ["text\n", /f\.yaml:1:1: the top level/],
    ["a: [1, 2\n", /f\.yaml:2:1: /],
    ['a: "x\n', /f\.yaml:2:1: /],
    ["a: *nobody\n", /f\.yaml:1:4: unknown alias "nobody"/],
    ["a: &x [*x]\n", /f\.yaml:1:8: alias "x" stands inside its own anchor/],
    ["? [a, b]\n: c\n", /f\.yaml:1:3: a map key must be a scalar/],
    ["!env X: y\n", /f\.yaml:1:1: a tag \(!env\) is not possible on a map key/],
    ["a: !!map x\n", /f\.yaml:1:4: tag !!map does not fit a scalar/],
    ["a: {<<: x}\n", /f\.yaml:1:9: the value of a merge key << must be a map/],
    ["a: 'x\u0000'\n", /f\.yaml:1:6: null byte/],
    ["a: !q!x y\n", /f\.yaml:1:\d+: undeclared tag handle/],
  ];
  for (const [text, expected] of cases) assert.match(message(text), expected, JSON.stringify(text));
});

Deno.test("aliases that stand for more than a million nodes are refused at once", () => {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let i = 1; i < 12; i++) {
    text += `a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(", ")}]\n`;
  }
  const start = performance.now();
  assert.match(message(text), /f\.yaml:6:\d+: aliases stand for more than 1000000 nodes/);
  assert.ok(performance.now() - start < 500);
});

Deno.test("nesting without end is an error, not a crash", () => {
  assert.match(message("a: " + "[".repeat(100_000)), /f\.yaml:1:\d+: nesting/);
});

Deno.test("keys of every kind survive: prototypes, dots, colons, numbers and empty", () => {
  const keys = ["__proto__", "constructor", "a.b", "a:b", "1", "", "x@y", "ünï", "null"];
  const root = read(keys.map((key) => `${JSON.stringify(key)}: v\n`).join(""));
  assert.deepEqual([...root.entries.keys()], keys);
});
