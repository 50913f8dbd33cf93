import { AuthError } from "./error.ts";
import { fileError, isAbsent } from "./file_error.ts";
import { absolute, elementsBelow, nameOf, parentOf, within } from "./path.ts";

/**
 * `ours`: directories below are private to this program (0700, no symlinks on the way).
 * `project`: a tree of the user's; ordinary modes, symlinks on the way are fine while they stay inside.
 */
export type RootKind = "ours" | "project";

export interface Root {
  path: string;
  kind: RootKind;
}

/** A path that may be written, and why. */
export interface Place {
  /** The directory, every symlink resolved. */
  dir: string;
  name: string;
  root: Root;
  /** The path is the root itself. */
  isRoot: boolean;
  /** Path elements below the root, by the text of the path; undefined when it was reached by another name. */
  below: string[] | undefined;
  /** A directory between the root and the file is a symlink. */
  throughLink: boolean;
}

/**
 * Where `path` stands among the granted roots (03 §5.3-1): containment is decided on the real path
 * of the parent, not on the text. Throws AuthError `path_not_allowed`.
 */
export function placeOf(roots: Root[], path: string, windows: boolean): Place {
  if (!absolute(path, windows) || path.includes("\0")) {
    throw notAllowed(path, "it is not an absolute path");
  }
  const name = nameOf(path, windows);
  if (name === ".." || name === ".") throw notAllowed(path, "it does not name a file");
  const dir = canonical(parentOf(path, windows), windows);
  const real = name === "" ? dir : within(dir, name, windows);
  let best: Place | undefined, bestLength = -1;
  for (const root of roots) {
    const place = placeBelow(root, { path, dir, name, real, windows });
    if (place && root.path.length > bestLength) {
      best = place;
      bestLength = root.path.length;
    }
  }
  if (best) return best;
  throw notAllowed(path, "it lies outside the directories this command may change");
}

function placeBelow(
  root: Root,
  at: { path: string; dir: string; name: string; real: string; windows: boolean },
): Place | undefined {
  const { windows } = at;
  const named = within(
    canonical(parentOf(root.path, windows), windows),
    nameOf(root.path, windows),
    windows,
  );
  const resolved = canonical(root.path, windows);
  const isRoot = same(at.real, named, windows) || same(at.real, resolved, windows);
  if (!isRoot && elementsBelow(resolved, at.real, windows) === undefined) return undefined;
  const below = elementsBelow(root.path, at.path, windows);
  const expected = below?.slice(0, -1).reduce((dir, e) => within(dir, e, windows), resolved);
  const throughLink = !isRoot && expected !== undefined && !same(expected, at.dir, windows);
  return { dir: at.dir, name: at.name, root, isRoot, below, throughLink };
}

/** Real path of the deepest existing ancestor plus what does not exist yet. */
export function canonical(path: string, windows: boolean): string {
  const missing: string[] = [];
  let here = path;
  for (;;) {
    try {
      const real = Deno.realPathSync(here);
      return missing.reduceRight((dir, element) => within(dir, element, windows), real);
    } catch (error) {
      if (!isAbsent(error)) throw fileError("resolve", path, error);
    }
    const name = nameOf(here, windows);
    const up = parentOf(here, windows);
    if (name === ".." || up === here) throw notAllowed(path, "it does not exist");
    if (name !== "." && name !== "") missing.push(name);
    here = up;
  }
}

function same(a: string, b: string, windows: boolean): boolean {
  return a === b || windows && a.toLowerCase() === b.toLowerCase();
}

function notAllowed(path: string, why: string): AuthError {
  return new AuthError({
    code: "path_not_allowed",
    message: `refusing to change ${path}: ${why}`,
  });
}
