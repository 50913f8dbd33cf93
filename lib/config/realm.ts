import type { RealmSetting } from "../core/types.ts";
import { AuthError } from "../sys/error.ts";
import type { Env } from "../sys/env.ts";
import { sha256Hex } from "../sys/hash.ts";
import { join, RESERVED_REALMS } from "../store/paths.ts";

/** What the derived realm is made from (03 §4). */
export interface RealmSeed {
  /** Directory of the `atmos.yaml` that was loaded; undefined = no configuration file. */
  configDir: string | undefined;
  /** `--config` files as given; empty = discovery or `--config-path`. */
  explicitFiles: readonly string[];
}

/** Value that selects the derived realm (01 §4.8). */
const AUTO = "auto";

/**
 * The realm of this run: `ATMOS_AUTH_REALM`, else `auth.realm`, else none (01 §4.8). Throws
 * AuthError `invalid_realm` (exit 1) naming the source of a bad value.
 */
export function resolveRealm(
  env: Env,
  configured: string | undefined,
  seed: RealmSeed,
): RealmSetting {
  const fromEnv = env.nonEmpty("ATMOS_AUTH_REALM");
  const written = fromEnv ?? (configured || undefined);
  const source = fromEnv ? "env" : written ? "config" : "auto";
  if (written !== undefined && written !== AUTO) {
    const wrong = realmProblem(written);
    if (wrong) throw invalidRealm(source === "env", wrong);
  }
  return {
    get value() {
      return written === AUTO ? this.derived : written ?? "";
    },
    source,
    get derived() {
      return derivedRealm(env, seed);
    },
  };
}

/** Message for a bad `auth.realm` or `ATMOS_AUTH_REALM` (01 §4.8). */
export function realmMessage(fromEnv: boolean, problem: string): string {
  const where = fromEnv ? "ATMOS_AUTH_REALM environment variable" : "auth.realm configuration";
  return `invalid realm value: ${where}: ${problem}`;
}

function invalidRealm(fromEnv: boolean, problem: string): AuthError {
  return new AuthError({
    code: "invalid_realm",
    message: realmMessage(fromEnv, problem),
    hints: [
      "Use lowercase letters, digits and single hyphens or underscores, for example `acme-prod`",
    ],
  });
}

/** What is wrong with a realm, in the order of 01 §4.8; undefined = nothing. */
export function realmProblem(value: string): string | undefined {
  if (value === "") return "realm cannot be empty";
  const length = [...value].length;
  if (length > 64) return `realm exceeds maximum length of 64 characters: got ${length}`;
  if (/[/\\]|\.\./.test(value)) {
    return "realm cannot contain path traversal characters (/, \\, ..)";
  }
  const strange = new Set(value.replace(/[a-z0-9_-]/g, ""));
  if (strange.size > 0) {
    return `realm contains invalid characters: [${[...strange].join(" ")}] ` +
      "(only lowercase letters, numbers, hyphens, and underscores are allowed)";
  }
  if (/^[-_]/.test(value)) return "realm cannot start with a hyphen or underscore";
  if (/[-_]$/.test(value)) return "realm cannot end with a hyphen or underscore";
  if (/[-_]{2}/.test(value)) return "realm cannot contain consecutive hyphens or underscores";
  if (RESERVED_REALMS.includes(value)) return `realm "${value}" is reserved`;
  return undefined;
}

/** First 16 hex digits of SHA-256 over the cleaned, lower-cased place of the configuration (03 §4). */
export function derivedRealm(env: Env, seed: RealmSeed): string {
  const files = seed.explicitFiles;
  const place = files.length > 1
    ? files.map((file) => `${file};`).join("")
    : files[0] ?? seed.configDir;
  if (place === undefined) return "default";
  const slashed = join(env, place).replaceAll("\\", "/");
  return sha256Hex(slashed.toLowerCase()).slice(0, 16);
}
