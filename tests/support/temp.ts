/** A directory that is removed at the end of the scope: `await using dir = await tempDir()`. */
export interface TempDir extends AsyncDisposable {
  path: string;
  /** Path of something inside. */
  join(...parts: string[]): string;
  /** Writes a file (parents are created) and returns its path. */
  write(name: string, text: string, mode?: number): Promise<string>;
}

export async function tempDir(): Promise<TempDir> {
  // The real path: on macOS the temporary directory lies behind a symlink.
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "atmos-auth-test-" }));
  const join = (...parts: string[]) => [path, ...parts].join("/");
  return {
    path,
    join,
    write: async (name, text, mode) => {
      const file = join(name);
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text, mode === undefined ? {} : { mode });
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
