/**
 * What the AWS kinds share: where their files are, reading and writing them, and the environment that
 * points at them (04 §2). On the hot path of `env`, `exec` and the helpers: no SDK, no network.
 */
import {
  addReport,
  type AuthContext,
  AuthError,
  type AwsCredentials,
  type ClusterToken,
  type ClusterTokenRequest,
  type Credentials,
  emptyReport,
  type Entry,
  type EnvDelta,
  flagAt,
  type Identity,
  type KindContext,
  type Loaded,
  type PathRef,
  type Principal,
  type Report,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import { readSectionOf, removeSection, setSection, updateIni } from "../lib/store/ini.ts";
import { type AwsPaths, awsPaths, homeDir, join } from "../lib/store/paths.ts";
import { jobKey } from "../lib/sys/job.ts";
import { configuredEndpoint } from "./aws_endpoints.ts";

/** Region of last resort for calls and for config files (04 §2.2, §3). */
export const fallbackRegion = "us-east-1";

/** The files of the chain's root (04 §2.1). Throws `invalid_provider_config` for an unusable base path. */
export function pathsOf(cx: KindContext): AwsPaths {
  return awsPaths(cx.deps.env, {
    realm: cx.realm,
    root: cx.rootName,
    basePath: basePathOf(cx.entries[0]),
  });
}

function basePathOf(root: Entry | undefined): string | undefined {
  if (root?.section !== "providers") return undefined;
  const path = textAt(root.values, "spec", "files", "base_path");
  if (path === undefined) return undefined;
  const fault = path.trim() === ""
    ? "spec.files.base_path cannot be empty or whitespace"
    : /[\0\r\n]/.test(path)
    ? "spec.files.base_path contains invalid characters"
    : undefined;
  if (fault === undefined) return path;
  throw new AuthError({
    code: "invalid_provider_config",
    message: `invalid provider config: provider "${root.name}": ${fault}`,
  });
}

/** Section of the config file: `[profile x]`, `[default]` for an identity of that name (04 §2.2). */
export function configSection(identity: string): string {
  return identity === "default" ? "default" : `profile ${identity}`;
}

// ---------------------------------------------------------------------------------------------
// Regions
// ---------------------------------------------------------------------------------------------

/**
 * The region that configuration gives (04 §2.4): a stack's override of the identity, its
 * `principal.region` (`credentials.region` of a user), the same of each parent, the provider's.
 */
export function configuredRegion(cx: KindContext): string | undefined {
  for (let i = cx.index; i >= 0; i--) {
    const { section, values } = cx.entries[i]!;
    const region = textAt(values, "region") ??
      (section === "identities"
        ? textAt(values, "credentials", "region") ?? textAt(values, "principal", "region")
        : undefined);
    if (region) return region;
  }
  return undefined;
}

/** The region that calls for this link go to: configured, else the caller's, else `us-east-1`. */
export function callRegion(cx: KindContext): string {
  return configuredRegion(cx) ?? callersRegion(cx) ?? fallbackRegion;
}

function callersRegion(cx: KindContext): string | undefined {
  const { env } = cx.deps;
  return env.nonEmpty("AWS_REGION") ?? env.nonEmpty("AWS_DEFAULT_REGION");
}

/** Region shown for an identity: configured, else that of its credentials. */
export function shownRegion(cx: KindContext, credentials?: Credentials | null): string | undefined {
  return configuredRegion(cx) ?? (credentials?.type === "aws" ? credentials.region : undefined);
}

// ---------------------------------------------------------------------------------------------
// Files
// ---------------------------------------------------------------------------------------------

/** Session credentials of an identity from the INI file; undefined when there are none (04 §2.2). */
export function loadAws(cx: KindContext): Promise<Loaded | undefined> {
  return Promise.resolve(loadSection(cx, cx.name));
}

/** As {@link loadAws}, for any section of the root's file. */
export function loadSection(cx: KindContext, name: string): Loaded | undefined {
  const section = readSectionOf(cx.deps, pathsOf(cx).credentials, name);
  if (section === undefined) return undefined;
  const { values, note } = section;
  const key = values.aws_access_key_id, secret = values.aws_secret_access_key;
  if (!key || !secret) return undefined;
  const credentials: AwsCredentials = {
    type: "aws",
    access_key_id: key,
    secret_access_key: new Secret(secret),
  };
  if (values.aws_session_token) credentials.session_token = new Secret(values.aws_session_token);
  const region = configuredRegion(cx);
  if (region) credentials.region = region;
  if (note?.expiration) credentials.expiration = note.expiration;
  const issuedAt = note?.issued ? Date.parse(note.issued) : NaN;
  return {
    credentials,
    source: "files",
    ...(Number.isNaN(issuedAt) ? {} : { issuedAt }),
    ...(note?.job ? { job: note.job } : {}),
  };
}

/** Writes credentials and profile of an identity, each file under its lock (04 §2.2). */
export async function materializeAws(
  credentials: Credentials | null,
  cx: KindContext,
): Promise<AuthContext> {
  if (credentials?.type !== "aws" || credentials.bearer) {
    throw new AuthError({
      code: "credentials_unusable",
      message: `invalid identity config: identity "${cx.name}" yields no AWS keys to write`,
    });
  }
  await saveSection(credentials, cx, cx.name);
  return { aws: awsContext(cx, credentials) };
}

/** Writes one section of the root's files; the section's name becomes the profile's. */
export async function saveSection(
  credentials: AwsCredentials,
  cx: KindContext,
  name: string,
): Promise<void> {
  const { deps } = cx;
  const paths = grantedPaths(cx);
  warnOfOldLayout(cx);
  const job = jobKey(deps.env);
  await updateIni(deps, paths.credentials, (text) =>
    setSection(text, {
      name,
      values: {
        aws_access_key_id: credentials.access_key_id,
        aws_secret_access_key: credentials.secret_access_key?.reveal(),
        aws_session_token: credentials.session_token?.reveal(),
      },
      note: credentials.expiration
        ? {
          expiration: credentials.expiration,
          issued: wholeSeconds(deps.clock.now()),
          job: job || undefined,
        }
        : {},
    }));
  await updateIni(deps, paths.config, (text) =>
    setSection(text, {
      name: configSection(name),
      values: { region: credentials.region ?? configuredRegion(cx) ?? fallbackRegion, output: "" },
    }));
}

/** RFC 3339 in UTC without fractions. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Pointers to the files of an identity. */
export function awsContext(
  cx: KindContext,
  credentials?: AwsCredentials,
): NonNullable<AuthContext["aws"]> {
  const paths = pathsOf(cx);
  const region = shownRegion(cx, credentials);
  const endpoint = ownEndpoint(cx);
  return {
    credentials_file: paths.credentials,
    config_file: paths.config,
    profile: cx.name,
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint_url: endpoint } : {}),
  };
}

