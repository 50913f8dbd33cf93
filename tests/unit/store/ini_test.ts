import assert from "node:assert/strict";
import {
  iniDamage,
  readSection,
  removeSection,
  sectionNames,
  setSection,
} from "../../../lib/store/ini.ts";

const session = `; atmos: expiration=2026-03-17T13:00:00Z issued=2026-03-17T12:00:00Z
[platform-admin]
aws_access_key_id     = ASIAEXAMPLE
aws_secret_access_key = secret=with=equals
aws_session_token     = token
`;

const change = {
  name: "platform-admin",
  values: {
    aws_access_key_id: "ASIAEXAMPLE",
    aws_secret_access_key: "secret=with=equals",
    aws_session_token: "token",
  },
  note: { expiration: "2026-03-17T13:00:00Z", issued: "2026-03-17T12:00:00Z" },
};

Deno.test("a section is written as the layout shows it and read back", () => {
  assert.equal(setSection("", change), session);
  assert.deepEqual(readSection(session, "platform-admin"), {
    name: "platform-admin",
    values: change.values,
    note: change.note,
  });
});

Deno.test("writing the same again changes no byte", () => {
  assert.equal(setSection(session, change), session);
  const among = `[a]\nk = v\n\n${session}\n# end\n[b]\nk = v\n`;
  assert.equal(setSection(among, change), among);
});

Deno.test("foreign sections, keys, comments and order survive a rewrite", () => {
  const text = `# by hand
[other]
region=x
s3 =
  addressing_style = path

; mine
; atmos: expiration=2020-01-01T00:00:00Z
[platform-admin]
; inside
aws_access_key_id = OLD
custom = kept
nested =
  region = deep
aws_session_token = OLD

# about the last
[last]
credential_process = /bin/x --flag
`;
  assert.equal(
    setSection(text, {
      ...change,
      values: { ...change.values, aws_session_token: undefined },
      note: {},
    }),
    `# by hand
[other]
region=x
s3 =
  addressing_style = path

; mine
[platform-admin]
; inside
aws_access_key_id     = ASIAEXAMPLE
custom = kept
nested =
  region = deep
aws_secret_access_key = secret=with=equals

# about the last
[last]
credential_process = /bin/x --flag
`,
  );
});

Deno.test("no expiry leaves no stale comment over new keys", () => {
  const next = setSection(session, { ...change, note: { expiration: undefined } });
  assert.ok(!next.includes("atmos:"));
  assert.equal(readSection(next, "platform-admin")!.note, undefined);
});

Deno.test("the comment is accepted below the header and moves above it on a rewrite", () => {
  const below = "[p]\n# atmos: expiration=2030-01-01T00:00:00Z job=17\naws_access_key_id = A\n";
  assert.deepEqual(readSection(below, "p")!.note, {
    expiration: "2030-01-01T00:00:00Z",
    job: "17",
  });
  assert.equal(
    setSection(below, { name: "p", values: { aws_access_key_id: "B" }, note: { job: "18" } }),
    "; atmos: job=18\n[p]\naws_access_key_id = B\n",
  );
});

Deno.test("a comment above the next header never counts for the section before it", () => {
  const text = "[a]\n; atmos: expiration=2030-01-01T00:00:00Z\n[b]\nk = v\n";
  assert.equal(readSection(text, "a")!.note, undefined);
  assert.deepEqual(readSection(text, "b")!.note, { expiration: "2030-01-01T00:00:00Z" });
  assert.equal(removeSection(text, "b"), "[a]\n");
  assert.equal(removeSection(text, "a"), "; atmos: expiration=2030-01-01T00:00:00Z\n[b]\nk = v\n");
});

Deno.test("removing a section takes its comment and leaves the neighbours", () => {
  const text = `[a]\nk = v\n\n${session}\n# about b\n[b]\nk = v\n`;
  assert.equal(removeSection(text, "platform-admin"), "[a]\nk = v\n\n# about b\n[b]\nk = v\n");
  assert.equal(removeSection(session, "platform-admin"), "");
  assert.equal(removeSection(text, "absent"), text);
});

Deno.test("lookup is exact first, then lower case", () => {
  const text = "[dev]\nk = lower\n[Dev]\nk = exact\n";
  assert.equal(readSection(text, "Dev")!.values.k, "exact");
  assert.equal(readSection("[dev]\nk = lower\n", "Dev")!.values.k, "lower");
  assert.equal(readSection("[Dev]\nk = v\n", "dev"), undefined);
  assert.equal(removeSection(text, "Dev"), "");
});

Deno.test("a section that stands twice is read as one and written once", () => {
  const text = "[p]\na = 1\n[q]\nk = v\n[p]\na = 2\n";
  assert.equal(readSection(text, "p")!.values.a, "2");
  assert.equal(setSection(text, { name: "p", values: { a: "3" } }), "[p]\na = 3\n[q]\nk = v\n");
});

Deno.test("CRLF, a byte order mark and a missing last newline are tolerated", () => {
  assert.deepEqual(readSection("\ufeff[p]\r\na = 1\r\nb = 2", "p")!.values, { a: "1", b: "2" });
});

Deno.test("indented lines belong to the key before them", () => {
  assert.deepEqual(readSection("[p]\ns3 =\n  region = no\nregion = yes\n", "p")!.values, {
    s3: "",
    region: "yes",
  });
});

Deno.test("names and values that the format cannot carry are refused", () => {
  for (const name of ["a]b", "a\nb", "a\rb", " a", "a ", ""]) {
    assert.throws(() => setSection("", { name, values: { k: "v" } }), {
      code: "invalid_section_name",
    });
  }
  for (const value of ["a\nb", "a\rb"]) {
    assert.throws(() => setSection("", { name: "p", values: { k: value } }), (error: Error) => {
      assert.ok(!error.message.includes(value), "the value may be a secret");
      return true;
    });
    assert.throws(() => setSection("", { name: "p", values: {}, note: { job: value } }));
  }
});

Deno.test("identity names with slashes and blanks are sections verbatim", () => {
  const text = setSection("", { name: "core team/admin", values: { k: "v" } });
  assert.equal(text, "[core team/admin]\nk = v\n");
  assert.equal(readSection(text, "core team/admin")!.values.k, "v");
  assert.deepEqual(sectionNames(text), ["core team/admin"]);
});

Deno.test("what AWS tools refuse to read counts as damaged and absent", () => {
  for (
    const text of ["garbage", "k = v\n", "[open\nk = v\n", "[p]\n\0\0\0\0=\n", "[]\n", "= v\n"]
  ) {
    assert.ok(iniDamage(text), JSON.stringify(text));
    assert.equal(readSection(text, "p"), undefined);
  }
  for (const text of ["", "\n\n", "# only a comment\n", session]) {
    assert.equal(iniDamage(text), undefined);
  }
});
