/**
 * The shapes everything else agrees on. `config`, `providers/` and `integrations/` see of `core`
 * nothing but this file. It holds types and a few pure helpers, no behaviour.
 */
import type { Clock } from "../sys/clock.ts";
import type { Env } from "../sys/env.ts";
import type { Files } from "../sys/files.ts";
import type { Http } from "../sys/http.ts";
import type { Locks } from "../sys/locks.ts";
import type { Log } from "../sys/log.ts";
import type { Loopback } from "../sys/loopback.ts";
import type { Random } from "../sys/random.ts";
import type { Secret } from "../sys/secret.ts";
import type { Spawn } from "../sys/spawn.ts";

export { AuthError, userAborted } from "../sys/error.ts";
export { Secret, secretOrUndefined } from "../sys/secret.ts";

// ---------------------------------------------------------------------------------------------
// Credentials (03 §1.2). Field names are part of the stored format; secrets are `Secret` in memory.
// ---------------------------------------------------------------------------------------------

/**
 * AWS credentials. Three shapes (03 §1.2): long-lived = id + secret; session = all three;
 * SSO bearer = the access token in `bearer`, `region`, `expiration` and nothing else. The bearer is
 * stored under `access_key_id` for compatibility, but lives in a field of its own in memory so that
 * it can never be signed with or exported as a key.
 */
export interface AwsCredentials {
  type: "aws";
  access_key_id?: string;
  secret_access_key?: Secret;
  session_token?: Secret;
  /** SSO access token; exclusive with the three above. */
  bearer?: Secret;
  region?: string;
  /** RFC 3339; absent = never expires. */
  expiration?: string;
  mfa_arn?: string;
  /** As the user typed it, e.g. `12h`. */
  session_duration?: string;
  /** How many role steps stand behind these credentials (04 §9.2 cap, 04 §10); not stored. */
  role_steps?: number;
}

export interface AzureCredentials {
  type: "azure";
  access_token?: Secret;
  token_type?: string;
  expiration?: string;
  tenant_id?: string;
  subscription_id?: string;
  location?: string;
  graph_api_token?: Secret;
  graph_api_expiration?: string;
  key_vault_token?: Secret;
  key_vault_expiration?: string;
  aks_token?: Secret;
  aks_token_expiration?: string;
  client_id?: string;
  is_service_principal?: boolean;
  token_file_path?: string;
  cloud_environment?: string;
  auth_method?: "cli" | "device_code" | "interactive" | "oidc";
  home_account_id?: string;
}

export interface GcpCredentials {
  type: "gcp";
  access_token?: Secret;
  /** RFC 3339; `0001-01-01T00:00:00Z` = none. */
  token_expiry?: string;
  project_id?: string;
  service_account_email?: string;
  scopes?: string[];
}

export interface OidcCredentials {
  type: "oidc";
  token: Secret;
  provider?: string;
  audience?: string;
}

export interface AtmosProCredentials {
  type: "atmos-pro";
  token: Secret;
  base_url?: string;
  endpoint?: string;
  workspace_id?: string;
  provider?: string;
}

export interface MockCredentials {
  type: "mock";
  AccessKeyID: string;
  SecretAccessKey: Secret;
  SessionToken?: Secret;
  Region?: string;
  Expiration?: string;
}

/** A SAML assertion on its way to STS. Never stored (04 §7.4). */
export interface SamlCredentials {
  type: "saml";
  /** Base64 as received. */
  assertion: Secret;
  /** The role and the SAML provider chosen from the assertion (04 §7.3). */
  role_arn: string;
  principal_arn: string;
  /** Seconds, already clamped (04 §7.4). */
  duration_seconds: number;
  region: string;
}

export type Credentials =
  | AwsCredentials
  | AzureCredentials
  | GcpCredentials
  | OidcCredentials
  | AtmosProCredentials
  | MockCredentials
  | SamlCredentials;

/** Credentials read back from a store, with what is known of their age. */
export interface Loaded {
  credentials: Credentials;
  /** Epoch milliseconds, when the record tells (`issued=`, `issued_at`). */
  issuedAt?: number;
  /** The job that obtained them, when the record tells (`job=`, 03 §3.3-7). */
  job?: string;
  source: "files" | "keyring" | "memory";
}

