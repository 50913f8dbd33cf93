/** Addresses of remote sources, taken apart (01 §1.7, 08 §15.1). */
import { AuthError } from "../core/types.ts";

export type Address = HttpAddress | GitAddress | FileAddress;

/** One document over http(s). */
export interface HttpAddress {
  form: "http";
  /** Without user, `checksum` and fragment; other query values stay. */
  url: string;
  user?: UserInfo;
  /** Lower-case hex SHA-256 that the body must have (`?checksum=sha256:…`). */
  sha256?: string;
}

/** A part of a git repository. */
export interface GitAddress {
  form: "git";
  /** What git is called with; without user over https. */
  url: string;
  user?: UserInfo;
  /** Path inside; undefined = none given. */
  sub?: string;
  ref?: string;
  depth?: number;
}

/** `file://`. */
export interface FileAddress {
  form: "file";
  path: string;
}

/** What an address said before `@`, decoded. */
export interface UserInfo {
  user: string;
  password: string;
}

/** Takes an item apart. Throws AuthError `import_failed` with a reason that shows no secret. */
export function parseAddress(item: string): Address {
  const text = item.trim();
  if (/^git::/i.test(text)) return gitAddress(text.slice("git::".length));
  if (/^(github\.com|gitlab\.com|bitbucket\.org)\//i.test(text)) return hostedAddress(text);
  if (/^git@/i.test(text) || /^ssh:\/\//i.test(text)) return gitAddress(text);
  if (/^file:\/\//i.test(text)) return fileAddress(text);
  if (/^https?:\/\//i.test(text)) return httpAddress(text);
  const scheme = /^([a-z0-9]+)(::|:\/\/)/i.exec(text)?.[1] ?? text.split("/")[0]!;
  throw bad(`unsupported import scheme: ${scheme.toLowerCase()}`);
}

/** The address without user, by which fetches are cached (01 §1.7). */
export function withoutUser(item: string): string {
  return item.replace(/^((?:[a-z0-9]+::)?[a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1");
}

function hostedAddress(text: string): GitAddress {
  const [path, query] = cutQuery(text);
  const [repo, sub] = cutSub(path);
  const url = `https://${repo.replace(/\/+$/, "").replace(/\.git$/, "")}.git`;
  return gitAddress(url + (sub === undefined ? "" : `//${sub}`) + query);
}

function gitAddress(text: string): GitAddress {
  const [path, query] = cutQuery(text);
  const parameters = new URLSearchParams(query);
  const [repo, sub] = cutSub(path);
  if (repo === "" || repo.startsWith("-")) throw bad("invalid git address");
  // `ext::sh -c …` and its like name a program for git to run.
  const helper = /^([a-z][a-z0-9+.-]*)::/i.exec(repo)?.[1];
  if (helper) throw bad(`unsupported import scheme: git::${helper.toLowerCase()}`);
  const scp = /^([^/@:]+@)?([^/:]+):(?!\/\/)(.*)$/.exec(repo);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(repo)?.[1]?.toLowerCase();
  if (!scheme && !scp) throw bad("invalid git address");
  if (scheme && !["https", "http", "ssh", "git", "file"].includes(scheme)) {
    throw bad(`unsupported import scheme: git::${scheme}`);
  }
  const ref = parameters.get("ref") || undefined;
  if (ref?.startsWith("-")) throw bad("a git ref may not start with '-'");
  const depth = parameters.get("depth") || undefined;
  if (depth !== undefined && !/^[1-9]\d{0,8}$/.test(depth)) throw bad("depth must be a number");
  for (const known of ["ref", "depth"]) parameters.delete(known);
  const rest = parameters.size > 0 ? `?${parameters}` : "";
  const { url, user } = scheme === "https" || scheme === "http"
    ? takeUser(repo + rest)
    : { url: repo + rest, user: undefined };
  if (url.startsWith("-")) throw bad("invalid git address");
  return {
    form: "git",
    url,
    ...(user && { user }),
    ...(sub !== undefined && sub !== "" && { sub }),
    ...(ref && { ref }),
    ...(depth && { depth: Number(depth) }),
  };
}

function httpAddress(text: string): HttpAddress {
  const github = /^https:\/\/github\.com\/([^/]+)\/([^/]+)\/blob\/(.+)$/i.exec(text);
  const raw = github
    ? `https://raw.githubusercontent.com/${github[1]}/${github[2]}/${github[3]}`
    : text;
  const { url: bare, user } = takeUser(raw);
  if (!URL.canParse(bare)) throw bad("invalid URL");
  const url = new URL(bare);
  url.hash = "";
  const checksum = url.searchParams.get("checksum") ?? undefined;
  if (checksum === undefined) return { form: "http", url: url.href, ...(user && { user }) };
  const sha256 = /^sha256:([0-9a-f]{64})$/i.exec(checksum)?.[1]?.toLowerCase();
  if (!sha256) throw bad("checksum must be sha256:<64 hex digits>");
  url.searchParams.delete("checksum");
  return { form: "http", url: url.href, ...(user && { user }), sha256 };
}

function fileAddress(text: string): FileAddress {
  if (!URL.canParse(text)) throw bad("invalid URL");
  const url = new URL(text);
  if (url.host !== "") throw bad("a file:// URL may not name a host");
  const path = decodeURIComponent(url.pathname);
  return { form: "file", path: /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path };
}

/** A user name without password this long is a token. */
const TOKEN_LENGTH = 20;

/**
 * Splits off user and password, so that they never stand in an argument list. A mere user name
 * stays: credential helpers are asked for its password.
 */
function takeUser(text: string): { url: string; user?: UserInfo } {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@(.*)$/is.exec(text);
  if (!match) return { url: text };
  const [user, ...password] = match[2]!.split(":");
  if (password.length === 0 && user!.length < TOKEN_LENGTH) return { url: text };
  return {
    url: match[1]! + match[3]!,
    user: { user: decode(user!), password: decode(password.join(":")) },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function cutQuery(text: string): [string, string] {
  const at = text.indexOf("?");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}

/** The first `//` that does not follow a `:` parts repository and subdirectory. */
function cutSub(path: string): [string, string | undefined] {
  const at = path.search(/(?<![:/])\/\//);
  if (at < 0) return [path, undefined];
  return [path.slice(0, at), path.slice(at).replace(/^\/+/, "")];
}

function bad(reason: string): AuthError {
  return new AuthError({ code: "import_failed", message: reason, exit: 2 });
}
