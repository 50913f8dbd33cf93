/**
 * The program under test: `dist/atmos-auth`, built once per test run. `deno task test` builds it and
 * hands its path on in `ATMOS_AUTH_TEST_PROGRAM`; a single test file started by hand builds it when a
 * source is newer. The variable may also name another build, such as a compiled executable.
 */
const root = new URL("../..", import.meta.url);
const sources = ["main.ts", "deno.json", "scripts/bundle.ts", "lib", "providers", "integrations"];

let built: Promise<string> | undefined;

/** Absolute path of the executable to test. */
export function program(): Promise<string> {
  const given = Deno.env.get("ATMOS_AUTH_TEST_PROGRAM");
  return built ??= given ? Promise.resolve(given) : buildProgram();
}

/** Builds the bundle unless it is newer than every source. One process at a time. */
export async function buildProgram(): Promise<string> {
  const launcher = new URL("dist/atmos-auth", root);
  Deno.mkdirSync(new URL("dist", root), { recursive: true });
  using lock = Deno.openSync(new URL("dist/.build.lock", root), { create: true, write: true });
  await lock.lock(true);
  if (newest(sources) > modified(launcher)) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", new URL("scripts/bundle.ts", root).pathname],
      cwd: root,
      stdin: "null",
    }).output();
    if (!success) {
      const text = new TextDecoder();
      throw new Error(`Cannot bundle the program:\n${text.decode(stdout)}${text.decode(stderr)}`);
    }
  }
  return decodeURIComponent(launcher.pathname);
}

function newest(paths: string[]): number {
  let latest = 0;
  for (const path of paths) {
    const url = new URL(path, root);
    let facts: Deno.FileInfo;
    try {
      facts = Deno.statSync(url);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    latest = Math.max(latest, facts.mtime?.getTime() ?? 0);
    if (facts.isDirectory) {
      for (const entry of Deno.readDirSync(url)) {
        latest = Math.max(latest, newest([`${path}/${entry.name}`]));
      }
    }
  }
  return latest;
}

function modified(file: URL): number {
  try {
    return Deno.statSync(file).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
