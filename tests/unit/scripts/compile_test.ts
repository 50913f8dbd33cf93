import assert from "node:assert/strict";
import { compileArguments, outputOf, targets } from "../../../scripts/compile.ts";

Deno.test("a compiled program asks no questions, caches no code and calls no foreign libraries", () => {
  const args = compileArguments("x86_64-unknown-linux-gnu", "out");
  for (
    const flag of ["--no-prompt", "--no-code-cache", "--deny-ffi", "--deny-import", "--no-remote"]
  ) assert.ok(args.includes(flag), flag);
  assert.ok(!args.includes("-A") && !args.includes("--allow-all"));
  assert.ok(!args.includes("--self-extracting"));
});

Deno.test("executables of Linux, macOS and Windows have places of their own", () => {
  assert.equal(new Set(targets.map(outputOf)).size, targets.length);
  assert.equal(
    outputOf("x86_64-pc-windows-msvc"),
    "dist/bin/x86_64-pc-windows-msvc/atmos-auth.exe",
  );
});
