import { chmodQuietly, makeDirectories } from "./file_dirs.ts";
import { AuthError } from "./error.ts";
import { fileError, isAbsent } from "./file_error.ts";
import { type Place, placeOf, type Root, type RootKind } from "./file_roots.ts";
import { readWhole } from "./file_read.ts";
import { writeAtomically, type WriteStep } from "./file_write.ts";
import { elementsBelow, nameOf, parentOf, within } from "./path.ts";

export type { RootKind, WriteStep };

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
  /**
   * Grants writing and deleting below `root` (an absolute path, directory or file; need not exist
   * yet). `kind` is `ours` unless said: directories below are kept 0700. A `project` is a tree of
   * the user's with ordinary modes.
   */
  grant(root: string, kind?: RootKind): void;
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
  /** Creates a file only when nothing stands there, 0600; false when something does (foreign lock protocols). */
  createNew(path: string, text: string): Promise<boolean>;
  /** Sets the permission bits of an existing file where they differ; nothing on Windows. */
  setMode(path: string, mode: number): Promise<void>;
  /** Deletes one file or link; false when nothing was there. */
  remove(path: string): Promise<boolean>;
  /** Deletes a directory of our layout, never following links; false when nothing was there. */
  removeTree(dir: string): Promise<boolean>;
  /** Removes the directory when it is empty; false otherwise. */
  removeDirIfEmpty(dir: string): Promise<boolean>;
  /** Moves a directory of ours to a name that is free, on the same volume. */
  moveTree(from: string, to: string): Promise<void>;
  /** Moves a damaged file of ours aside to `<path>.corrupt-<epoch>` (03 §5.5). */
  quarantine(path: string): Promise<void>;
}

export interface SystemFilesOptions {
  /** Where warnings go (tightened modes, failing `icacls`). */
  warn?: (text: string) => void;
  /** Called between the steps of a write; tests end the process here or make a step fail. */
  onStep?: (step: WriteStep, path: string) => void;
  /** Tests only: behave as on this system. */
  os?: "linux" | "darwin" | "windows";
}

/** Largest secret of ours that is read (03 §5.3-3). */
const SECRET_LIMIT = 1024 * 1024;

