/** What may be written where, and how its final symlink is treated (03 §5.3). */
export type FileKind =
  /** ours alone: a symlink at the name is replaced, its target untouched */
  | "private"
  /** a user's file that other tools share (`~/.kube/config`): the link's target is replaced */
  | "shared";

export interface FileFacts {
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
  size: number;
  /** Permission bits (POSIX) or null on Windows. */
  mode: number | null;
  mtimeMs: number;
  dev: number;
  ino: number | null;
  uid: number | null;
}

/**
 * The file gateway, 03 §5.3: the only module with file APIs. Reads of ordinary files are free;
 * writes and deletes are allowed only below the roots that were granted.
 * Missing files are values (`undefined`, `false`), not exceptions; every other failure is an `AuthError`
 * that names the path.
 */
export interface Files {
  /** Grants writing and deleting below `root` (an absolute path; need not exist yet). */
  grant(root: string): void;
  /** Text of a file, or undefined when absent. Follows symlinks; refuses what is no regular file. */
  readText(path: string): Promise<string | undefined>;
  /** Synchronous twin for hot paths. */
  readTextSync(path: string): string | undefined;
  /** As readText with the rules for secrets of ours: mode tightened with a warning, 1 MiB limit. */
  readSecret(path: string): Promise<string | undefined>;
  readSecretSync(path: string): string | undefined;
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** lstat; undefined when absent. */
  lstat(path: string): FileFacts | undefined;
  /** stat through symlinks; undefined when absent or dangling. */
  stat(path: string): FileFacts | undefined;
  exists(path: string): boolean;
  /** Names in a directory, sorted bytewise; undefined when the directory is absent. */
  list(dir: string): string[] | undefined;
  realPath(path: string): string | undefined;
  /** Creates missing directories 0700 and checks ours for insecure permissions (03 §5.3-2). */
  ensureDir(dir: string): Promise<void>;
  /** Temp file beside the target, 0600 at creation, fsync, rename (03 §5.3-4). `mode` defaults to 0600. */
  write(
    path: string,
    content: string | Uint8Array,
    options?: { mode?: number; kind?: FileKind },
  ): Promise<void>;
  /** Appends; creates with `mode` (default 0600). Parents are not created. */
  append(path: string, text: string, options?: { mode?: number }): Promise<void>;
  /** Deletes one file or link; false when nothing was there. */
  remove(path: string): Promise<boolean>;
  /** Deletes a directory of our layout, never following links; false when nothing was there. */
  removeTree(dir: string): Promise<boolean>;
  /** Removes the directory when it is empty; false otherwise. */
  removeDirIfEmpty(dir: string): Promise<boolean>;
  /** Moves a damaged file of ours aside to `<path>.corrupt-<epoch>` (03 §5.5). */
  quarantine(path: string): Promise<void>;
}