/** Drops the sections of an identity from both files; those of `<identity>@<role>` too (04 §11.5). */
export async function forgetAws(cx: KindContext): Promise<void> {
  await dropSections(cx);
}

async function dropSections(cx: KindContext): Promise<boolean> {
  const paths = grantedPaths(cx);
  const { deps } = cx;
  let dropped = false;
  for (const [path, prefix] of [[paths.credentials, ""], [paths.config, "profile "]] as const) {
    if (!deps.files.exists(path)) continue;
    const own = path === paths.config ? configSection(cx.name) : cx.name;
    dropped = await updateIni(deps, path, (text) => {
      let out = removeSection(text, own);
      for (const derived of derivedSections(out, `${prefix}${cx.name}@arn:`)) {
        out = removeSection(out, derived);
      }
      return out;
    }) || dropped;
  }
  return dropped;
}

function derivedSections(text: string, start: string): string[] {
  return text.split("\n").flatMap((line) => {
    const name = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim();
    return name?.startsWith(start) ? [name] : [];
  });
}

/**
 * Allows writing below a base path of the user's choice; the standard bases are allowed already. The
 * root is the directory above the provider's own, which a logout must be able to remove.
 */
function grantedPaths(cx: KindContext): AwsPaths {
  const paths = pathsOf(cx);
  if (basePathOf(cx.entries[0]) !== undefined) {
    cx.deps.files.grant(join(cx.deps.env, paths.directory, ".."));
  }
  return paths;
}

const warnedOfOldLayout = new WeakSet<object>();

function warnOfOldLayout(cx: KindContext): void {
  const { deps } = cx;
  if (warnedOfOldLayout.has(deps.env)) return;
  warnedOfOldLayout.add(deps.env);
  const old = join(deps.env, homeDir(deps.env), ".aws", "atmos");
  if (!deps.files.exists(old)) return;
  deps.terminal.warn(`${old} is an older layout and no longer used; it can be removed.`);
}

/** The two files of the chain's root, for `whoami`, dry runs and container mounts. */
export function awsPathRefs(cx: KindContext): PathRef[] {
  const paths = pathsOf(cx);
  const metadata = { profile: cx.name };
  return [
    {
      location: paths.credentials,
      type: "file",
      required: true,
      purpose: "AWS credentials file",
      metadata,
    },
    { location: paths.config, type: "file", required: true, purpose: "AWS config file", metadata },
  ];
}

/** The directory of a provider's files. */
export function awsProviderPathRefs(cx: KindContext): PathRef[] {
  return [{
    location: pathsOf(cx).directory,
    type: "directory",
    required: false,
    purpose: "AWS files directory",
  }];
}

