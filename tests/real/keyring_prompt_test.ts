import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { privateHome, programEnv } from "../support/program.ts";
import { realTest } from "../support/real.ts";
import type { TempDir } from "../support/temp.ts";

const expect = { program: "expect", package: "expect" };

const CONFIG = `auth:
  keyring: {type: file, spec: {iterations: 8192}}
  identities:
    me: {kind: aws/user}
    you: {kind: aws/user, default: true}
`;

/** Plays a dialogue: what is waited for, and what is typed then. Returns all that was shown. */
async function play(
  home: TempDir,
  args: string[],
  dialogue: [wait: string, type?: string][],
): Promise<{ shown: string; code: number }> {
  const quote = (text: string) => `"${text.replace(/[\\"$\[]/g, "\\$&").replace("\r", "\\r")}"`;
  const script = [
    "set timeout 20",
    `spawn -noecho ${[await program(), ...args].map(quote).join(" ")}`,
    ...dialogue.flatMap(([wait, type]) => [
      `expect {\n-exact ${quote(wait)} {}\ntimeout { exit 99 }\neof { exit 98 }\n}`,
      ...(type === undefined ? [] : [`send -- ${quote(type)}`]),
    ]),
    "expect eof",
    "catch wait result",
    "exit [lindex $result 3]",
  ].join("\n");
  const { code, stdout } = await new Deno.Command("expect", {
    args: ["-c", script],
    cwd: home.path,
    clearEnv: true,
    env: programEnv(home.path, { TERM: "xterm", NO_COLOR: "1" }),
    stdin: "null",
  }).output();
  return { code, shown: new TextDecoder().decode(stdout) };
}

const configure: [string, string?][] = [
  ["AWS Access Key ID", "AKIAEXAMPLE\r"],
  ["AWS Secret Access Key", "typed-secret-key\r"],
  ["AWS User MFA ARN", "\r"],
  ["Session Duration", "\r"],
];

realTest(
  "a person is asked for keys, and twice for a new keyring's password",
  [expect],
  async () => {
    await using home = await privateHome();
    await home.write("atmos.yaml", CONFIG);
    const { code, shown } = await play(home, ["user", "configure"], [
      ["Choose an identity to configure", "\r"],
      ["Selected identity: you"],
      ...configure,
      ["Enter keyring password", "short\r"],
      ["password must be at least 8 characters"],
      ["Enter keyring password", "long password\r"],
      ["Confirm keyring password", "other password\r"],
      ["The passwords differ"],
      ["Enter keyring password", "long password\r"],
      ["Confirm keyring password", "long password\r"],
      ["Saved credentials to keyring: you"],
      ["Session duration configured: 12h"],
    ]);
    assert.equal(code, 0, shown);
    assert.ok(!shown.includes("typed-secret-key") && !shown.includes("long password"));

    const again = await play(home, ["keyring", "show", "you"], [
      ["Enter keyring password", "wrong password\r"],
      ["Wrong keyring password"],
      ["Enter keyring password", "long password\r"],
      ["long-lived"],
    ]);
    assert.equal(again.code, 0, again.shown);

    const refused = await play(home, ["keyring", "show", "you"], [
      ["Enter keyring password", "wrong one\r"],
      ["Enter keyring password", "wrong two\r"],
      ["Enter keyring password", "wrong three\r"],
      ["wrong keyring password"],
    ]);
    assert.equal(refused.code, 1, refused.shown);
  },
);

realTest("Ctrl-C at the password ends with 130 and stores nothing", [expect], async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  const { code, shown } = await play(home, ["user", "configure", "-i", "me"], [
    ...configure,
    ["Enter keyring password", "\u0003"],
  ]);
  assert.equal(code, 130, shown);
  await assert.rejects(Deno.lstat(home.join(".local/share/atmos/keyring/atmos_me")));
});

realTest("the values that are stored are offered again, the secret is not", [expect], async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  const newKeyring: [string, string?][] = [
    ["Enter keyring password", "long password\r"],
    ["Confirm keyring password", "long password\r"],
  ];
  await play(home, ["user", "configure", "-i", "me"], [...configure, ...newKeyring]);
  const { code, shown } = await play(home, ["user", "configure", "-i", "me"], [
    ["Enter keyring password", "long password\r"],
    ["AKIAEXAMPLE", "\r"],
    ["AWS Secret Access Key", "another-secret\r"],
    ["AWS User MFA ARN", "arn:aws:iam::123456789012:mfa/me\r"],
    ["12h", "\r"],
    ["Saved credentials"],
  ]);
  assert.equal(code, 0, shown);
  assert.ok(!shown.includes("typed-secret-key"));
});