// ---------------------------------------------------------------------------------------------
// Configuration as the core sees it
// ---------------------------------------------------------------------------------------------

/** Where a value stands in the user's files; line and column count from 1. */
export interface Location {
  file: string;
  line: number;
  column: number;
}

/** One finding of validation (01 §5.1). */
export interface Finding {
  severity: "error" | "warning";
  /** Stable, snake_case. */
  code: string;
  /** Dotted path for people, e.g. `auth.identities.prod.via.provider`. */
  path: string;
  /** Full message by 01 §5.2, wrapping included. */
  message: string;
  location?: Location;
  hint?: string;
}

/**
 * One provider, identity or integration of the merged configuration. `values` is typed by the
 * schema table (01 §1.13): text leaves are strings in source spelling, booleans and integers are
 * converted, lists and maps are plain. It is computed at first use, so that ten thousand unused
 * entries cost nothing.
 */
export interface Entry {
  section: "providers" | "identities" | "integrations";
  /** YAML spelling. */
  name: string;
  /** Canonical kind (stale spellings of 01 §4.3 already replaced); empty when the file gives none. */
  kind: string;
  readonly values: Record<string, unknown>;
  /** Position of a value (path below the entry), of the entry itself without an argument. */
  at(...path: string[]): Location | undefined;
  /** Findings of this entry alone, by the schema table (01 §5.2). */
  check(): Finding[];
}

/** The entries of one section. Lookup is exact first, then case-insensitive (01 §4.1). */
export interface EntryTable {
  readonly size: number;
  /** Sorted, YAML spelling. */
  names(): string[];
  get(name: string): Entry | undefined;
  all(): Entry[];
}

export interface RealmSetting {
  /** Empty = no realm isolation. */
  value: string;
  source: "env" | "config" | "auto";
  /** The realm the reference would derive here (01 §4.8), for hints. */
  derived: string;
}

export interface KeyringSetting {
  type: string;
  /** Absolute directory of the file store. */
  path: string;
  passwordEnv: string;
  iterations: number;
  passToChildren: boolean;
  passwordFile?: string;
  passwordCommand?: string[];
  /** Unknown or misplaced `spec` keys, as warnings. */
  warnings: string[];
}

/** The merged `auth:` section. Getters compute on first use and throw AuthError on bad values. */
export interface AuthConfig {
  readonly providers: EntryTable;
  readonly identities: EntryTable;
  readonly integrations: EntryTable;
  /** Throws `invalid realm value: …` only when asked. */
  readonly realm: RealmSetting;
  readonly keyring: KeyringSetting;
  readonly consoleIsolated: boolean;
  /** Beyond 4 of 01: chosen default below `default: true`; `false` = disabled unless asked. */
  readonly defaultIdentity: string | false | undefined;
  readonly allowedHosts: string[];
  readonly auditFile: string | undefined;
  /** Exact name, then case-insensitive name, then alias (01 §7.1). */
  findIdentity(name: string): Entry | undefined;
  findProvider(name: string): Entry | undefined;
  /** Identities with `default: true`, sorted by name. */
  defaults(): Entry[];
}

// ---------------------------------------------------------------------------------------------
// Doors to the outside, handed to everything
// ---------------------------------------------------------------------------------------------

