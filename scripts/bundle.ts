/**
 * `deno task bundle`: writes what ships to `dist/`: the program as minified modules (`main.js` and
 * chunks that are loaded when reached), and `dist/atmos-auth`, a small `sh` launcher. Tests,
 * benchmarks and users without a compiled binary run that launcher.
 */
import { mergeHotModules } from "./bundle_hot.ts";
import { writeYamlImportMap } from "./bundle_yaml.ts";
import { isolationFlags, permissionFlags } from "./permissions.ts";

const root = new URL("..", import.meta.url);
const dist = new URL("dist/", root);

/** Value of `DENO_NO_UPDATE_CHECK` that says: set by the launcher, not by the user. */
const updateCheckMark = "atmos-auth";

if (import.meta.main) {
  await bundle();
  console.log("dist/atmos-auth");
}

/**
 * Builds `dist/` anew: for `run` as the launcher starts it, for `compile` as `deno compile` takes it.
 * Throws with the bundler's own words when it cannot.
 */
export async function bundle(use: "run" | "compile" = "run"): Promise<void> {
  Deno.mkdirSync(dist, { recursive: true });
  for (const entry of Deno.readDirSync(dist)) {
    if (entry.isFile && /\.js$|^atmos-auth/.test(entry.name)) {
      Deno.removeSync(new URL(entry.name, dist));
    }
  }
  await deno([
    "bundle",
    "--quiet",
    "--code-splitting",
    "--minify",
    "--platform=deno",
    "--outdir=dist",
    `--import-map=${writeYamlImportMap(root, new URL("yaml/", dist))}`,
    "lib/cli/main.ts",
  ]);
  Deno.removeSync(new URL("yaml/", dist), { recursive: true });
  for (const name of chunks()) patchChunk(name);
  for (const name of chunks()) await nameExports(name);
  await mergeHotModules(dist, deno);
  patchChunk("hot.js");
  addPrelude();
  await refuseEagerNode();
  if (use === "run") { for (const name of chunks()) hideLazyImports(name); }
  Deno.writeTextFileSync(new URL("atmos-auth", dist), launcher(), { mode: 0o755 });
  Deno.chmodSync(new URL("atmos-auth", dist), 0o755);
}

/** Runs the runtime in the root of the sources; gives its stdout, throws its stderr. */
async function deno(args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`deno ${args.join(" ")} failed:\n${text.decode(stderr)}`);
  return text.decode(stdout);
}

function chunks(): string[] {
  return [...Deno.readDirSync(dist)].map((entry) => entry.name).filter((n) => n.endsWith(".js"));
}

/**
 * The bundler's shared runtime makes its `require` from `node:module` in the first line, so every
 * run would load the Node layer (12 ms) for the sake of packages that most runs never reach. This
 * `require` asks for a built-in module when it is called.
 */
function patchChunk(name: string): void {
  const file = new URL(name, dist);
  const source = Deno.readTextFileSync(file);
  const patched = source.replace(
    /import\s*\{\s*createRequire as (\w+)\s*\}\s*from\s*"node:module";\s*var (\w+)\s*=\s*\1\(import\.meta\.url\);/,
    (_all, _local, require) =>
      `var ${require}=s=>{let m=globalThis.process.getBuiltinModule(s);` +
      `if(!m)throw new Error("Cannot find module '"+s+"'");return m};`,
  );
  if (patched !== source) Deno.writeTextFileSync(file, patched);
}

/**
 * `deno run` reads every module that it can name before it starts the first, those behind `import()`
 * too: 150 files for a run that needs 30. A specifier that it cannot read off is looked up when it is
 * reached. `deno compile` has to see them all and gets the bundle without this.
 */
function hideLazyImports(name: string): void {
  const file = new URL(name, dist);
  const source = Deno.readTextFileSync(file);
  const hidden = source.replace(/\bimport\("(\.\/[\w.-]+\.js)"\)/g, 'import((0,"$1"))');
  if (hidden !== source) Deno.writeTextFileSync(file, hidden);
}

/**
 * A CommonJS package behind `import()` comes out of the bundler with nothing but a default export,
 * while its importers ask for names, as they may under the runtime itself. The names are added.
 */
