/**
 * Facts of a git checkout, read from its files without the `git` program (01 §2.1). Worktrees and
 * submodules have a `.git` file that points at their directory.
 */
import type { Deps } from "../core/types.ts";
import { isAbsolute, join } from "../store/paths.ts";
import { isWithin, resolve } from "./path.ts";

type GitDeps = Pick<Deps, "env" | "files">;

export interface Head {
  /** 40 (or 64) hex digits; undefined before the first commit. */
  commit: string | undefined;
  /** undefined when HEAD is detached. */
  branch: string | undefined;
  /** The refs stand in a reftable, which is not read here. */
  reftable?: true;
}

/** Where HEAD stands. */
export function readHead(deps: GitDeps, root: string): Head {
  const { own, common } = gitDirs(deps, root);
  const head = deps.files.readTextSync(join(deps.env, own, "HEAD"))?.trim() ?? "";
  const ref = /^ref:\s*(.+)$/.exec(head)?.[1];
  if (ref === undefined) return { commit: isHash(head) ? head : undefined, branch: undefined };
  if (ref === "refs/heads/.invalid") {
    return { commit: undefined, branch: undefined, reftable: true };
  }
  return { commit: readRef(deps, [own, common], ref), branch: ref.replace(/^refs\/heads\//, "") };
}

function readRef(deps: GitDeps, dirs: string[], ref: string): string | undefined {
  for (const dir of dirs) {
    const text = deps.files.readTextSync(join(deps.env, dir, ...ref.split("/")))?.trim();
    if (text && isHash(text)) return text;
    if (text?.startsWith("ref:")) return readRef(deps, dirs, text.slice(4).trim());
  }
  for (const dir of dirs) {
    const packed = deps.files.readTextSync(join(deps.env, dir, "packed-refs")) ?? "";
    for (const line of packed.split("\n")) {
      const space = line.indexOf(" ");
      if (space > 0 && line.slice(space + 1).trim() === ref && isHash(line.slice(0, space))) {
        return line.slice(0, space);
      }
    }
  }
  return undefined;
}

function isHash(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The checkout's own git directory and the one it shares with the main worktree. */
function gitDirs(deps: GitDeps, root: string): { own: string; common: string } {
  const { env, files } = deps;
  const explicit = env.nonEmpty("GIT_WORK_TREE") ? env.nonEmpty("GIT_DIR") : undefined;
  let own = explicit ? resolve(env, env.cwd(), explicit) : join(env, root, ".git");
  if (files.stat(own)?.isFile) {
    const target = /^gitdir:\s*(.+)$/m.exec(files.readTextSync(own) ?? "")?.[1]?.trim();
    if (target) own = isAbsolute(env, target) ? target : join(env, root, target);
  }
  const shared = files.readTextSync(join(env, own, "commondir"))?.trim();
  return { own, common: shared ? resolve(env, own, shared) : own };
}

export interface Origin {
  /** `owner/name`. */
  repository: string;
  owner: string;
  name: string;
  host: string;
  /** Without credentials. */
  url: string;
}

/** The remote `origin`, or undefined. */
export function readOrigin(deps: GitDeps, root: string): Origin | undefined {
  const { own, common } = gitDirs(deps, root);
  for (const dir of new Set([own, common])) {
    const url = originUrl(deps.files.readTextSync(join(deps.env, dir, "config")) ?? "");
    if (url) return originOf(url);
  }
  return undefined;
}

/** `url` of section `[remote "origin"]`, the last one wins as in git. */
function originUrl(config: string): string | undefined {
  let inside = false;
  let url: string | undefined;
  for (const line of config.split("\n")) {
    const section = /^\s*\[(.*)\]\s*$/.exec(line)?.[1];
    if (section !== undefined) inside = /^remote\s+"origin"$/i.test(section.trim());
    else if (inside) {
      const value = /^\s*url\s*=\s*(.*?)\s*$/i.exec(line)?.[1];
      if (value !== undefined) url = value.replace(/^"(.*)"$/, "$1");
    }
  }
  return url;
}

/** Parts of a remote URL, `scheme://` or `user@host:path`. */
export function originOf(url: string): Origin {
  const scheme = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/@]*@)?([^/:]*)(:\d+)?\/*(.*)$/i.exec(url);
  const scp = scheme ? null : /^(?:[^/@:]*@)?([^/:]+):(.*)$/.exec(url);
  const host = scheme?.[2] ?? scp?.[1] ?? "";
  const path = (scheme?.[4] ?? scp?.[2] ?? url).replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  const cut = path.lastIndexOf("/");
  const owner = cut < 0 ? "" : path.slice(0, cut);
  const name = path.slice(cut + 1);
  const clean = scheme ? withoutCredentials(url) : url;
  return { repository: owner ? `${owner}/${name}` : name, owner, name, host, url: clean };
}

/** Over ssh the user name is part of the address; everything else before the `@` is a secret. */
function withoutCredentials(url: string): string {
  return /^(git\+)?ssh:/i.test(url)
    ? url.replace(/^([a-z+]+:\/\/[^/@:]*):[^/@]*@/i, "$1@")
    : url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}

/**
 * Whether git tracks a file: its path stands in the index. An index of version 4 keeps only parts of
 * paths; there the answer may be no though it is yes.
 */
export function isTracked(deps: GitDeps, root: string, path: string): boolean {
  if (!isWithin(deps.env, root, path)) return false;
  const index = deps.files.readTextSync(join(deps.env, gitDirs(deps, root).own, "index"));
  const relative = path.slice(root.length).replaceAll("\\", "/").replace(/^\/+/, "");
  return index?.includes(`${relative}\0`) ?? false;
}