/** Questions and notices (02 §2.2). All drawing is on stderr. Prompts reject with `user_aborted` on Esc and Ctrl-C. */
export interface Terminal {
  /** 02 §2.2: a prompt may be shown. */
  readonly interactive: boolean;
  /** 04 §6.1: somebody can read a device code (stderr is a TTY or --force-tty, and --interactive). */
  readonly someoneReads: boolean;
  readonly ci: boolean;
  /** A browser can be opened here: not CI, no SSH, a display, not --no-browser (04 §6.1). */
  readonly canOpenBrowser: boolean;
  /** One or more lines on stderr, through the filter. */
  notice(text: string): void;
  /** `⚠ text` on stderr. */
  warn(text: string): void;
  select(q: { title: string; options: SelectOption[]; initial?: string }): Promise<string>;
  /** Any number of options; `initial` are ticked at the start. In the order of the options. */
  selectMany(
    q: { title: string; options: SelectOption[]; initial?: string[] },
  ): Promise<string[]>;
  confirm(q: { title: string; yes?: string; no?: string; initial?: boolean }): Promise<boolean>;
  /** `signal` takes the question back, e.g. when the answer came another way. */
  text(q: {
    title: string;
    initial?: string;
    required?: boolean;
    description?: string;
    validate?: (value: string) => string | undefined;
    signal?: AbortSignal;
  }): Promise<string>;
  /** Masked input. */
  secret(q: {
    title: string;
    description?: string;
    required?: boolean;
    validate?: (value: string) => string | undefined;
    signal?: AbortSignal;
  }): Promise<Secret>;
  /** Opens a URL; false when no opener worked. Never through a shell. */
  openBrowser(url: string): Promise<boolean>;
  /** Shows a spinner with this text while `work` runs, on a colour stderr TTY only. */
  during<T>(step: string, work: () => Promise<T>): Promise<T>;
}

export interface SelectOption {
  value: string;
  label?: string;
  description?: string;
}

/** A keyring entry that `purgeAll` removed, or `kept` for that reason. */
export interface PurgedEntry {
  alias: string;
  realm: string;
  kept?: string;
}

/** Keyring access bound to the realm and to the configured store, opened at the first real need (03 §6.1). */
export interface CredentialStore {
  /** undefined = not found. Other failures are AuthErrors (`keyring_*`). */
  get(alias: string, owner: "identity" | "provider"): Promise<Loaded | undefined>;
  /**
   * A failed long-lived write throws `failed to store credentials`; a failed session write warns
   * once and resolves (03 §3.5).
   */
  set(
    alias: string,
    owner: "identity" | "provider",
    credentials: Credentials,
    storageClass: "session" | "long-lived",
  ): Promise<void>;
  /** True when something was removed. */
  delete(alias: string, owner: "identity" | "provider"): Promise<boolean>;
  /**
   * Removes leftovers below an ambient root: the entry of this realm and the realm-less one, the
   * latter only when it is no long-lived key (03 §3.5). A store that was never used is not opened for it.
   */
  purge?(alias: string, owner: "identity" | "provider"): Promise<void>;
  /**
   * Removes the session-class entries of every realm, with `longLived` the others too
   * (`logout --all-realms`); returns what went, and what was kept because it could not be read.
   */
  purgeAll?(longLived: boolean): Promise<PurgedEntry[]>;
  /** Whether an entry exists under another realm, for the hint of 03 §4; asked only of a store already open. */
  probe?(alias: string, owner: "identity" | "provider", realm: string): Promise<boolean>;
}

/** Everything a kind may touch. A test swaps one member; nothing is patched globally. */
export interface Deps {
  http: Http;
  files: Files;
  locks: Locks;
  clock: Clock;
  random: Random;
  keyring: CredentialStore;
  terminal: Terminal;
  log: Log;
  env: Env;
  spawn: Spawn;
  loopback: Loopback;
}

// ---------------------------------------------------------------------------------------------
// Kinds
// ---------------------------------------------------------------------------------------------

/** How this run may behave. */
export interface Mode {
  /** Prompts (keys, MFA) are allowed. */
  prompts: boolean;
  /** Browser and device flows are allowed. */
  browserFlows: boolean;
  /** `login`: the target's own cache never answers. */
  fresh: boolean;
  /** `login --webflow` (04 §9.6). */
  webflow?: boolean;
  /** `--device-code`. */
  deviceCode?: boolean;
  /** `--force-refresh`: drop access tokens first. */
  forceRefresh?: boolean;
  /** `--saml-response-file` / ATMOS_SAML_RESPONSE_FILE. */
  samlResponseFile?: string;
  /** `--qr`. */
  qr?: boolean;
  /** `--local`: logout revokes nothing on servers. */
  local?: boolean;
  /** `logout --keychain`. */
  keychain?: boolean;
}

