import type { Chain } from "./chain.ts";
import type { Core } from "./core.ts";
import { AuthError, type Entry, type Finding } from "./types.ts";

/**
 * Checks the entries that a chain uses. Errors end the run; a duration that cannot be read is a
 * warning and the kind's default applies (01 §5.1). What has no effect is told once, with its place
 * (01 §1.13); other warnings are left to `validate`.
 */
export function checkChain(core: Core, chain: Chain): void {
  for (const entry of chain.entries) {
    const findings = entry.check();
    const error = findings.find((found) => found.severity === "error" && found.code !== DURATION);
    if (error) throw findingError(error);
    if (told.has(entry)) continue;
    told.add(entry);
    for (const found of findings) {
      if (found.code === DURATION) core.deps.log.warn(`${found.message}; the default applies`);
      else if (WITHOUT_EFFECT.has(found.code)) core.deps.log.warn(warning(found));
    }
  }
}

/**
 * An identity without a kind is one of which only a fragment is loaded, such as a lone `default: true`
 * (01 §5.2, last paragraph). Throws `identity_not_configured`.
 */
export function requireKind(core: Core, entry: Entry): void {
  if (entry.kind !== "" || entry.section !== "identities") return;
  const { profiles } = core.origin;
  const at = entry.at();
  throw new AuthError({
    code: "identity_not_configured",
    message: profiles.length > 0
      ? `Identity "${entry.name}" is not configured in the \`${profiles.join(", ")}\` profile.`
      : `Identity "${entry.name}" is not configured. Did you forget to specify a profile?`,
    explanation: [
      ...(profiles.length > 0 ? ["Switch to a profile that includes this identity"] : []),
      ...(at ? [`Only a part of it is loaded, from ${at.file}:${at.line}.`] : []),
    ].join("\n\n"),
    hints: [`Run \`${core.prog.replace(/ auth$/, "")} profile list\``],
    exit: 1,
  });
}

const DURATION = "invalid_duration";

/** Codes of findings that say: this was written, and nothing comes of it. */
const WITHOUT_EFFECT = new Set(["unknown_key", "no_effect", "via_ignored"]);

/** Entries whose warnings have been given. */
const told = new WeakSet<Entry>();

function warning({ message, location, hint }: Finding): string {
  const place = location ? ` (${location.file}:${location.line})` : "";
  return `${message}${place}${hint ? `. ${hint}` : ""}`;
}

/** A finding as an error of a command that needs the entry. */
export function findingError(finding: Finding): AuthError {
  const at = finding.location;
  return new AuthError({
    code: "invalid_auth_config",
    message: finding.message,
    explanation: at ? `${at.file}:${at.line}:${at.column}: ${finding.path}` : undefined,
    hints: finding.hint ? [finding.hint] : [],
  });
}