// ---------------------------------------------------------------------------------------------
// Environment
// ---------------------------------------------------------------------------------------------

/** What would override the files for an SDK (04 §2.4). */
function overridingVariables(): string[] {
  return [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_DEFAULT_PROFILE",
  ];
}

/** The variables that lead SDKs to an identity's files (04 §2.4). */
export function awsEnvironment(cx: KindContext, purpose: "export" | "child"): EnvDelta {
  const paths = pathsOf(cx);
  const set: Record<string, string> = {
    AWS_SHARED_CREDENTIALS_FILE: paths.credentials,
    AWS_CONFIG_FILE: paths.config,
    AWS_PROFILE: cx.name,
    ...regionVariables(configuredRegion(cx)),
  };
  const endpoint = exportedEndpoint(cx);
  if (endpoint) set.AWS_ENDPOINT_URL = endpoint;
  if (purpose === "export") return { unset: [], set };
  set.AWS_SDK_LOAD_CONFIG = "1";
  set.AWS_EC2_METADATA_DISABLED = "true";
  return { unset: overridingVariables(), set };
}

/** Both region variables, or none. */
export function regionVariables(region: string | undefined): Record<string, string> {
  return region ? { AWS_REGION: region, AWS_DEFAULT_REGION: region } : {};
}

/** As {@link awsEnvironment} for a user's session: a child always gets a region (04 §2.4). */
export function userEnvironment(cx: KindContext, purpose: "export" | "child"): EnvDelta {
  const delta = awsEnvironment(cx, purpose);
  if (purpose === "child") {
    Object.assign(delta.set, regionVariables(callRegion(cx)));
  }
  return delta;
}

function ownEndpoint(cx: KindContext): string | undefined {
  const identity = cx.entries[cx.index];
  const root = cx.entries[0];
  return (identity && configuredEndpoint(identity)) ?? (root && configuredEndpoint(root));
}

function exportedEndpoint(cx: KindContext): string | undefined {
  const wanted = [cx.entries[cx.index], cx.entries[0]]
    .some((entry) => entry && flagAt(entry.values, "spec", "export_endpoint_url"));
  return wanted ? ownEndpoint(cx) : undefined;
}

// ---------------------------------------------------------------------------------------------
// Who am I, logout
// ---------------------------------------------------------------------------------------------

/** Asks STS whose credentials these are (04 §9.9). */
export async function verifyAws(credentials: Credentials, cx: KindContext): Promise<Principal> {
  const { callerIdentity } = await import("./aws_sts.ts");
  return await callerIdentity(credentials, cx);
}

/** Removes what an identity left in the files of its root (04 §12). */
export async function logoutAws(cx: KindContext): Promise<Report> {
  const report = emptyReport();
  const { credentials } = pathsOf(cx);
  const what = `AWS profile ${cx.name}`;
  try {
    (await dropSections(cx) ? report.removed : report.missing).push(`${what} in ${credentials}`);
  } catch (error) {
    report.failed.push({
      what,
      where: credentials,
      reason: (error as Error).message,
      secret: true,
    });
  }
  return report;
}

/** Removes the directory of a provider's files (04 §12). */
export async function logoutAwsProvider(cx: KindContext): Promise<Report> {
  const report = emptyReport();
  const { directory, credentials } = grantedPaths(cx);
  const secret = cx.deps.files.exists(credentials);
  try {
    (await cx.deps.files.removeTree(directory) ? report.removed : report.missing).push(directory);
  } catch (error) {
    report.failed.push({
      what: "AWS files",
      where: directory,
      reason: (error as Error).message,
      secret,
    });
  }
  return report;
}

/** One report of all. */
export function joinReports(...reports: Report[]): Report {
  const all = emptyReport();
  for (const report of reports) addReport(all, report);
  return all;
}

/** A token for an EKS cluster, presigned without any SDK (04 §11.4). */
export async function awsClusterToken(
  request: ClusterTokenRequest,
  cx: KindContext,
): Promise<ClusterToken> {
  const { eksToken } = await import("./aws_eks_token.ts");
  return await eksToken(request, cx);
}

/**
 * What the identity kinds share whose sessions lie in the files of the chain's root. Each kind adds
 * `authenticate` and whatever it does in its own way.
 */
export function awsSessionKind(): Omit<Identity, "authenticate"> {
  return {
    load: loadAws,
    materialize: materializeAws,
    forget: forgetAws,
    env: awsEnvironment,
    paths: awsPathRefs,
    verify: verifyAws,
    clusterToken: awsClusterToken,
    console: async (credentials, cx, request) => {
      const { consoleLink } = await import("./aws_console.ts");
      return await consoleLink(credentials, cx, request);
    },
    region: shownRegion,
    logout: logoutAws,
  };
}
