const root = new URL("..", import.meta.url);
const sources = ["main.ts", "deno.json", "scripts/bundle.ts", "lib", "providers", "integrations"];

/**
 * Absolute path of `dist/atmos-auth`, built anew when a source is newer. One process at a time builds.
 *
 * @throws Error with the bundler's own words.
 */
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
