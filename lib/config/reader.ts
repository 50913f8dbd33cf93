/** Loads one file after the other into a merger, each with what it imports (01 §1.5, §1.6). */
import { AuthError } from "../core/types.ts";
import type { Deps, Finding } from "../core/types.ts";
import { compose, problemAt, sourceOf } from "./compose.ts";
import { functionArgs } from "./functions.ts";
import { importBases, importItems, localTargets, targetsIn } from "./imports.ts";
import type { ImportItem } from "./imports.ts";
import { checkNames } from "./merge.ts";
import type { Merger } from "./merge.ts";
import { locate } from "./node.ts";
import type { MapNode, Node, ScalarNode, Source } from "./node.ts";
import { isWithin, resolve } from "./path.ts";
import { readConfigFile } from "./read.ts";
import type { ConfigFile, ReadDeps } from "./read.ts";
import { isBelowAddress, isRemote, sanitize } from "./remote_address.ts";
import type { Settler } from "./settle.ts";

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

/** Longest chain of imports (01 §1.6). */
const MAX_IMPORT_DEPTH = 10;

/** A fetched address: files of a tree, or one document. */
export interface Fetched {
  /** One file got over http(s). */
  document?: { name: string; text: string };
  /** Absolute paths in the tree, in order. */
  paths?: string[];
  /** Directory of the fetched tree, real path, and the name it is shown under. */
  tree?: { path: string; name: string };
}

/** What the configuration says about fetching, as far as it is known. */
export interface RemoteSettings {
  /** `imports.ttl`. */
  ttl?: string;
  /** Text of `settings.<key>`. */
  setting: (key: string) => string | undefined;
}

/** Fetches remote imports (01 §1.7). Throws AuthError; the caller decides whether that is fatal. */
export interface RemoteImports {
  get(address: string, settings: RemoteSettings): Promise<Fetched>;
}

/** What the reader is told about the project. */
export interface ReaderContext {
  deps: ReadDeps & Pick<Deps, "log">;
  settler: Settler;
  /** Everything `importBases` needs beside the file. */
  project: Parameters<typeof importBases>[1];
  remote: RemoteImports | undefined;
  /** `settings.<key>` of what is merged so far. */
  setting: (key: string) => string | undefined;
}

interface Step {
  /** Real path or address. */
  id: string;
  name: string;
}

/** A file being read, and on whose behalf. */
interface Reading {
  id: string;
  what: string;
  found: Collected;
  /** Files that led here, outermost first. */
  stack: Step[];
  by?: string;
}

/** A file with everything it imports, ready to be merged or thrown away. */
export interface Collected {
  /** Low to high, the file itself last. */
  roots: Node[];
  sources: SourceEntry[];
  findings: Finding[];
  failures: AuthError[];
  /** Physical paths and addresses reached by imports. */
  imported: Set<string>;
}

/** Reads files and keeps the list of what it did. */
export class FileReader {
  /** In the order of loading. */
  readonly sources: SourceEntry[] = [];
  /** Warnings, and import failures as errors (`validate` reports them as such). */
  readonly findings: Finding[] = [];
  /** Failed imports, for `imports.strict`. */
  readonly failures: AuthError[] = [];
  /** Prefixes that local files trust (01 §1.7). */
  readonly trust: string[] = [];
  /** True when any file read has a tag. */
  tagged = false;
  /** `imports.ttl` of the local file read last. */
  ttl: string | undefined;
  #cx: ReaderContext;
  /** Parsed files by physical path: a file that is reached twice is parsed once. */
  #parsed = new Map<string, ConfigFile>();
  #fetched = new Map<string, Promise<Fetched>>();
  /** Fetched trees by path: the name they are shown under. */
  #trees = new Map<string, string>();

  constructor(cx: ReaderContext) {
    this.#cx = cx;
  }

  /** Reads `path` with all it imports and adds it to `merger`; a broken file throws. */
  async load(path: string, what: string, merger: Merger): Promise<void> {
    this.commit(await this.collect(path, what), merger);
  }

  /** Reads `path` with all it imports. */
  async collect(path: string, what: string): Promise<Collected> {
    const found: Collected = {
      roots: [],
      sources: [],
      findings: [],
      failures: [],
      imported: new Set(),
    };
    const id = this.realPath(path);
    await this.#add(this.parse(path), { id, what, found, stack: [] });
    return found;
  }

  /** Adds what was collected to a merger and to the lists kept here. */
  commit(found: Collected, merger: Merger): void {
    for (const root of found.roots) merger.add(root);
    this.sources.push(...found.sources);
    this.findings.push(...found.findings);
    this.failures.push(...found.failures);
  }

