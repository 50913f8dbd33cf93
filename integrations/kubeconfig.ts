/**
 * Editing kubeconfig files (04 §11.3): own entries are replaced, everything else, comments and order
 * included, stays. The text functions are pure; {@link updateKubeconfig} does lock, read and write.
 */
import { AuthError, type Deps } from "../lib/core/types.ts";
import { kubeconfigFile } from "../lib/store/paths.ts";

/** One cluster with its context and user. */
export interface KubeEntry {
  /** Name of the cluster entry, e.g. the ARN. */
  cluster: string;
  /** Name of the context: alias or cluster name. */
  context: string;
  user: string;
  server: string;
  /** Base64 of the PEM bundle. */
  certificateAuthority: string;
  namespace?: string;
  exec: {
    apiVersion: string;
    command: string;
    args: string[];
    env: { name: string; value: string }[];
  };
}

export type KubeUpdate = "merge" | "replace" | "error";

/** Default kubeconfig of ours. */
export function kubeconfigPath(deps: Deps): string {
  return kubeconfigFile(deps.env);
}

function entryObjects(entry: KubeEntry) {
  return {
    cluster: {
      name: entry.cluster,
      cluster: {
        server: entry.server,
        "certificate-authority-data": entry.certificateAuthority,
      },
    },
    context: {
      name: entry.context,
      context: {
        cluster: entry.cluster,
        user: entry.user,
        ...(entry.namespace ? { namespace: entry.namespace } : {}),
      },
    },
    user: {
      name: entry.user,
      user: {
        exec: {
          apiVersion: entry.exec.apiVersion,
          command: entry.exec.command,
          args: entry.exec.args,
          ...(entry.exec.env.length > 0 ? { env: entry.exec.env } : {}),
          interactiveMode: "Never",
          provideClusterInfo: false,
        },
      },
    },
  };
}

/**
 * The document with the entry in it; `text` undefined or blank starts a new one. Returns the same
 * text when nothing changes. Throws `kubeconfig_merge_failed` for broken YAML and, with `error`, for a
 * name that is taken.
 */
export async function mergeKubeconfig(
  text: string | undefined,
  entry: KubeEntry,
  options: { update: KubeUpdate; setCurrent: boolean; path: string },
): Promise<string> {
  const { Document, isMap, isSeq, parseDocument } = await import("yaml");
  const fresh = text === undefined || text.trim() === "" || options.update === "replace";
  const document = fresh
    ? new Document({ apiVersion: "v1", kind: "Config" })
    : parseDocument(text, { keepSourceTokens: true });
  if (document.errors.length > 0) {
    throw mergeFailed(`${options.path} is not valid YAML: ${document.errors[0]!.message}`);
  }
  if (!isMap(document.contents)) throw mergeFailed(`${options.path} is not a kubeconfig`);
  const wanted = entryObjects(entry);
  let changed = fresh;
  for (const kind of ["clusters", "contexts", "users"] as const) {
    const own = wanted[kind.slice(0, -1) as keyof typeof wanted];
    let list = document.get(kind);
    if (!isSeq(list)) {
      if (list !== undefined && list !== null) {
        throw mergeFailed(`${kind} in ${options.path} is no list`);
      }
      document.set(kind, document.createNode([]));
      list = document.get(kind);
    }
    if (!isSeq(list)) throw mergeFailed(`${kind} in ${options.path} is no list`);
    list.flow = false;
    const at = list.items.findIndex((item) => isMap(item) && String(item.get("name")) === own.name);
    if (at === -1) {
      list.add(document.createNode(own));
      changed = true;
      continue;
    }
    if (options.update === "error" && kind !== "users") {
      throw mergeFailed(`${kind.slice(0, -1)} "${own.name}" already exists in ${options.path}`);
    }
    const before = (list.items[at] as { toJSON(): unknown }).toJSON();
    if (!same(before, own)) {
      list.items[at] = document.createNode(own);
      changed = true;
    }
  }
  if (options.setCurrent && document.get("current-context") !== entry.context) {
    document.set("current-context", entry.context);
    changed = true;
  }
  return changed ? document.toString(layoutOf(fresh ? undefined : text)) : text!;
}

/** Which entries of a file are ours for removal. */
export interface KubeMatch {
  /** True for cluster entries that belong to the cluster in question. */
  cluster: (name: string) => boolean;
  user: (name: string) => boolean;
}

/**
 * The document without the matching clusters, their contexts and users; `current-context` is cleared
 * when it was ours. Undefined = nothing of value is left, the file can go. The same text when nothing matched.
 */
