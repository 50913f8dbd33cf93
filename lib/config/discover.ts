/** Which files make up the base configuration (01 §1.3 to §1.5): looks at the disk, reads nothing. */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import type { Env } from "../sys/env.ts";
import { expandHome, join } from "../store/paths.ts";
import { ancestors, dirname, resolve } from "./path.ts";
import { configFileIn } from "./read.ts";
import type { ReadDeps } from "./read.ts";

/** A place that was looked at: what `config sources` lists (01, Beyond 3). */
export interface Place {
  what:
    | "system"
    | "home"
    | "ancestor"
    | "git root"
    | "cwd"
    | "ATMOS_CLI_CONFIG_PATH"
    | "--config"
    | "--config-path";
  dir: string;
  /** The configuration file; undefined when there is none. */
  file?: string;
  /** Why it is not read. */
  skipped?: string;
  /** Fragments of `atmos.d/` and `.atmos.d/` are read too. */
  fragments: boolean;
}

export interface Discovery {
  /** Low to high. */
  places: Place[];
  gitRoot: string | undefined;
  /** `--config` or `--config-path` chose the files. */
  explicit: boolean;
  /** Directories for profiles, highest first (01 §3.1). */
  configDirs: string[];
  warnings: string[];
}

export interface DiscoveryRequest {
  deps: ReadDeps & Partial<Pick<Deps, "log">>;
  cwd: string;
  /** Cleaned lists; undefined = neither flag nor variable. */
  config?: string[];
  configPath?: string[];
}

/**
 * Words of a boolean variable or flag (01 §1.11): Go's `ParseBool`. Throws AuthError
 * `invalid_boolean` naming the variable or flag. Empty counts as unset.
 */
export function boolOf(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined || value === "") return undefined;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new AuthError({
    code: "invalid_boolean",
    message: `invalid boolean value: ${name}='${value}'`,
    hints: ["Use `true` or `false`"],
  });
}

/**
 * Nearest directory, `start` included, with a `.git` directory or file; `GIT_WORK_TREE` when
 * `GIT_DIR` is set as well (01 §1.3).
 */
export function findGitRoot(deps: ReadDeps, start: string): string | undefined {
  const tree = deps.env.nonEmpty("GIT_WORK_TREE");
  if (tree && deps.env.nonEmpty("GIT_DIR")) return resolve(deps.env, start, tree);
  for (const dir of [start, ...ancestors(deps.env, start)]) {
    if (deps.files.exists(join(deps.env, dir, ".git"))) return dir;
  }
  return undefined;
}

/** A file or directory that makes a directory a configuration directory of its own (01 §1.3). */
export function hasLocalMarker(deps: ReadDeps, dir: string): boolean {
  if (configFileIn(deps, dir)) return true;
  return [".atmos", ".atmos.d", "atmos.d"]
    .some((name) => deps.files.stat(join(deps.env, dir, name))?.isDirectory);
}

/** The sources of the base configuration, low to high. Throws the errors of 01 §1.4, exit 2. */
export function discover(request: DiscoveryRequest): Discovery {
  const { deps, cwd } = request;
  const gitRoot = findGitRoot(deps, cwd);
  if (request.config || request.configPath) return explicitPlaces(request, gitRoot);
  const warnings: string[] = [];
  const places = [
    ...systemPlace(deps),
    ...homePlace(deps),
    ...surroundings(deps, cwd, gitRoot),
    cwdPlace(deps, cwd),
    ...cliPathPlace(deps, cwd, warnings),
  ];
  dropTwins(deps, places);
  return {
    places,
    gitRoot,
    explicit: false,
    configDirs: [configDir(deps, places, cwd, gitRoot)],
    warnings,
  };
}

function configDir(
  deps: ReadDeps,
  places: Place[],
  cwd: string,
  gitRoot: string | undefined,
): string {
  const highest = places.findLast((place) => place.file && !place.skipped);
  if (highest) return highest.dir;
  return gitRoot !== undefined && hasLocalMarker(deps, gitRoot) ? gitRoot : cwd;
}

function systemPlace(deps: ReadDeps): Place[] {
  const { env } = deps;
  if (env.os !== "windows") {
    const dir = "/usr/local/etc/atmos";
    return [{ what: "system", dir, file: configFileOf(deps, dir), fragments: false }];
  }
  const local = env.nonEmpty("LOCALAPPDATA");
  if (!local) return [];
  const dir = [join(env, local, "atmos"), local].find((d) => configFileIn(deps, d)) ??
    join(env, local, "atmos");
  return [{ what: "system", dir, file: configFileIn(deps, dir), fragments: false }];
}

function homePlace(deps: ReadDeps): Place[] {
  const home = deps.env.home();
  if (!home) return [];
  const dir = join(deps.env, home, ".atmos");
  const file = configFileOf(deps, dir);
  return [{ what: "home", dir, file, fragments: file !== undefined }];
}

/** For directories that mostly are not there: one look instead of one a name. */
function configFileOf(deps: ReadDeps, dir: string): string | undefined {
  return deps.files.stat(dir)?.isDirectory ? configFileIn(deps, dir) : undefined;
}

