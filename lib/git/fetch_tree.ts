/**
 * Fetching a git repository into an empty directory of ours (07 §9, 08 §15.2). Tokens go by
 * `GIT_CONFIG_*`, never by URL or argument list, and nothing of them stays in the tree.
 */
import { AuthError, Secret } from "../core/types.ts";
import type { Deps } from "../core/types.ts";
import type { GitAddress } from "./address.ts";
import { coveredOwners, gitConfigEnv, readGitConfigEnv } from "./config_env.ts";
import type { GitConfigEntry } from "./config_env.ts";
import { tokenFor } from "./tokens.ts";
import type { TokenContext } from "./tokens.ts";

export interface FetchContext extends TokenContext {
  deps: Pick<Deps, "spawn" | "log" | "files" | "clock" | "env">;
  /** A broker has set variables for git: refusals of fresh tokens are worth another try (07 §8). */
  brokered?: boolean;
  signal?: AbortSignal;
}

/** One source may take this long (08 §15.2). */
const LIMIT_MS = 60_000;

/** Where a repository's own configuration or a foreign checkout would interfere. */
const UNSET = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_COMMON_DIR",
  // Prints requests with their headers.
  "GIT_TRACE",
  "GIT_TRACE_CURL",
  "GIT_CURL_VERBOSE",
  "GIT_TRACE_PACKET",
  "GIT_TRACE2",
  "GIT_TRACE2_EVENT",
  "GIT_TRACE2_PERF",
];

/**
 * Checks out what the address names into `dir` (absolute, empty, 0700); resolves to the commit.
 * Throws AuthError `git_failed` with git's own words, `helper_not_found` without git.
 */
export async function fetchTree(
  cx: FetchContext,
  address: GitAddress,
  dir: string,
): Promise<string> {
  const git = gitPath(cx);
  const covered = coveredSpelling(cx, address.url);
  const url = covered?.url ?? address.url;
  const header = await authorization(cx, address, covered !== undefined);
  const run = runner(cx, { git, dir, url });
  await run(["init", "--quiet"]);
  await run(["remote", "add", "--", "origin", url]);
  const read = (entries: GitConfigEntry[]) => fetchRef(run, address, entries);
  let failed = await read(header ? headerEntries(url, header.value) : []);
  if (failed && header?.ambient && isRefusal(failed.text)) {
    // The token may be stale, the repository public.
    cx.deps.log.debug("git refused the token found; trying without it");
    failed = await read([]);
  }
  if (failed && cx.brokered) failed = await insist(cx, failed, () => read([]));
  if (failed) throw gitFailed(failed.text, address);
  return (await must(run(["rev-parse", "HEAD"]), address)).trim();
}

function gitPath(cx: FetchContext): string {
  const git = cx.deps.spawn.which("git");
  if (git) return git;
  throw new AuthError({
    code: "helper_not_found",
    message: "git must be available and on the PATH",
    hints: ["Install git, or import over https or from a local path"],
    exit: 2,
  });
}

type Outcome = { ok: true; stdout: string } | { ok: false; text: string };
type Run = (args: string[], entries?: GitConfigEntry[]) => Promise<Outcome>;

/** Runs git in `dir` with the environment of 07 §9. */
function runner(cx: FetchContext, at: { git: string; dir: string; url: string }): Run {
  const deadline = cx.deps.clock.now() + LIMIT_MS;
  const inherited = readGitConfigEnv(cx.env, (text) => cx.deps.log.warn(text));
  const ssh = cx.env("GIT_SSH_COMMAND") || "ssh";
  return async (args, entries = []) => {
    const { set } = gitConfigEnv([...inherited, ...entries]);
    const left = deadline - cx.deps.clock.now();
    const result = await cx.deps.spawn.helper({
      command: at.git,
      args: ["-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", ...args],
      cwd: at.dir,
      inheritEnv: true,
      unset: UNSET,
      env: {
        ...set,
        GIT_TERMINAL_PROMPT: "0",
        GCM_INTERACTIVE: "never",
        GIT_ALLOW_PROTOCOL: "https:http:ssh:git:file",
        GIT_LFS_SKIP_SMUDGE: "1",
        GIT_SSH_COMMAND: `${ssh} -o BatchMode=yes`,
        LC_ALL: "C",
      },
      timeoutMs: Math.max(left, 1),
      signal: cx.signal,
    });
    if (result.timedOut) return { ok: false, text: `no answer within ${LIMIT_MS / 1000} s` };
    if (result.code === 0) return { ok: true, stdout: result.stdoutText };
    return { ok: false, text: result.stderrText.trim() || `exit status ${result.code}` };
  };
}

