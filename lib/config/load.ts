/**
 * Loading the configuration (01 §1.1): find the files, read them with their fragments and imports,
 * merge from low to high, promote variables, add profiles and overrides, run the functions that
 * survived. Typing and validation come after, in the schema.
 */
import { AuthError } from "../core/types.ts";
import type { Deps, Finding } from "../core/types.ts";
import { expandHome, join } from "../store/paths.ts";
import { processEnv } from "../sys/env.ts";
import { sha256Hex } from "../sys/hash.ts";
import { resolveBasePath } from "./base_path.ts";
import { boolOf, discover, listOr, splitList } from "./discover.ts";
import type { Discovery, Place } from "./discover.ts";
import { functionFailed, runFunction } from "./functions.ts";
import type { FunctionContext } from "./functions.ts";
import { isUnset, Merger, placeBelow } from "./merge.ts";
import type { Place as MergePlace } from "./merge.ts";
import { isNull, locate } from "./node.ts";
import type { MapNode, Node } from "./node.ts";
import { defaults, layerOf, overridesFromEnv } from "./overrides.ts";
import { resolve } from "./path.ts";
import {
  collectProfile,
  findProfile,
  lastOfEach,
  listProfiles,
  profileLocations,
  profileMetadata,
  texts,
  withoutMetadata,
} from "./profiles.ts";
import type { Profile, ProfileLocation } from "./profiles.ts";
import { readProvisioned } from "./provisioned.ts";
import { yamlFilesBelow } from "./read.ts";
import { FileReader, settingOf } from "./reader.ts";
import type { RemoteImports, SourceEntry } from "./reader.ts";
import { sanitize } from "./remote_address.ts";
import { Settler } from "./settle.ts";
import type { RunFunction } from "./settle.ts";

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
    /** `--profile`, each occurrence an element. */
    profile?: string[];
    /** `--profile` without a value: choose from a list. */
    profileBare?: boolean;
  };
  /** A selected profile that is unknown or broken is a warning (`profile list`). */
  lenientProfiles?: boolean;
  /** Asks for profiles; absent where nobody can be asked. `named`: those already given. */
  pickProfiles?: (known: Profile[], named: string[]) => Promise<string[]>;
  /** Fetches remote imports; without it they fail. */
  remote?: RemoteImports;
  /** Program name before a top-level word, for hints; asked for only then. */
  prog?: () => string;
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
  /** From high to low (01 §3.1). */
  profileLocations: ProfileLocation[];
  /**
   * What loading found worth telling: `warn` lines for commands; in `validate` with their own
   * severity (a failed import is an error there, 01 §1.6).
   */
  findings: Finding[];
  /** The realm that the reference derives here (01 §4.8). */
  readonly derivedRealm: string;
  /** Runs the functions in a node that is no part of the merged tree (stack manifests). */
  evaluate(node: Node, path: readonly string[], place?: MergePlace): Promise<Node | undefined>;
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
export async function loadConfig(request: LoadRequest): Promise<LoadedConfig> {
  return await new Loading(request).run();
}

class Loading {
  #request: LoadRequest;
  #deps: LoadDeps;
  #cwd: string;
  #discovery: Discovery;
  #merger = new Merger();
  #reader: FileReader;
  #settler: Settler;
  /** Variables promoted here: visible even where the environment is a fixed one. */
  #promoted: Record<string, string> = {};
  #fragmentDirs = new Set<string>();
  #locations: ProfileLocation[] = [];
  #profiles: Profile[] = [];
  #profilesExplicit = false;

