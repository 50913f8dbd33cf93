/**
 * Remote imports (01 §1.7, 08 §15.2): fetched over http(s) or git into a cache of ours, which is
 * used again within its time to live and when a refetch fails.
 */
import { targetsIn } from "../config/imports.ts";
import { isWithin } from "../config/path.ts";
import { yamlFilesBelow } from "../config/read.ts";
import type { RemoteSettings } from "../config/reader.ts";
import { sanitize } from "../config/remote_address.ts";
import { AuthError } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import { baseDir, join } from "../store/paths.ts";
import { parseDuration } from "../sys/duration.ts";
import { sha256Hex } from "../sys/hash.ts";
import { hex } from "../sys/random.ts";
import { parseAddress, withoutUser } from "./address.ts";
import type { FileAddress, GitAddress, HttpAddress } from "./address.ts";
import { fetchTree } from "./fetch_tree.ts";
import type { FetchContext } from "./fetch_tree.ts";
import { httpDocument } from "./http_document.ts";

/** What was fetched: one document, or files of a tree. */
export interface RemoteFiles {
  document?: { name: string; text: string };
  /** Absolute paths in the tree, in order. */
  paths?: string[];
  /** Real path of the tree, and the name it is shown under. */
  tree?: { path: string; name: string };
}

export interface RemoteContext extends Omit<FetchContext, "setting"> {
  deps: FetchContext["deps"] & Pick<Deps, "http" | "locks" | "random">;
  /** Warnings for people: a stale copy is used, a time to live is none. */
  warn: (text: string) => void;
  /** Starts what provides tokens for git reads; called before an address is looked at (07 §8). */
  broker?: () => Promise<void>;
}

interface Fetching {
  address: HttpAddress | GitAddress;
  dir: string;
  root: string;
  source: string;
  setting: RemoteSettings["setting"];
}

/** Written last into a cache directory: what is inside is whole (08 §15.2). */
const MARKER = ".atmos-source-ready";
const DOCUMENT = "document.yaml";

/** Directories fetched by this process, by repository and ref: several imports share one fetch. */
export class RemoteSources {
  #cx: RemoteContext;
  #fetched = new Map<string, Promise<string>>();
  #brokered: Promise<void> | undefined;
  #granted = false;

  constructor(cx: RemoteContext) {
    this.#cx = cx;
  }

  /** What an address stands for. Throws AuthError (`import_failed`, `git_failed`, network errors). */
  async get(item: string, settings: RemoteSettings): Promise<RemoteFiles> {
    const address = parseAddress(item);
    if (address.form === "file") return this.#local(address, item);
    const dir = await this.#cached(item, address, settings);
    const name = sanitize(item);
    if (address.form === "http") {
      const text = await this.#cx.deps.files.readText(join(this.#cx.deps.env, dir, DOCUMENT));
      return { document: { name, text: text ?? "" } };
    }
    return this.#select(dir, address.sub, sanitize(withoutSub(item)));
  }

