import { AuthError } from "./error.ts";

const CAUSES: Record<string, { code: string; reason: string; hint?: string }> = {
  ENOSPC: {
    code: "disk_full",
    reason: "no space left on device",
    hint: "Free some space on that file system and try again; what stood there before is untouched",
  },
  EDQUOT: {
    code: "disk_full",
    reason: "disk quota exceeded",
    hint: "Free some space within your quota and try again; what stood there before is untouched",
  },
  EROFS: {
    code: "read_only_file_system",
    reason: "read-only file system",
    hint:
      "Point `ATMOS_XDG_CONFIG_HOME`, `ATMOS_XDG_DATA_HOME` and `ATMOS_XDG_CACHE_HOME` at directories that can be written",
  },
  EACCES: {
    code: "permission_denied",
    reason: "permission denied",
    hint: "Check the owner and the mode of the file and of its directory",
  },
  EPERM: {
    code: "permission_denied",
    reason: "operation not permitted",
    hint: "Check the owner and the mode of the file and of its directory",
  },
  ENOENT: { code: "file_not_found", reason: "no such file or directory" },
  ENOTDIR: { code: "file_error", reason: "a part of the path is not a directory" },
  EISDIR: { code: "file_error", reason: "is a directory" },
  ELOOP: { code: "file_error", reason: "too many levels of symbolic links" },
  ENAMETOOLONG: { code: "file_error", reason: "the name is too long" },
  ENOTEMPTY: { code: "file_error", reason: "the directory is not empty" },
  EMFILE: { code: "file_error", reason: "too many open files" },
  EIO: { code: "file_error", reason: "input/output error" },
};

/** The errno name of a failed system call, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** True when the error says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** `cannot <action> <path>: <reason>`, with a stable code for the causes users can do something about. */
export function fileError(action: string, path: string, error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  const errno = errnoOf(error) ??
    (error instanceof Deno.errors.PermissionDenied ? "EACCES" : undefined);
  const known = errno === undefined ? undefined : CAUSES[errno];
  const text = error instanceof Error ? error.message : String(error);
  // Deno appends `(os error 28): open '/path'`; the path is in our text already.
  const reason = known?.reason ?? text.replace(/ \(os error \d+\).*$/s, "").toLowerCase();
  return new AuthError({
    code: known?.code ?? "file_error",
    message: `cannot ${action} ${path}: ${reason}`,
    hints: known?.hint ? [known.hint] : [],
    cause: error,
  });
}
