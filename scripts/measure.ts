/** Measuring whole processes side by side: one run of each in turn, so that all see the same machine. */

export interface Case {
  name: string;
  command: string;
  args: string[];
  cwd?: string;
  env: Record<string, string>;
}

export interface Measured {
  name: string;
  /** Wall time in milliseconds. */
  medianMs: number;
  fastestMs: number;
  /** Most memory held at once, in MiB; undefined where it cannot be asked. */
  peakMiB: number | undefined;
}

/**
 * Times every case `runs` times, interleaved, after `warmUps` unmeasured rounds. `meanwhile` serves
 * what runs in this process (the emulator) and must be set when a case needs it.
 *
 * @throws Error when a run exits with anything but 0: a failure is no measurement.
 */
export async function measure(
  cases: Case[],
  options: { runs: number; warmUps?: number; serving?: boolean },
): Promise<Measured[]> {
  const times = new Map<string, number[]>(cases.map((c) => [c.name, []]));
  const warmUps = options.warmUps ?? 2;
  for (let round = 0; round < warmUps + options.runs; round++) {
    for (const one of cases) {
      const command = commandOf(one);
      const start = performance.now();
      const result = options.serving ? await command.output() : command.outputSync();
      const took = performance.now() - start;
      if (!result.success) throw failure(one, result);
      if (round >= warmUps) times.get(one.name)!.push(took);
    }
  }
  const measured: Measured[] = [];
  for (const one of cases) {
    const sorted = times.get(one.name)!.sort((a, b) => a - b);
    measured.push({
      name: one.name,
      medianMs: median(sorted),
      fastestMs: sorted[0]!,
      peakMiB: await peakMemory(one),
    });
  }
  return measured;
}

function commandOf(one: Case): Deno.Command {
  return new Deno.Command(one.command, {
    args: one.args,
    ...(one.cwd === undefined ? {} : { cwd: one.cwd }),
    clearEnv: true,
    env: one.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function failure(one: Case, result: Deno.CommandOutput): Error {
  const stderr = new TextDecoder().decode(result.stderr).trim();
  return new Error(`${one.name} exits ${result.code}:\n${stderr}`);
}

/** Median of sorted numbers. */
export function median(sorted: number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const gnuTime = "/usr/bin/time";

/**
 * Peak resident memory of one run, in MiB: from `time` where it is installed, else, on Linux, by
 * looking at the process while it runs.
 */
export async function peakMemory(one: Case): Promise<number | undefined> {
  if (Deno.build.os === "linux" && exists(gnuTime)) {
    const result = await commandOf({
      ...one,
      command: gnuTime,
      args: ["-f", "peak %M", one.command, ...one.args],
    }).output();
    const kib = /^peak (\d+)$/m.exec(new TextDecoder().decode(result.stderr))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  }
  return Deno.build.os === "linux" ? await watchedPeak(one) : undefined;
}

async function watchedPeak(one: Case): Promise<number | undefined> {
  const child = commandOf(one).spawn();
  let ended = false;
  const output = child.output().finally(() => ended = true);
  let peak: number | undefined;
  while (!ended) {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      if (kib !== undefined) peak = Math.max(peak ?? 0, Number(kib) / 1024);
    } catch {
      // Already gone: the last look counts.
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await output;
  return peak;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
