/**
 * The second half of bundling. The bundler cuts the program into a chunk for each set of modules that
 * the same `import()`s reach: two dozen small files for a warm `env`. What such runs load is put into
 * one file, `hot.js`; the files it came from become re-exports of it, so that nothing exists twice.
 */

/** Modules behind `import()` that warm runs reach, by the start of their file names. */
const warm = [
  "env",
  "exec",
  "list",
  "list_files",
  "list_tree",
  "pager",
  "whoami",
  "aws_eks_token",
  "spawn",
  "mock_aws",
  "aws_permission_set",
  "aws_assume_role",
  "aws_user",
];

interface Part {
  /** File name in `dist/`. */
  file: string;
  /** Exported names. */
  exports: string[];
}

/** Merges the modules of warm runs in a bundle whose entry `main.js` exports `runProgram`. */
export async function mergeHotModules(
  dist: URL,
  deno: (args: string[]) => Promise<string>,
): Promise<void> {
  const read = (file: string) => Deno.readTextFileSync(new URL(file, dist));
  const write = (file: string, text: string) => Deno.writeTextFileSync(new URL(file, dist), text);
  const files = [...Deno.readDirSync(dist)].map((e) => e.name).filter((n) => n.endsWith(".js"));
  const starts = [
    "main.js",
    ...files.filter((f) =>
      warm.some((name) => f.startsWith(`${name}-`) && f.length === name.length + 12)
    ),
  ];
  const parts = closure(starts, read).map((file): Part => ({
    file,
    exports: exportsOf(read(file)),
  }));
  const entry = parts.map(({ file, exports }, i) => {
    const names = exports.map((name) => `${name} as p${i}_${name}`).join(",");
    return exports.length > 0 ? `export{${names}}from"./${file}";` : `import"./${file}";`;
  }).join("\n");
  const own = parts.filter(({ file }) => file !== "main.js" && !file.startsWith("chunk-"));
  const lazy = /\bimport\("(\.\/[\w.-]+\.js)"\)/g;
  for (const { file } of parts) {
    // what is in this file anyway needs no lookup; the rest must stay lazy, so the bundler must not
    // be able to follow it
    const text = read(file).replace(
      lazy,
      (_all, to: string) =>
        own.some((part) => `./${part.file}` === to) ? `__warm("${to}")` : `import(__lazy+"${to}")`,
    );
    write(file, `import{__warm}from"./hot_warm.js";${text}`);
  }
  write("hot_warm.js", warmModules(own));
  write("hot_entry.js", entry);
  await deno([
    "bundle",
    "--quiet",
    "--minify",
    "--platform=deno",
    "--output=dist/hot.js",
    "dist/hot_entry.js",
  ]);
  for (const file of ["hot_entry.js", "hot_warm.js"]) Deno.removeSync(new URL(file, dist));
  write(
    "hot.js",
    read("hot.js").replace(/\bimport\(__lazy\+"(\.\/[\w.-]+\.js)"\)/g, 'import("$1")'),
  );
  for (const [i, { file, exports }] of parts.entries()) {
    const names = exports.map((name) => `p${i}_${name} as ${name}`).join(",");
    write(file, exports.length > 0 ? `export{${names}}from"./hot.js";\n` : `import"./hot.js";\n`);
  }
  // The runtime stores compiled code of what it has loaded when its loop turns, and a warm run would
  // be over before the first turn: it takes one, or every run compiles anew (20 ms).
  write(
    "main.js",
    `import{p0_runProgram as run}from"./hot.js";const code=await run(Deno.args);` +
      `await Deno.lstat(".").catch(()=>{});Deno.exit(code);\n`,
  );
}

/** What answers the `import()`s that lead from one part of the merged file to another. */
function warmModules(parts: Part[]): string {
  const imports = parts.map(({ file }, i) => `import*as w${i} from"./${file}";`).join("\n");
  const cases = parts.map(({ file }, i) => `case"./${file}":return w${i};`).join("");
  return `${imports}\nexport const __warm=async(f)=>{switch(f){${cases}}};\n`;
}

/** The files and everything they import statically, starts first. */
function closure(starts: string[], read: (file: string) => string): string[] {
  const found = new Set(starts);
  for (const file of found) {
    for (const [, next] of read(file).matchAll(/(?:\bfrom|\bimport)\s*"\.\/([\w.-]+\.js)"/g)) {
      found.add(next!);
    }
  }
  return [...found];
}

/** Names in the `export{…}` that the bundler writes at the end of a file. */
function exportsOf(source: string): string[] {
  return [...source.matchAll(/\bexport\s*\{([^}]*)\}(?!\s*from)/g)].flatMap(([, list]) =>
    list!.split(",").map((item) => item.trim()).filter((item) => item !== "").map((item) =>
      item.split(/\s+as\s+/).at(-1)!
    )
  );
}
