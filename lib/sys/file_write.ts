import { AuthError } from "./error.ts";
import { errnoOf, fileError, isAbsent } from "./file_error.ts";
import type { Place } from "./file_roots.ts";
import { nameOf, parentOf, within } from "./path.ts";
import { hex } from "./random.ts";
import { inheritedUmask } from "./umask.ts";

/** Steps of a write, in order; between any two the process may die. */
export type WriteStep =
  | "created"
  | "partial"
  | "written"
  | "synced"
  | "rename"
  | "renamed"
  | "done";

interface WriteOptions {
  mode: number | undefined;
  kind: "private" | "shared";
  place: Place;
  windows: boolean;
  /** Directories already cleared of leftovers by this process. */
  swept: Set<string>;
  step?: (step: WriteStep, path: string) => void;
}

const TEMP = /^\..+\.[0-9a-f]{16}\.tmp$/;
const LEFTOVER_MS = 60 * 60 * 1000;
const CHUNK = 64 * 1024;

/**
 * A file that is either the old or the new one at every moment: temp file in the same directory,
 * 0600 from its creation, written, synced, renamed over the target, directory synced (03 §5.3-4).
 * Throws AuthError that names the path; the temp file is gone then.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions,
): Promise<void> {
  const { windows } = options;
  const target = options.kind === "shared" ? sharedTarget(path, windows) : path;
  const dir = parentOf(target, windows);
  sweep(dir, options);
  const temp = within(dir, tempName(nameOf(target, windows)), windows);
  const step = (name: WriteStep) => options.step?.(name, path);
  let created = false;
  try {
    const file = Deno.openSync(temp, { write: true, createNew: true, mode: 0o600 });
    created = true;
    try {
      step("created");
      await writeAll(
        file,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
        step,
      );
      step("written");
      await file.syncData();
      step("synced");
    } finally {
      file.close();
    }
    const mode = options.mode ?? 0o600;
    // Widening happens on a file nobody knows yet; the target never has a wrong mode for a moment.
    if (!windows && mode !== 0o600) Deno.chmodSync(temp, mode & ~(inheritedUmask() & 0o077));
    await renameOver(temp, target, { windows, before: () => step("rename") });
    created = false;
    step("renamed");
    syncDirectory(dir, windows);
    step("done");
  } catch (error) {
    if (created) dropTemp(temp);
    throw fileError("write", path, error);
  }
}

/**
 * Where a shared file really is: a link is resolved once, and its target must be ours and stand in
 * a directory that not everybody can write (03 §5.3-5).
 */
function sharedTarget(path: string, windows: boolean): string {
  let link: Deno.FileInfo;
  try {
    link = Deno.lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return path;
    throw fileError("write", path, error);
  }
  if (!link.isSymlink) return path;
  const target = resolveLink(path, windows);
  if (windows) return target;
  const parent = Deno.statSync(parentOf(target, windows));
  if (((parent.mode ?? 0) & 0o002) !== 0) {
    throw linkRefused(path, target, "everybody can write to the directory of its target");
  }
  const uid = Deno.uid();
  const owner = statOrUndefined(target)?.uid ?? parent.uid;
  if (uid !== 0 && owner !== uid) throw linkRefused(path, target, "its target is not yours");
  return target;
}

function resolveLink(path: string, windows: boolean): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!isAbsent(error)) throw fileError("write", path, error);
  }
  // The target does not exist yet; its directory must.
  const text = Deno.readLinkSync(path);
  const relative = !/^([A-Za-z]:)?[\\/]/.test(text);
  const joined = relative ? within(parentOf(path, windows), text, windows) : text;
  try {
    return within(Deno.realPathSync(parentOf(joined, windows)), nameOf(joined, windows), windows);
  } catch (error) {
    throw fileError("write", path, error);
  }
}

function linkRefused(path: string, target: string, why: string): AuthError {
  return new AuthError({
    code: "symlink_refused",
    message: `refusing to write ${path} through its symbolic link to ${target}: ${why}`,
  });
}

function statOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileError("look at", path, error);
  }
}

/** `.<base>.<16 random hex>.tmp`, cut so that it fits into 255 bytes. */
function tempName(base: string): string {
  let head = base;
  while (new TextEncoder().encode(head).length > 200) head = head.slice(0, -1);
  return `.${head}.${hex(crypto.getRandomValues(new Uint8Array(8)))}.tmp`;
}

async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
  step: (name: WriteStep) => void,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await file.write(bytes.subarray(at, at + CHUNK));
    step("partial");
  }
}

/** On Windows another program may have the target open for a moment: 10 tries, 20 to 200 ms apart. */
async function renameOver(
  temp: string,
  target: string,
  { windows, before }: { windows: boolean; before: () => void },
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      before();
      return Deno.renameSync(temp, target);
    } catch (error) {
      const busy = ["EACCES", "EPERM", "EBUSY", "ETXTBSY"].includes(errnoOf(error) ?? "") ||
        error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.Busy;
      if (!windows || !busy || tries >= 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(200, 20 * (tries + 1))));
    }
  }
}

/** Makes the rename last through a power failure; false where the file system cannot sync a directory. */
function syncDirectory(dir: string, windows: boolean): boolean {
  if (windows) return false;
  try {
    const handle = Deno.openSync(dir, { read: true });
    using _open = handle; // apart from its use: tests/unit/disposal_test.ts
    handle.syncSync();
    return true;
  } catch {
    return false;
  }
}

/** False when the temp file stays: the error that brought us here says more, and it is swept after an hour. */
function dropTemp(temp: string): boolean {
  try {
    Deno.removeSync(temp);
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes temp files of ours that a killed process left more than an hour ago (03 §5.3-9). False
 * when that failed, which is no reason not to write.
 */
function sweep(dir: string, { swept, windows }: WriteOptions): boolean {
  if (swept.has(dir)) return true;
  swept.add(dir);
  try {
    for (const entry of Deno.readDirSync(dir)) {
      if (!entry.isFile || !TEMP.test(entry.name)) continue;
      const path = within(dir, entry.name, windows);
      const age = Date.now() - (Deno.lstatSync(path).mtime?.getTime() ?? Date.now());
      if (age > LEFTOVER_MS) Deno.removeSync(path);
    }
    return true;
  } catch {
    return false;
  }
}
