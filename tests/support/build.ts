import { buildProgram } from "../../scripts/build.ts";

let built: Promise<string> | undefined;

/**
 * Absolute path of the program under test: `dist/atmos-auth`, built once per test run. `deno task test`
 * builds it and hands its path on in `ATMOS_AUTH_TEST_PROGRAM`; a test file started by hand builds it
 * when a source is newer. The variable may also name another build, such as a compiled executable.
 */
export function program(): Promise<string> {
  const given = Deno.env.get("ATMOS_AUTH_TEST_PROGRAM");
  return built ??= given ? Promise.resolve(given) : buildProgram();
}
