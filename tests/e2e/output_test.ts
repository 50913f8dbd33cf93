import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

const config = `
auth:
  identities:
    dev: { kind: mock/aws, via: { provider: mock } }
  providers:
    mock: { kind: mock/aws, region: us-east-1 }
`;

const ESC = "\x1b[";

async function unknownIdentity(
  { args = [], env = {}, settings = "" }: {
    args?: string[];
    env?: Record<string, string>;
    settings?: string;
  },
) {
  await using home = await privateHome();
  await home.write("atmos.yaml", config + settings);
  const result = await runProgram({ args: ["whoami", "-i", "internal-name", ...args], env, home });
  assert.equal(result.code, 1);
  assert.equal(result.stdout, "");
  return result.stderr;
}

Deno.test("without a terminal nothing is coloured and backticks are dropped", async () => {
  const stderr = await unknownIdentity({});
  assert.ok(!stderr.includes(ESC), stderr);
  assert.ok(!stderr.includes("`"), stderr);
  assert.match(stderr, /\*\*Error:\*\* identity not found/);
});

Deno.test("colour can be forced, NO_COLOR wins, and CI colours stderr", async () => {
  assert.ok((await unknownIdentity({ args: ["--force-color"] })).includes(ESC));
  assert.ok((await unknownIdentity({ env: { CLICOLOR_FORCE: "1" } })).includes(ESC));
  assert.ok((await unknownIdentity({ env: { CI: "true" } })).includes(ESC));
  assert.ok(
    (await unknownIdentity({ settings: "settings: { terminal: { force_color: true } }\n" }))
      .includes(ESC),
  );
  const both = { args: ["--force-color"], env: { NO_COLOR: "1", CI: "true" } };
  assert.ok(!(await unknownIdentity(both)).includes(ESC));
  assert.ok(!(await unknownIdentity({ args: ["--no-color"], env: { CI: "1" } })).includes(ESC));
});

Deno.test("literals and patterns of settings.terminal.mask are replaced, unless --mask=false", async () => {
  const settings =
    "settings: { terminal: { mask: { literals: [internal-name], replacement: '***' } } }\n";
  const masked = await unknownIdentity({ settings });
  assert.ok(!masked.includes("internal-name"), masked);
  assert.match(masked, /Identity \*\*\* is not defined/);
  const shown = await unknownIdentity({ settings, args: ["--mask=false"] });
  assert.match(shown, /Identity internal-name is not defined/);
  const pattern = "settings: { terminal: { mask: { patterns: ['(?i)INTERNAL-[a-z]+', '('] } } }\n";
  const byPattern = await unknownIdentity({ settings: pattern });
  assert.match(byPattern, /Identity <MASKED> is not defined/);
  assert.match(byPattern, /mask pattern is not valid/);
});

Deno.test("secrets of the environment never reach messages", async () => {
  const stderr = await unknownIdentity({
    args: ["--logs-level=Trace"],
    env: { GITHUB_TOKEN: "internal-name" },
  });
  assert.ok(!stderr.includes("internal-name"), stderr);
});

Deno.test("--redirect-stderr takes everything for people into a 0600 file", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  const result = await runProgram({
    args: ["whoami", "-i", "nobody", `--redirect-stderr=${home.join("messages")}`],
    home,
  });
  assert.equal(result.code, 1);
  assert.equal(result.stderr, "");
  assert.match(result.files.get("messages")!, /identity not found/);
  if (Deno.build.os !== "windows") {
    assert.equal(Deno.statSync(home.join("messages")).mode! & 0o777, 0o600);
  }
});
