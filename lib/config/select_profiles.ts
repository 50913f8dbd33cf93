/** Which profiles are laid over the base, and laying them (01 §3.2, §3.3). */
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { expandHome } from "../store/paths.ts";
import { splitList } from "./discover.ts";
import type { Merger } from "./merge.ts";
import { isNull } from "./node.ts";
import type { Node } from "./node.ts";
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
import type { Profile, ProfileErrorContext, ProfileLocation } from "./profiles.ts";
import type { FileReader } from "./reader.ts";

export interface ProfileRequest {
  deps: Pick<Deps, "env" | "files" | "log">;
  /** Highest first. */
  configDirs: string[];
  /** `profiles:` of the base. */
  section: Node | undefined;
  /** `--profile` as given. */
  flag: string[] | undefined;
  /** `--profile` without a value. */
  bare: boolean;
  /** ATMOS_PROFILE. */
  variable: string | undefined;
  pick: ((known: Profile[], named: string[]) => Promise<string[]>) | undefined;
  /** An unknown or broken profile is a warning. */
  lenient: boolean;
  error: ProfileErrorContext;
  reader: FileReader;
  merger: Merger;
}

export interface SelectedProfiles {
  /** High to low. */
  locations: ProfileLocation[];
  /** In the order of merging. */
  profiles: Profile[];
  /** Chosen by flag or variable (01 §3.6). */
  explicit: boolean;
}

/** Adds the chosen profiles to the merger, left to right. Throws the errors of 01 §3, exit 2. */
export async function selectProfiles(request: ProfileRequest): Promise<SelectedProfiles> {
  const { deps, reader } = request;
  const locations = locationsOf(request);
  const flag = splitList(request.flag ?? []);
  const named = flag.length > 0 ? flag : splitList([request.variable ?? ""]);
  const names = await chosen(request, locations, named);
  const profiles: Profile[] = [];
  for (const name of names) {
    try {
      const profile = findProfile(deps, locations, name, request.error);
      await addProfile(request, locations, profile, []);
      profiles.push(profile);
    } catch (error) {
      if (!request.lenient || !(error instanceof AuthError)) throw error;
      const message = `profile ${name}: ${error.message}`;
      reader.findings.push({ severity: "warning", code: error.code, path: "", message });
    }
  }
  return { locations, profiles, explicit: named.length > 0 || request.bare };
}

function locationsOf({ deps, section, configDirs }: ProfileRequest): ProfileLocation[] {
  const base = section?.t === "map" ? section.entries.get("base_path")?.node : undefined;
  const written = base?.t === "scalar" && !isNull(base) ? base.text.trim() : "";
  const configured = written === "" ? undefined : resolve(
    deps.env,
    base!.source.dir ?? configDirs[0]!,
    expandHome(deps.env, written),
  );
  return profileLocations(deps, { configured, configDirs });
}

async function chosen(
  request: ProfileRequest,
  locations: ProfileLocation[],
  named: string[],
): Promise<string[]> {
  const { section } = request;
  if (!request.bare) {
    const byDefault = section?.t === "map" ? section.entries.get("default")?.node : undefined;
    return lastOfEach(named.length > 0 ? named : texts(byDefault));
  }
  if (request.pick) {
    return lastOfEach(await request.pick(listProfiles(request.deps, locations), named));
  }
  throw new AuthError({
    code: "profile_needs_tty",
    message: "interactive mode is not available: --profile requires a value",
    exit: 2,
  });
}

/** One profile, after those it extends (01, Beyond 7). */
async function addProfile(
  request: ProfileRequest,
  locations: ProfileLocation[],
  profile: Profile,
  above: string[],
): Promise<void> {
  const { deps, reader, merger } = request;
  const chain = [...above, profile.name];
  if (above.includes(profile.name)) {
    throw new AuthError({
      code: "profile_cycle",
      message: `profiles extend each other: ${chain.join(" -> ")}`,
      exit: 2,
    });
  }
  const metadata = profileMetadata(deps, profile, (path) => reader.parse(path));
  for (const name of metadata?.extends ?? []) {
    const parent = findProfile(deps, locations, name, request.error);
    await addProfile(request, locations, parent, chain);
  }
  const files = await collectProfile(deps, reader, profile);
  if (files.length === 0) deps.log.debug(`profile ${profile.name} has no files`);
  for (const found of files) {
    reader.commit({ ...found, roots: found.roots.map(withoutMetadata) }, merger);
  }
}
