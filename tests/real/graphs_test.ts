import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";
import { realTest, which } from "../support/real.ts";

/** Names that break naive quoting in graph languages. */
const names = [
  "plain",
  "with space",
  'quote"inside',
  "back\\slash",
  "ends\\",
  "semi;colon",
  "<b>html</b>",
  "{brace}|pipe",
  "line\nbreak",
  "end",
  "default",
  "digraph",
  "a-b",
  "a.b",
  "a/b",
  "a_b",
  "日本",
  "-->",
  "%% comment",
  "#35;",
  "1",
];

function config(): string {
  const providers = Object.fromEntries(names.map((name) => [name, { kind: "mock" }]));
  const identities = Object.fromEntries(
    names.map((name, i) => [
      name,
      { kind: "mock", via: { provider: names[(i + 1) % names.length] }, default: i % 2 === 0 },
    ]),
  );
  return JSON.stringify({ auth: { providers, identities } });
}

realTest("Graphviz draws every name, each node once, and every edge", [{
  program: "dot",
  package: "graphviz",
}], async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  const { code, stdout, stderr } = await runProgram({ args: ["list", "-f", "graphviz"], home });
  assert.equal(code, 0, stderr);
  await home.write("graph.dot", stdout);
  const svg = await new Deno.Command(which("dot")!, {
    args: ["-Tsvg", home.join("graph.dot")],
  }).output();
  assert.equal(new TextDecoder().decode(svg.stderr), "");
  assert.equal(svg.code, 0);
  const text = new TextDecoder().decode(svg.stdout);
  assert.equal(text.match(/class="node"/g)!.length, names.length * 2);
  assert.equal(text.match(/class="edge"/g)!.length, names.length);
  assert.match(text, /&lt;b&gt;html&lt;\/b&gt;/);
});

realTest(
  "Graphviz accepts the empty graph",
  [{ program: "dot", package: "graphviz" }],
  async () => {
    await using home = await privateHome();
    await home.write("atmos.yaml", "auth: {}");
    const { stdout } = await runProgram({ args: ["list", "-f", "dot"], home });
    await home.write("graph.dot", stdout);
    const { code } = await new Deno.Command(which("dot")!, {
      args: ["-Tsvg", home.join("graph.dot")],
    }).output();
    assert.equal(code, 0);
  },
);

Deno.test("every id of the Mermaid chart is one word, defined once, and no word of the language", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  const { stdout } = await runProgram({ args: ["list", "-f", "mermaid"], home });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines[0], "graph LR");
  const ids = lines.flatMap((line) => /^ {2}(\w+)\["[^"]*"\]$/.exec(line)?.[1] ?? []);
  assert.equal(ids.length, names.length * 2);
  assert.equal(new Set(ids).size, ids.length);
  for (const word of ["end", "default", "class"]) assert.ok(!ids.includes(word));
  const edges = lines.flatMap((line) => {
    const edge = /^ {2}(\w+) --> (\w+)$/.exec(line);
    return edge ? [[edge[1]!, edge[2]!]] : [];
  });
  assert.equal(edges.length, names.length);
  for (const id of edges.flat()) assert.ok(ids.includes(id!), id);
  for (const line of lines.slice(1)) {
    assert.match(
      line,
      /^ {2}(\w+\["[^"]*"\]|\w+ --> \w+|classDef \w+ [\w:#,-]+|class \w+ (provider|identity|default))$/,
    );
  }
});

Deno.test("Mermaid's own parser accepts the chart, hostile names and none", async () => {
  const { JSDOM } = await import("npm:jsdom@26.1.0");
  const { window } = new JSDOM("<body></body>");
  const global = globalThis as unknown as Record<string, unknown>;
  const before = { window: global.window, document: global.document };
  Object.assign(global, { window, document: window.document });
  try {
    const { default: mermaid } = await import("npm:mermaid@11.12.0");
    for (const yaml of [config(), "auth: {}"]) {
      await using home = await privateHome();
      await home.write("atmos.yaml", yaml);
      const { stdout } = await runProgram({ args: ["list", "-f", "mermaid"], home });
      assert.equal((await mermaid.parse(stdout)).diagramType, "flowchart-v2");
      const { stdout: document } = await runProgram({ args: ["list", "-f", "md"], home });
      assert.ok(document.includes("```mermaid\n" + stdout + "```\n"));
    }
  } finally {
    Object.assign(global, before);
    window.close();
  }
});
