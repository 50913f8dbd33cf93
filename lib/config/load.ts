/**
 * Loading the configuration (01 §1.1): find the files, read them with their fragments and imports,
 * merge from low to high, promote variables, add profiles and overrides, run the functions that
 * survived. Typing and validation come after, in the schema.
 */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { processEnv } from "../sys/env.ts";
import { sha256Hex } from "../sys/hash.ts";
import { join } from "../store/paths.ts";
import { resolveBasePath } from "./base_path.ts";
import { discover, listOr } from "./discover.ts";
import type { Discovery, Place } from "./discover.ts";
import { runFunction } from "./functions.ts";
import type { FunctionContext } from "./functions.ts";
import { isUnset, Merger, placeBelow } from "./merge.ts";
import { isNull, locate } from "./node.ts";
import type { MapNode, Node, ScalarNode } from "./node.ts";
import { defaults, layerOf, overridesFromEnv } from "./overrides.ts";
import { yamlFilesBelow } from "./read.ts";
import { FileReader } from "./reader.ts";
import type { SourceEntry } from "./reader.ts";
import { Settler } from "./settle.ts";

/** What loading may use. */
export type LoadDeps = Pick<
  Deps,
  "env" | "files" | "spawn" | "http" | "random" | "log" | "clock" | "locks"
>;

export interface LoadRequest {
  deps: LoadDeps;
  /** Flags as given; undefined = not given. Variables are looked up here. */
  flags?: {
    /** `--config`, each occurrence an element; `[""]` for an empty one. */
    config?: string[];
    configPath?: string[];
    basePath?: string;
    profile?: string[];
  };
  /** Absolute; the process's own directory when absent. */
  cwd?: string;
  /** False: no function with an effect or a secret is run (`validate --no-functions`). */
  functions?: boolean;
  /** Puts a variable of `env:` into the process environment (01 §1.11); the real one by default. */
  promote?: (name: string, value: string) => void;
}

export interface LoadedConfig {
  /** Everything merged; functions of our sections have been run. */
  merged: MapNode;
  /** In the order of loading, low to high. */
  sources: SourceEntry[];
  /** Highest configuration directory (01 §3.1). */
  configDir: string;
  /** All of them, highest first. */
  configDirs: string[];
  /** Main files read, low to high. */
  configFiles: string[];
  gitRoot: string | undefined;
  cwd: string;
  /** Absolute project base path (01 §1.10). */
  readonly basePath: string;
  /** `env:` without the promoted names: for children only. */
  childEnv: Record<string, string>;
  activeProfiles: string[];
  /** `--profile` or ATMOS_PROFILE chose them (01 §3.6). */
  profilesExplicit: boolean;
  /** For `warn` lines and `validate`. */
  warnings: string[];
  /** The realm that the reference derives here (01 §4.8). */
  readonly derivedRealm: string;
  /** The value at a path of the merged tree; undefined when absent or null. */
  at(...path: string[]): Node | undefined;
  /** Text of a scalar at a path; undefined when absent, null or no scalar. */
  text(...path: string[]): string | undefined;
}

/** Sections of ours: functions there are run; the others keep theirs (01 §1.13). */
const SECTIONS = new Set([
  "auth",
  "base_path",
  "env",
  "import",
  "imports",
  "logs",
  "metadata",
  "profiles",
  "settings",
  "stacks",
]);

/** Loads the configuration. Throws AuthError, exit 2 (a failed `!exec`: its own code). */
export function loadConfig(request: LoadRequest): Promise<LoadedConfig> {
  return new Loading(request).run();
}

class Loading {
  #request: LoadRequest;
  #deps: LoadDeps;
  #cwd: string;
  #discovery!: Discovery;
  #merger = new Merger();
  #reader: FileReader;
  #settler: Settler;
  /** Variables promoted here: visible even where the environment is a fixed one. */
  #promoted: Record<string, string> = {};
  #warnings: string[] = [];
  #fragmentDirs = new Set<string>();

