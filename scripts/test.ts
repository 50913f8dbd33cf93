/**
 * `deno task test [-- ARGUMENT…]`: unit tests, tests of the built program, and tests against
 * programs that other people wrote. Installs nothing: what is missing on this machine is skipped and
 * named. An argument selects files by a part of their path; one that fits no path selects tests by
 * name. The last line is always `N passed, N failed`, with `, N skipped` behind it where some were.
 *
 * Files ending in `_alone_test.ts` measure time or use the whole machine: they run after the rest,
 * one by one.
 */
import { buildProgram } from "./build.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
  skippedTests: string[];
}

const root = new URL("..", import.meta.url);

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  Deno.chdir(root);
  const all = testFiles("tests").sort();
  const byPath = all.filter((file) => args.some((a) => file.includes(a.replace(/^\.\//, ""))));
  const files = args.length === 0 ? all : byPath.length > 0 ? byPath : all;
  const nameFilter = args.length > 0 && byPath.length === 0 ? args.join(" ") : undefined;

  const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], skippedTests: [] };
  if (files.some((file) => !file.startsWith("tests/unit/"))) {
    const failure = await buildOnce();
    if (failure) {
      console.log(failure);
      total.failed++;
      total.failures.push("the program could not be built");
    }
  }
  if (total.failed === 0) {
    const alone = files.filter((file) => file.endsWith("_alone_test.ts"));
    const together = files.filter((file) => !alone.includes(file));
    if (together.length > 0) add(total, await run(together, { parallel: true, nameFilter }));
    if (alone.length > 0) add(total, await run(alone, { parallel: false, nameFilter }));
  }
  report(total);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function buildOnce(): Promise<string | undefined> {
  try {
    const program = await buildProgram();
    Deno.env.set("ATMOS_AUTH_TEST_PROGRAM", program);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Paths of all test files below a directory, with forward slashes. */
function testFiles(dir: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...testFiles(path));
    else if (entry.name.endsWith("_test.ts")) found.push(path);
  }
  return found;
}

async function run(
  files: string[],
  options: { parallel: boolean; nameFilter: string | undefined },
): Promise<Counts> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--allow-all",
      "--no-check",
      ...(options.parallel ? ["--parallel"] : []),
      ...(options.nameFilter === undefined ? [] : [`--filter=${options.nameFilter}`]),
      ...files,
    ],
    env: {
      NO_COLOR: "1",
      DENO_JOBS: String(Math.min(4, Math.max(2, navigator.hardwareConcurrency))),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
  const child = command.spawn();
  const output = await copyToStdout(child.stdout);
  const { success } = await child.status;
  return countsOf(output, success);
}

async function copyToStdout(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    let written = 0;
    while (written < chunk.length) written += Deno.stdout.writeSync(chunk.subarray(written));
  }
  return text + decoder.decode();
}

/** Reads the closing lines of `deno test`; a run without them failed as a whole. */
export function countsOf(output: string, success: boolean): Counts {
  const summary = [
    ...output.matchAll(
      /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm,
    ),
  ].at(-1);
  const passed = Number(summary?.[1] ?? 0);
  let failed = Number(summary?.[2] ?? 0);
  const failures = listAfter(output, "\n FAILURES \n");
  if (!success && failed === 0) {
    failed = 1;
    failures.push("the test run itself (see above)");
  }
  const skippedTests = [...output.matchAll(/^(.+?) \.\.\. ignored/gm)].map((m) => m[1]!);
  return { passed, failed, skipped: Number(summary?.[3] ?? 0), failures, skippedTests };
}

function listAfter(output: string, heading: string): string[] {
  const at = output.lastIndexOf(heading);
  if (at === -1) return [];
  const block = output.slice(at + heading.length).trimStart().split(/\n\s*\n/)[0] ?? "";
  return block.split("\n").filter((line) => line.trim() !== "");
}

function add(total: Counts, counts: Counts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  total.failures.push(...counts.failures);
  total.skippedTests.push(...counts.skippedTests);
}

function report(total: Counts): void {
  if (total.skippedTests.length > 0) {
    console.log("\nSkipped:");
    for (const name of total.skippedTests) console.log(`  ${name}`);
  }
  if (total.failures.length > 0) {
    console.log("\nFailed:");
    for (const name of total.failures) console.log(`  ${name}`);
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
}
