import assert from "node:assert/strict";
import { functionArgs } from "../../../lib/config/functions.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import type { ScalarNode } from "../../../lib/config/node.ts";
import { maskText, resetMask } from "../../../lib/sys/mask.ts";
import { systemRandom } from "../../../lib/sys/random.ts";
import { fakeDeps } from "../../support/deps.ts";

function fn(text: string): ScalarNode {
  const source = { name: "f", text };
  return { t: "scalar", text, plain: true, tag: "!env", source, offset: 0 };
}

const args: [string, string[]][] = [
  ["", []],
  ["  a   b ", ["a", "b"]],
  [`'a b' "c d"`, ["a b", "c d"]],
  [`'it''s' "say ""x"""`, ["it's", `say "x"`]],
  [`a'b c"d`, ["a'b", `c"d`]],
  [`'' x`, ["", "x"]],
  [`'a'b`, ["a", "b"]],
];

for (const [text, expected] of args) {
  Deno.test(`arguments of <${text}> are ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(functionArgs(fn(text)), expected);
  });
}

Deno.test("an unterminated quote is an error with a place", () => {
  assert.throws(() => functionArgs(fn(`a "b`)), /unterminated quote " \(f:1:1\)/);
});

async function settings(yaml: string, env: Record<string, string> = {}) {
  const deps = { ...fakeDeps({ cwd: "/p", env }), random: systemRandom() };
  deps.files.put("/p/atmos.yaml", yaml);
  const loaded = await loadConfig({ deps, promote: () => {} });
  return { loaded, deps };
}

Deno.test("!random gives every number between its bounds and none outside", async () => {
  const lines = Array.from({ length: 300 }, (_, i) => `  r${i}: !random 3 5\n`).join("");
  const { loaded } = await settings(`settings:\n${lines}`);
  const seen = new Set(
    Array.from({ length: 300 }, (_, i) => loaded.text("settings", `r${i}`)),
  );
  assert.deepEqual([...seen].sort(), ["3", "4", "5"]);
});

Deno.test("!random without bounds stays within 16 bits, with one it starts at 0", async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `  a${i}: !random\n  b${i}: !random 1\n`)
    .join("");
  const { loaded } = await settings(`settings:\n${lines}`);
  for (let i = 0; i < 200; i++) {
    assert.ok(Number(loaded.text("settings", `a${i}`)) <= 65535);
    assert.match(loaded.text("settings", `b${i}`)!, /^[01]$/);
  }
});

Deno.test("values of functions under secret keys are masked from then on, others are not", async () => {
  resetMask();
  const yaml = `auth:
  providers: {p: {password: !env PW, url: !env URL}}
  identities: {i: {credentials: {secret_access_key: !env KEY}, spec: {api_token: !env TOKEN}}}
`;
  await settings(yaml, {
    PW: "pw-value",
    URL: "url-value",
    KEY: "key-value",
    TOKEN: "token-value",
  });
  const text = maskText("pw-value url-value key-value token-value");
  assert.equal(text, "<MASKED> url-value <MASKED> <MASKED>");
  resetMask();
});

Deno.test("commands run one after the other, in the order of the file", async () => {
  const deps = fakeDeps({ cwd: "/p" });
  let running = 0, most = 0;
  const order: string[] = [];
  deps.spawn.helper = async (request) => {
    most = Math.max(most, ++running);
    order.push(request.args[1]!);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    return { code: 0, stdout: new Uint8Array(), stdoutText: "x", stderrText: "", timedOut: false };
  };
  deps.files.put(
    "/p/atmos.yaml",
    "settings: {a: !exec one, b: {c: !exec two}, d: [!exec three]}\n",
  );
  await loadConfig({ deps });
  assert.deepEqual([order, most], [["one", "two", "three"], 1]);
});
