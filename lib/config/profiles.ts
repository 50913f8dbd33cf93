/** Profiles: directories of configuration laid over the base (01 §3). */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { baseDir, join } from "../store/paths.ts";
import type { Composed } from "./compose.ts";
import { isNull } from "./node.ts";
import type { MapNode, Node } from "./node.ts";
import { shownPath } from "./path.ts";
import { CONFIG_NAMES, namesIn, readConfigFile, yamlFilesBelow } from "./read.ts";
import type { ReadDeps } from "./read.ts";
import type { Collected, FileReader } from "./reader.ts";

export type LocationType = "configurable" | "project-hidden" | "xdg" | "project";

/** A directory that may hold profiles. */
export interface ProfileLocation {
  type: LocationType;
  dir: string;
}

/** A profile found on the disk. */
export interface Profile {
  /** As spelt on the disk. */
  name: string;
  dir: string;
  type: LocationType;
}

/** `metadata:` of a profile's configuration file. */
export interface ProfileMetadata {
  name: string;
  description: string;
  version: string;
  tags: string[];
  deprecated: boolean;
  extends: string[];
}

const RESERVED = "__SELECT__";

/** Locations from high to low (01 §3.1). `configured`: absolute `profiles.base_path`, if any. */
export function profileLocations(
  deps: ReadDeps,
  at: { configured: string | undefined; configDirs: string[] },
): ProfileLocation[] {
  const { env } = deps;
  const locations: ProfileLocation[] = [];
  if (at.configured !== undefined) locations.push({ type: "configurable", dir: at.configured });
  for (const dir of at.configDirs) {
    locations.push({ type: "project-hidden", dir: join(env, dir, ".atmos", "profiles") });
  }
  if (env.home() || env.nonEmpty("ATMOS_XDG_CONFIG_HOME") || env.nonEmpty("XDG_CONFIG_HOME")) {
    locations.push({ type: "xdg", dir: join(env, baseDir(env, "config"), "profiles") });
  }
  for (const dir of at.configDirs) {
    locations.push({ type: "project", dir: join(env, dir, "profiles") });
  }
  return locations;
}