  constructor(request: LoadRequest) {
    this.#request = request;
    this.#deps = request.deps;
    this.#cwd = request.cwd ?? request.deps.env.cwd();
    const { flags = {} } = request;
    this.#discovery = discover({
      deps: this.#deps,
      cwd: this.#cwd,
      config: listOr(this.#deps.env, flags.config, "ATMOS_CONFIG"),
      configPath: listOr(this.#deps.env, flags.configPath, "ATMOS_CONFIG_PATH"),
    });
    const run = functionRunner(request, this.#functionContext());
    this.#settler = new Settler(run);
    this.#reader = new FileReader({
      deps: this.#deps,
      settler: this.#settler,
      project: { ...this.#project(), runtimeBasePath: this.#runtimeBasePath() },
      remote: request.remote,
      setting: (key) => settingOf(this.#merger.root, key),
    });
  }

  async run(): Promise<LoadedConfig> {
    this.#noteTrust();
    await this.#loadPlaces();
    await this.#promote();
    await this.#loadProfiles();
    await this.#refuseFailures();
    this.#merger = await this.#beneath();
    for (const layer of overridesFromEnv((name) => this.#variable(name))) this.#merger.add(layer);
    return this.#result();
  }

  /** Local files say which remote ones they trust: all are read before anything is fetched. */
  #noteTrust(): void {
    for (const { file, skipped } of this.#discovery.places) {
      if (file && !skipped) this.#reader.parse(file);
    }
  }

  async #loadPlaces(): Promise<void> {
    const { places, gitRoot } = this.#discovery;
    // Fragments of the git root lie beneath all directories, unless it is one of them (01 §1.5).
    let beneath = places.some((place) => place.fragments && place.dir === gitRoot)
      ? undefined
      : gitRoot;
    for (const place of places) {
      if (place.fragments) {
        if (beneath !== undefined) await this.#loadFragments(beneath);
        beneath = undefined;
      }
      await this.#loadPlace(place);
    }
  }

  async #loadPlace({ what, dir, file, skipped, fragments }: Place): Promise<void> {
    if (fragments) await this.#loadFragments(dir);
    if (skipped) {
      this.#reader.sources.push({ name: file ?? dir, what, state: "skipped", why: skipped });
    } else if (!file) {
      this.#reader.sources.push({ name: dir, what, state: "missing" });
    } else {
      await this.#reader.load(file, what, this.#merger);
    }
  }

