import { secretLooking } from "../sys/secret.ts";
import { holdsSecret } from "../sys/mask.ts";
import { maskCommands } from "./env_format.ts";
import type { CommandContext } from "./types.ts";

/** Values among these variables that must not show up in a log. */
export function secretValues(variables: Record<string, string>): string[] {
  return Object.entries(variables)
    .filter(([name, value]) =>
      holdsSecret(value) || (secretLooking(name) && !/_(FILE|PATH|DIR|URL|URI)$/i.test(name))
    )
    .map(([, value]) => value);
}

/** Tells the runner to hide them, on stderr and past our own filter, which would hide them from it. */
export function announceSecrets(cx: CommandContext, variables: Record<string, string>): void {
  cx.errRaw(maskCommands(secretValues(variables)));
}
