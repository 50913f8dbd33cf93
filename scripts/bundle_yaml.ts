/**
 * js-yaml builds its tags, schemas and writer at import, whether they are used or not, and the bundler
 * keeps calls that it cannot know to be without effect. They are: each only makes an object. With
 * marks that say so, the parser alone is bundled: 1 ms less for every run of the program.
 */

/** Writes a marked copy of the library and an import map that leads to it; gives the map's path. */
export function writeYamlImportMap(root: URL, dir: URL): string {
  const source = Deno.readTextFileSync(new URL(import.meta.resolve("js-yaml")));
  const marked = source.replace(
    /^((?:var|const|let) \w+ = )((?:define(?:Scalar|Sequence|Mapping)Tag|new \w+|Symbol|Object\.\w+|[A-Z_0-9]+\.\w+|new RegExp)\()/gm,
    "$1/*@__PURE__*/ $2",
  );
  if (marked === source) {
    throw new Error("js-yaml no longer looks as scripts/bundle_yaml.ts expects");
  }
  Deno.mkdirSync(dir, { recursive: true });
  Deno.writeTextFileSync(new URL("js-yaml.mjs", dir), marked);
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))) as {
    imports: Record<string, string>;
  };
  const map = new URL("import_map.json", dir);
  Deno.writeTextFileSync(
    map,
    JSON.stringify({ imports: { ...imports, "js-yaml": "./js-yaml.mjs" } }, null, 2),
  );
  return decodeURIComponent(map.pathname).replace(/^\/([A-Za-z]:)/, "$1");
}
