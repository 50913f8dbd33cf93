/**
 * Where everything is kept (03 §5.1, §5.2): pure functions from the environment and names to paths.
 * Nothing here touches the disk. `[realm/]` is left out when the realm is empty.
 */
import type { Env } from "../sys/env.ts";
import { AuthError } from "../sys/error.ts";
import { sha1Hex, sha256Hex } from "../sys/hash.ts";

/** The three XDG bases, including the trailing `atmos`. */
export type Base = "config" | "data" | "cache";

const UNIX_DEFAULT = { config: ".config", data: ".local/share", cache: ".cache" };

/** Bases by environment: a relative `ATMOS_XDG_*` means the directory of the start, once (03 §5.1). */
const known = new WeakMap<Env, Partial<Record<Base, string>>>();

/**
 * `<config>`, `<data>` or `<cache>` of 03 §5.1. Throws AuthError `no_home_directory` when neither a
 * variable nor a home directory leads to one.
 */
export function baseDir(env: Env, base: Base): string {
  let found = known.get(env);
  if (!found) known.set(env, found = {});
  return found[base] ??= join(env, xdgHome(env, base), "atmos");
}

function xdgHome(env: Env, base: Base): string {
  const ours = env.nonEmpty(`ATMOS_XDG_${base.toUpperCase()}_HOME`);
  if (ours) return isAbsolute(env, ours) ? ours : join(env, env.cwd(), ours);
  const shared = env.nonEmpty(`XDG_${base.toUpperCase()}_HOME`);
  if (shared && isAbsolute(env, shared)) return shared;
  if (env.os !== "windows") return join(env, homeDir(env), UNIX_DEFAULT[base]);
  const local = env.nonEmpty("LOCALAPPDATA") ?? join(env, homeDir(env), "AppData", "Local");
  return base === "cache" ? join(env, local, "cache") : local;
}

/** The home directory; AuthError `no_home_directory` when there is none. */
export function homeDir(env: Env): string {
  const home = env.home();
  if (home) return home;
  throw new AuthError({
    code: "no_home_directory",
    message: "home directory not found: set HOME",
    hints: [
      "Set `HOME`, or `ATMOS_XDG_CONFIG_HOME`, `ATMOS_XDG_DATA_HOME` and `ATMOS_XDG_CACHE_HOME`",
    ],
  });
}

/** Joins with the separator of the operating system, collapsing `.`, `..` and doubled separators. */
export function join(env: Env, ...parts: string[]): string {
  const windows = env.os === "windows";
  const joined = parts.filter((p) => p !== "").join(windows ? "\\" : "/");
  if (!/(^|[/\\])\.{0,2}([/\\]|$)/.test(joined.slice(1))) {
    return windows ? joined.replaceAll("/", "\\") : joined;
  }
  return clean(joined, windows);
}

function clean(path: string, windows: boolean): string {
  const separator = windows ? "\\" : "/";
  const text = windows ? path.replaceAll("/", "\\") : path;
  const root = (windows ? /^(\\\\[^\\]+\\[^\\]+\\?|[A-Za-z]:\\?|\\)/ : /^\//).exec(text)?.[0] ?? "";
  const kept: string[] = [];
  for (const part of text.slice(root.length).split(separator)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (root === "") kept.push(part);
  }
  return root + kept.join(separator) || ".";
}

export function isAbsolute(env: Env, path: string): boolean {
  return env.os === "windows" ? /^([A-Za-z]:[\\/]|[\\/])/.test(path) : path.startsWith("/");
}

/** A leading `~` or `~/` becomes the home directory; everything else stays. */
export function expandHome(env: Env, path: string): string {
  if (path === "~") return homeDir(env);
  if (path.startsWith("~/") || (env.os === "windows" && path.startsWith("~\\"))) {
    return join(env, homeDir(env), path.slice(2));
  }
  return path;
}

const DEVICE_NAME = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])$/;

/**
 * The path element for a realm, provider or identity name (03 §5.2, steps 2 and 3). Ordinary names
 * map to themselves; any other gets a readable form and the first 8 hex digits of its SHA-256,
 * always, so that no path moves when another name is added.
 */