  /** Parses a local file once; what it says about imports is taken note of. */
  parse(path: string, more: Partial<Source> = {}): ConfigFile {
    const real = this.realPath(path);
    let file = this.#parsed.get(real);
    if (!file) {
      file = readConfigFile(this.#cx.deps, path, more);
      this.#parsed.set(real, file);
      this.#note(file);
    }
    return file;
  }

  /** True when a remote source may run commands and leave its tree. */
  trusted(name: string): boolean {
    return this.trust.some((prefix) => isBelowAddress(prefix, name));
  }

  realPath(path: string): string {
    return this.#cx.deps.files.realPath(path) ?? path;
  }

  #note(file: ConfigFile): void {
    this.tagged ||= file.tagged;
    if (file.root) checkNames(file.root);
    if (file.source.remote || file.root?.t !== "map") return;
    const imports = file.root.entries.get("imports")?.node;
    if (imports?.t !== "map") return;
    const trust = imports.entries.get("trust")?.node;
    const prefixes = trust?.t === "list" ? trust.items : trust ? [trust] : [];
    for (const prefix of prefixes) {
      if (prefix.t === "scalar" && prefix.text !== "") this.trust.push(prefix.text);
    }
    const ttl = imports.entries.get("ttl")?.node;
    if (ttl?.t === "scalar" && ttl.tag === undefined) this.ttl = ttl.text;
  }

  async #add(file: ConfigFile, at: Reading): Promise<void> {
    const { name } = file.source;
    if (file.root) {
      const root = file.root.t === "map"
        ? file.root
        : await this.#cx.settler.settle(file.root, [], "root");
      const imports = root?.t === "map" ? root.entries.get("import")?.node : undefined;
      if (imports) {
        const stack = [...at.stack, { id: at.id, name }];
        await this.#imports(root as MapNode, imports, file.source, { ...at, stack });
      }
      if (root) at.found.roots.push(root);
    }
    at.found.sources.push({ name, what: at.what, state: "loaded", by: at.by });
  }

  async #imports(
    root: MapNode,
    value: Node,
    source: Source,
    reading: Reading,
  ): Promise<void> {
    const settled = await this.#cx.settler.settle(value, ["import"]);
    if (settled === undefined) return;
    const { items, problems } = importItems(settled);
    for (const { at, reason } of problems) {
      reading.found.findings.push({
        severity: "warning",
        code: "import_not_text",
        path: "import",
        message: reason,
        location: locate(at.source, at.offset),
      });
    }
    if (reading.stack.length <= MAX_IMPORT_DEPTH) this.#fetchAhead(items, root, source);
    for (const item of items) {
      try {
        await this.#importItem(root, source, item, reading);
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        importFailed(reading.found, item, error, source);
      }
    }
  }

  async #importItem(
    root: MapNode,
    source: Source,
    item: ImportItem,
    { stack, found }: Reading,
  ): Promise<void> {
    if (stack.length > MAX_IMPORT_DEPTH) {
      throw failure(`maximum import depth reached (${MAX_IMPORT_DEPTH})`);
    }
    for (const { file, id } of await this.#targets(root, source, item)) {
      if (stack.some((step) => step.id === id)) {
        const chain = [...stack.map((step) => step.name), id].join(" -> ");
        this.#cx.deps.log.debug(`import cycle cut: ${chain}`);
        continue;
      }
      const parsed = file();
      if (parsed.source.remote && !this.trusted(parsed.source.name)) this.#refuseEffects(parsed);
      found.imported.add(id);
      await this.#add(parsed, { id, what: "import", found, stack, by: source.name });
    }
  }

  async #targets(
    root: MapNode,
    source: Source,
    item: ImportItem,
  ): Promise<{ file: () => ConfigFile; id: string }[]> {
    if (isRemote(item.text)) {
      if (!this.#mayFetch(item.text, source)) {
        throw failure("a remote file may not import local files", [
          "List its address under `imports.trust` in a local file to allow it",
        ]);
      }
      return await this.#remoteTargets(item.text, root);
    }
    const dir = source.dir;
    if (dir === undefined) throw failure("a single remote file can import addresses only");
    const { deps, project } = this.#cx;
    const paths = source.tree === undefined
      ? localTargets(deps, item.text, importBases({ root, dir }, project), dir)
      : this.#insideTree(item.text, dir, source.tree);
    if (paths.length === 0) throw failure("no such file, and nothing matches");
    return paths.map((path) => ({
      id: this.realPath(path),
      file: () =>
        this.parse(path, source.tree === undefined ? {} : this.#treeFile(path, source.tree)),
    }));
  }

  /** Imports of a fetched file stay in what was fetched (01 §1.6). */
  #insideTree(item: string, dir: string, tree: string): string[] {
    const { deps } = this.#cx;
    const paths = [dir, tree].map((base) => targetsIn(deps, base, item)).find((p) => p.length > 0);
    for (const path of paths ?? []) {
      if (!isWithin(deps.env, tree, this.realPath(path))) {
        throw failure("the target lies outside the fetched tree");
      }
    }
    return paths ?? [];
  }

  #treeFile(path: string, tree: string): Partial<Source> {
    const below = this.realPath(path).slice(tree.length + 1);
    return { name: `${this.#trees.get(tree)}//${below}`, remote: true, tree };
  }

  /** `file://` leads out of what was fetched. */
  #mayFetch(address: string, source: Source): boolean {
    return !source.remote || !/^(git::)?file:/i.test(address) || this.trusted(source.name);
  }

  /** All addresses of a list at once; who needs one waits for it, and sees its error. */
  #fetchAhead(items: ImportItem[], root: MapNode, source: Source): void {
    if (!this.#cx.remote) return;
    for (const { text } of items) {
      if (isRemote(text) && this.#mayFetch(text, source)) {
        this.#obtain(text, root, this.#cx.remote).catch(() => {});
      }
    }
  }

  #obtain(address: string, root: MapNode, remote: RemoteImports): Promise<Fetched> {
    let fetching = this.#fetched.get(address);
    if (!fetching) {
      const setting = (key: string) => settingOf(root, key) ?? this.#cx.setting(key);
      fetching = remote.get(address, { ttl: this.ttl, setting });
      this.#fetched.set(address, fetching);
    }
    return fetching;
  }

  async #remoteTargets(
    address: string,
    root: MapNode,
  ): Promise<{ file: () => ConfigFile; id: string }[]> {
    const { remote } = this.#cx;
    if (!remote) throw failure("remote imports are not possible here");
    const { tree, paths, document } = await this.#obtain(address, root, remote);
    if (!tree) {
      const { name, text } = document!;
      return [{ id: address, file: () => this.#document(name, text) }];
    }
    this.#trees.set(tree.path, tree.name);
    return paths!.map((path) => ({
      id: this.realPath(path),
      file: () => this.parse(path, this.#treeFile(path, tree.path)),
    }));
  }

  #document(name: string, text: string): ConfigFile {
    const source = sourceOf(name, text, { remote: true });
    const file = { source, ...compose(source) };
    this.#note(file);
    return file;
  }

  #leavesTree(include: ScalarNode): boolean {
    const path = functionArgs(include)[0] ?? "";
    const { dir, tree } = include.source;
    if (isRemote(path) || dir === undefined || tree === undefined) return true;
    return !isWithin(this.#cx.deps.env, tree, resolve(this.#cx.deps.env, dir, path));
  }

  /** `!exec` and includes that leave the tree make an untrusted import fail as a whole (01 §1.7). */
  #refuseEffects(file: ConfigFile): void {
    if (!file.tagged || !file.root) return;
    const walk = (node: Node): void => {
      if (node.t === "list") node.items.forEach(walk);
      else if (node.t === "map") { for (const entry of node.entries.values()) walk(entry.node); }
      else if (node.tag === "!exec") throw refused(node, "a remote file may not run commands");
      else if (node.tag?.startsWith("!include") && this.#leavesTree(node)) {
        throw refused(node, "a remote file may not include files outside its own tree");
      }
    };
    walk(file.root);
  }
}