/** Passed to every method of a kind, logout and env included (03 §1.4). */
export interface KindContext {
  realm: string;
  /** Name used in paths (03 §2): the provider's name, `aws-user`, or the identity's own. */
  rootName: string;
  /** YAML spelling of the provider or identity this call is about. */
  name: string;
  /** Names from root to target. */
  chain: string[];
  /** Entries of the chain, same order. */
  entries: Entry[];
  /** Position of `name` in the chain. */
  index: number;
  mode: Mode;
  signal: AbortSignal;
  deps: Deps;
  /** All configuration, for the few questions that reach beyond the chain (shared SSO sessions). */
  config: AuthConfig;
  /** How the configuration was found, for what we write into files of other tools. */
  origin: Origin;
}

/** What a program that calls us from anywhere must hand over to get the same configuration (04 §11.3). */
export interface Origin {
  /** Absolute directory or file for `ATMOS_CLI_CONFIG_PATH`. */
  configPath?: string;
  profiles: string[];
}

/** Pointers that let SDKs and children find credentials (03 §1.3). No secrets but the GCP token. */
export interface AuthContext {
  aws?: {
    credentials_file: string;
    config_file: string;
    profile: string;
    region?: string;
    endpoint_url?: string;
  };
  azure?: Record<string, unknown>;
  gcp?: Record<string, unknown>;
}

export interface PathRef {
  location: string;
  type: "file" | "directory";
  required: boolean;
  purpose: string;
  metadata?: Record<string, string>;
}

/** Changes to a child's environment. */
export interface EnvDelta {
  unset: string[];
  set: Record<string, string>;
}

/** What a logout did. `secret: true` marks a secret that should have gone and is still there (02 §6.2). */
export interface Report {
  removed: string[];
  missing: string[];
  failed: { what: string; where: string; reason: string; secret: boolean }[];
  /** Plain lines worth telling (a shared session stays). */
  notes: string[];
}

export function emptyReport(): Report {
  return { removed: [], missing: [], failed: [], notes: [] };
}

/** Puts the findings of `from` behind those of `into`. */
export function addReport(into: Report, from: Report): void {
  into.removed.push(...from.removed);
  into.missing.push(...from.missing);
  into.failed.push(...from.failed);
  into.notes.push(...from.notes);
}

/** Answer of a "who am I" call. */
export interface Principal {
  /** `unknown`: the check could not be made (network); use the expiry. */
  state: "valid" | "invalid" | "unknown";
  principal?: string;
  account?: string;
  reason?: string;
}

export interface ConsoleRequest {
  destination?: string;
  /** Seconds as asked by flag or provider; undefined = default 1 h. */
  durationSeconds?: number;
  issuer: string;
}

export interface ConsoleLink {
  url: Secret;
  account?: string;
  /** Real session length in seconds, when known. */
  sessionSeconds?: number;
  notes?: string[];
}

/** A bearer token for a Kubernetes API server (04 §11.4). */
export interface ClusterTokenRequest {
  cluster: string;
  region: string;
  /** Role to assume first with the identity's credentials. */
  roleArn?: string;
  /** The identity's credentials; asked only when they are needed. */
  credentials: () => Promise<Credentials>;
}

export interface ClusterToken {
  token: Secret;
  /** Epoch ms; whole seconds. */
  expiresAt: number;
}

/** What obtaining credentials would take right now (02 B11). */
export interface Outlook {
  /**
   * `reuse`: what is stored serves; `skip`: a later link has what is needed; `ambient`: the
   * surroundings have it; `refresh`: a request that asks nobody renews it; `obtain`: a request that
   * asks nobody; the others need a person.
   */
  step:
    | "reuse"
    | "skip"
    | "ambient"
    | "refresh"
    | "obtain"
    | "browser"
    | "device_code"
    | "mfa"
    | "ask"
    | "unknown";
  /** The same for people, e.g. `open a browser`. */
  text: string;
}