/** Rows 3 and 4: the nearest ancestor with a file, and the git root. */
function surroundings(deps: ReadDeps, cwd: string, gitRoot: string | undefined): Place[] {
  const why = deps.env.nonEmpty("ATMOS_CLI_CONFIG_PATH")
    ? "ATMOS_CLI_CONFIG_PATH is set"
    : hasLocalMarker(deps, cwd)
    ? "the working directory has a configuration of its own"
    : undefined;
  const places: Place[] = [];
  if (why) {
    places.push({ what: "ancestor", dir: dirname(deps.env, cwd), skipped: why, fragments: false });
  } else {
    const dir = ancestors(deps.env, cwd).find((d) => configFileIn(deps, d));
    const file = dir === undefined ? undefined : configFileIn(deps, dir);
    places.push({ what: "ancestor", dir: dir ?? dirname(deps.env, cwd), file, fragments: !!file });
  }
  if (gitRoot === undefined) return places;
  const off = boolOf("ATMOS_GIT_ROOT_BASEPATH", deps.env.get("ATMOS_GIT_ROOT_BASEPATH")) === false;
  const skipped = why ?? (off ? "ATMOS_GIT_ROOT_BASEPATH=false" : undefined);
  const file = configFileIn(deps, gitRoot);
  places.push({ what: "git root", dir: gitRoot, file, skipped, fragments: !!file && !skipped });
  return places;
}

function cwdPlace(deps: ReadDeps, cwd: string): Place {
  return { what: "cwd", dir: cwd, file: configFileIn(deps, cwd), fragments: true };
}

function cliPathPlace(deps: ReadDeps, cwd: string, warnings: string[]): Place[] {
  const given = deps.env.nonEmpty("ATMOS_CLI_CONFIG_PATH");
  if (!given) return [];
  const what = "ATMOS_CLI_CONFIG_PATH";
  const path = resolve(deps.env, cwd, expandHome(deps.env, given));
  const facts = deps.files.stat(path);
  if (!facts) {
    warnings.push(`ATMOS_CLI_CONFIG_PATH does not exist: ${given}`);
    return [{ what, dir: path, skipped: "does not exist", fragments: false }];
  }
  if (facts.isDirectory) {
    return [{ what, dir: path, file: configFileIn(deps, path), fragments: true }];
  }
  return [{ what, dir: dirname(deps.env, path), file: path, fragments: true }];
}

/** One physical file at two places is read at the higher one. */
function dropTwins(deps: ReadDeps, places: Place[]): void {
  const seen = new Map<string, Place>();
  for (const place of [...places].reverse()) {
    if (!place.file || place.skipped) continue;
    const real = deps.files.realPath(place.file) ?? place.file;
    const higher = seen.get(real);
    if (higher) {
      place.skipped = `the same file as ${higher.what}`;
      place.fragments = false;
    } else seen.set(real, place);
  }
}

function explicitPlaces(request: DiscoveryRequest, gitRoot: string | undefined): Discovery {
  const { deps, cwd } = request;
  if (request.config?.length === 0) {
    throw badSelection("config file path is empty: --config requires a non-empty file path");
  }
  if (request.configPath?.length === 0) {
    throw badSelection("config path is empty: --config-path requires a non-empty directory path");
  }
  const places: Place[] = [];
  for (const given of request.config ?? []) {
    const path = resolve(deps.env, cwd, expandHome(deps.env, given));
    const facts = deps.files.stat(path);
    if (!facts && !deps.files.lstat(path)) {
      throw badSelection(`file not found: --config file '${given}' does not exist`);
    }
    if (facts?.isDirectory) throw badSelection(`expected file: --config '${given}' is a directory`);
    places.push({ what: "--config", dir: dirname(deps.env, path), file: path, fragments: true });
  }
  for (const given of request.configPath ?? []) {
    const dir = resolve(deps.env, cwd, expandHome(deps.env, given));
    const facts = deps.files.stat(dir);
    if (!facts) {
      throw badSelection(
        `atmos config directory not found: --config-path directory '${given}' does not exist`,
      );
    }
    if (!facts.isDirectory) {
      throw badSelection(`--config-path requires a directory but found a file at '${given}'`);
    }
    const file = configFileIn(deps, dir);
    if (!file) {
      throw badSelection(`atmos configuration file not found in directory: ${given}`);
    }
    places.push({ what: "--config-path", dir, file, fragments: true });
  }
  const configDirs = [...new Set(places.map((place) => place.dir).reverse())];
  return { places, gitRoot, explicit: true, configDirs, warnings: [] };
}

function badSelection(message: string): AuthError {
  return new AuthError({ code: "config_selection", message, exit: 2 });
}

/** Split on commas, trimmed, empty entries dropped (01 §1.1). */
export function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",")).map((v) => v.trim()).filter((v) => v !== "");
}

/** A list flag with its variable as fallback; undefined = not given, `[]` = given but empty. */
export function listOr(
  env: Env,
  flag: string[] | undefined,
  variable: string,
): string[] | undefined {
  const given = splitList(flag ?? []);
  if (given.length > 0) return given;
  const fallback = splitList([env.get(variable) ?? ""]);
  if (fallback.length > 0) return fallback;
  return flag === undefined ? undefined : [];
}
