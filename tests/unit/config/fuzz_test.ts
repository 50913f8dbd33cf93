/**
 * Mutated configuration files: every one is read, or refused with file, line and column; none takes
 * a second, and memory stays bounded. 20 000 by default, more by ATMOS_AUTH_FUZZ.
 */
import assert from "node:assert/strict";
import { compose, sourceOf } from "../../../lib/config/compose.ts";
import { checkNames, Merger } from "../../../lib/config/merge.ts";
import type { Node } from "../../../lib/config/node.ts";
import { printYaml } from "../../../lib/config/print.ts";
import { Settler, unsupportedTag } from "../../../lib/config/settle.ts";
import { validateConfig } from "../../../lib/config/validate.ts";
import { AuthError } from "../../../lib/core/types.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";

const BUDGET = Number(Deno.env.get("ATMOS_AUTH_FUZZ") ?? 20_000);
const SEED = Number(Deno.env.get("ATMOS_AUTH_FUZZ_SEED") ?? 20260102);

/** mulberry32: the same files on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function seeds(dir: URL): string[] {
  return [...Deno.readDirSync(dir)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const path = new URL(encodeURIComponent(entry.name), dir);
    if (entry.isDirectory) return seeds(new URL(`${path}/`));
    return /\.ya?ml$/.test(entry.name) ? [Deno.readTextFileSync(path)] : [];
  });
}

const TOKENS = [
  ...": - ? | > ' \" { } [ ] , # & * ! % @ ` ~ << --- ... \t \r \n \0 \ufeff \u2028 \u0085".split(
    " ",
  ),
  "\n  ",
  "\n    ",
  ": ",
  "- ",
  "? ",
  "&a ",
  "*a",
  "!env X",
  "!exec x",
  "!include x",
  "!unset ",
  "!append [x]",
  "!!str ",
  "!!map ",
  "!<tag:yaml.org,2002:int> ",
  "<<: *a\n",
  "<<: {a: b}\n",
  "\\x4",
  "\\u",
  "null",
  "\ud83d",
  "😀",
  "auth:\n  identities:\n    A: {kind: mock}\n",
];

function mutate(text: string, files: string[], random: (below: number) => number): string {
  const at = random(text.length + 1);
  const length = random(random(4) === 0 ? 200 : 12);
  switch (random(8)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + text.slice(at, at + length).repeat(2 + random(4)) + text.slice(at);
    case 2: {
      const other = files[random(files.length)]!;
      const from = random(other.length + 1);
      return text.slice(0, at) + other.slice(from, from + random(300)) + text.slice(at);
    }
    case 3:
      return text.slice(0, at) + String.fromCharCode(random(random(3) === 0 ? 65536 : 128)) +
        text.slice(at + 1);
    case 4: {
      const lines = text.split("\n");
      const [i, j] = [random(lines.length), random(lines.length)];
      [lines[i], lines[j]] = [lines[j]!, lines[i]!];
      return lines.join("\n");
    }
    case 5:
      return text.slice(0, at) +
        TOKENS[random(TOKENS.length)]!.repeat(1 + random(random(50) === 0 ? 3000 : 3)) +
        text.slice(at);
    default:
      return text.slice(0, at) + TOKENS[random(TOKENS.length)] + text.slice(at);
  }
}

/** All that happens to a file before a command sees it, functions aside. */
async function examine(text: string): Promise<void> {
  const { root } = compose(sourceOf("fuzz.yaml", text));
  if (!root) return;
  checkNames(root);
  const merger = new Merger();
  merger.add(root);
  merger.add(root);
  const settler = new Settler((fn, path) => {
    if (/^!(env|exec)$/.test(fn.tag!)) return { ...fn, tag: undefined, plain: false };
    throw unsupportedTag(fn, path);
  });
  const settled = await settler.settle(merger.root as Node, [], "root");
  if (settled === undefined) return;
  printYaml(settled);
  validateConfig(settled, fixedEnv({}), { basePath: "/", derivedRealm: "default" });
}

Deno.test(`${BUDGET} mutated files are read or refused with their place, quickly`, async () => {
  const random = generator(SEED);
  const files = seeds(new URL("../../fixtures/", import.meta.url));
  assert.ok(files.length > 100);
  let read = 0, refused = 0, slowest = 0;
  for (let i = 0; i < BUDGET; i++) {
    let text = files[random(files.length)]!;
    for (let n = 1 + random(4); n > 0; n--) text = mutate(text, files, random);
    text = text.slice(0, 100_000);
    const start = performance.now();
    try {
      await examine(text);
      read++;
    } catch (error) {
      if (!(error instanceof AuthError)) {
        throw new Error(`case ${i} of seed ${SEED} crashed: ${JSON.stringify(text)}`, {
          cause: error,
        });
      }
      assert.match(error.message, /fuzz\.yaml:\d+:\d+|fuzz\.yaml: /, JSON.stringify(text));
      assert.ok(Number(error.context.line) >= 1, `${error.message}\n${JSON.stringify(text)}`);
      refused++;
    }
    const took = performance.now() - start;
    slowest = Math.max(slowest, took);
    assert.ok(
      took < 1000,
      `case ${i} of seed ${SEED} took ${took} ms: ${JSON.stringify(text.slice(0, 2000))}`,
    );
  }
  assert.ok(read > BUDGET / 20 && refused > BUDGET / 20, `${read} read, ${refused} refused`);
  assert.ok(Deno.memoryUsage().rss < 1_000_000_000, `${Deno.memoryUsage().rss} bytes`);
});
