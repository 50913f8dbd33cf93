/** Loads one file after the other into a merger, each with what it imports (01 §1.5, §1.6). */
import type { Merger } from "./merge.ts";
import { readConfigFile } from "./read.ts";
import type { ConfigFile, ReadDeps } from "./read.ts";

/** One file that was considered, for `config sources` (01, Beyond 3). */
export interface SourceEntry {
  /** Path or sanitised URL. */
  name: string;
  /** Where it comes from: `cwd`, `fragment`, `import`, `profile dev`, … */
  what: string;
  state: "loaded" | "missing" | "skipped" | "failed";
  why?: string;
  /** File that imported it. */
  by?: string;
}

/** Reads files into a merger and keeps the list of what it did. */
export class FileReader {
  /** In the order of loading. */
  readonly sources: SourceEntry[] = [];
  /** True when any file read has a tag. */
  tagged = false;
  #deps: ReadDeps;
  /** Parsed files by physical path: a file that is reached twice is parsed once. */
  #parsed = new Map<string, ConfigFile>();

  constructor(deps: ReadDeps) {
    this.#deps = deps;
  }

  /** Reads `path` and adds it to `merger`. */
  load(path: string, what: string, merger: Merger): void {
    const file = this.parse(path);
    if (file.root) merger.add(file.root);
    this.sources.push({ name: path, what, state: "loaded" });
  }

  parse(path: string): ConfigFile {
    const real = this.#deps.files.realPath(path) ?? path;
    let file = this.#parsed.get(real);
    if (!file) {
      file = readConfigFile(this.#deps, path);
      this.#parsed.set(real, file);
      this.tagged ||= file.tagged;
    }
    return file;
  }
}
