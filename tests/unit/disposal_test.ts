import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);

/** Sources of the program. */
function* sources(dir: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(dir)) {
    if (entry.isDirectory) yield* sources(new URL(`${entry.name}/`, dir));
    else if (entry.name.endsWith(".ts")) yield new URL(entry.name, dir);
  }
}

// The minifier puts the value of a variable that is used exactly once in the place of its use, and
// forgets that `using` would have disposed of it: a lock would never be released.
Deno.test("what `using` holds is not used exactly once, or the minifier drops its disposal", () => {
  const lost: string[] = [];
  for (const part of ["lib/", "providers/", "integrations/"]) {
    for (const file of sources(new URL(part, root))) {
      const text = Deno.readTextFileSync(file);
      for (const found of text.matchAll(/^ *(?:await )?using (\w+) = /gm)) {
        const name = found[1]!;
        if (name.startsWith("_")) continue; // never used, by the linter's rule
        // up to the end of the enclosing function, roughly: the next line that ends one
        const [scope] = text.slice(found.index + found[0].length).split(/^}/m, 1);
        const uses = [...scope!.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length;
        if (uses === 1) lost.push(`${file.pathname.slice(root.pathname.length)}: ${name}`);
      }
    }
  }
  assert.deepEqual(lost, []);
});
