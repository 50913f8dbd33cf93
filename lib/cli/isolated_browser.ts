/** A Chrome with a profile directory of its own, so that several console sessions stay open side by side (02 §6.9-8). */
import type { Deps } from "../core/types.ts";
import { consoleSessionDir } from "../store/paths.ts";

/** Opens the URL in the identity's own profile; undefined when there is no Chrome, false when it failed. */
export async function openIsolated(
  deps: Deps,
  url: string,
  at: { realm: string; identity: string },
): Promise<boolean | undefined> {
  const profile = consoleSessionDir(deps.env, at);
  const command = browserCommand(deps, profile, url);
  if (!command) return undefined;
  await deps.files.ensureDir(profile);
  return await deps.spawn.detached(command[0]!, command.slice(1));
}

/** Program and arguments for this system. */
export function browserCommand(deps: Deps, profile: string, url: string): string[] | undefined {
  const { env, files, spawn } = deps;
  const data = `--user-data-dir=${profile}`;
  if (env.os === "darwin") {
    const app = ["Google Chrome", "Chromium", "Google Chrome Canary"]
      .find((name) => files.exists(`/Applications/${name}.app`));
    return app ? ["/usr/bin/open", "-na", app, "--args", data, url] : undefined;
  }
  if (env.os === "windows") {
    const roots = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];
    const chrome = roots.map((name) => env.nonEmpty(name))
      .map((root) => root && `${root}\\Google\\Chrome\\Application\\chrome.exe`)
      .find((path) => path && files.exists(path)) ?? spawn.which("chrome.exe");
    return chrome ? [chrome, data, url] : undefined;
  }
  const program = ["google-chrome", "google-chrome-stable", "chromium-browser", "chromium"]
    .map((name) => spawn.which(name)).find((path) => path !== undefined);
  return program ? [program, data, url] : undefined;
}