/** Where a login starts. */
export interface Provider {
  /** Receives the chain before `authenticate` (SAML needs the first role, SSO the region). Throws on unusable chains. */
  prepare?(cx: KindContext): Promise<void>;
  /**
   * Signs in. The private token cache of the kind is consulted here (03 §3.3-6). Throws AuthError
   * code `login_required` when interaction would be needed and the mode forbids it.
   */
  authenticate(cx: KindContext): Promise<Credentials>;
  /** What `authenticate` would take, from what is stored here; no network, no prompt. */
  outlook?(cx: KindContext): Promise<Outlook>;
  /** After a login, when `auto_provision_identities`: returns warnings; failures are the caller's warning. */
  provision?(credentials: Credentials, cx: KindContext): Promise<string[]>;
  /** A link below said its input is bad: drop what is cached of ours so that the next authenticate starts anew. */
  invalidate?(cx: KindContext): Promise<void>;
  logout(cx: KindContext): Promise<Report>;
  /** Environment when the provider itself is the target. */
  env?(cx: KindContext): EnvDelta;
  paths(cx: KindContext): PathRef[];
}

/** What one acts as. */
export interface Identity {
  /**
   * Credentials from the input of the link before (null for a standalone root or below an ambient
   * kind). Null = this kind yields none (`ambient`). Throws `input_rejected` when the input is bad
   * (03 §3.2 provider fallback), `login_required` when interaction would be needed and is forbidden.
   */
  authenticate(input: Credentials | null, cx: KindContext): Promise<Credentials | null>;
  /** What `authenticate` would take, from what is stored here; no network, no prompt. */
  outlook?(cx: KindContext): Promise<Outlook>;
  /** From its own files; undefined = nothing there. No keyring, no network, no `node:` import. */
  load(cx: KindContext): Promise<Loaded | undefined>;
  /** Writes files so that SDKs find the credentials; idempotent. Null input: nothing to write. */
  materialize(credentials: Credentials | null, cx: KindContext): Promise<AuthContext>;
  /** Drops what `materialize` wrote of this identity (stale session). */
  forget(cx: KindContext): Promise<void>;
  /**
   * `export`: what `env` prints, computed from configuration and paths alone (02 §6.6-3).
   * `child`: what `exec` sets and removes (02 §7.1); `credentials` when known.
   */
  env(cx: KindContext, purpose: "export" | "child", credentials?: Credentials | null): EnvDelta;
  paths(cx: KindContext): PathRef[];
  verify?(credentials: Credentials, cx: KindContext): Promise<Principal>;
  console?(
    credentials: Credentials,
    cx: KindContext,
    request: ConsoleRequest,
  ): Promise<ConsoleLink>;
  clusterToken?(request: ClusterTokenRequest, cx: KindContext): Promise<ClusterToken>;
  /** Region shown by whoami and login, from configuration and credentials. */
  region?(cx: KindContext, credentials?: Credentials | null): string | undefined;
  account?(cx: KindContext, credentials?: Credentials | null): string | undefined;
  logout(cx: KindContext): Promise<Report>;
}

/** Something materialised for an identity or provider after login. */
export interface Integration {
  run(credentials: Credentials, cx: IntegrationContext): Promise<{ messages: string[] }>;
  env(cx: IntegrationContext): EnvDelta;
  cleanup(cx: IntegrationContext): Promise<Report>;
  artifactsPresent(cx: IntegrationContext): Promise<boolean>;
  /** 03 §3.7. */
  dedupeKey(): string;
  /** Files written, so that runs sharing one are not run at the same time. */
  outputs(cx: IntegrationContext): string[];
}

export interface IntegrationContext extends KindContext {
  integration: Entry;
  /** Identity or provider it is bound to (YAML spelling). */
  boundTo: string;
}

/** One kind in one role: data and functions, no classes to inherit from. */
export interface ProviderDef {
  kind: string;
  role: "provider";
  /** Hosts this provider may talk to, from its values (allow-list, 03 §10.3). */
  hosts(entry: Entry, config: AuthConfig, env: Env): string[];
  create(entry: Entry): Provider;
}

export interface IdentityDef {
  kind: string;
  role: "identity";
  hosts(entry: Entry, cx: { entries: Entry[]; env: Env }): string[];
  create(entry: Entry): Identity;
}

