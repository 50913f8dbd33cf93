import { AuthError } from "../../lib/sys/error.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import type { FileFacts, Files } from "../../lib/sys/files.ts";

interface MemoryFile {
  bytes: Uint8Array;
  mode: number;
  mtimeMs: number;
  ino: number;
}

export interface MemoryFiles extends Files {
  /** Puts a file there, whatever was granted. */
  put(path: string, text: string, mode?: number): void;
  /** Text of a file; fails when absent. */
  text(path: string): string;
  mode(path: string): number | undefined;
  /** All paths, sorted. */
  paths(): string[];
  granted: string[];
  /** Paths read so far. */
  reads: string[];
  /** Paths whose writes and deletes fail, with the message. */
  failing: Map<string, string>;
}

/** A disk in memory. Writing outside the granted roots fails, as in the gateway; symlinks are not played. */
export function memoryFiles(clock: Pick<Clock, "now">): MemoryFiles {
  const files = new Map<string, MemoryFile>();
  const dirs = new Set<string>(["/"]);
  const granted: string[] = [];
  const reads: string[] = [];
  const failing = new Map<string, string>();
  let inode = 0;

  const parents = (path: string): void => {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      dirs.add(path.slice(0, at));
    }
  };
  const below = (dir: string) => `${dir.replace(/\/+$/, "")}/`;
  const mayWrite = (path: string): void => {
    if (!granted.some((root) => path === root || path.startsWith(below(root)))) {
      throw new AuthError({
        code: "path_not_allowed",
        message: `cannot write ${path}: outside the allowed directories`,
      });
    }
    const reason = failing.get(path);
    if (reason !== undefined) {
      throw new AuthError({
        code: "file_write_failed",
        message: `cannot write ${path}: ${reason}`,
      });
    }
  };
  const store = (path: string, content: string | Uint8Array, mode: number): void => {
    parents(path);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
    files.set(path, { bytes, mode, mtimeMs: clock.now(), ino: ++inode });
  };
  const read = (path: string): string | undefined => {
    reads.push(path);
    const file = files.get(path);
    return file && new TextDecoder().decode(file.bytes);
  };
  const facts = (path: string): FileFacts | undefined => {
    const file = files.get(path);
    const isDirectory = dirs.has(path);
    if (file === undefined && !isDirectory) return undefined;
    return {
      isFile: file !== undefined,
      isDirectory,
      isSymlink: false,
      size: file?.bytes.length ?? 0,
      mode: file?.mode ?? 0o700,
      mtimeMs: file?.mtimeMs ?? 0,
      dev: 1,
      ino: file?.ino ?? 0,
      uid: 1000,
    };
  };
  const inside = (dir: string) => {
    const names = new Set<string>();
    for (const path of [...files.keys(), ...dirs]) {
      if (path.startsWith(below(dir)) && path !== "/") {
        names.add(path.slice(below(dir).length).split("/")[0]!);
      }
    }
    return names;
  };

  return {
    granted,
    reads,
    failing,
    put: (path, text, mode = 0o600) => store(path, text, mode),
    text: (path) => {
      const file = files.get(path);
      if (file === undefined) throw new Error(`no such file: ${path}`);
      return new TextDecoder().decode(file.bytes);
    },
    mode: (path) => files.get(path)?.mode,
    paths: () => [...files.keys()].sort(),

    grant: (root) => void granted.push(root),
    readText: (path) => Promise.resolve(read(path)),
    readTextSync: read,
    readSecret: (path) => Promise.resolve(read(path)),
    readSecretSync: read,
    readBytes: (path) => {
      reads.push(path);
      return Promise.resolve(files.get(path)?.bytes.slice());
    },
    lstat: facts,
    stat: facts,
    exists: (path) => files.has(path) || dirs.has(path),
    list: (dir) => dirs.has(dir) ? [...inside(dir)].sort() : undefined,
    realPath: (path) => files.has(path) || dirs.has(path) ? path : undefined,
    ensureDir: async (dir) => {
      mayWrite(dir);
      parents(`${dir}/`);
    },
    write: async (path, content, options) => {
      mayWrite(path);
      store(path, content, options?.mode ?? 0o600);
    },
    append: async (path, text, options) => {
      mayWrite(path);
      const before = files.get(path);
      const old = before ? new TextDecoder().decode(before.bytes) : "";
      store(path, old + text, before?.mode ?? options?.mode ?? 0o600);
    },
    createNew: async (path, text) => {
      mayWrite(path);
      if (files.has(path) || dirs.has(path)) return false;
      store(path, text, 0o600);
      return true;
    },
    setMode: async (path, mode) => {
      const file = files.get(path);
      if (file === undefined) return;
      mayWrite(path);
      file.mode = mode;
    },
    remove: async (path) => {
      mayWrite(path);
      return files.delete(path);
    },
    removeTree: async (dir) => {
      mayWrite(dir);
      const there = dirs.has(dir);
      for (const path of files.keys()) if (path.startsWith(below(dir))) files.delete(path);
      for (const path of dirs) if (path === dir || path.startsWith(below(dir))) dirs.delete(path);
      return there;
    },
    removeDirIfEmpty: async (dir) => {
      mayWrite(dir);
      return inside(dir).size === 0 && dirs.delete(dir);
    },
    moveTree: async (from, to) => {
      mayWrite(from);
      mayWrite(to);
      for (const [path, file] of [...files]) {
        if (!path.startsWith(below(from))) continue;
        files.delete(path);
        files.set(to + path.slice(from.length), file);
      }
      for (const path of [...dirs]) {
        if (path !== from && !path.startsWith(below(from))) continue;
        dirs.delete(path);
        dirs.add(to + path.slice(from.length));
      }
    },
    quarantine: async (path) => {
      mayWrite(path);
      const file = files.get(path);
      if (file === undefined) return;
      files.delete(path);
      files.set(`${path}.corrupt-${Math.floor(clock.now() / 1000)}`, file);
    },
  };
}