/** A shallow fetch and checkout; a commit that the server does not hand out alone is sought in all. */
async function fetchRef(
  run: Run,
  { ref, depth }: GitAddress,
  entries: GitConfigEntry[],
): Promise<{ text: string } | undefined> {
  const shallow = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
  const outcome = await run(
    [...shallow, "--depth", String(depth ?? 1), "--", "origin", ref ?? "HEAD"],
    entries,
  );
  if (outcome.ok) {
    return failure(await run(["checkout", "--quiet", "--detach", "FETCH_HEAD"], entries));
  }
  if (ref === undefined || !/^[0-9a-f]{7,64}$/i.test(ref) || isRefusal(outcome.text)) {
    return outcome;
  }
  const all = await run(
    [
      "fetch",
      "--quiet",
      "--no-recurse-submodules",
      "--tags",
      "--",
      "origin",
      "+refs/heads/*:refs/remotes/origin/*",
    ],
    entries,
  );
  if (!all.ok) return all;
  return failure(await run(["checkout", "--quiet", "--detach", ref, "--"], entries));
}

function failure(outcome: Outcome): { text: string } | undefined {
  return outcome.ok ? undefined : outcome;
}

async function must(outcome: Promise<Outcome>, address: GitAddress): Promise<string> {
  const result = await outcome;
  if (result.ok) return result.stdout;
  throw gitFailed(result.text, address);
}

/** The header for an address; `ambient`: nobody wrote it for this address. */
async function authorization(
  cx: FetchContext,
  address: GitAddress,
  rewritten: boolean,
): Promise<{ value: Secret; ambient: boolean } | undefined> {
  if (address.user) {
    const { user, password } = address.user;
    return { value: basic(user, password), ambient: false };
  }
  if (rewritten || !address.url.startsWith("https://")) return undefined;
  const { hostname, pathname, username } = new URL(address.url);
  if (username !== "") return undefined;
  const found = await tokenFor(cx, hostname, pathname.split("/")[1] ?? "");
  if (!found) return undefined;
  cx.deps.log.debug(`git reads from ${hostname} use ${found.from}`);
  return { value: basic(found.user, found.token.reveal()), ambient: true };
}

function basic(user: string, password: string): Secret {
  new Secret(password || user);
  return new Secret(new TextEncoder().encode(`${user}:${password}`).toBase64());
}

/** An empty value first: it drops headers that other configuration gives for the host (07 §9). */
function headerEntries(url: string, credentials: Secret): GitConfigEntry[] {
  const { origin, pathname } = new URL(url);
  const owner = pathname.split("/")[1] ?? "";
  const key = `http.${origin}/${owner === "" ? "" : `${owner}/`}.extraheader`;
  return [
    { key, value: "" },
    { key, value: `Authorization: Basic ${credentials.reveal()}` },
  ];
}

/** The address in the spelling of a live rewrite that covers it; undefined when none does (07 §9). */
function coveredSpelling(cx: FetchContext, address: string): { url: string } | undefined {
  if (!address.startsWith("https://")) return undefined;
  const url = new URL(address);
  const [, owner = ""] = url.pathname.split("/");
  const covered = coveredOwners(readGitConfigEnv(cx.env), (path) => {
    try {
      return cx.deps.files.readTextSync(path);
    } catch (error) {
      if (error instanceof AuthError) return undefined;
      throw error;
    }
  });
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const found = covered.find((c) =>
    same(c.host.replace(/:\d+$/, ""), url.hostname) && same(c.owner, owner)
  );
  if (!found) return undefined;
  const rest = address.slice(`https://${url.host}/${owner}`.length);
  return { url: `https://${found.host}/${found.owner}${rest}` };
}

/** Git's words for missing or refused credentials. */
export function isRefusal(text: string): boolean {
  return /authentication failed|could not read username|could not read password|terminal prompts disabled|invalid username or password/i
    .test(text);
}

/** A token just minted may be refused for some seconds (07 §8): 1 s, doubling, cap 8 s, 30 s in all. */
async function insist(
  cx: FetchContext,
  first: { text: string },
  again: () => Promise<{ text: string } | undefined>,
): Promise<{ text: string } | undefined> {
  const worth = (text: string) => isRefusal(text) || /repository .* not found/is.test(text);
  const end = cx.deps.clock.now() + 30_000;
  let failed: { text: string } | undefined = first;
  for (let wait = 1000; failed && worth(failed.text); wait = Math.min(wait * 2, 8000)) {
    if (cx.deps.clock.now() + wait > end) break;
    await cx.deps.clock.sleep(wait, cx.signal);
    failed = await again();
  }
  return failed;
}

function gitFailed(text: string, address: GitAddress): AuthError {
  // A rewrite puts a token into the address that git names.
  const shown = text.replace(/:\/\/[^/@\s]*@/g, "://");
  const lines = shown.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const telling = lines.filter((line) => /^(fatal|error|remote|ssh):/i.test(line));
  const last = (telling.length > 0 ? telling.slice(0, 2) : lines.slice(-2)).join("; ");
  const hints = isRefusal(text) || /not found|403|401/i.test(text)
    ? [
      "Identities are not known yet when imports are fetched: their credentials cannot be used here",
      "Set `GITHUB_TOKEN` (or the variable of the host), or use an ssh address",
    ]
    : [];
  const ref = address.ref === undefined ? "" : ` (ref ${address.ref})`;
  return new AuthError({
    code: "git_failed",
    message: `git could not fetch the repository${ref}: ${last}`,
    hints,
    exit: 2,
  });
}
