/** What `profile list` and `profile show` tell of a profile. */
import type { LoadedConfig } from "../config/load.ts";
import {
  type LocationType,
  type Profile,
  profileFiles,
  profileMetadata,
} from "../config/profiles.ts";
import { AuthError } from "../core/types.ts";
import type { CommandContext } from "./types.ts";

export interface ProfileFacts {
  name: string;
  /** Absolute. */
  path: string;
  type: LocationType;
  /** Relative to the profile. */
  files: string[];
  /** As written; null when the profile describes itself nowhere. */
  metadata: ShownMetadata | null;
  active: boolean;
}

/** Only what is there. */
export interface ShownMetadata {
  name?: string;
  description?: string;
  version?: string;
  tags?: string[];
  deprecated?: boolean;
}

/** `--format` of the profile commands: an empty or unknown one is an error, exit 2 (02 §8.5). */
export function checkProfileFormat(cx: CommandContext, formats: string[]): string {
  const format = cx.text("format") ?? "";
  if (formats.includes(format)) return format;
  const named = formats.map((name) => `\`${name}\``);
  throw new AuthError({
    code: "invalid_format",
    message: `invalid format: ${format}`,
    hints: [`Valid formats are ${named.slice(0, -1).join(", ")} and ${named.at(-1)}`],
    exit: 2,
  });
}

/** Files, metadata and state of one profile. A file that cannot be read is told as a warning. */
export function profileFacts(
  cx: CommandContext,
  loaded: LoadedConfig,
  profile: Profile,
): ProfileFacts {
  return {
    name: profile.name,
    path: profile.dir,
    type: profile.type,
    files: profileFiles(cx.deps, profile).map((path) => path.slice(profile.dir.length + 1)),
    metadata: metadataOf(cx, profile),
    active: loaded.activeProfiles.includes(profile.name),
  };
}

function metadataOf(cx: CommandContext, profile: Profile): ShownMetadata | null {
  try {
    const found = profileMetadata(cx.deps, profile);
    if (!found) return null;
    return {
      ...(found.name && { name: found.name }),
      ...(found.description && { description: found.description }),
      ...(found.version && { version: found.version }),
      ...(found.tags.length > 0 && { tags: found.tags }),
      ...(found.deprecated && { deprecated: true }),
    };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    cx.deps.log.warn(error.message);
    return null;
  }
}