  /** `atmos.d/`, then `.atmos.d/` of a directory; once each. */
  async #loadFragments(dir: string): Promise<void> {
    if (this.#fragmentDirs.has(dir)) return;
    this.#fragmentDirs.add(dir);
    for (const name of ["atmos.d", ".atmos.d"]) {
      for (const path of yamlFilesBelow(this.#deps, join(this.#deps.env, dir, name))) {
        await this.#reader.load(path, "fragment", this.#merger);
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

  /** 01 §3.2, §3.3: the chosen profiles, left to right over the base. */
  async #loadProfiles(): Promise<void> {
    const section = await this.#settled("profiles");
    const entries = section?.t === "map" ? section.entries : undefined;
    const base = entries?.get("base_path")?.node;
    const configured = base?.t === "scalar" && !isNull(base) && base.text.trim() !== ""
      ? resolve(
        this.#deps.env,
        base.source.dir ?? this.#discovery.configDirs[0]!,
        expandHome(this.#deps.env, base.text.trim()),
      )
      : undefined;
    this.#locations = profileLocations(this.#deps, {
      configured,
      configDirs: this.#discovery.configDirs,
    });
    const names = await this.#profileNames(texts(entries?.get("default")?.node));
    if (names.length === 0) return;
    const identities = this.#identities();
    const prog = this.#request.prog ?? (() => "atmos-auth");
    for (const name of names) {
      try {
        const profile = findProfile(this.#deps, this.#locations, name, { prog, identities });
        await this.#addProfile(profile, []);
      } catch (error) {
        if (!this.#request.lenientProfiles || !(error instanceof AuthError)) throw error;
        const message = `profile ${name}: ${error.message}`;
        this.#reader.findings.push({ severity: "warning", code: error.code, path: "", message });
      }
    }
  }

  async #profileNames(byDefault: string[]): Promise<string[]> {
    const { flags = {}, pickProfiles } = this.#request;
    const variable = listOr(this.#deps.env, undefined, "ATMOS_PROFILE") ??
      splitList([this.#promoted.ATMOS_PROFILE ?? ""]);
    const given = splitList(flags.profile ?? []);
    const named = given.length > 0 ? given : variable;
    this.#profilesExplicit = named.length > 0 || flags.profileBare === true;
    if (!flags.profileBare) return lastOfEach(named.length > 0 ? named : byDefault);
    if (!pickProfiles) {
      throw new AuthError({
        code: "profile_needs_tty",
        message: "interactive mode is not available: --profile requires a value",
        exit: 2,
      });
    }
    return lastOfEach(await pickProfiles(listProfiles(this.#deps, this.#locations), named));
  }

  /** Names of the identities so far, for the error of an unknown profile. */
  #identities(): string[] {
    const root = this.#merger.root;
    const node = root && nodeAt(root, ["auth", "identities"]);
    return node?.t === "map" ? [...node.entries.keys()] : [];
  }

  /** One profile, after those it extends (01, Beyond 7). */
  async #addProfile(profile: Profile, above: string[]): Promise<void> {
    if (above.includes(profile.name)) {
      throw new AuthError({
        code: "profile_cycle",
        message: `profiles extend each other: ${[...above, profile.name].join(" -> ")}`,
        exit: 2,
      });
    }
    const metadata = profileMetadata(this.#deps, profile, (path) => this.#reader.parse(path));
    for (const name of metadata?.extends ?? []) {
      const prog = this.#request.prog ?? (() => "atmos-auth");
      const parent = findProfile(this.#deps, this.#locations, name, { prog, identities: [] });
      await this.#addProfile(parent, [...above, profile.name]);
    }
    const files = await collectProfile(this.#deps, this.#reader, profile);
    if (files.length === 0) this.#deps.log.debug(`profile ${profile.name} has no files`);
    for (const found of files) {
      this.#reader.commit({ ...found, roots: found.roots.map(withoutMetadata) }, this.#merger);
    }
    if (above.length === 0) this.#profiles.push(profile);
  }

  /** `imports.strict`: the first failed import is fatal (01 §1.6). */
  async #refuseFailures(): Promise<void> {
    const [first] = this.#reader.failures;
    if (!first) return;
    const imports = await this.#settled("imports");
    const node = imports?.t === "map" ? imports.entries.get("strict")?.node : undefined;
    const configured = node?.t === "scalar" ? node.text : undefined;
    const strict = boolOf("ATMOS_IMPORTS_STRICT", this.#variable("ATMOS_IMPORTS_STRICT")) ??
      boolOf("imports.strict", configured) ?? false;
    if (strict) throw first;
  }

  /** Defaults and provisioned identities lie beneath everything that users wrote (01 §1.9, §1.12). */
  async #beneath(): Promise<Merger> {
    const user = this.#merger;
    const anyFile = this.#project().configDir !== undefined;
    const merger = new Merger();
    merger.add(defaults(anyFile));
    const providers = await this.#providerNames();
    const provisioned = providers.length === 0 ? [] : await readProvisioned({
      deps: this.#deps,
      providers,
      realm: () => this.#realm(),
      told: this.#reader,
    });
    for (const layer of provisioned) merger.add(layer);
    if (user.root) merger.add(user.root);
    return merger;
  }

  async #providerNames(): Promise<string[]> {
    const root = await this.#root();
    const auth = root?.entries.get("auth")?.node;
    if (!auth || isNull(auth)) return [];
    let providers = auth.t === "map" ? auth.entries.get("providers")?.node : auth;
    if (!providers || isNull(providers)) return [];
    if (providers.t !== "map" || auth.t !== "map") {
      const settled = await this.#settled("auth");
      providers = settled && nodeAt(settled, ["providers"]);
    }
    return providers?.t === "map" ? [...providers.entries.keys()] : [];
  }

  /** The realm in force (01 §4.8), unchecked. */
  async #realm(): Promise<string> {
    const auth = await this.#settled("auth");
    const node = auth && nodeAt(auth, ["realm"]);
    const configured = node?.t === "scalar" ? node.text : "";
    const realm = this.#variable("ATMOS_AUTH_REALM") || configured;
    if (realm !== "auto") return realm;
    return deriveRealm(this.#deps.env.os === "windows", this.#realmBasis());
  }

  /** `--base-path`, else ATMOS_BASE_PATH. */
  #runtimeBasePath(): string | undefined {
    return this.#request.flags?.basePath || this.#variable("ATMOS_BASE_PATH") || undefined;
  }

  #project() {
    const { env, files } = this.#deps;
    const { gitRoot, configDirs, places } = this.#discovery;
    const off = boolOf("ATMOS_GIT_ROOT_BASEPATH", env.get("ATMOS_GIT_ROOT_BASEPATH")) === false;
    return {
      env,
      gitRoot: off ? undefined : gitRoot,
      configDir: places.some((place) => place.file && !place.skipped) ? configDirs[0] : undefined,
      cwd: this.#cwd,
      exists: (path: string) => files.exists(path),
    };
  }

  async #result(): Promise<LoadedConfig> {
    const runtime = this.#runtimeBasePath();
    const declared = (await this.#root())?.entries.get("base_path")?.node;
    if (runtime !== undefined) {
      const source = this.#request.flags?.basePath
        ? { name: "--base-path", text: runtime, kind: "flag" as const }
        : { name: "ATMOS_BASE_PATH", text: runtime, kind: "env" as const };
      this.#merger.add(layerOf(source, "base_path", runtime));
    }
    const merged = await this.#settleSections((await this.#root())!);
    const childEnv = await this.#envSection();
    for (const name of Object.keys(childEnv)) if (name.startsWith("ATMOS_")) delete childEnv[name];
    const { gitRoot, configDirs, places, warnings } = this.#discovery;
    const configFiles = places.filter((p) => p.file && !p.skipped).map((p) => p.file!);
    const project = this.#project();
    const { env } = this.#deps;
    const at = (...path: string[]) => nodeAt(merged, path);
    const text = (...path: string[]) => {
      const node = at(...path);
      return node?.t === "scalar" && node.tag === undefined ? node.text : undefined;
    };
    const basis = this.#realmBasis();
    return {
      merged,
      sources: this.#reader.sources,
      configDir: configDirs[0]!,
      configDirs,
      configFiles,
      gitRoot,
      cwd: this.#cwd,
      get basePath() {
        return resolveBasePath({
          ...project,
          value: text("base_path"),
          runtime: runtime !== undefined || isCwd(declared),
          anchor: at("base_path")?.source.dir ?? configDirs[0]!,
        });
      },
      childEnv,
      activeProfiles: this.#profiles.map((profile) => profile.name),
      profilesExplicit: this.#profilesExplicit,
      profileLocations: this.#locations,
      findings: [
        ...warnings.map((message) => ({
          severity: "warning" as const,
          code: "config_path_missing",
          path: "",
          message,
        })),
        ...this.#reader.findings,
      ],
      get derivedRealm() {
        return deriveRealm(env.os === "windows", basis);
      },
      evaluate: async (node, path, place) => await this.#settler.settle(node, path, place),
      at,
      text,
    };
  }

  /** What the reference hashes: the directory, or the arguments that chose the files (03 §4). */
  #realmBasis(): string | undefined {
    const { flags = {} } = this.#request;
    const { env } = this.#deps;
    const explicit = [
      ...listOr(env, flags.config, "ATMOS_CONFIG") ?? [],
      ...listOr(env, flags.configPath, "ATMOS_CONFIG_PATH") ?? [],
    ];
    if (explicit.length > 1) return explicit.map((path) => `${path};`).join("");
    if (explicit.length === 1) return explicit[0]!;
    return this.#project().configDir;
  }

  async #settleSections(root: MapNode): Promise<MapNode> {
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
    const { remote } = this.#request;
    return {
      deps: this.#deps,
      cwd: this.#cwd,
      gitRoot: () => this.#discovery.gitRoot,
      includeBase: () => this.#includeBase(),
      trusted: (source) => this.#reader.trusted(source),
      fetchRemote: async (address, at) => {
        if (!remote) throw functionFailed(at, "remote includes are not possible here");
        const { document, paths } = await remote.get(address, {
          ttl: this.#reader.ttl,
          setting: (key) => settingOf(this.#merger.root, key),
        });
        if (document) return document;
        if (paths?.length !== 1) {
          throw functionFailed(at, `${sanitize(address)} stands for ${paths?.length ?? 0} files`);
        }
        const text = this.#deps.files.readTextSync(paths[0]!) ?? "";
        return { name: sanitize(address), text };
      },
    };
  }

  /** The base path as far as it is known while values are still being computed. */
  #includeBase(): string {
    const root = this.#merger.root;
    const node = root && nodeAt(root, ["base_path"]);
    const runtime = this.#runtimeBasePath();
    return resolveBasePath({
      ...this.#project(),
      value: runtime ?? (node?.t === "scalar" && node.tag === undefined ? node.text : undefined),
      runtime: runtime !== undefined,
      anchor: node?.source.dir ?? this.#discovery.configDirs[0]!,
    });
  }
}

/** Functions that only read local files: all that runs with `functions: false`. */
const HARMLESS = new Set(["!include", "!include.raw"]);

function functionRunner(request: LoadRequest, cx: FunctionContext): RunFunction {
  if (request.functions ?? true) return (fn, path) => runFunction(cx, fn, path);
  return (fn, path) => HARMLESS.has(fn.tag!) ? runFunction(cx, fn, path) : fn;
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
