/** Absolute path of the first executable file of this name on `path` (default PATH), or undefined. */
export function whichProgram(
  name: string,
  path: string = Deno.env.get("PATH") ?? "",
): string | undefined {
  const windows = Deno.build.os === "windows";
  if (/[/\\]/.test(name) && (windows || name.includes("/"))) {
    return executableAt(name, windows);
  }
  for (const dir of path.split(windows ? ";" : ":")) {
    // an empty element means the working directory: never searched, whoever controls it controls us
    if (dir === "") continue;
    const found = executableAt(
      `${dir.replace(/[/\\]+$/, "")}${windows ? "\\" : "/"}${name}`,
      windows,
    );
    if (found) return found;
  }
  return undefined;
}

function executableAt(path: string, windows: boolean): string | undefined {
  if (!windows) return isExecutable(path) ? path : undefined;
  const extensions = (Deno.env.get("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").split(";");
  const has = /\.[^.\\/]+$/.exec(path)?.[0].toUpperCase();
  if (has && extensions.some((e) => e.toUpperCase() === has) && isFile(path)) return path;
  return extensions.map((e) => path + e.toLowerCase()).find(isFile);
}

function isExecutable(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    return info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