/** All profiles by name; a name counts in the first location that has it. */
export function listProfiles(
  deps: ReadDeps & Partial<Pick<Deps, "log">>,
  locations: ProfileLocation[],
): Profile[] {
  const found = new Map<string, Profile>();
  for (const { type, dir } of locations) {
    for (const name of namesIn(deps, dir)) {
      if (name.startsWith(".") || found.has(name)) continue;
      const path = join(deps.env, dir, name);
      if (!deps.files.stat(path)?.isDirectory) continue;
      if (name === RESERVED) deps.log?.warn(`profile name is reserved, skipped: ${path}`);
      else found.set(name, { name, dir: path, type });
    }
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** Duplicates go, the last position stays (01 §3.2). */
export function lastOfEach(names: string[]): string[] {
  return names.filter((name, i) => names.indexOf(name, i + 1) < 0);
}

/** What the error for an unknown profile needs. */
export interface ProfileErrorContext {
  /** Program name before a top-level word. */
  prog: () => string;
  /** Identities of the base configuration. */
  identities: string[];
}

/** The profile of a name. Throws the errors of 01 §3.1 and §3.4, exit 2. */
export function findProfile(
  deps: ReadDeps,
  locations: ProfileLocation[],
  name: string,
  cx: ProfileErrorContext,
): Profile {
  if (name === "" || /[/\\\0]/.test(name) || name === "." || name === "..") {
    throw new AuthError({
      code: "invalid_profile_name",
      message: `invalid profile name: '${name.replaceAll("\0", "\\0")}'`,
      hints: ["A profile name is one directory name, without slashes"],
      exit: 2,
    });
  }
  if (name === RESERVED) {
    throw new AuthError({
      code: "invalid_profile_name",
      message: `profile name is reserved: ${RESERVED}`,
      exit: 2,
    });
  }
  for (const { type, dir } of locations) {
    const path = join(deps.env, dir, name);
    const facts = deps.files.stat(path);
    if (facts?.isDirectory) {
      const names = namesIn(deps, dir);
      // On a disk that ignores case the spelling there is the one shown.
      const spelt = names.includes(name)
        ? name
        : names.find((other) => other.toLowerCase() === name.toLowerCase()) ?? name;
      return { name: spelt, dir: join(deps.env, dir, spelt), type };
    }
    if (facts) {
      throw new AuthError({
        code: "profile_not_found",
        message: "profile directory does not exist",
        explanation: `\`${path}\` is a file; a profile is a directory of configuration files.`,
        exit: 2,
      });
    }
  }
  throw unknownProfile(deps, locations, name, cx);
}

function unknownProfile(
  deps: ReadDeps,
  locations: ProfileLocation[],
  name: string,
  cx: ProfileErrorContext,
): AuthError {
  const searched = locations.map(({ dir }) => `- ${shownPath(deps.env, dir)}`).join("\n");
  const known = listProfiles(deps, locations).map((profile) => `\`${profile.name}\``);
  const available = known.length > 0
    ? `Available profiles are: ${known.join(", ")}`
    : "No profiles are available.";
  const identity = cx.identities.find((other) => other.toLowerCase() === name.toLowerCase());
  const hints = identity === undefined
    ? [
      "Check the spelling of the profile name",
      `Run \`${cx.prog()} profile list\` to see available profiles`,
    ]
    : [
      `\`${name}\` is an auth identity, not a configuration profile`,
      `Use \`ATMOS_IDENTITY=${name}\` or \`--identity ${name}\` to select it`,
    ];
  return new AuthError({
    code: "profile_not_found",
    message: "profile not found",
    explanation: `Profile \`${name}\` does not exist in any configured location.\n\n` +
      `Searched directories:\n${searched}\n\n${available}`,
    hints,
    example: identity === undefined ? undefined : `${cx.prog()} auth login --identity ${identity}`,
    exit: 2,
  });
}

/** Files of a profile, in the order of merging; hidden directories are left out (01 §3.3). */
export function profileFiles(deps: ReadDeps, profile: Profile): string[] {
  return yamlFilesBelow(deps, profile.dir, { skipHidden: true });
}

/** A profile with everything it imports. A file reached by an import does not count on its own. */
export async function collectProfile(
  deps: ReadDeps,
  reader: FileReader,
  profile: Profile,
): Promise<Collected[]> {
  const files = profileFiles(deps, profile);
  const collected = new Map<string, Collected>();
  for (const path of files) {
    try {
      collected.set(reader.realPath(path), await reader.collect(path, `profile ${profile.name}`));
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      throw new AuthError({
        code: error.code,
        message: `failed to load configuration file from profile '${profile.name}': ` +
          `${path}: ${error.message}`,
        hints: error.hints,
        context: error.context,
        cause: error,
        exit: error.exit,
      });
    }
  }
  const kept = new Map(collected);
  for (const { imported } of collected.values()) for (const id of imported) kept.delete(id);
  // Files that import each other in a circle are reached by nothing else: the first stands for all.
  for (const [id, own] of collected) {
    if (![...kept].some(([other, { imported }]) => other === id || imported.has(id))) {
      kept.set(id, own);
    }
  }
  return [...collected].filter(([id]) => kept.has(id)).map(([, own]) => own);
}

/** The root without `metadata`, which describes the profile and is never merged. */
export function withoutMetadata(root: Node): Node {
  if (root.t !== "map" || !root.entries.has("metadata")) return root;
  const entries = new Map(root.entries);
  entries.delete("metadata");
  return { ...root, entries };
}

/** `metadata:` of the profile's configuration file; undefined when there is none. */
export function profileMetadata(
  deps: ReadDeps,
  profile: Profile,
  parse: (path: string) => Composed = (path) => readConfigFile(deps, path),
): ProfileMetadata | undefined {
  for (const name of CONFIG_NAMES) {
    const path = join(deps.env, profile.dir, name);
    if (!deps.files.stat(path)?.isFile) continue;
    const { root } = parse(path);
    const metadata = root?.t === "map" ? root.entries.get("metadata")?.node : undefined;
    if (metadata?.t === "map") return metadataOf(metadata);
  }
  return undefined;
}

function metadataOf(node: MapNode): ProfileMetadata {
  const text = (key: string) => {
    const value = node.entries.get(key)?.node;
    return value?.t === "scalar" && !isNull(value) ? value.text : "";
  };
  return {
    name: text("name"),
    description: text("description"),
    version: text("version"),
    tags: texts(node.entries.get("tags")?.node),
    deprecated: /^(true|1|t)$/i.test(text("deprecated")),
    extends: texts(node.entries.get("extends")?.node),
  };
}

/** Scalars of a list, or the parts of one text split on commas. */
export function texts(node: Node | undefined): string[] {
  if (node === undefined || isNull(node)) return [];
  const parts = node.t === "list"
    ? node.items.flatMap((item) => item.t === "scalar" && !isNull(item) ? [item.text] : [])
    : node.t === "scalar"
    ? node.text.split(",")
    : [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