  constructor(request: LoadRequest) {
    this.#request = request;
    this.#deps = request.deps;
    this.#cwd = request.cwd ?? request.deps.env.cwd();
    this.#reader = new FileReader(this.#deps);
    const cx = this.#functionContext();
    const functions = request.functions ?? true;
    this.#settler = new Settler((fn, path) =>
      functions || fn.tag === "!include" || fn.tag === "!include.raw"
        ? runFunction(cx, fn, path)
        : fn
    );
  }

  async run(): Promise<LoadedConfig> {
    const { flags = {} } = this.#request;
    this.#discovery = discover({
      deps: this.#deps,
      cwd: this.#cwd,
      config: listOr(this.#deps.env, flags.config, "ATMOS_CONFIG"),
      configPath: listOr(this.#deps.env, flags.configPath, "ATMOS_CONFIG_PATH"),
    });
    this.#warnings.push(...this.#discovery.warnings);
    this.#loadPlaces();
    const anyFile = this.#discovery.places.some((place) => place.file && !place.skipped);
    await this.#promote();
    const user = this.#merger;
    this.#merger = new Merger();
    this.#merger.add(defaults(anyFile));
    if (user.root) this.#merger.add(user.root);
    for (const layer of overridesFromEnv(this.#deps.env, (name) => this.#variable(name))) {
      this.#merger.add(layer);
    }
    return this.#result();
  }

  #loadPlaces(): void {
    const { places, gitRoot } = this.#discovery;
    // Fragments of the git root lie beneath all directories, unless it is one of them (01 §1.5).
    let beneath = places.some((place) => place.fragments && place.dir === gitRoot)
      ? undefined
      : gitRoot;
    for (const place of places) {
      if (place.fragments) {
        if (beneath !== undefined) this.#loadFragments(beneath);
        beneath = undefined;
      }
      this.#loadPlace(place);
    }
  }

  #loadPlace(place: Place): void {
    const { what, dir, file, skipped } = place;
    if (place.fragments) this.#loadFragments(dir);
    if (skipped) {
      this.#reader.sources.push({ name: file ?? dir, what, state: "skipped", why: skipped });
    } else if (!file) {
      this.#reader.sources.push({ name: dir, what, state: "missing" });
    } else {
      this.#reader.load(file, what, this.#merger);
    }
  }

  /** `atmos.d/`, then `.atmos.d/` of a directory; once each. */
  #loadFragments(dir: string): void {
    if (this.#fragmentDirs.has(dir)) return;
    this.#fragmentDirs.add(dir);
    for (const name of ["atmos.d", ".atmos.d"]) {
      for (const path of yamlFilesBelow(this.#deps, join(this.#deps.env, dir, name))) {
        this.#reader.load(path, "fragment", this.#merger);
      }
    }
  }

  /** A variable: the real one, even an empty one, before a promoted one. */
  #variable(name: string): string | undefined {
    return this.#deps.env.get(name) ?? this.#promoted[name];
  }

  /** 01 §1.11: `ATMOS_*` names of the base `env:` act as environment defaults. */
  async #promote(): Promise<void> {
    const promote = this.#request.promote ?? processEnv.set;
    for (const [name, value] of Object.entries(await this.#envSection())) {
      if (!name.startsWith("ATMOS_") || this.#deps.env.get(name) !== undefined) continue;
      this.#promoted[name] = value;
      promote(name, value);
    }
  }

  async #envSection(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const node = await this.#settled("env");
    if (node === undefined || isNull(node)) return found;
    if (node.t !== "map") throw wrongType(node, "env", "a map of names to texts");
    for (const [name, { node: value }] of node.entries) {
      if (isNull(value)) continue;
      if (value.t !== "scalar") throw wrongType(value, `env.${name}`, "a text");
      if (value.tag === undefined) found[name] = value.text;
    }
    return found;
  }

  async #settled(section: string): Promise<Node | undefined> {
    const root = await this.#root();
    const entry = root?.entries.get(section);
    if (!entry || isUnset(entry.node)) return undefined;
    return this.#settler.settle(entry.node, [section], placeBelow("root", section));
  }

  /** The root as a map: an include at the very top is resolved at once. */
  async #root(): Promise<MapNode | undefined> {
    const root = this.#merger.root;
    if (root === undefined || root.t === "map") return root;
    const settled = await this.#settler.settle(root, [], "root");
    return settled?.t === "map" ? settled : undefined;
  }

  async #result(): Promise<LoadedConfig> {
    const { flags = {} } = this.#request;
    const { env } = this.#deps;
    const runtime = flags.basePath || this.#variable("ATMOS_BASE_PATH") || undefined;
    const declared = (await this.#root())?.entries.get("base_path")?.node;
    if (runtime !== undefined) {
      const source = flags.basePath
        ? { name: "--base-path", text: runtime, kind: "flag" as const }
        : { name: "ATMOS_BASE_PATH", text: runtime, kind: "env" as const };
      this.#merger.add(layerOf(source, "base_path", runtime));
    }
    const merged = await this.#settleSections(await this.#root());
    const { gitRoot, configDirs, places } = this.#discovery;
    const configFiles = places.filter((p) => p.file && !p.skipped).map((p) => p.file!);
    const configDir = configDirs[0]!;
    const at = (...path: string[]) => nodeAt(merged, path);
    const text = (...path: string[]) => {
      const node = at(...path);
      return node?.t === "scalar" && node.tag === undefined ? node.text : undefined;
    };
    const childEnv = await this.#envSection();
    for (const name of Object.keys(childEnv)) if (name.startsWith("ATMOS_")) delete childEnv[name];
    const files = this.#deps.files;
    const cwd = this.#cwd;
    return {
      merged,
      sources: this.#reader.sources,
      configDir,
      configDirs,
      configFiles,
      gitRoot,
      cwd,
      get basePath() {
        return resolveBasePath({
          env,
          value: text("base_path"),
          runtime: runtime !== undefined || isCwd(declared),
          anchor: at("base_path")?.source.dir ?? configDir,
          gitRoot: gitRootForPaths(env, gitRoot),
          configDir: configFiles.length > 0 ? configDir : undefined,
          cwd,
          exists: (path) => files.exists(path),
        });
      },
      childEnv,
      activeProfiles: [],
      profilesExplicit: false,
      warnings: this.#warnings,
      get derivedRealm() {
        return deriveRealm(env.os === "windows", realmBasis());
      },
      at,
      text,
    };
    function realmBasis(): string | undefined {
      const explicit = [...flags.config ?? [], ...flags.configPath ?? []];
      if (explicit.length > 1) return explicit.map((path) => `${path};`).join("");
      if (explicit.length === 1) return explicit[0]!;
      return configFiles.length > 0 ? configDir : undefined;
    }
  }

  async #settleSections(root: MapNode | undefined): Promise<MapNode> {
    if (root === undefined) return defaults(true);
    const entries: MapNode["entries"] = new Map();
    for (const [key, entry] of root.entries) {
      if (!SECTIONS.has(key) || !this.#reader.tagged) {
        entries.set(key, entry);
        continue;
      }
      const node = await this.#settler.settle(entry.node, [key], placeBelow("root", key));
      if (node !== undefined) entries.set(key, { ...entry, node });
    }
    return { ...root, entries };
  }

  #functionContext(): FunctionContext {
    return {
      deps: this.#deps,
      cwd: this.#cwd,
      gitRoot: () => this.#discovery.gitRoot,
      includeBase: () => undefined,
      trusted: () => false,
      fetchRemote: (url: string, at: ScalarNode) => {
        const { file, line } = locate(at.source, at.offset);
        throw new AuthError({
          code: "import_failed",
          message: `failed to resolve import: ${url} (${file}:${line})`,
          exit: 2,
        });
      },
    };
  }
}

