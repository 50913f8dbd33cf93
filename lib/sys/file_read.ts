import { chmodQuietly } from "./file_dirs.ts";
import { AuthError } from "./error.ts";
import { fileError, isAbsent } from "./file_error.ts";

/** Rules for reading secrets (03 §5.3-3). */
export interface SecretRules {
  /** True for files below our own directories. */
  isOurs: (path: string) => boolean;
  warn: (text: string) => void;
  windows: boolean;
  limit: number;
}

/**
 * The bytes of a regular file, undefined when absent. What is no regular file is refused before it
 * is opened: opening a FIFO would block. With `secret`, a file of ours is opened without following a
 * link (`lstat`, then the same device and inode at the handle), and its mode is tightened.
 */
export function readWhole(path: string, secret?: SecretRules): Uint8Array<ArrayBuffer> | undefined {
  try {
    const before = secret ? Deno.lstatSync(path) : Deno.statSync(path);
    const viaLink = before.isSymlink;
    if (viaLink && secret!.isOurs(path)) throw refused(path, "it is a symbolic link");
    const target = viaLink ? Deno.statSync(path) : before;
    if (!target.isFile) throw refused(path, "it is not a regular file");
    if (!secret) return Deno.readFileSync(path);
    using file = Deno.openSync(path, { read: true });
    const now = file.statSync();
    if (!now.isFile) throw refused(path, "it is not a regular file");
    if (!secret.windows && (now.ino !== target.ino || now.dev !== target.dev)) {
      throw refused(path, "it was replaced while it was being opened");
    }
    if (now.size > secret.limit) throw refused(path, "it is larger than 1 MiB");
    if (!secret.windows && ((now.mode ?? 0) & 0o077) !== 0 && secret.isOurs(path)) {
      const mode = (now.mode! & 0o777).toString(8).padStart(4, "0");
      if (chmodQuietly(path, 0o600, secret.warn)) {
        secret.warn(`${path} was readable by others (mode ${mode}); it is 0600 now`);
      }
    }
    return readAll(file, path, secret.limit, now.size);
  } catch (error) {
    if (isAbsent(error) || error instanceof Deno.errors.FilesystemLoop) return undefined;
    throw fileError("read", path, error);
  }
}

function readAll(
  file: Deno.FsFile,
  path: string,
  limit: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  let buffer = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = file.readSync(buffer.subarray(length));
    if (count === null) return buffer.subarray(0, length);
    length += count;
    if (length > limit) throw refused(path, "it is larger than 1 MiB");
    if (length === buffer.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(buffer);
      buffer = larger;
    }
  }
}

function refused(path: string, why: string): AuthError {
  return new AuthError({ code: "file_refused", message: `refusing to read ${path}: ${why}` });
}