export function segment(name: string): string {
  const stored = name.toLowerCase();
  if (
    /^[a-z0-9][a-z0-9._@+=,-]{0,119}$/.test(stored) && !stored.endsWith(".") &&
    !DEVICE_NAME.test(stored.split(".", 1)[0]!)
  ) return stored;
  return `${unsuffixedSegment(name)}-${sha256Hex(stored).slice(0, 8)}`;
}

/**
 * The mapped form without the digest: what the reference's provisioning writes. Readers fall back
 * to it when the content of the file names the same owner.
 */
export function unsuffixedSegment(name: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(name.toLowerCase())) {
    const char = String.fromCharCode(byte);
    out += /[a-z0-9._-]/.test(char) ? char : "_";
  }
  return out.replace(/^\./, "_").slice(0, 120);
}

/** Directory for one realm below a base; the base itself for the empty realm. */
export function realmDir(env: Env, base: string, realm: string): string {
  return realm === "" ? base : join(env, base, segment(realm));
}

/** The AWS files of one root (04 §2.1). */
export interface AwsPaths {
  directory: string;
  credentials: string;
  config: string;
}

/** `{base}/[realm/]aws/<root>/{credentials,config}`; `basePath` = root provider's `spec.files.base_path`. */
export function awsPaths(
  env: Env,
  at: { realm: string; root: string; basePath?: string },
): AwsPaths {
  const base = ownBase(env, at.basePath) ?? baseDir(env, "config");
  const directory = join(env, realmDir(env, base, at.realm), "aws", segment(at.root));
  return {
    directory,
    credentials: join(env, directory, "credentials"),
    config: join(env, directory, "config"),
  };
}

function ownBase(env: Env, basePath: string | undefined): string | undefined {
  if (!basePath) return undefined;
  const path = expandHome(env, basePath);
  return isAbsolute(env, path) ? path : join(env, env.cwd(), path);
}

/** `~/.azure/atmos/[realm/]`, or below the provider's `spec.files.base_path` (05 §8.1). */
export function azureRealmDir(env: Env, at: { realm: string; basePath?: string }): string {
  const base = ownBase(env, at.basePath) ?? join(env, homeDir(env), ".azure", "atmos");
  return realmDir(env, base, at.realm);
}

/** The directory of one Azure provider: `credentials.json` and siblings (05 §8.1). */
export function azureProviderDir(
  env: Env,
  at: { realm: string; provider: string; basePath?: string },
): string {
  return join(env, azureRealmDir(env, at), segment(at.provider));
}

/** The Azure CLI's own directory: `$AZURE_CONFIG_DIR`, else `~/.azure`. */
export function azureCliDir(env: Env): string {
  return env.nonEmpty("AZURE_CONFIG_DIR") ?? join(env, homeDir(env), ".azure");
}

/** `<config>/[realm/]gcp/<provider>` (06 §6.1). */
export function gcpProviderDir(env: Env, at: { realm: string; provider: string }): string {
  return join(env, realmDir(env, baseDir(env, "config"), at.realm), "gcp", segment(at.provider));
}

/** Files and directories of one GCP identity (06 §6.1). */
export function gcpPaths(
  env: Env,
  at: { realm: string; provider: string; identity: string },
): { directory: string; adcDir: string; configDir: string; lock: string } {
  const directory = gcpProviderDir(env, at);
  const name = segment(at.identity);
  return {
    directory,
    adcDir: join(env, directory, "adc", name),
    configDir: join(env, directory, "config", name),
    lock: join(env, directory, `${name}.identity.lock`),
  };
}

/** SSO token cache of one (start URL, region). */
export function ssoSessionFile(env: Env, startUrl: string, region: string): string {
  const name = `${sha1Hex(`${startUrl}|${region}`)}.json`;
  return join(env, baseDir(env, "cache"), "aws-sso", "sessions", name);
}

/** Refresh token of the browser flow; the name is ambiguous, so the file names its owner (03 §5.2). */
export function webflowFile(env: Env, at: { realm: string; identity: string }): string {
  const name = `${segment(at.identity)}-${at.realm}`;
  return join(env, baseDir(env, "cache"), "aws-webflow", name, "refresh.json");
}

