/** The YAML composer against PyYAML and ruamel.yaml: the same trees, the same files refused. */
import assert from "node:assert/strict";
import { compose, sourceOf } from "../../lib/config/compose.ts";
import type { Node } from "../../lib/config/node.ts";
import { realTest } from "../support/real.ts";

const needs = [
  { program: "/usr/bin/python3", package: "python3-yaml", probe: ["-c", "import yaml"] },
  {
    program: "/usr/bin/python3",
    package: "python3-ruamel.yaml",
    probe: ["-c", "import ruamel.yaml"],
  },
];

const script = new URL("../fixtures/yaml_nodes.py", import.meta.url).pathname;

type Tree = null | string | Tree[] | { map: [string, Tree][] };
type Answer = { tree: Tree } | { error: number };

async function python(args: string[], lines: string[]): Promise<string[]> {
  const child = new Deno.Command("/usr/bin/python3", {
    args: [script, ...args],
    env: { PYTHONIOENCODING: "utf-8" },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(lines.map((l) => `${l}\n`).join("")))
    .then(() => writer.close());
  const { stdout } = await child.output();
  await written;
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

function ours(text: string): Answer {
  try {
    const { root } = compose(sourceOf("f", text), "any");
    return { tree: root === undefined ? null : treeOf(root) };
  } catch (error) {
    return { error: Number((error as { context?: { line?: string } }).context?.line ?? -1) };
  }
}

function treeOf(node: Node): Tree {
  if (node.t === "scalar") return node.text;
  if (node.t === "list") return node.items.map(treeOf);
  return { map: [...node.entries].map(([key, entry]) => [key, treeOf(entry.node)]) };
}

async function compare(
  texts: string[],
): Promise<{ pyyaml: Answer; ruamel: Answer; own: Answer; text: string }[]> {
  const answers = await python([], texts.map((text) => JSON.stringify({ text })));
  assert.equal(answers.length, texts.length);
  return answers.map((line, i) => ({ ...JSON.parse(line), own: ours(texts[i]!), text: texts[i]! }));
}

function yamlFiles(dir: URL): string[] {
  return [...Deno.readDirSync(dir)].flatMap((entry) => {
    const path = new URL(encodeURIComponent(entry.name), dir);
    if (entry.isDirectory) return yamlFiles(new URL(`${path}/`));
    return /\.ya?ml$/.test(entry.name) ? [Deno.readTextFileSync(path)] : [];
  });
}

realTest("all fixtures give the same tree, or are refused by all three", needs, async () => {
  const texts = yamlFiles(new URL("../fixtures/", import.meta.url));
  assert.ok(texts.length > 100);
  for (const { pyyaml, ruamel, own, text } of await compare(texts)) {
    if ("error" in own) {
      assert.ok("error" in pyyaml || "error" in ruamel, text);
    } else {
      // An include in a merge key is ours alone.
      if (/<<: !/.test(text)) continue;
      assert.deepEqual(own, ruamel, text);
      assert.deepEqual(own, pyyaml, text);
    }
  }
});

realTest("two thousand texts in all styles of PyYAML give the same tree", needs, async () => {
  const texts = (await python(["generate", "2000"], [])).map((line) => JSON.parse(line).text);
  for (const { pyyaml, own, text } of await compare(texts)) {
    assert.deepEqual(own, pyyaml, text);
  }
});

/** Valid in YAML 1.2, or not; where the libraries disagree (YAML 1.1) the reason is given. */
const samples: [string, "same" | "refused"][] = [
  ["a: b\n", "same"],
  ["a: 'x\n\n  y'\n", "same"],
  ['a: "x\\\n  y\\u00e9\\x41"\n', "same"],
  ["a: |2\n   x\n  y\n", "same"],
  ["a: >+\n  x\n\n\nb: 1\n", "same"],
  ["a: |-\n  x\n\n", "same"],
  ["a: >\n  x\n    y\n  z\n", "same"],
  ["- a\n-  - b\n   - c\n", "same"],
  ["a:\n- b\n- c\n", "same"],
  ["{a: [b, {c: d}], e: }\n", "same"],
  ["? a\n: b\n", "same"],
  ["a: &x [1]\nb: *x\n", "same"],
  ["a: &x {k: v}\nb: {<<: *x, l: w}\n", "same"],
  ["# c\na: b # d\n#e\n", "same"],
  ["a: b#c\n", "same"],
  ["%YAML 1.2\n---\na: b\n...\n", "same"],
  ["a: !!str 1\n", "same"],
  ["'a b': c\n", "same"],
  ["a: b\n c\n  d\n", "same"],
  ["[a, b\n, c]\n", "same"],
  ["a: [b, c,]\n", "same"],
  ['"a": b\n', "same"],
  ["a: b: c\n", "refused"],
  ["a: [b\n", "refused"],
  ["a: 'b\n", "refused"],
  ["a: b\n- c\n", "refused"],
  ["a:\n\t- b\n", "refused"],
  ["a: *x\n", "refused"],
  ["a: {b: c\n", "refused"],
  ["a: @b\n", "refused"],
  ["a: `b\n", "refused"],
  ["a: b\n  c: d\n", "refused"],
  ['a: "\\q"\n', "refused"],
  ["a: |\n x\ny\n", "refused"],
  ["a: b\na: c\n", "refused"],
  ["a: ]\n", "refused"],
];

realTest("hand-picked texts are read or refused as both libraries do", needs, async () => {
  const results = await compare(samples.map(([text]) => text));
  results.forEach(({ pyyaml, ruamel, own, text }, i) => {
    if (samples[i]![1] === "refused") {
      assert.ok("error" in own && own.error > 0, `accepted: ${text}`);
      assert.ok("error" in pyyaml || "error" in ruamel, text);
    } else {
      assert.deepEqual(own, ruamel, text);
      assert.deepEqual(own, pyyaml, text);
    }
  });
});
