import type { Env } from "./env.ts";

/**
 * The file to name in other programs' files (kubeconfig, docker, git): the first PATH entry of our
 * name that leads to this very program, since package managers put a version into the real path;
 * else the real path (09 §5). Run from source, it is the bundle's launcher, never `deno run`.
 */
export function stableExecutable(env: Env): string {
  const own = ownExecutable();
  const windows = env.os === "windows";
  const name = windows ? "atmos-auth.exe" : "atmos-auth";
  for (const dir of (env.get("PATH") ?? "").split(windows ? ";" : ":")) {
    if (!(windows ? /^[A-Za-z]:[\\/]/ : /^\//).test(dir)) continue;
    const candidate = `${dir.replace(/[\\/]+$/, "")}${windows ? "\\" : "/"}${name}`;
    if (realPath(candidate) === realPath(own)) return candidate;
  }
  return own;
}

/** The compiled binary, or `dist/atmos-auth` of the bundle or of the source tree. */
function ownExecutable(): string {
  if (Deno.build.standalone) return Deno.execPath();
  const main = decodeURIComponent(new URL(Deno.mainModule).pathname).replace(
    /^\/([A-Za-z]:)/,
    "$1",
  );
  const dir = main.slice(0, main.lastIndexOf("/"));
  return dir.endsWith("/dist") ? `${dir}/atmos-auth` : `${dir}/dist/atmos-auth`;
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