/** Where the identities found by a provider are written (01 §1.9). */
export function provisionedFile(env: Env, provider: string): string {
  return join(env, baseDir(env, "cache"), "auth", segment(provider), PROVISIONED);
}

/** Places a reader tries, ours first, then the reference's forms (01 §1.9). */
export function provisionedCandidates(env: Env, provider: string): string[] {
  const written = provider.replace(env.os === "windows" ? /[/\\:]/g : /[/\\]/g, "_");
  const names = [segment(provider), written, written.toLowerCase()]
    .filter((name) => name !== "" && name !== "." && name !== "..");
  return [...new Set(names)]
    .map((name) => join(env, baseDir(env, "cache"), "auth", name, PROVISIONED));
}

const PROVISIONED = "provisioned-identities.yaml";

/** Legacy device-code token: only ever removed. */
export function azureDeviceCodeFile(env: Env, provider: string): string {
  return join(env, baseDir(env, "cache"), "azure-device-code", segment(provider), "token.json");
}

/** Default directory of the file keyring. */
export function keyringDir(env: Env): string {
  return join(env, baseDir(env, "data"), "keyring");
}

/** `<data>/auth/github-sts`. */
export function githubStsRoot(env: Env): string {
  return join(env, baseDir(env, "data"), "auth", "github-sts");
}

/** Token state of one `github/sts` integration; with a job key its own directory (07 §5.3). */
export function githubStsDir(
  env: Env,
  at: { realm: string; integration: string; jobKey?: string },
): string {
  const base = realmDir(env, githubStsRoot(env), at.realm);
  const own = join(env, base, segment(at.integration));
  return at.jobKey ? join(env, own, "jobs", segment(at.jobKey)) : own;
}

/** Our default kubeconfig. */
export function kubeconfigFile(env: Env): string {
  return join(env, baseDir(env, "config"), "kube", "config");
}

/** Kubeconfig of one emulator identity. */
export function emulatorKubeconfigFile(
  env: Env,
  at: { realm: string; identity: string },
): string {
  const base = realmDir(env, baseDir(env, "config"), at.realm);
  return join(env, base, "emulator", `${segment(at.identity)}.kubeconfig`);
}

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigFile(env: Env): string {
  const dir = env.nonEmpty("DOCKER_CONFIG") ?? join(env, homeDir(env), ".docker");
  return join(env, dir, "config.json");
}

/** Browser profile of a SAML provider (04 §2.1). */
export function samlBrowserDir(env: Env, at: { realm: string; provider: string }): string {
  const name = sha256Hex(`${at.realm}/${at.provider.toLowerCase()}`).slice(0, 16);
  return join(env, baseDir(env, "data"), "saml", "browser", name);
}

/** Browser profile of an isolated console session (02 §6.9-8). */
export function consoleSessionDir(env: Env, at: { realm: string; identity: string }): string {
  const name = sha256Hex(`${at.realm}/${at.identity.toLowerCase()}`).slice(0, 16);
  return join(env, baseDir(env, "data"), "console", "sessions", name);
}

/** `<cache>/locks`. */
export function locksDir(env: Env): string {
  return join(env, baseDir(env, "cache"), "locks");
}

/**
 * The single-flight lock of 03 §3.9. A provider lock has an empty `identity`. `root` is the name
 * used in paths (03 §2).
 */
export function singleFlightLock(
  env: Env,
  at: { cloud: string; root: string; identity: string; realm: string },
): string {
  const key = `${at.root.toLowerCase()}|${at.identity.toLowerCase()}|${at.realm}`;
  return join(env, locksDir(env), `${at.cloud}-${sha1Hex(key).slice(0, 16)}.lock`);
}

/** The lock beside a shared file (03 §5.4). */
export function siblingLock(file: string): string {
  return `${file}.lock`;
}

/** Directory names in `<config>` that are ours and refused as realms (03 §4). */
export const RESERVED_REALMS: readonly string[] = [
  "aws",
  "azure",
  "gcp",
  "kube",
  "emulator",
  "profiles",
];
