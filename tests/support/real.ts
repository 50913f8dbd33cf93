/** A program that a test needs and that is not ours. */
export interface ForeignProgram {
  /** Name on PATH, or an absolute path. */
  program: string;
  /** Package that brings it, as shown when it is missing. */
  package: string;
  /** More than being there: arguments that must exit 0 (a Python module, a version). */
  probe?: string[];
}

/**
 * A test against programs that we did not write. Where one is missing the test is reported as
 * ignored, with the package that would bring it.
 */
export function realTest(
  name: string,
  needs: ForeignProgram[],
  run: (t: Deno.TestContext) => Promise<void> | void,
): void {
  const missing = needs.filter((need) => !available(need)).map((need) => need.package);
  if (missing.length === 0) return Deno.test(name, run);
  Deno.test({ name: `${name} [not installed: ${missing.join(", ")}]`, ignore: true, fn: run });
}

const known = new Map<string, boolean>();

/** Whether a foreign program is there and answers its probe. */
export function available(need: ForeignProgram): boolean {
  const key = JSON.stringify(need);
  let found = known.get(key);
  if (found === undefined) known.set(key, found = look(need));
  return found;
}

function look(need: ForeignProgram): boolean {
  const path = which(need.program);
  if (path === undefined) return false;
  if (need.probe === undefined) return true;
  return new Deno.Command(path, {
    args: need.probe,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync().success;
}

/** Absolute path of a program on PATH. */
export function which(program: string): string | undefined {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const endings = Deno.build.os === "windows" ? ["", ".exe", ".cmd"] : [""];
  const dirs = program.includes("/") ? [""] : (Deno.env.get("PATH") ?? "").split(separator);
  // Debian keeps servers where only root has them on PATH.
  if (Deno.build.os === "linux") dirs.push("/usr/sbin", "/sbin");
  for (const dir of dirs) {
    for (const ending of endings) {
      const path = dir === "" ? program + ending : `${dir}/${program}${ending}`;
      try {
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // Not there, or not ours to look at: the next one.
      }
    }
  }
  return undefined;
}
