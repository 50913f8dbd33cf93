/** Opening a URL in the user's browser (02 §6.9-7). The URL may carry a credential: never through a shell, never logged. */
import type { Env } from "../sys/env.ts";
import type { Spawn } from "../sys/spawn.ts";

/**
 * Entries of `BROWSER` first, in order (`%s` is replaced, else the URL is appended; separated by
 * colons, semicolons on Windows), then the system's opener. False when none worked.
 */
export async function openBrowser(
  deps: { env: Env; spawn: Spawn },
  url: string,
): Promise<boolean> {
  for (const [command, ...args] of openers(deps.env, url)) {
    const program = deps.spawn.which(command!);
    if (program && await deps.spawn.detached(program, args)) return true;
  }
  return false;
}

/** Command lines to try, best first. */
export function openers(env: Env, url: string): string[][] {
  const own = (env.nonEmpty("BROWSER") ?? "").split(env.os === "windows" ? ";" : ":")
    .map((entry) => words(entry)).filter((entry) => entry.length > 0)
    .map((entry) =>
      entry.some((word) => word.includes("%s"))
        ? entry.map((word) => word.replaceAll("%s", url))
        : [...entry, url]
    );
  if (env.os === "darwin") return [...own, ["open", url]];
  if (env.os === "windows") return [...own, ["rundll32", "url.dll,FileProtocolHandler", url]];
  const wsl = env.nonEmpty("WSL_DISTRO_NAME") !== undefined;
  return [...own, ...(wsl ? [["wslview", url]] : []), ["xdg-open", url]];
}

/** Words of an entry; quotes keep blanks together. */
function words(entry: string): string[] {
  return [...entry.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]!);
}