async function nameExports(name: string): Promise<void> {
  const file = new URL(name, dist);
  const source = Deno.readTextFileSync(file);
  const end = /export default ([\w$]+\(\));?\s*$/.exec(source);
  if (!end) return;
  const module = await import(file.href) as { default: Record<string, unknown> };
  const names = Object.keys(module.default)
    .filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
  const list = names.map((key, i) => `n${i} as ${key}`).join(",");
  const values = names.map((key, i) => `n${i}=__cjs.${key}`).join(",");
  Deno.writeTextFileSync(
    file,
    `${source.slice(0, end.index)}var __cjs=${end[1]};export default __cjs;` +
      (names.length > 0 ? `var ${values};export{${list}};\n` : "\n"),
  );
}

/** Takes the launcher's variable out again before any child can inherit it. */
function addPrelude(): void {
  const file = new URL("main.js", dist);
  const prelude = `{const e=Deno.env,n="DENO_NO_UPDATE_CHECK";` +
    `e.get(n)===${JSON.stringify(updateCheckMark)}&&e.delete(n)}`;
  Deno.writeTextFileSync(file, `${prelude}\n${Deno.readTextFileSync(file)}`);
}

interface GraphModule {
  specifier: string;
  dependencies?: { specifier: string; isDynamic?: boolean; code?: { specifier: string } }[];
}

/** Fails when a module that every run loads imports a Node built-in: see {@link patchChunk}. */
async function refuseEagerNode(): Promise<void> {
  const bad = (await eagerModules()).filter((found) => found.specifier.startsWith("node:"));
  if (bad.length > 0) {
    throw new Error(
      "Cannot bundle: every run would load Node's built-in modules:\n" +
        bad.map(({ from, specifier }) => `  ${from} imports ${specifier}`).join("\n"),
    );
  }
}

/** What is loaded before the first line of the program runs, each with one importer. */
export async function eagerModules(): Promise<{ from: string; specifier: string }[]> {
  const json = await deno(["info", "--json", "--no-config", "--no-lock", "dist/main.js"]);
  const { roots, modules } = JSON.parse(json) as { roots: string[]; modules: GraphModule[] };
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const found: { from: string; specifier: string }[] = [];
  const seen = new Set<string>();
  const walk = (specifier: string, from: string): void => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    found.push({ from, specifier });
    for (const dependency of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (dependency.isDynamic) continue;
      walk(dependency.code?.specifier ?? dependency.specifier, specifier);
    }
  };
  for (const entry of roots) walk(entry, "");
  return found;
}

/**
 * Starts the bundle from wherever it lies and however it is called. It forks only when it is called
 * through a symbolic link. `DENO_NO_UPDATE_CHECK` stops `deno run` from asking the network for a
 * newer version of itself in the background; its value tells the bundle to take it out again.
 */
function launcher(): string {
  const flags = [...isolationFlags, ...permissionFlags].join(" ");
  return `#!/bin/sh
# atmos-auth: starts the bundle beside this file. DENO names the runtime to use, if not the one beside
# this file or on PATH.
self=$0
case $self in
*/*) ;;
*) self=./$self ;;
esac
ATMOS_AUTH_INVOKED_AS=\${self##*/}
export ATMOS_AUTH_INVOKED_AS
while [ -h "$self" ]; do
  link=$(readlink "$self") || exit 127
  case $link in
  /*) self=$link ;;
  *) self=\${self%/*}/$link ;;
  esac
done
home=\${self%/*}
if [ -n "\${DENO-}" ]; then
  deno=$DENO
elif [ -x "$home/deno" ]; then
  deno=$home/deno
elif command -v deno >/dev/null; then
  deno=deno
else
  echo "atmos-auth: cannot find deno on PATH: install it (npm install --global deno) or set DENO to its path" >&2
  exit 127
fi
if [ -z "\${DENO_NO_UPDATE_CHECK-}" ]; then
  DENO_NO_UPDATE_CHECK=${updateCheckMark}
  export DENO_NO_UPDATE_CHECK
fi
exec "$deno" run ${flags} "$home/main.js" "$@"
`;
}
