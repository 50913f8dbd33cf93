/** What became of a change of the working directory. */
export interface WorkdirChange {
  state: "changed" | "missing" | "not-a-directory" | "denied";
  /** Absolute, `.` and `..` taken away by text, links kept (01 §1.2). */
  path: string;
}

/** Changes the working directory of the process. */
export function changeWorkdir(dir: string): WorkdirChange {
  const path = resolvePath(Deno.cwd(), dir, Deno.build.os === "windows");
  try {
    if (!Deno.statSync(path).isDirectory) return { state: "not-a-directory", path };
    Deno.chdir(path);
    return { state: "changed", path };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { state: "missing", path };
    if (error instanceof Deno.errors.NotADirectory) return { state: "missing", path };
    return { state: "denied", path };
  }
}

/** `path` as seen from `cwd`: absolute and without `.` and `..`; links are not looked at. */
export function resolvePath(cwd: string, path: string, windows: boolean): string {
  if (!windows) {
    const joined = path.startsWith("/") ? path : `${cwd}/${path}`;
    return "/" + cleaned(joined.split("/"), 0).join("/");
  }
  let joined = path.replaceAll("/", "\\");
  if (/^\\(?!\\)/.test(joined)) joined = cwd.slice(0, 2) + joined;
  else if (!/^([A-Za-z]:\\|\\\\)/.test(joined)) joined = `${cwd}\\${joined}`;
  const root = /^([A-Za-z]:\\|\\\\[^\\]+\\[^\\]+\\?)/.exec(joined)?.[0] ?? "";
  const rest = cleaned(joined.slice(root.length).split("\\"), 0).join("\\");
  return rest === "" || root.endsWith("\\") ? root + rest : root + "\\" + rest;
}

function cleaned(parts: string[], keep: number): string[] {
  const out: string[] = [];
  for (const part of parts) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (out.length > keep) out.pop();
    } else out.push(part);
  }
  return out;
}
