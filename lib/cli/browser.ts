/** Opening a browser (02 §6.9-7). Never through a shell: `&` and `$` of a URL would be read by it. */
import type { Env } from "../sys/env.ts";
import type { Spawn } from "../sys/spawn.ts";
import { isRemote, isWsl } from "./interactivity.ts";

type Doors = { env: Env; spawn: Pick<Spawn, "which" | "detached"> };

/** A program and its arguments, the URL among them. */
type Opener = [command: string, ...args: string[]];

/** True when a browser that is opened here would be seen by the user: no CI, no SSH, a display. */
export function browserReachable({ env, spawn }: Doors): boolean {
  if (env.nonEmpty("BROWSER") === "none" || env.nonEmpty("ATMOS_AUTH_NO_BROWSER")) return false;
  if (isRemote(env)) return false;
  if (env.os !== "linux") return true;
  if (env.nonEmpty("BROWSER") !== undefined) return true;
  const display = env.nonEmpty("DISPLAY") ?? env.nonEmpty("WAYLAND_DISPLAY");
  if (display === undefined && !isWsl(env)) return false;
  return openers("https://example.invalid/", { env, spawn }).length > 0;
}

/** Tries the openers in turn; false when none of them could start. Only http and https URLs are opened. */
export async function openInBrowser(url: string, doors: Doors): Promise<boolean> {
  const protocol = URL.parse(url)?.protocol;
  if (protocol !== "https:" && protocol !== "http:") return false;
  for (const [command, ...args] of openers(url, doors)) {
    if (await doors.spawn.detached(command, args)) return true;
  }
  return false;
}

/** `BROWSER` entries first, then what the system has; only those that exist. */
export function openers(url: string, { env, spawn }: Doors): Opener[] {
  const wanted: Opener[] = browserEntries(env).map((entry) => fromEntry(entry, url));
  if (env.os === "darwin") wanted.push(["/usr/bin/open", url]);
  else if (env.os === "windows") {
    wanted.push(["rundll32.exe", "url.dll,FileProtocolHandler", url]);
  } else {
    if (isWsl(env)) wanted.push(["wslview", url]);
    wanted.push(["xdg-open", url]);
  }
  return wanted.flatMap(([command, ...args]): Opener[] => {
    const path = command === "" ? undefined : spawn.which(command);
    return path ? [[path, ...args]] : [];
  });
}

function browserEntries(env: Env): string[] {
  const value = env.nonEmpty("BROWSER");
  if (value === undefined || value === "none") return [];
  if (env.os === "windows") return [value];
  return value.split(":").filter((entry) => entry.trim() !== "");
}

/** A command line as users write it: words, quotes around blanks, `%s` for the URL, `%%` for `%`. */
function fromEntry(entry: string, url: string): Opener {
  const words = (entry.match(/"[^"]*"|'[^']*'|\S+/g) ?? [])
    .map((word) => /^(["']).*\1$/.test(word) ? word.slice(1, -1) : word);
  const [command = "", ...rest] = words;
  let placed = false;
  const args = rest.map((word) =>
    word.replace(/%[s%]/g, (mark) => {
      if (mark === "%%") return "%";
      placed = true;
      return url;
    })
  );
  return placed ? [command, ...args] : [command, ...args, url];
}
