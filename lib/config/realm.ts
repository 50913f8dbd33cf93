import type { RealmSetting } from "../core/types.ts";
import { AuthError } from "../sys/error.ts";
import type { Env } from "../sys/env.ts";
import { isPlainWord } from "./plain_text.ts";
import { RESERVED_REALMS } from "../store/paths.ts";

/** Value that selects the derived realm (01 §4.8). */
const AUTO = "auto";

/**
 * The realm of this run: `ATMOS_AUTH_REALM`, else `auth.realm`, else none (01 §4.8). The derived
 * one is asked of `place` only when it is needed. Throws AuthError `invalid_realm` (exit 1) naming
 * the source of a bad value.
 */
export function resolveRealm(
  env: Env,
  configured: string | undefined,
  place: { readonly derivedRealm: string },
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
      return place.derivedRealm;
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

/** The rules of {@link realmProblem} but for reserved names, for editors; empty counts as unset. */
export const REALM_PATTERN = "^$|^(?=.{1,64}$)[a-z0-9]+([-_][a-z0-9]+)*$";

/** What is wrong with a realm, in the order of 01 §4.8; undefined = nothing. */
export function realmProblem(value: string): string | undefined {
  if (isPlainWord(value, 64) && !RESERVED_REALMS.includes(value)) return undefined;
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