export async function removeFromKubeconfig(
  text: string,
  match: KubeMatch,
): Promise<string | undefined> {
  const { isMap, isSeq, parseDocument } = await import("yaml");
  const document = parseDocument(text, { keepSourceTokens: true });
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  let changed = false;
  const gone = { clusters: new Set<string>(), contexts: new Set<string>() };
  const drop = (kind: string, test: (name: string, item: Record<string, unknown>) => boolean) => {
    const list = document.get(kind);
    if (!isSeq(list)) return;
    const kept = list.items.filter((item) => {
      const plain = isMap(item) ? item.toJSON() as Record<string, unknown> : {};
      const hit = typeof plain.name === "string" && test(plain.name, plain);
      if (hit && kind === "clusters") gone.clusters.add(plain.name as string);
      if (hit && kind === "contexts") gone.contexts.add(plain.name as string);
      return !hit;
    });
    if (kept.length !== list.items.length) {
      list.items = kept;
      changed = true;
    }
  };
  drop("clusters", (name) => match.cluster(name));
  drop("contexts", (_name, item) => {
    const context = item.context as { cluster?: string } | undefined;
    return context?.cluster !== undefined && gone.clusters.has(context.cluster);
  });
  drop("users", (name) => match.user(name));
  if (!changed) return text;
  if (gone.contexts.has(String(document.get("current-context")))) {
    document.delete("current-context");
  }
  const empty = ["clusters", "contexts", "users"].every((kind) => {
    const list = document.get(kind);
    return !isSeq(list) || list.items.length === 0;
  });
  return empty ? undefined : document.toString(layoutOf(text));
}

/** Names and contents of the users of a kubeconfig, to see whether a user name is taken. */
export async function kubeUsers(text: string | undefined): Promise<Map<string, unknown>> {
  const users = new Map<string, unknown>();
  if (!text?.trim()) return users;
  const { parse } = await import("yaml");
  const config = parse(text) as { users?: { name?: string; user?: unknown }[] } | null;
  for (const user of Array.isArray(config?.users) ? config.users : []) {
    if (typeof user?.name === "string") users.set(user.name, user.user);
  }
  return users;
}

/** Lists indented as the file has them; kubectl's own way, flush with their key, where it has none. */
function layoutOf(text: string | undefined): { lineWidth: number; indentSeq: boolean } {
  return {
    lineWidth: 0,
    indentSeq: text !== undefined && /^(clusters|contexts|users):.*\n(\s*#.*\n)*\s+-/m.test(text),
  };
}

function mergeFailed(reason: string): AuthError {
  return new AuthError({
    code: "kubeconfig_merge_failed",
    message: `failed to merge kubeconfig: ${reason}`,
    hints: ["The file was left untouched"],
  });
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, item) =>
      item !== null && typeof item === "object" && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1))
        : item,
  );
}

const STALE_MS = 60_000;
const WAIT_MS = 10_000;

/**
 * Reads, changes and writes a kubeconfig under kubectl's lock (`<path>.lock`, created exclusively,
 * stale after a minute). `change` gets the text and returns the new one: the same text = the file and
 * its time stay; undefined = delete the file. Returns whether anything changed.
 */
export async function updateKubeconfig(
  deps: Deps,
  path: string,
  mode: number,
  change: (text: string | undefined) => Promise<string | undefined>,
): Promise<boolean> {
  const dir = path.replace(/[/\\][^/\\]*$/, "") || "/";
  deps.files.grant(dir);
  await deps.files.ensureDir(dir);
  const lock = `${path}.lock`;
  await takeLock(deps, lock);
  try {
    const before = await deps.files.readText(path);
    const after = await change(before);
    if (after === undefined) {
      return before === undefined ? false : await deps.files.remove(path);
    }
    if (after === before) {
      await deps.files.setMode(path, mode);
      return false;
    }
    try {
      await deps.files.write(path, after, { mode, kind: "shared" });
    } catch (error) {
      throw new AuthError({
        code: "kubeconfig_write_failed",
        message: `failed to write kubeconfig: ${(error as Error).message}`,
        cause: error,
      });
    }
    return true;
  } finally {
    await deps.files.remove(lock);
  }
}

async function takeLock(deps: Deps, lock: string): Promise<void> {
  const until = deps.clock.now() + WAIT_MS;
  while (!await deps.files.createNew(lock, "")) {
    const facts = deps.files.lstat(lock);
    if (facts && deps.clock.now() - facts.mtimeMs > STALE_MS) {
      await deps.files.remove(lock);
      continue;
    }
    if (deps.clock.now() > until) {
      throw new AuthError({
        code: "lock_timeout",
        message: `failed to acquire file lock within timeout: ${lock}`,
        hints: ["Another program is changing the kubeconfig; if none is, remove the lock file"],
      });
    }
    await deps.clock.sleep(50);
  }
}
