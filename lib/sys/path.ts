/** The few path operations of the file gateway. Windows paths may use either separator. */

/** Separator to use for names appended to `path`. */
export function separatorOf(path: string, windows: boolean): string {
  return windows && path.includes("\\") ? "\\" : "/";
}

/** Everything before the last separator; a root is its own parent. */
export function parentOf(path: string, windows: boolean): string {
  const trimmed = withoutTrailing(path, windows);
  const at = lastSeparator(trimmed, windows);
  if (at < 0) return ".";
  const root = rootLength(trimmed, windows);
  return at < root ? trimmed.slice(0, root) : trimmed.slice(0, at);
}

/** The last element of a path. */
export function nameOf(path: string, windows: boolean): string {
  const trimmed = withoutTrailing(path, windows);
  return trimmed.slice(lastSeparator(trimmed, windows) + 1);
}

/** `name` inside `dir`. */
export function within(dir: string, name: string, windows: boolean): string {
  const separator = separatorOf(dir, windows);
  return dir.endsWith(separator) ? dir + name : dir + separator + name;
}

export function absolute(path: string, windows: boolean): boolean {
  return windows ? /^([A-Za-z]:[\\/]|\\\\|\/)/.test(path) : path.startsWith("/");
}

/** Path elements of `path` below `root` by their text alone, or undefined. */
export function elementsBelow(
  root: string,
  path: string,
  windows: boolean,
): string[] | undefined {
  const fold = (text: string) => windows ? text.replaceAll("/", "\\").toLowerCase() : text;
  const base = withoutTrailing(root, windows);
  const prefix = fold(base);
  const folded = fold(path);
  if (folded === prefix) return [];
  const separator = windows ? "\\" : "/";
  const start = prefix.endsWith(separator) ? prefix : prefix + separator;
  if (!folded.startsWith(start)) return undefined;
  return path.slice(start.length).split(windows ? /[\\/]/ : "/").filter((e) =>
    e !== "" && e !== "."
  );
}

function withoutTrailing(path: string, windows: boolean): string {
  const root = rootLength(path, windows);
  let end = path.length;
  while (end > root && (path[end - 1] === "/" || windows && path[end - 1] === "\\")) end--;
  return path.slice(0, end);
}

function lastSeparator(path: string, windows: boolean): number {
  const slash = path.lastIndexOf("/");
  return windows ? Math.max(slash, path.lastIndexOf("\\")) : slash;
}

function rootLength(path: string, windows: boolean): number {
  if (!windows) return path.startsWith("/") ? 1 : 0;
  return /^([A-Za-z]:[\\/]|\\\\[^\\/]+[\\/][^\\/]+[\\/]?|[\\/])/.exec(path)?.[0].length ?? 0;
}