function importFailed(found: Collected, item: ImportItem, error: AuthError, source: Source): void {
  const shown = sanitize(item.text);
  const location = locate(item.at.source, item.at.offset);
  const message = `failed to resolve import: ${shown}: ${error.message}`;
  const { file, line, column } = location;
  found.failures.push(
    new AuthError({
      code: "import_failed",
      message: `${message} (${file}:${line}:${column})`,
      hints: error.hints,
      context: { file, line: String(line), column: String(column) },
      cause: error,
      exit: 2,
    }),
  );
  found.findings.push({
    severity: "error",
    code: "import_failed",
    path: "import",
    message,
    location,
  });
  found.sources.push({
    name: shown,
    what: "import",
    state: "failed",
    why: error.message,
    by: source.name,
  });
}

/** Text of `settings.<key>` of one file. */
export function settingOf(root: Node | undefined, key: string): string | undefined {
  const settings = root?.t === "map" ? root.entries.get("settings")?.node : undefined;
  const node = settings?.t === "map" ? settings.entries.get(key)?.node : undefined;
  return node?.t === "scalar" && node.tag === undefined && node.text !== "" ? node.text : undefined;
}

function refused(node: Node, reason: string): AuthError {
  return problemAt(node, {
    code: "import_failed",
    prefix: "refused",
    reason,
    hints: ["List its address under `imports.trust` in a local file to allow it"],
  });
}

function failure(message: string, hints: string[] = []): AuthError {
  return new AuthError({ code: "import_failed", message, hints, exit: 2 });
}