export interface IntegrationDef {
  kind: string;
  role: "integration";
  hosts(entry: Entry, cx: { entries: Entry[]; env: Env }): string[];
  create(entry: Entry): Integration;
  /**
   * A login without any configuration (`aws ecr login --registry`, `--public`): the hosts are checked
   * before credentials are asked for. Returns messages.
   */
  adHocLogin?(
    hosts: string[],
    cx: KindContext,
    credentials: () => Promise<Credentials>,
  ): Promise<string[]>;
  /** Writes or prints one kubeconfig entry (`aws eks update-kubeconfig`). */
  writeEntry?(
    request: ClusterEntryRequest,
    cx: KindContext,
    credentials: () => Promise<Credentials>,
  ): Promise<ClusterEntryResult>;
}

/** A kubeconfig entry as an explicit command asks for it; the integration's settings fill the gaps. */
export interface ClusterEntryRequest {
  integration?: Entry;
  name?: string;
  region?: string;
  alias?: string;
  roleArn?: string;
  /** Identity that the entry names; undefined = ambient credentials. */
  identity?: string;
  /** Absolute path; undefined = the integration's, else the default file. */
  path?: string;
  /** Return the document, write nothing. */
  dryRun: boolean;
}

export interface ClusterEntryResult {
  messages: string[];
  document?: string;
}

/** The line of a provider kind in `providers/registry.ts`: what chains need to know without loading the kind. */
export interface ProviderRow {
  load: () => Promise<ProviderDef>;
  cloud: Cloud;
  /** Never persist anything below this root (03 §3.5). */
  ambientRoot?: true;
  /** Its session goes into the keyring under the provider's name (SSO bearer, atmos-pro, mock). */
  keyringSession?: true;
  /** Its variables reach the children of identities below it, not only its own (03 §8). */
  childEnv?: true;
  /** What a sign-in asks of a person, for `explain`; absent = nothing. */
  asks?: string;
}

export interface IdentityRow {
  load: () => Promise<IdentityDef>;
  cloud: Cloud;
  /** Chain may or must start here (03 §2). */
  standalone?: "required" | "allowed";
  /** Provider name shown, and `rootPath` the one used in paths, when the chain starts here (03 §2). */
  shownProvider?: string;
  rootPath?: string;
  /** Authentication yields nothing and nothing is stored. */
  ambient?: true;
  /** Long-lived secrets of this kind live in the keyring. */
  longLived?: true;
  /** Its session goes into the keyring (mock, atmos-pro). */
  keyringSession?: true;
  /** What this link may ask of a person, for `explain`; absent = nothing. */
  asks?: string;
}

export interface IntegrationRow {
  load: () => Promise<IntegrationDef>;
  cloud: Cloud;
  /** What it makes: a login at a container registry, a kubeconfig entry, git tokens. */
  makes: "registry-login" | "kubeconfig" | "git-token";
  /** The registry that everybody may read from (`--public`). */
  public?: true;
}

export type Cloud = "aws" | "azure" | "gcp" | "kubernetes" | "github" | "none";

// ---------------------------------------------------------------------------------------------
// Pure helpers on these shapes
// ---------------------------------------------------------------------------------------------

/** The lower-cased name: keys of stores, path segments, lock names (03 §1.1). */
export function storageName(name: string): string {
  return name.toLowerCase();
}

/** Text of `values[path…]`, undefined when absent or empty. Numbers and booleans give their text. */
export function textAt(values: Record<string, unknown>, ...path: string[]): string | undefined {
  let here: unknown = values;
  for (const step of path) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  if (here === undefined || here === null || typeof here === "object") return undefined;
  const text = String(here);
  return text === "" ? undefined : text;
}

/** Boolean of `values[path…]`. */
export function flagAt(values: Record<string, unknown>, ...path: string[]): boolean | undefined {
  let here: unknown = values;
  for (const step of path) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return typeof here === "boolean" ? here : undefined;
}

/** Map of `values[path…]`, undefined when absent or no map. */
export function mapAt(
  values: Record<string, unknown>,
  ...path: string[]
): Record<string, unknown> | undefined {
  let here: unknown = values;
  for (const step of path) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here !== null && typeof here === "object" && !Array.isArray(here)
    ? here as Record<string, unknown>
    : undefined;
}

/** List of texts at `values[path…]`, undefined when absent. */
export function listAt(values: Record<string, unknown>, ...path: string[]): string[] | undefined {
  let here: unknown = values;
  for (const step of path) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return Array.isArray(here) ? here.map(String) : undefined;
}