function isCwd(node: Node | undefined): boolean {
  return node?.t === "scalar" && node.tag === "!cwd";
}

function nodeAt(root: Node, path: readonly string[]): Node | undefined {
  let here: Node | undefined = root;
  for (const key of path) {
    if (here?.t !== "map") return undefined;
    here = here.entries.get(key)?.node;
  }
  return here === undefined || isNull(here) ? undefined : here;
}

function gitRootForPaths(env: LoadDeps["env"], gitRoot: string | undefined): string | undefined {
  return /^(0|f|F|FALSE|false|False)$/.test(env.get("ATMOS_GIT_ROOT_BASEPATH") ?? "")
    ? undefined
    : gitRoot;
}

/** First 16 hex digits of SHA-256 over the lower-cased path with forward slashes (01 §4.8). */
function deriveRealm(windows: boolean, basis: string | undefined): string {
  if (basis === undefined) return "default";
  const path = (windows ? basis.replaceAll("\\", "/") : basis).replace(/(.)\/+$/, "$1");
  return sha256Hex(path.toLowerCase()).slice(0, 16);
}

function wrongType(node: Node, path: string, wanted: string): AuthError {
  const { file, line, column } = locate(node.source, node.offset);
  return new AuthError({
    code: "config_type",
    message: `invalid configuration: ${file}:${line}:${column}: ${path} must be ${wanted}`,
    context: { file, line: String(line), column: String(column) },
    exit: 2,
  });
}
