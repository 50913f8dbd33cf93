// deno-lint-ignore-file no-control-regex
import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { type Conversation, converse } from "../support/pty.ts";
import { realTest } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const expect = { program: "expect", package: "expect" };

const CONFIG = `
auth:
  providers: {p: {kind: mock/aws}}
  identities:
    dev: {kind: mock/aws, default: true, via: {provider: p}}
`;

/** Enough identities for more than one screen. */
const MANY = "auth:\n  providers: {p: {kind: mock/aws}}\n  identities:\n" +
  Array.from({ length: 40 }, (_, i) => `    id-${i}: {kind: mock/aws, via: {provider: p}}\n`).join(
    "",
  );

async function talk(
  home: TempDir,
  args: string[],
  lines = "",
  env: Record<string, string> = {},
): Promise<Conversation> {
  return await converse({ home, command: [await program(), ...args], talk: lines, env });
}

/** Text without escape sequences. */
function bare(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
}

realTest(
  "an identity of another profile: after a yes the command runs with that profile",
  [expect],
  async () => {
    await using home = await tempDir();
    await home.write("atmos.yaml", "logs: {level: Warning}\n");
    await home.write("profiles/work/auth.yaml", CONFIG.replace("dev:", "inner:"));
    const { shown, code } = await talk(
      home,
      ["env", "--identity", "INNER"],
      'expect "Switch to profile"\nsend "y"',
    );
    assert.match(bare(shown), /Switch to profile work for identity INNER\?/);
    assert.match(shown, /^export AWS_PROFILE=inner$/m);
    assert.equal(code, 0);
  },
);

realTest(
  "after a no it is the error that names the profile, and Esc aborts with 130",
  [expect],
  async () => {
    await using home = await tempDir();
    await home.write("atmos.yaml", "logs: {level: Warning}\n");
    await home.write("profiles/work/auth.yaml", CONFIG);
    const no = await talk(home, ["env", "-i", "dev"], 'expect "Switch to profile"\nsend "n"');
    assert.equal(no.code, 1);
    assert.match(bare(no.shown), /Re-run with --profile work to use it/);
    const esc = await talk(home, ["env", "-i", "dev"], 'expect "Switch to profile"\nsend "\\033"');
    assert.equal(esc.code, 130);
    assert.equal(esc.before, esc.after);
  },
);

realTest("several profiles are offered as a menu, and children know that they were asked for", [
  expect,
], async () => {
  await using home = await tempDir();
  await home.write("atmos.yaml", "logs: {level: Warning}\n");
  await home.write("profiles/one/auth.yaml", CONFIG);
  await home.write(
    "profiles/two/auth.yaml",
    CONFIG.replace("default: true", "default: true, env: [{key: WHICH, value: two}]"),
  );
  const { shown, code } = await talk(
    home,
    ["exec", "-i", "dev", "--", "sh", "-c", "echo which=$WHICH depth=$ATMOS_REEXEC_DEPTH"],
    'expect "Select a profile"\nsend "j\\r"',
  );
  assert.match(bare(shown), /which=two depth=1/);
  assert.equal(code, 0);
});

realTest("list is in colour on a terminal, and long output goes through a pager when asked", [
  expect,
], async () => {
  await using home = await tempDir();
  await home.write("atmos.yaml", MANY);
  const pager = await home.write("pager", "#!/bin/sh\nsed 's/^/paged: /'\n", 0o755);
  const plain = await talk(home, ["list"]);
  assert.match(plain.shown, /\x1b\[1mAuthentication Configuration\x1b\[0m/);
  assert.ok(!plain.shown.includes("paged: "));
  const paged = await talk(home, ["list", `--pager=${pager}`]);
  assert.equal(paged.shown.match(/paged: /g)!.length > 40, true);
  const byVariable = await talk(home, ["list", "--pager"], "", { PAGER: pager });
  assert.match(byVariable.shown, /paged: /);
  const short = await talk(home, ["list", "--identities=id-1", `--pager=${pager}`]);
  assert.ok(!short.shown.includes("paged: "), "shorter than the screen");
  const off = await talk(home, ["list", "--pager=off"], "", { PAGER: pager });
  assert.ok(!off.shown.includes("paged: "));
});

realTest("errors are wrapped to the terminal's width and free of marks", [expect], async () => {
  await using home = await tempDir();
  await home.write("atmos.yaml", CONFIG);
  const { shown, code } = await talk(home, [
    "whoami",
    "-i",
    "a-name-that-is-really-long-".repeat(2),
  ]);
  assert.equal(code, 1);
  assert.ok(!shown.includes("**"));
  const text = bare(shown);
  const block = text.slice(text.indexOf("PID="));
  for (const line of block.split("\n")) {
    if (!line.startsWith("AFTER=")) assert.ok(line.length <= 80, line);
  }
});

realTest("NO_COLOR takes every colour away", [expect], async () => {
  await using home = await tempDir();
  await home.write("atmos.yaml", CONFIG);
  for (const args of [["list"], ["whoami", "-i", "x"], ["login", "--help"]]) {
    const { shown } = await talk(home, args, "", { NO_COLOR: "1" });
    assert.ok(!shown.includes("\x1b["), args.join(" "));
  }
});

realTest("help longer than the screen goes through a pager when asked", [expect], async () => {
  await using home = await tempDir();
  const pager = await home.write("pager", "#!/bin/sh\nsed 's/^/paged: /'\n", 0o755);
  for (
    const args of [["login", "--help=all", `--pager=${pager}`], [
      "help",
      "login",
      `--pager=${pager}`,
    ]]
  ) {
    assert.match(
      (await talk(home, args)).shown,
      /paged: USAGE|paged: \x1b\[1mUSAGE/,
      args.join(" "),
    );
  }
  const { shown } = await talk(home, ["login", "--help=all"], "", { PAGER: pager });
  assert.ok(!shown.includes("paged: "), "PAGER alone only names the program");
});