  #local({ path }: FileAddress, item: string): RemoteFiles {
    const { files, env } = this.#cx.deps;
    const facts = files.stat(path);
    if (!facts) throw failure("no such file");
    if (facts.isDirectory) return this.#select(path, undefined, sanitize(item));
    const cut = path.lastIndexOf("/");
    const dir = path.slice(0, Math.max(cut, 1));
    const tree = files.realPath(dir) ?? dir;
    return {
      paths: [join(env, dir, path.slice(cut + 1))],
      tree: { path: tree, name: sanitize(item).replace(/\/[^/]*$/, "") },
    };
  }

  /** The directory that holds the source, fetched unless a fresh copy is there. */
  async #cached(
    item: string,
    address: HttpAddress | GitAddress,
    settings: RemoteSettings,
  ): Promise<string> {
    const { env, files } = this.#cx.deps;
    const source = withoutUser(item.trim());
    const root = join(env, baseDir(env, "cache"), "stack-imports");
    if (!this.#granted) files.grant(baseDir(env, "cache"));
    this.#granted = true;
    const dir = join(env, root, sha256Hex(source));
    const age = this.#age(dir);
    const limit = this.#ttlSeconds(settings.ttl);
    if (age !== undefined && limit !== undefined && age < limit) return dir;
    const key = address.form === "git"
      ? JSON.stringify([address.url, address.ref, address.depth, address.user?.user])
      : source;
    let fetching = this.#fetched.get(key);
    if (!fetching) {
      fetching = this.#refetch({ address, dir, root, source, setting: settings.setting });
      this.#fetched.set(key, fetching);
    }
    try {
      return await fetching;
    } catch (error) {
      if (!(error instanceof AuthError) || age === undefined) throw error;
      this.#cx.warn(`using the stored copy of ${sanitize(item)}: ${error.message}`);
      return dir;
    }
  }

  /** Seconds since the copy was fetched; undefined when there is no whole copy. */
  #age(dir: string): number | undefined {
    const { env, files, clock } = this.#cx.deps;
    const text = files.readTextSync(join(env, dir, MARKER));
    if (text === undefined) return undefined;
    try {
      const { updated_at } = JSON.parse(text) as { updated_at?: string };
      const at = Date.parse(updated_at ?? "");
      return Number.isNaN(at) ? Infinity : Math.max(0, (clock.now() - at) / 1000);
    } catch {
      return Infinity;
    }
  }

  #ttlSeconds(ttl: string | undefined): number | undefined {
    if (ttl === undefined || ttl.trim() === "") return undefined;
    const seconds = ttlSeconds(ttl);
    if (seconds === undefined) {
      this.#cx.warn(`invalid imports.ttl '${ttl}': imports are fetched anew`);
    }
    return seconds;
  }

  /** Fetches into a directory beside the final one and puts it in its place. */
  async #refetch(at: Fetching): Promise<string> {
    const { deps } = this.#cx;
    await (this.#brokered ??= this.#cx.broker?.() ?? Promise.resolve());
    const name = `.${hex(deps.random.bytes(8))}.tmp`;
    const temporary = join(deps.env, at.root, name);
    await deps.files.ensureDir(temporary);
    try {
      const commit = await this.#fill(at, temporary);
      const marker = {
        source_uri: sanitizeKeepingQuery(at.source),
        updated_at: new Date(deps.clock.now()).toISOString(),
        ...(commit && { commit }),
      };
      await deps.files.write(join(deps.env, temporary, MARKER), `${JSON.stringify(marker)}\n`);
      await using _lock = await deps.locks.acquire({ path: `${at.dir}.lock` });
      await deps.files.removeTree(at.dir);
      await deps.files.moveTree(temporary, at.dir);
      return at.dir;
    } catch (error) {
      await deps.files.removeTree(temporary);
      throw error;
    }
  }

  async #fill({ address, setting }: Fetching, dir: string): Promise<string | undefined> {
    const { files, env } = this.#cx.deps;
    const cx = { ...this.#cx, setting };
    if (address.form === "http") {
      const text = await httpDocument(cx, address);
      await files.write(join(env, dir, DOCUMENT), text);
      return undefined;
    }
    const commit = await fetchTree(cx, address, dir);
    await files.removeTree(join(env, dir, ".git"));
    return commit;
  }

  /** Files of a tree below `sub`; what leads out of it is refused (01 §1.7). */
  #select(dir: string, sub: string | undefined, name: string): RemoteFiles {
    const { deps } = this.#cx;
    const tree = deps.files.realPath(dir) ?? dir;
    if (sub !== undefined && sub.split("/").includes("..")) {
      throw failure("the path leaves the fetched tree");
    }
    const paths = sub === undefined ? rootFiles(deps, dir) : targetsIn(deps, dir, sub);
    if (paths.length === 0) throw failure(`nothing found at ${sub ?? "the root"}`);
    for (const path of paths) {
      const real = deps.files.realPath(path);
      if (real === undefined || !isWithin(deps.env, tree, real)) {
        throw failure("the path leaves the fetched tree");
      }
    }
    return { paths, tree: { path: tree, name } };
  }
}

/** `atmos.yaml`, else all YAML at the root. */
function rootFiles(deps: RemoteContext["deps"], dir: string): string[] {
  for (const name of ["atmos.yaml", "atmos.yml"]) {
    const path = join(deps.env, dir, name);
    if (deps.files.stat(path)?.isFile) return [path];
  }
  const depth = join(deps.env, dir, "x").length - 1;
  return yamlFilesBelow(deps, dir, { skipHidden: true })
    .filter((path) => !/[/\\]/.test(path.slice(depth)));
}

/** Seconds of an `imports.ttl` (01 §1.7); undefined when it is none. */
export function ttlSeconds(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const named: Record<string, number> = {
    hourly: 3600,
    daily: 86_400,
    weekly: 7 * 86_400,
    monthly: 30 * 86_400,
    "0": 0,
    "0s": 0,
    "0m": 0,
    "0h": 0,
    "0d": 0,
  };
  if (named[word] !== undefined) return named[word];
  const parsed = parseDuration(word);
  return parsed.ok ? parsed.seconds : undefined;
}

/** `git::https://h/o/r.git//sub?ref=x` → without `//sub`. */
function withoutSub(item: string): string {
  return item.replace(/(?<![:/])\/\/[^?]*/, "");
}

/** The source as recorded: user removed, the ref kept. */
function sanitizeKeepingQuery(source: string): string {
  const ref = /[?&](ref=[^&#]*)/.exec(source)?.[1];
  return sanitize(source) + (ref ? `?${ref}` : "");
}

function failure(message: string): AuthError {
  return new AuthError({ code: "import_failed", message, exit: 2 });
}
