import type { Chain } from "./chain.ts";
import type { Core } from "./core.ts";
import { AuthError, type Finding } from "./types.ts";

/**
 * Checks the entries that a chain uses. Errors end the run; a duration that cannot be read is a
 * warning and the kind's default applies (01 §5.1). Other warnings are left to `validate`.
 */
export function checkChain(core: Core, chain: Chain): void {
  for (const entry of chain.entries) {
    for (const finding of entry.check()) {
      if (finding.severity !== "error") continue;
      if (finding.code === "invalid_duration") {
        core.deps.log.warn(`${finding.message}; the default applies`);
        continue;
      }
      throw findingError(finding);
    }
  }
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
