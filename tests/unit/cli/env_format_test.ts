import assert from "node:assert/strict";
import {
  type EnvFormat,
  envFormat,
  formatRemovals,
  formatVariables,
  maskCommands,
  quoteSh,
} from "../../../lib/cli/env_format.ts";
import { AuthError } from "../../../lib/sys/error.ts";

Deno.test("bash: the variables of the mock identity", () => {
  assert.equal(
    formatVariables("bash", {
      MOCK_IDENTITY: "mock-identity",
      AWS_SHARED_CREDENTIALS_FILE: "/tmp/mock-credentials",
      AWS_CONFIG_FILE: "/tmp/mock-config",
      AWS_PROFILE: "mock-identity",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
    }),
    `export AWS_CONFIG_FILE=/tmp/mock-config
export AWS_DEFAULT_REGION=us-east-1
export AWS_PROFILE=mock-identity
export AWS_REGION=us-east-1
export AWS_SHARED_CREDENTIALS_FILE=/tmp/mock-credentials
export MOCK_IDENTITY=mock-identity
`,
  );
});

const lines: [EnvFormat, string, string][] = [
  ["bash", "", "export K=''\n"],
  ["bash", "aZ09_@%+=:,./-", "export K=aZ09_@%+=:,./-\n"],
  ["bash", "a b", "export K='a b'\n"],
  ["bash", "$HOME", "export K='$HOME'\n"],
  ["bash", "`id`", "export K='`id`'\n"],
  ["bash", "it's", `export K='it'"'"'s'\n`],
  ["bash", "a\nb", "export K='a\nb'\n"],
  ["bash", "~", "export K='~'\n"],
  ["bash", "é", "export K='é'\n"],
  ["bash", '"', `export K='"'\n`],
  ["bash", "\\", "export K='\\'\n"],
  ["bash", "!", "export K='!'\n"],
  ["dotenv", "", "K=''\n"],
  ["dotenv", "a", "K=a\n"],
  ["dotenv", "a b#c", "K='a b#c'\n"],
  ["env", "a b 'c' $d", "K=a b 'c' $d\n"],
  ["env", "", "K=\n"],
  ["github", "a=b c", "K=a=b c\n"],
  ["github", "a\nb", "K<<ATMOS_EOF_K\na\nb\nATMOS_EOF_K\n"],
  ["github", "a\r\nb", "K<<ATMOS_EOF_K\na\r\nb\nATMOS_EOF_K\n"],
  ["github", "a\rb", "K<<ATMOS_EOF_K\na\rb\nATMOS_EOF_K\n"],
  ["github", "a\nATMOS_EOF_K\nb", "K<<ATMOS_EOF_K_0\na\nATMOS_EOF_K\nb\nATMOS_EOF_K_0\n"],
  [
    "github",
    "ATMOS_EOF_K\nATMOS_EOF_K_0",
    "K<<ATMOS_EOF_K_1\nATMOS_EOF_K\nATMOS_EOF_K_0\nATMOS_EOF_K_1\n",
  ],
  ["github", "a\nATMOS_EOF_K x", "K<<ATMOS_EOF_K\na\nATMOS_EOF_K x\nATMOS_EOF_K\n"],
  ["json", 'a"b\n', '{\n  "K": "a\\"b\\n"\n}\n'],
  ["nu", "a", '{\n  "K": "a"\n}\n'],
  ["fish", "it's \\n $x", "set -gx K 'it\\'s \\\\n $x'\n"],
  ["fish", "", "set -gx K ''\n"],
  [
    "powershell",
    "it's \u2018q\u2019 \u201a \u201b $x",
    "$env:K = 'it''s \u2018\u2018q\u2019\u2019 \u201a\u201a \u201b\u201b $x'\n",
  ],
  ["powershell", "", "$env:K = ''\n"],
  ["cmd", "a b & c", 'set "K=a b & c"\n'],
  ["cmd", "100%", 'set "K=100%"\n'],
];
for (const [format, value, expected] of lines) {
  Deno.test(`${format}: ${JSON.stringify(value)}`, () => {
    assert.equal(formatVariables(format, { K: value }), expected);
  });
}

Deno.test("cmd: a percent sign is doubled in a file alone", () => {
  assert.equal(formatVariables("cmd", { K: "100%" }, { toFile: true }), 'set "K=100%%"\n');
});

Deno.test("a value that the format cannot hold is an error naming the variable", () => {
  const cases: [EnvFormat, string][] = [["env", "a\nb"], ["env", "a\rb"], ["cmd", "a\nb"], [
    "cmd",
    'a"b',
  ]];
  for (const [format, value] of cases) {
    assert.throws(() => formatVariables(format, { SOME_NAME: value }), (error) => {
      assert.ok(error instanceof AuthError);
      assert.match(error.message, /SOME_NAME/);
      assert.ok(!error.message.includes(value));
      assert.equal(error.exit, 1);
      return true;
    });
  }
});

Deno.test("nothing at all is {} in json and no line elsewhere", () => {
  assert.equal(formatVariables("json", {}), "{}\n");
  assert.equal(formatVariables("bash", {}), "");
});

Deno.test("zsh and sh are bash; other names are refused", () => {
  assert.equal(envFormat("zsh"), "bash");
  assert.equal(envFormat("sh"), "bash");
  for (const name of ["", "Bash", "toString", "yaml", "ksh"]) {
    assert.throws(() => envFormat(name), { message: "invalid format" });
  }
});

Deno.test("removal lines per shell", () => {
  const names = ["A", "B"];
  assert.equal(formatRemovals("bash", names), "unset A\nunset B\n");
  assert.equal(formatRemovals("fish", names), "set -e A\nset -e B\n");
  assert.equal(formatRemovals("cmd", names), 'set "A="\nset "B="\n');
  assert.equal(formatRemovals("json", names), '{\n  "A": null,\n  "B": null\n}\n');
  assert.match(formatRemovals("powershell", ["A"]), /^Remove-Item Env:A /);
  for (const format of ["dotenv", "env", "github"] as const) {
    assert.throws(() => formatRemovals(format, names), AuthError);
  }
});

Deno.test("masks come escaped, once each, and per line of longer values", () => {
  assert.equal(
    maskCommands(["50%secret", "abc", "line one\r\nline two\n", "50%secret"]),
    "::add-mask::50%25secret\n" +
      "::add-mask::line one%0D%0Aline two%0A\n::add-mask::line one\n::add-mask::line two\n",
  );
});

Deno.test("quoting keeps what needs none", () => {
  assert.equal(quoteSh("/a/b-c_d.e:f,g@h%i+j=k"), "/a/b-c_d.e:f,g@h%i+j=k");
});
