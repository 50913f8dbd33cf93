/**
 * Loading the configuration (01 §1.1): find the files, read them with their fragments and imports,
 * merge from low to high, promote variables, add profiles and overrides, run the functions that
 * survived. Typing and validation come after, in the schema.
 */
import { AuthError } from "../core/types.ts";
import type { Deps, Finding } from "../core/types.ts";
import { join } from "../store/paths.ts";
import { processEnv } from "../sys/env.ts";
import { resolveBasePath } from "./base_path.ts";
import { boolOf, discover, listOr } from "./discover.ts";
import type { Discovery, Place } from "./discover.ts";
import { deriveRealm } from "./derived_realm.ts";
import { isTracked } from "./git_facts.ts";
import { functionContext, functionRunner } from "./function_context.ts";
import type { FunctionContext } from "./functions.ts";
import { isUnset, Merger, placeBelow } from "./merge.ts";
import type { Place as MergePlace } from "./merge.ts";
import { isNull, locate, nodeAt } from "./node.ts";
import type { MapNode, Node } from "./node.ts";
import { defaults, layerOf, overridesFromEnv } from "./overrides.ts";
import type { Profile, ProfileLocation } from "./profiles.ts";
import { readProvisioned } from "./provisioned.ts";
import { localFileIn, yamlFilesBelow } from "./read.ts";
import { FileReader, settingOf } from "./reader.ts";
import type { RemoteImports, SourceEntry } from "./reader.ts";
import { selectProfiles } from "./select_profiles.ts";
import type { SelectedProfiles } from "./select_profiles.ts";
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
    /** `--profile`, each occurrence an element. */
    profile?: string[];
    /** `--profile` without a value: choose from a list. */
    profileBare?: boolean;
  };
  /** Also looks for what works but is unwise (`validate`). */
  checks?: boolean;
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
  /** `env:` for children, without the `ATMOS_*` names that the environment already has. */
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
  #localFiles = new Set<string>();

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
    const run = functionRunner(request.functions ?? true, this.#functionContext());
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
    const selected = await this.#loadProfiles();
    await this.#refuseFailures();
    this.#merger = await this.#beneath();
    for (const layer of overridesFromEnv((name) => this.#variable(name))) this.#merger.add(layer);
    return this.#result(selected);
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
      if (what !== "system") await this.#loadLocal(dir);
    }
  }

  /** `atmos.local.yaml` beside a main file: one person's own, just above it (01, Beyond 8). */
  async #loadLocal(dir: string): Promise<void> {
    const path = localFileIn(this.#deps, dir);
    if (path === undefined || this.#localFiles.has(path)) return;
    this.#localFiles.add(path);
    await this.#reader.load(path, "local", this.#merger);
    const { gitRoot } = this.#discovery;
    if (!this.#request.checks || gitRoot === undefined || !isTracked(this.#deps, gitRoot, path)) {
      return;
    }
    this.#reader.findings.push({
      severity: "warning",
      code: "local_file_tracked",
      path: "",
      message: `${path} is meant for one person alone, but git tracks it`,
      hint: "Add it to .gitignore and run `git rm --cached` on it",
    });
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

  async #loadProfiles(): Promise<SelectedProfiles> {
    const { flags = {}, pickProfiles, lenientProfiles, prog } = this.#request;
    const identities = this.#merger.root && nodeAt(this.#merger.root, ["auth", "identities"]);
    return await selectProfiles({
      deps: this.#deps,
      configDirs: this.#discovery.configDirs,
      section: await this.#settled("profiles"),
      flag: flags.profile,
      bare: flags.profileBare ?? false,
      variable: this.#variable("ATMOS_PROFILE"),
      pick: pickProfiles,
      lenient: lenientProfiles ?? false,
      error: {
        prog: prog ?? (() => "atmos-auth"),
        identities: identities?.t === "map" ? [...identities.entries.keys()] : [],
      },
      reader: this.#reader,
      merger: this.#merger,
    });
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

  async #result(selected: SelectedProfiles): Promise<LoadedConfig> {
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
    // Names of ours act as environment defaults (01 §1.11): what is set stays.
    for (const name of Object.keys(childEnv)) {
      if (name.startsWith("ATMOS_") && this.#variable(name) !== undefined) delete childEnv[name];
    }
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
      activeProfiles: selected.profiles.map((profile) => profile.name),
      profilesExplicit: selected.explicit,
      profileLocations: selected.locations,
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

  /** What functions may use and ask while values are still being computed. */
  #functionContext(): FunctionContext {
    return functionContext({
      deps: this.#deps,
      cwd: this.#cwd,
      gitRoot: this.#discovery.gitRoot,
      configDir: this.#discovery.configDirs[0]!,
      project: () => this.#project(),
      runtimeBasePath: () => this.#runtimeBasePath(),
      root: () => this.#merger.root,
      reader: () => this.#reader,
      remote: this.#request.remote,
    });
  }
}

function isCwd(node: Node | undefined): boolean {
  return node?.t === "scalar" && node.tag === "!cwd";
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