/** The file system, by the rules of 03 §5.3. */
export function systemFiles(options: SystemFilesOptions = {}): Files {
  const windows = (options.os ?? Deno.build.os) === "windows";
  const warn = options.warn ?? (() => {});
  const roots: Root[] = [];
  const swept = new Set<string>();

  const place = (path: string) => placeOf(roots, path, windows);
  /** Below a root of ours: the strict rules apply. Cheap by text; called on suspicion only. */
  const isOurs = (path: string) =>
    roots.some((r) => r.kind === "ours" && (elementsBelow(r.path, path, windows)?.length ?? 0) > 0);
  const secretRules = { isOurs, warn, windows, limit: SECRET_LIMIT };

  const ensureDir = async (dir: string): Promise<void> => {
    await makeDirectories(dir, place(dir), { windows, warn });
  };

  const files: Files = {
    grant(root, kind = "ours") {
      if (!roots.some((r) => r.path === root && r.kind === kind)) roots.push({ path: root, kind });
    },
    readText: async (path) => files.readTextSync(path),
    readTextSync(path) {
      const bytes = readWhole(path);
      return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    },
    readSecret: async (path) => files.readSecretSync(path),
    readSecretSync(path) {
      const bytes = readWhole(path, secretRules);
      return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    },
    readBytes: async (path) => readWhole(path),
    lstat: (path) => facts(path, Deno.lstatSync, windows),
    stat: (path) => facts(path, Deno.statSync, windows),
    exists: (path) => facts(path, Deno.statSync, windows) !== undefined,
    list: listNames,
    realPath(path) {
      try {
        return Deno.realPathSync(path);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw fileError("resolve", path, error);
      }
    },
    ensureDir,
    async write(path, content, { mode, kind = "private" } = {}) {
      let at = place(path);
      const parent = parentOf(path, windows);
      if (!at.isRoot || !files.exists(parent)) {
        if (at.isRoot) await makeDirectories(parent, undefined, { windows, warn });
        else await ensureDir(parent);
        at = place(path);
      }
      refuseLinkOnTheWay(at, path, kind);
      // A link in a project must not lead out of it.
      if (kind === "shared" && at.root.kind === "project") place(files.realPath(path) ?? path);
      await writeAtomically(path, content, {
        mode,
        kind,
        place: at,
        windows,
        swept,
        step: options.onStep,
      });
    },
    async append(path, text, { mode = 0o600 } = {}) {
      const at = place(path);
      refuseLinkOnTheWay(at, path, "private");
      if (!at.isRoot && files.lstat(path)?.isSymlink) {
        throw linkRefused(path, "it is a symbolic link");
      }
      try {
        Deno.writeTextFileSync(path, text, { append: true, create: true, ...newMode(path, mode) });
      } catch (error) {
        throw fileError("append to", path, error);
      }
    },
    async createNew(path, text) {
      refuseLinkOnTheWay(place(path), path, "private");
      try {
        Deno.writeTextFileSync(path, text, { createNew: true, mode: 0o600 });
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) return false;
        throw fileError("create", path, error);
      }
    },
    async setMode(path, mode) {
      const found = facts(path, Deno.statSync, windows);
      if (!found || found.mode === null || found.mode === mode) return;
      place(path);
      try {
        Deno.chmodSync(path, mode);
      } catch (error) {
        throw fileError("change the mode of", path, error);
      }
    },
    async remove(path) {
      const found = files.lstat(path);
      if (!found) return false;
      place(path);
      if (found.isDirectory) throw fileError("delete", path, { code: "EISDIR" });
      return removed(path, () => Deno.removeSync(path));
    },
    async removeTree(dir) {
      const found = files.lstat(dir);
      if (!found) return false;
      const at = place(dir);
      if (at.isRoot) {
        throw new AuthError({
          code: "path_not_allowed",
          message: `refusing to delete ${dir}: it is a base directory`,
        });
      }
      refuseLinkOnTheWay(at, dir, "private");
      // A link to a directory is a link: it goes, its target stays.
      return removed(dir, () => Deno.removeSync(dir, { recursive: found.isDirectory }));
    },
    async removeDirIfEmpty(dir) {
      const found = files.lstat(dir);
      if (!found?.isDirectory) return false;
      place(dir);
      if (listNames(dir)?.length !== 0) return false;
      return removed(dir, () => Deno.removeSync(dir));
    },
    async moveTree(from, to) {
      refuseLinkOnTheWay(place(from), from, "private");
      refuseLinkOnTheWay(place(to), to, "private");
      try {
        Deno.renameSync(from, to);
      } catch (error) {
        throw fileError("move", from, error);
      }
    },
    async quarantine(path) {
      if (!files.lstat(path)) return;
      place(path);
      const dir = parentOf(path, windows), prefix = nameOf(path, windows) + ".corrupt-";
      for (const name of listNames(dir) ?? []) {
        if (name.startsWith(prefix)) await files.remove(within(dir, name, windows));
      }
      const aside = `${path}.corrupt-${Math.floor(Date.now() / 1000)}`;
      try {
        Deno.renameSync(path, aside);
      } catch (error) {
        throw fileError("move aside", path, error);
      }
      if (!windows) chmodQuietly(aside, 0o600, warn);
    },
  };
  return files;
}

function refuseLinkOnTheWay(at: Place, path: string, kind: FileKind): void {
  if (at.throughLink && kind === "private" && at.root.kind === "ours") {
    throw linkRefused(path, `a directory between it and ${at.root.path} is a symbolic link`);
  }
}

function linkRefused(path: string, why: string): AuthError {
  return new AuthError({
    code: "symlink_refused",
    message: `refusing to change ${path}: ${why}`,
    hints: ["Remove the link, or let the whole directory be a link"],
  });
}

/** Deno also chmods an existing file when a mode is given. */
function newMode(path: string, mode: number): { mode?: number } {
  try {
    Deno.lstatSync(path);
    return {};
  } catch {
    return { mode };
  }
}

function removed(path: string, remove: () => void): boolean {
  try {
    remove();
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw fileError("delete", path, error);
  }
}

function facts(
  path: string,
  stat: (path: string) => Deno.FileInfo,
  windows: boolean,
): FileFacts | undefined {
  let info: Deno.FileInfo;
  try {
    info = stat(path);
  } catch (error) {
    if (isAbsent(error) || error instanceof Deno.errors.FilesystemLoop) return undefined;
    throw fileError("look at", path, error);
  }
  return {
    isFile: info.isFile,
    isDirectory: info.isDirectory,
    isSymlink: info.isSymlink,
    size: info.size,
    mode: windows || info.mode === null ? null : info.mode & 0o7777,
    mtimeMs: info.mtime?.getTime() ?? 0,
    dev: info.dev,
    ino: info.ino,
    uid: windows ? null : info.uid,
  };
}

function listNames(dir: string): string[] | undefined {
  try {
    const names = Array.from(Deno.readDirSync(dir), (entry) => entry.name);
    return names.sort(bytewise);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw fileError("list", dir, error);
  }
}

/** UTF-16 order differs from byte order only where surrogates meet U+E000 to U+FFFF. */
function bytewise(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length;) {
    const x = a.codePointAt(i)!, y = b.codePointAt(i)!;
    if (x !== y) return x - y;
    i += x > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
