import assert from "node:assert/strict";
import { ProgramName, roleOf } from "../../../lib/cli/program.ts";

Deno.test("the name as invoked decides the mode", () => {
  const cases: [string, string][] = [
    ["atmos-auth", "normal"],
    ["/usr/local/bin/atmos-auth", "normal"],
    ["atmos", "drop-in"],
    ["/opt/x/atmos", "drop-in"],
    ["C:\\tools\\atmos.EXE", "drop-in"],
    ["atmos.exe", "drop-in"],
    ["atmosx", "normal"],
    ["Atmos", "normal"],
    ["docker-credential-atmos-auth", "docker"],
    ["docker-credential-atmos-auth.exe", "docker"],
    ["docker-credential-atmos", "docker"],
    ["git-credential-atmos-auth", "git"],
    ["git-credential-atmos", "git"],
    ["terraform-credentials-atmos-auth", "terraform"],
    ["terraform-credentials-atmos", "terraform"],
    ["bazel-credential-atmos-auth", "bazel"],
    ["bazel-credential-atmos", "bazel"],
    ["git-credential-other", "normal"],
    ["deno", "normal"],
    ["", "normal"],
  ];
  for (const [name, expected] of cases) {
    const role = roleOf(name);
    assert.equal(role.mode === "helper" ? role.kind : role.mode, expected, name);
  }
});

Deno.test("hints name the program as users must type it", () => {
  assert.equal(new ProgramName("/x/atmos").prog, "atmos auth");
  assert.equal(new ProgramName("/x/atmos").progTop, "atmos");
  assert.equal(new ProgramName("/x/atmos-auth").prog, "atmos-auth");
  assert.equal(new ProgramName("/x/atmos-auth").progTop, "atmos-auth");
});

Deno.test("the name matters for short forms and unknown words alone", () => {
  const name = new ProgramName(undefined);
  for (const word of ["auth", "aws", "azure", "gcp", "profile", "terraform"]) {
    assert.equal(name.matters(word), false, word);
  }
  for (const word of ["env", "login", "list", "version", "get", undefined]) {
    assert.equal(name.matters(word), true, String(word));
  }
  assert.equal(new ProgramName("atmos-auth").matters("env"), false);
});
