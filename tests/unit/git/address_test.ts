import assert from "node:assert/strict";
import { parseAddress, withoutUser } from "../../../lib/git/address.ts";
import { isBelowAddress, isRemote, sanitize } from "../../../lib/config/remote_address.ts";
import { ttlSeconds } from "../../../lib/git/remote_imports.ts";

const cases: [string, unknown][] = [
  ["git::https://h/o/r.git//auth/prod.yaml?ref=v1.4.0", {
    form: "git",
    url: "https://h/o/r.git",
    sub: "auth/prod.yaml",
    ref: "v1.4.0",
  }],
  ["GIT::https://h/o/r.git?depth=3&ref=x&keep=1", {
    form: "git",
    url: "https://h/o/r.git?keep=1",
    ref: "x",
    depth: 3,
  }],
  ["github.com/o/r//sub?ref=m", {
    form: "git",
    url: "https://github.com/o/r.git",
    sub: "sub",
    ref: "m",
  }],
  ["gitlab.com/g/s/p", { form: "git", url: "https://gitlab.com/g/s/p.git" }],
  ["git@h:o/r.git//sub", { form: "git", url: "git@h:o/r.git", sub: "sub" }],
  ["git::git@h:o/r.git//sub/x.yaml?ref=1", {
    form: "git",
    url: "git@h:o/r.git",
    sub: "sub/x.yaml",
    ref: "1",
  }],
  ["git::ssh://git@h:22/o/r.git//x", { form: "git", url: "ssh://git@h:22/o/r.git", sub: "x" }],
  ["ssh://git@h/o/r.git", { form: "git", url: "ssh://git@h/o/r.git" }],
  ["git::file:///srv/r.git//x", { form: "git", url: "file:///srv/r.git", sub: "x" }],
  ["git::https://u:p%40ss@h/o/r.git//x", {
    form: "git",
    url: "https://h/o/r.git",
    user: { user: "u", password: "p@ss" },
    sub: "x",
  }],
  ["git::https://me@h/o/r.git", { form: "git", url: "https://me@h/o/r.git" }],
  ["git::https://0123456789012345678901234@h/o/r.git", {
    form: "git",
    url: "https://h/o/r.git",
    user: { user: "0123456789012345678901234", password: "" },
  }],
  ["https://github.com/o/r/blob/main/a/b.yaml", {
    form: "http",
    url: "https://raw.githubusercontent.com/o/r/main/a/b.yaml",
  }],
  ["https://u:p@h/x.yaml?t=1#frag", {
    form: "http",
    url: "https://h/x.yaml?t=1",
    user: { user: "u", password: "p" },
  }],
  ["file:///a%20b/c.yaml", { form: "file", path: "/a b/c.yaml" }],
];

for (const [item, expected] of cases) {
  Deno.test(`the address ${item.replace(/:\/\/[^/]*@/, "://…@")} is taken apart`, () => {
    assert.deepEqual(parseAddress(item), expected);
  });
}

Deno.test("addresses that cannot be used say why without showing a secret", () => {
  const refused: [string, RegExp][] = [
    ["s3::https://u:secret@b/x", /^unsupported import scheme: s3$/],
    ["oci://h/x", /^unsupported import scheme: oci$/],
    ["gcs://h/x", /^unsupported import scheme: gcs$/],
    ["sftp://u:secret@h/x", /^unsupported import scheme: sftp$/],
    ["git::https://h/o/r?ref=-x", /^a git ref may not start with '-'$/],
    ["git::-upload-pack=x", /^invalid git address$/],
    ["git::ext::sh -c x", /^unsupported import scheme: git::ext$/],
    ["git::https://h/o/r?depth=-1", /^depth must be a number$/],
    ["file://host/x", /^a file:\/\/ URL may not name a host$/],
    ["https://u:secret@h/x?checksum=sha256:1", /^checksum must be sha256:<64 hex digits>$/],
  ];
  for (const [item, message] of refused) {
    assert.throws(() => parseAddress(item), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes("secret"));
      return true;
    }, item);
  }
});

Deno.test("messages show addresses without user and query", () => {
  const pairs: [string, string][] = [
    ["https://u:p@h/x?t=s", "https://h/x"],
    ["git::https://u:t@h/o/r.git", "git::https://h/o/r.git"],
    ["git::ssh://git@h/o/r.git", "git::ssh://h/o/r.git"],
    ["git@h:o/r.git", "git@h:o/r.git"],
    ["", ""],
    ["../local/x.yaml", "../local/x.yaml"],
    ["github.com/o/r//sub?ref=v1", "github.com/o/r//sub"],
  ];
  for (const [item, shown] of pairs) assert.equal(sanitize(item), shown, item);
});

Deno.test("what is remote is told by its beginning, whatever the case", () => {
  for (const item of ["HTTPS://h/x", "Git::x", "git@h:x", "S3::x", "github.com/o/r", "oci://x"]) {
    assert.ok(isRemote(item), item);
  }
  for (const item of ["./x", "c:\\x", "C:/x", "x.yaml", "github.company/x", "a/github.com/x"]) {
    assert.ok(!isRemote(item), item);
  }
});

Deno.test("a trusted prefix covers whole path elements of the same host", () => {
  const covers: [string, string, boolean][] = [
    ["https://h/org", "https://h/org/x.yaml", true],
    ["https://h/org/", "git::https://h/org/r.git//x.yaml", true],
    ["https://H/org", "https://h/org/x", true],
    ["git::https://h/o/r", "git::https://h/o/r.git//x", true],
    ["git::https://h/o/r.git", "git::https://h/o/r.git//x", true],
    ["github.com/o", "github.com/o/r//x", true],
    ["https://github.com/o", "github.com/o/r//x", true],
    ["https://h/org", "https://h/org-evil/x", false],
    ["https://h", "https://h.evil.com/x", false],
    ["https://h/o/r", "https://h/o/r.github.evil/x", false],
    ["", "https://h/x", false],
  ];
  for (const [prefix, address, expected] of covers) {
    assert.equal(isBelowAddress(prefix, address), expected, `${prefix} ${address}`);
  }
});

Deno.test("the user is no part of the name under which a source is kept", () => {
  assert.equal(
    withoutUser("git::https://u:t@h/o/r.git//x?ref=1"),
    "git::https://h/o/r.git//x?ref=1",
  );
  assert.equal(withoutUser("git@h:o/r.git"), "git@h:o/r.git");
});

Deno.test("a time to live is a duration, a word, or nothing", () => {
  const forms: [string, number | undefined][] = [
    ["0s", 0],
    ["5m", 300],
    ["1h", 3600],
    ["7d", 604_800],
    ["hourly", 3600],
    ["Daily", 86_400],
    ["weekly", 604_800],
    ["monthly", 2_592_000],
    ["sometimes", undefined],
    ["-5m", undefined],
  ];
  for (const [text, seconds] of forms) assert.equal(ttlSeconds(text), seconds, text);
});
