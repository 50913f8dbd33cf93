import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";

const AUTH =
  "auth: {providers: {p: {kind: mock/aws}}, identities: {dev: {kind: mock/aws, default: true, via: {provider: p}}}}\n";

/** Lines of the log on stderr. */
function lines(text: string): string[] {
  return text.split("\n").filter((line) => /^(TRCE|DEBU|INFO|WARN|ERRO) /.test(line));
}

async function run(args: string[], given: { config?: string; env?: Record<string, string> } = {}) {
  await using home = await privateHome();
  await home.write("atmos.yaml", `${given.config ?? ""}${AUTH}`);
  await home.write(".config/atmos/aws/p/credentials", "no ini\n", 0o600);
  return await runProgram({ args, home, env: given.env ?? {} });
}

/** Something that says a line at Debug: a damaged file. */
const command = ["status"];

Deno.test("the level comes from --verbose, then the variable, the flag, and the configuration", async () => {
  const debug = async (args: string[], given = {}) =>
    lines((await run([...command, ...args], given)).stderr).some((line) =>
      line.startsWith("DEBU ")
    );
  assert.equal(await debug([]), false);
  assert.equal(await debug(["--verbose"]), true);
  assert.equal(await debug(["--logs-level", "debug"]), true);
  assert.equal(await debug(["--logs-level", "Info"]), false);
  assert.equal(await debug([], { env: { ATMOS_LOGS_LEVEL: "Debug" } }), true);
  assert.equal(await debug([], { env: { ATMOS_VERBOSE: "true" } }), true);
  assert.equal(await debug(["--logs-level=off"], { env: { ATMOS_VERBOSE: "true" } }), true);
  assert.equal(await debug([], { config: "logs: {level: DEBUG}\n" }), true);
  assert.equal(await debug(["--logs-level", "warn"], { config: "logs: {level: Debug}\n" }), false);
});

Deno.test("auth.logs has a level of its own, and its lines a prefix", async () => {
  const config = "auth: {logs: {level: Debug}, " + AUTH.slice("auth: {".length);
  await using home = await privateHome();
  await home.write("atmos.yaml", config);
  await home.write(".config/atmos/aws/p/credentials", "no ini\n", 0o600);
  const { stderr } = await runProgram({ args: command, home });
  assert.ok(lines(stderr).some((line) => line.startsWith("DEBU atmos-auth: ")), stderr);
});

Deno.test("a log file is appended to, private, and keeps stderr clean", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", AUTH);
  await home.write(".config/atmos/aws/p/credentials", "no ini\n", 0o600);
  await home.write("logs/before.log", "before\n");
  const args = [...command, "-v", "--logs-file", "~/logs/before.log"];
  const { stderr } = await runProgram({ args, home });
  assert.deepEqual(lines(stderr), []);
  const text = await Deno.readTextFile(home.join("logs/before.log"));
  assert.match(text, /^before\nDEBU /);
  await runProgram({ args: [...command, "-v", "--logs-file=new.log"], home });
  assert.equal((await Deno.stat(home.join("new.log"))).mode! & 0o777, 0o600);
});

Deno.test("a log file whose directory is missing is an error", async () => {
  const { code, stderr } = await run([...command, "--logs-file", "no/such/dir/x.log"]);
  assert.equal(code, 1);
  assert.match(stderr, /\*\*Error:\*\* failed to open log file: no\/such\/dir\/x\.log\n/);
});

Deno.test("device names are names; what a program reads stays free of lines even so", async () => {
  const env = { ATMOS_LOGS_LEVEL: "Trace", ATMOS_LOGS_FILE: "/dev/stdout" };
  const shown = await run(command, { env });
  assert.ok(lines(shown.stdout).length > 0);
  assert.deepEqual(lines(shown.stderr), []);
  const read = await run(["env", "-f", "json"], { env });
  assert.equal(typeof JSON.parse(read.stdout), "object");
  const quiet = await run(command, { env: { ...env, ATMOS_LOGS_FILE: "/dev/null" } });
  assert.deepEqual(lines(quiet.stdout + quiet.stderr), []);
});
