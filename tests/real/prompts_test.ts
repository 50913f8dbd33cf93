// deno-lint-ignore-file no-control-regex
import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { type Conversation, converse } from "../support/pty.ts";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const expect = { program: "expect", package: "expect" };

const config = `
auth:
  keyring:
    type: file
  providers:
    mock:
      kind: mock/aws
      region: us-east-1
  identities:
    dev: { kind: mock/aws, via: { provider: mock } }
    prod-eu: { kind: mock/aws, via: { provider: mock } }
    prod-us: { kind: mock/aws, via: { provider: mock } }
    Staging: { kind: mock/aws, via: { provider: mock } }
`;

const longLived = `    long-lived: { kind: aws/user, default: true }\n`;

/** A conversation with the program; the terminal must be as before, whatever was said. */
async function talk(
  args: string[],
  says: string,
  env: Record<string, string> = {},
): Promise<Conversation> {
  await using home = await tempDir();
  await home.write("atmos.yaml", args[0] === "user" ? config + longLived : config);
  const result = await converse({ home, command: [await program(), ...args], env, talk: says });
  assert.notEqual(result.before, "", result.shown);
  assert.equal(result.after, result.before, "the terminal was left in another mode");
  const hidden = result.shown.lastIndexOf("\x1b[?25l"),
    shown = result.shown.lastIndexOf("\x1b[?25h");
  assert.ok(shown >= hidden, "the cursor was left hidden");
  return result;
}

const menuDrawn = `expect "Press ctrl+c or esc to exit"\nexpect "prod-us"\n`;

realTest("a menu is walked with arrows and with j and k", [expect], async () => {
  const arrows = await talk(["whoami"], menuDrawn + String.raw`send "\033\[B\033\[B\r"`);
  assert.equal(arrows.code, 0, arrows.shown);
  assert.match(arrows.shown, /✓ Selected identity: prod-eu\n/);
  const letters = await talk(["whoami"], menuDrawn + String.raw`send "jjjk\r"`);
  assert.match(letters.shown, /✓ Selected identity: prod-eu\n/);
});

realTest("the slash filters and Enter accepts, in the spelling of the file", [expect], async () => {
  const { shown, code } = await talk(
    ["whoami"],
    menuDrawn + String.raw`send "/stag"` + "\n" + String.raw`expect "/stag"` + "\n" +
      String.raw`send "\r"`,
  );
  assert.equal(code, 0, shown);
  assert.match(shown, /✓ Selected identity: Staging\n/);
});

realTest("Esc and Ctrl-C abort with 130", [expect], async () => {
  for (const key of ["\\033", "\\003"]) {
    const { shown, code } = await talk(["whoami"], `${menuDrawn}send "${key}"`);
    assert.equal(code, 130, shown);
    assert.match(shown, /user aborted/);
    assert.doesNotMatch(shown, /Selected identity/);
  }
});

for (const [signal, code] of [["TERM", 143], ["HUP", 129], ["INT", 130]] as const) {
  realTest(
    `SIG${signal} during a question restores the terminal and gives ${code}`,
    [expect],
    async () => {
      const result = await talk(["whoami"], `${menuDrawn}exec kill -${signal} $pid`);
      assert.equal(result.code, code, result.shown);
    },
  );
}

