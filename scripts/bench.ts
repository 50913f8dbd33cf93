/**
 * `deno task bench [-- --runs N] [--print]`: bundles the program and measures whole processes, side by
 * side with an empty program in the same run, at least 15 runs of each in turn. Writes medians and
 * ratios to docs/performance.md; with `--print` only to the screen.
 */
import { type Emulator, startEmulator } from "../lib/emulator/server.ts";
import { approving, sceneEnv } from "../tests/support/emulator.ts";
import { programEnv } from "../tests/support/program.ts";
import { buildProgram } from "./build.ts";
import { type Case, measure, type Measured } from "./measure.ts";
import { chainConfig, largeConfig } from "./sample_config.ts";

/** Limits as multiples of the empty program, and in MiB. */
export interface Limit {
  ratio?: number;
  peakMiB?: number;
}

export interface BenchCase extends Case {
  limit?: Limit;
  /** Talks to the emulator. */
  network?: boolean;
}

export const emptyName = "empty program";

/** A home with cached credentials, and every case that is measured in it. */
export interface Bench extends AsyncDisposable {
  cases: BenchCase[];
}

/** Sets the stage: emulator, home, configurations, one login. */
export async function benchStage(): Promise<Bench> {
  const program = await buildProgram();
  const emulator = await startEmulator();
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "atmos-auth-bench-" }));
  const dispose = async () => {
    await emulator.stop();
    await Deno.remove(home, { recursive: true });
  };
  try {
    const env = programEnv(home, sceneEnv);
    const dirs = writeConfigs(home, emulator);
    const at = (size: number) => dirs.get(size)!;
    await signIn(emulator, { command: program, cwd: at(3), env });
    const ours = (name: string, args: string[], more: Partial<BenchCase> = {}): BenchCase => ({
      name,
      command: program,
      args,
      cwd: at(3),
      env,
      ...more,
    });
    const cases: BenchCase[] = [
      {
        name: emptyName,
        command: Deno.execPath(),
        // as anybody would start an empty program; ours pays for its launcher and its flags
        args: ["run", "--quiet", `${home}/empty.js`],
        env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
      },
      ours("version", ["version"], { limit: { ratio: 2 } }),
      ours("env, credentials valid", ["env"], { limit: { ratio: 2 } }),
      ours("exec -- true, credentials valid", ["exec", "--", "true"], { limit: { ratio: 2.5 } }),
      ours("list", ["list"], { limit: { ratio: 2 } }),
      ours("aws eks token", [
        "aws",
        "eks",
        "token",
        "--cluster-name",
        "dev",
        "--region",
        "eu-west-1",
      ], {
        limit: { ratio: 2.5 },
      }),
      ours("status", ["status"], { limit: { ratio: 2.5 } }),
      ours("validate", ["validate"]),
      ...[10, 1_000, 10_000].flatMap((size) => {
        const limit = size === 10_000 ? { limit: { ratio: 35, peakMiB: 250 } } : {};
        return [
          ours(`list, ${grouped(size)} identities`, ["list"], { cwd: at(size), ...limit }),
          ours(`validate, ${grouped(size)} identities`, ["validate"], { cwd: at(size), ...limit }),
        ];
      }),
      ours("env -i X, 10 000 identities", ["env", "-i", "prod-deployer"], {
        cwd: at(10_000),
        limit: { ratio: 15 },
      }),
      ours("whoami", ["whoami"], { network: true }),
      ours("login, browser session valid", ["login"], { network: true }),
    ];
    return { cases, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Thousands set apart, as in the texts. */
function grouped(n: number): string {
  return n.toLocaleString("en-US").replaceAll(",", " ");
}

function writeConfigs(home: string, emulator: Emulator): Map<number, string> {
  const dirs = new Map<number, string>();
  for (const size of [3, 10, 1_000, 10_000]) {
    const dir = `${home}/${size}`;
    Deno.mkdirSync(dir);
    const text = size === 3 ? chainConfig(emulator.url) : largeConfig(size, emulator.url);
    Deno.writeTextFileSync(`${dir}/atmos.yaml`, text);
    dirs.set(size, dir);
  }
  Deno.writeTextFileSync(`${home}/empty.js`, "");
  return dirs;
}

async function signIn(
  emulator: Emulator,
  at: { command: string; cwd: string; env: Record<string, string> },
): Promise<void> {
  const login = new Deno.Command(at.command, {
    args: ["login", "--device-code"],
    cwd: at.cwd,
    clearEnv: true,
    env: { ...at.env, ATMOS_FORCE_TTY: "true" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const { success, stderr } = await approving(emulator, login);
  if (!success) throw new Error(`Cannot sign in:\n${new TextDecoder().decode(stderr)}`);
}

/** Measures all cases; those that need the emulator apart, with an empty program of their own. */
export async function runBench(cases: BenchCase[], runs: number): Promise<Row[]> {
  const empty = cases.find((c) => c.name === emptyName)!;
  const local = cases.filter((c) => !c.network);
  const network = cases.filter((c) => c.network);
  const rows = ratios(await measure(local, { runs }), local);
  if (network.length > 0) {
    const measured = await measure([empty, ...network], { runs, serving: true });
    rows.push(...ratios(measured, network).filter((row) => row.name !== emptyName));
  }
  return rows;
}

export interface Row extends Measured {
  /** Multiple of the empty program in the same run. */
  ratio: number;
  limit: Limit | undefined;
}

function ratios(measured: Measured[], cases: BenchCase[]): Row[] {
  const empty = measured.find((m) => m.name === emptyName)!;
  return measured.map((m) => ({
    ...m,
    ratio: m.medianMs / empty.medianMs,
    limit: cases.find((c) => c.name === m.name)?.limit,
  }));
}

/** Texts of the limits that a row does not keep. */
export function overLimit(row: Row, allowance = 1): string[] {
  const over: string[] = [];
  const { ratio, peakMiB } = row.limit ?? {};
  if (ratio !== undefined && row.ratio > ratio * allowance) {
    over.push(`${row.name}: ${row.ratio.toFixed(2)} times the empty program, limit ${ratio}`);
  }
  if (peakMiB !== undefined && row.peakMiB !== undefined && row.peakMiB > peakMiB) {
    over.push(`${row.name}: ${row.peakMiB.toFixed(0)} MiB, limit ${peakMiB}`);
  }
  return over;
}

function page(rows: Row[], runs: number): string {
  const lines = rows.map((row) => {
    const limit = [
      row.limit?.ratio === undefined ? "" : `${row.limit.ratio}×`,
      row.limit?.peakMiB === undefined ? "" : `${row.limit.peakMiB} MiB`,
    ].filter(Boolean).join(", ");
    const peak = row.peakMiB === undefined ? "" : row.peakMiB.toFixed(0);
    return `| ${row.name} | ${row.medianMs.toFixed(1)} | ${
      row.ratio.toFixed(2)
    } | ${limit} | ${peak} |`;
  });
  return `# Performance

Whole processes, started through \`dist/atmos-auth\` as a user would, side by side with an empty program
on the same runtime: ${runs} runs of each in turn, medians. \`deno task bench\` measures
anew and writes this page; a test holds the limits (\`tests/e2e/budget_alone_test.ts\`).

Measured on ${Deno.build.target}, ${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}. Compare within the table only.

| Command | ms | times the empty program | limit | peak MiB |
| --- | ---: | ---: | ---: | ---: |
${lines.join("\n")}

With valid credentials in the identity's own files, \`env\`, \`exec\` and \`list\` load no SDK and no Node
built-in, open no keyring and no connection, and start no process but the one that was asked for.
\`whoami\` asks the cloud whether the credentials are still good; \`login\` walks three links, one request
each, against an emulator on loopback.
`;
}

async function main(args: string[]): Promise<number> {
  const at = args.indexOf("--runs");
  const runs = at === -1 ? 15 : Number(args[at + 1]);
  if (!Number.isInteger(runs) || runs < 1) {
    console.error("--runs needs a number");
    return 2;
  }
  await using stage = await benchStage();
  const rows = await runBench(stage.cases, runs);
  const text = page(rows, runs);
  console.log(text);
  if (!args.includes("--print")) {
    Deno.writeTextFileSync(new URL("../docs/performance.md", import.meta.url), text);
  }
  const over = rows.flatMap(overLimit);
  for (const line of over) console.error(line);
  return over.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
