import { AuthError } from "./error.ts";
import { fileError, isAbsent } from "./file_error.ts";
import type { Place } from "./file_roots.ts";
import { nameOf, parentOf, within } from "./path.ts";
import { inheritedUmask } from "./umask.ts";

interface DirOptions {
  windows: boolean;
  warn: (text: string) => void;
}

/**
 * Creates `dir` and what is missing above it, then looks at every directory between the root and
 * `dir` (03 §5.3-2). Without a place (parents of a file that the user named) it only creates.
 */
export async function makeDirectories(
  dir: string,
  place: Place | undefined,
  options: DirOptions,
): Promise<void> {
  const { windows } = options;
  const project = place?.root.kind === "project";
  const missing = missingFrom(dir, windows);
  if (missing.length > 0) {
    try {
      Deno.mkdirSync(dir, { recursive: true, mode: 0o700 });
      if (project && !windows) {
        for (const made of missing) Deno.chmodSync(made, 0o777 & ~inheritedUmask());
      }
    } catch (error) {
      throw fileError("create directory", dir, error);
    }
    if (windows && !project) await closeToOthers(missing.at(-1)!, options.warn);
  }
  if (!place || project) return;
  let here = place.root.path;
  for (const element of place.below ?? []) {
    here = within(here, element, windows);
    checkOurDirectory(here, options);
  }
  if (!place.below) checkOurDirectory(dir, options);
}

/** Directories that do not exist yet, innermost first. */
function missingFrom(dir: string, windows: boolean): string[] {
  const missing: string[] = [];
  for (let here = dir;; here = parentOf(here, windows)) {
    try {
      Deno.lstatSync(here);
      return missing;
    } catch (error) {
      if (!isAbsent(error)) throw fileError("look at", here, error);
    }
    missing.push(here);
    if (parentOf(here, windows) === here) return missing;
  }
}

/**
 * A directory of ours: no link, owned by us, closed to others. One that others can write is fatal;
 * one that the group can write or others can read is tightened (03 §5.3-2).
 */
export function checkOurDirectory(dir: string, { windows, warn }: DirOptions): void {
  const info = Deno.lstatSync(dir);
  if (info.isSymlink) {
    throw new AuthError({
      code: "symlink_refused",
      message: `refusing to use ${dir}: it is a symbolic link`,
      hints: ["Remove the link, or let the whole directory be a link"],
    });
  }
  if (!info.isDirectory) throw fileError("create directory", dir, { code: "ENOTDIR" });
  if (windows || info.mode === null) return;
  const mode = info.mode & 0o777;
  const uid = Deno.uid();
  if (uid !== 0 && info.uid !== null && info.uid !== uid) {
    throw insecure(dir, `it belongs to user ${info.uid}, not to you`);
  }
  if ((mode & 0o002) !== 0) throw insecure(dir, "others can write to it");
  if ((mode & 0o077) === 0) return;
  const tightened = chmodQuietly(dir, 0o700, warn);
  if (tightened && (mode & 0o020) !== 0) {
    warn(`${dir} was writable by its group; its mode is 0700 now`);
  }
}

function insecure(dir: string, why: string): AuthError {
  return new AuthError({
    code: "insecure_permissions",
    message: `insecure permissions on ${dir}: ${why}`,
    hints: [`Check what is in it, then run \`chmod 700 ${nameOf(dir, false) ? dir : "."}\``],
  });
}

/** True when the mode could be set; a warning otherwise. */
export function chmodQuietly(path: string, mode: number, warn: (text: string) => void): boolean {
  try {
    Deno.chmodSync(path, mode);
    return true;
  } catch (error) {
    warn(`cannot restrict ${path} to its owner: ${fileError("change", path, error).message}`);
    return false;
  }
}

/** Windows: takes away what the directory inherits and leaves it to the user (03 §5.3-7). */
async function closeToOthers(dir: string, warn: (text: string) => void): Promise<void> {
  const user = Deno.env.get("USERNAME");
  const system = Deno.env.get("SystemRoot") ?? "C:\\Windows";
  let reason = "USERNAME is not set";
  if (user) {
    const domain = Deno.env.get("USERDOMAIN");
    try {
      const { success, code } = await new Deno.Command(`${system}\\System32\\icacls.exe`, {
        args: [
          dir,
          "/inheritance:r",
          "/grant:r",
          `${domain ? `${domain}\\` : ""}${user}:(OI)(CI)F`,
        ],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return;
      reason = `icacls ended with code ${code}`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  warn(`cannot restrict ${dir} to its owner: ${reason}`);
}