realTest(
  "a question is asked while stdout is captured: it is drawn on stderr",
  [expect],
  async () => {
    await using home = await tempDir();
    await home.write("atmos.yaml", config);
    const { shown, code } = await converse({
      home,
      command: ["sh", "-c", `x=$("$0" env); echo "[$x]"`, await program()],
      talk: menuDrawn + String.raw`send "\r"`,
    });
    assert.equal(code, 0, shown);
    assert.match(shown, /\[export AWS_/);
  },
);

realTest("typed secrets are never shown", [expect], async () => {
  const { shown, code } = await talk(
    ["user", "configure", "-i", "long-lived"],
    String.raw`
expect "AWS Access Key ID"
send "AKIAIOSFODNN7EXAMPLE\r"
expect "Secret"
send "wJalrXUtnFEMIzz\177\177K7MDENG\r"
expect "MFA"
send "\r"
expect "Duration"
send "\r"`,
    { ATMOS_KEYRING_PASSWORD: "correct horse battery" },
  );
  assert.equal(code, 0, shown);
  assert.match(shown, /Saved credentials to keyring: long-lived/);
  assert.doesNotMatch(shown, /wJalr|K7MDENG/);
  assert.match(shown, /\*{8}/);
});

realTest(
  "without a terminal on stdin, in CI, or when told so, nothing is asked",
  [expect],
  async () => {
    const refused = /interactive identity selection: requires a TTY|no default identity configured/;
    for (
      const [args, env] of [
        [["whoami"], { CI: "true" }],
        [["whoami", "--interactive=false"], {}],
        [["whoami", "--force-tty"], { GITHUB_ACTIONS: "true" }],
      ] as [string[], Record<string, string>][]
    ) {
      const { shown, code } = await talk(args, "", env);
      assert.equal(code, 1, shown);
      assert.match(shown, refused);
    }
    await using home = await tempDir();
    await home.write("atmos.yaml", config);
    const { shown, code } = await converse({
      home,
      command: ["sh", "-c", `"$0" whoami --force-tty </dev/null`, await program()],
      talk: "",
    });
    assert.equal(code, 1, shown);
    assert.match(shown, refused);
  },
);

realTest("a bare --profile offers the profiles, those named before ticked", [expect], async () => {
  await using home = await tempDir();
  await home.write("atmos.yaml", config);
  for (const name of ["alpha", "beta"]) {
    await home.write(
      `profiles/${name}/atmos.yaml`,
      `auth: { identities: { dev: { tags: [${name}] } } }\n`,
    );
  }
  const { shown, code } = await converse({
    home,
    command: [await program(), "list", "--format=json", "--profile"],
    talk: String.raw`expect "Select profiles"
expect "beta"
send "j \r"`,
  });
  assert.equal(code, 0, shown);
  assert.match(shown, /"beta"/);
  assert.doesNotMatch(shown.slice(shown.lastIndexOf("{\n")), /"alpha"/);
});

function fixture(name: string): string[] {
  const path = new URL(`../fixtures/${name}`, import.meta.url).pathname;
  return [Deno.execPath(), "run", "-A", "--no-check", "--quiet", path];
}

/** What a terminal would show at the end: later text on a line replaces the earlier. */
function screen(text: string): string[] {
  const plain = text.replace(/\x1b\[\?25[lh]|\x1b\[[0-9;]*m/g, "");
  return plain.split("\n").map((line) => line.split(/\r\x1b\[[KJ]/).at(-1)!.replace(/^\r/, ""));
}

realTest("a spinner leaves no trace, and lines stand above it", [expect], async () => {
  await using home = await tempDir();
  const { shown, code } = await converse({ home, command: fixture("spin.ts"), talk: "" });
  assert.equal(code, 0, shown);
  assert.match(shown, /Waiting for the outer/);
  assert.match(shown, /Waiting for the inner/);
  const lines = screen(shown);
  assert.ok(lines.includes("a line in between"), shown);
  assert.ok(lines.includes("done"), shown);
  assert.ok(!lines.some((line) => line.includes("Waiting")), lines.join("\n"));
});

realTest(
  "questions take turns, keep typed-ahead keys, and can be taken back",
  [expect],
  async () => {
    await using home = await tempDir();
    const { shown, code, before, after } = await converse({
      home,
      command: fixture("ask_twice.ts"),
      talk: String.raw`expect "First"
expect "a notice"
send "one\rj\r"
expect "Third"`,
    });
    assert.equal(code, 0, shown);
    assert.match(shown, /ANSWERS one\|b\|the answer came another way/);
    assert.equal(after, before);
  },
);
