/**
 * Logins in docker's `config.json` (04 §11.1): only what belongs to one registry changes; every other
 * key, known or not, survives at its place.
 */
import { AuthError, type Deps, type Secret } from "../lib/core/types.ts";
import { baseDir, dockerConfigFile, join, siblingLock } from "../lib/store/paths.ts";

type Json = { [key: string]: unknown };

/** A registry credential to put where docker, podman and skopeo look for it. */
export interface RegistryLogin {
  /** Host as docker writes it, e.g. `111122223333.dkr.ecr.eu-west-1.amazonaws.com`. */
  registry: string;
  username: string;
  secret: Secret;
}

/** Directory for `DOCKER_CONFIG`. */
export function dockerConfigDir(deps: Deps): string {
  return dockerConfigFile(deps.env).replace(/[/\\][^/\\]*$/, "");
}

/** `config.json` of the user. */
export function dockerConfigPath(deps: Deps): string {
  return dockerConfigFile(deps.env);
}

/**
 * Stores logins with one write. Returns notices and warnings for people. Throws `docker_config_unreadable`
 * (the file is left untouched) and `docker_config_unwritable`.
 */
export async function storeLogins(deps: Deps, logins: RegistryLogin[]): Promise<string[]> {
  const notes: string[] = [];
  await edit(deps, async (config) => {
    for (const login of logins) notes.push(...await storeOne(deps, config, login));
    return true;
  });
  return notes;
}

async function storeOne(deps: Deps, config: Json, login: RegistryLogin): Promise<string[]> {
  const { registry } = login;
  const helper = textOf(mapOf(config, "credHelpers")?.[registry]);
  if (helper === "ecr-login") {
    return [`ℹ ${registry} is served by the credential helper ecr-login; nothing was written`];
  }
  const store = helper || textOf(config.credsStore);
  if (!store) {
    writeAuth(config, login);
    return [];
  }
  const failure = await runHelper(
    deps,
    store,
    "store",
    JSON.stringify({
      ServerURL: registry,
      Username: login.username,
      Secret: login.secret.reveal(),
    }),
  );
  if (failure === undefined) {
    if (!helper) ensureMap(config, "auths")[registry] = {};
    return [];
  }
  // docker reads the file again for a registry whose credHelpers entry is empty
  await remember(deps, registry, {
    helper: helper ?? null,
    hadHelpers: mapOf(config, "credHelpers") !== undefined,
  });
  writeAuth(config, login);
  ensureMap(config, "credHelpers")[registry] = "";
  return [
    `⚠ docker-credential-${store} could not store the login of ${registry} (${failure}); it was written to ${
      dockerConfigPath(deps)
    } instead`,
  ];
}

function writeAuth(config: Json, login: RegistryLogin): void {
  const auths = ensureMap(config, "auths");
  const before = mapOf(auths, login.registry);
  const pair = new TextEncoder().encode(`${login.username}:${login.secret.reveal()}`);
  const next: Json = { ...before, auth: pair.toBase64() };
  // an identity token would win over `auth` in docker
  delete next.identitytoken;
  auths[login.registry] = next;
}

/** Removes the login of a registry; everything else stays. True when something was removed. */
export async function removeLogin(deps: Deps, registry: string): Promise<boolean> {
  if (!deps.files.exists(dockerConfigPath(deps))) return false;
  let removed = false;
  await edit(deps, async (config) => {
    const helper = textOf(mapOf(config, "credHelpers")?.[registry]);
    const store = helper || textOf(config.credsStore);
    const auths = mapOf(config, "auths");
    if (auths && Object.hasOwn(auths, registry)) {
      delete auths[registry];
      removed = true;
      if (store && helper !== "ecr-login") {
        const failure = await runHelper(deps, store, "erase", registry);
        if (failure) deps.log.debug(`docker-credential-${store} erase: ${failure}`);
      }
    }
    removed = await restore(deps, config, registry) || removed;
    return removed;
  });
  return removed;
}

/** Whether a login of this registry stands in the file or is served by a store. */
export function loginPresent(deps: Deps, registry: string): boolean {
  const text = deps.files.readTextSync(dockerConfigPath(deps));
  if (!text?.trim()) return false;
  try {
    const config = parse(text);
    if (textOf(mapOf(config, "credHelpers")?.[registry]) === "ecr-login") return true;
    return Object.hasOwn(mapOf(config, "auths") ?? {}, registry);
  } catch {
    return false;
  }
}

/** lock → read → change → atomic write; the change says whether to write. */
async function edit(deps: Deps, change: (config: Json) => Promise<boolean>): Promise<void> {
  const path = dockerConfigPath(deps);
  const dir = dockerConfigDir(deps);
  deps.files.grant(dir);
  await deps.files.ensureDir(dir);
  await using _lock = await deps.locks.acquire({ path: siblingLock(path), signal: undefined });
  const text = await deps.files.readText(path) ?? "";
  let config: Json;
  try {
    config = text.trim() === "" ? {} : parse(text);
  } catch (error) {
    throw new AuthError({
      code: "docker_config_unreadable",
      message: `failed to read Docker config: ${path} is invalid JSON`,
      explanation: (error as Error).message.replace(/"[^"]*"/g, '"…"'),
      hints: ["Mend or move the file; it was left untouched"],
    });
  }
  if (!await change(config)) return;
  try {
    await deps.files.write(path, stringify(config), { mode: 0o600, kind: "shared" });
  } catch (error) {
    throw new AuthError({
      code: "docker_config_unwritable",
      message: `failed to write Docker config: ${(error as Error).message}`,
      cause: error,
    });
  }
}

/** Numbers keep their source text, so that a rewrite changes nothing that is not ours. */
function parse(text: string): Json {
  const value = JSON.parse(
    text.replace(/^\uFEFF/, ""),
    ((
      _key: string,
      item: unknown,
      context: { source?: string },
    ) =>
      typeof item === "number" && context.source !== undefined
        ? rawJson(context.source)
        : item) as (key: string, value: unknown) => unknown,
  );
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new SyntaxError("the top level is no object");
  }
  return value as Json;
}

function rawJson(source: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

/** Docker's own layout: tabs and a final newline. */
function stringify(config: Json): string {
  return JSON.stringify(config, null, "\t") + "\n";
}

function mapOf(from: Json, key: string): Json | undefined {
  const value = from[key];
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? value as Json
    : undefined;
}

function ensureMap(from: Json, key: string): Json {
  return mapOf(from, key) ?? (from[key] = {}) as Json;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Runs `docker-credential-<name>`; undefined = it worked, else why not. The secret goes by stdin. */
async function runHelper(
  deps: Deps,
  name: string,
  operation: "store" | "erase",
  stdin: string,
): Promise<string | undefined> {
  const command = deps.spawn.which(`docker-credential-${name}`);
  if (!command) return `docker-credential-${name} is not on PATH`;
  const result = await deps.spawn.helper({
    command,
    args: [operation],
    stdin,
    timeoutMs: 30_000,
    inheritEnv: true,
  });
  if (result.timedOut) return "no answer within 30 s";
  if (result.code === 0) return undefined;
  const told = (result.stdoutText || result.stderrText).trim().split("\n")[0]!.slice(0, 120);
  return told || `exit code ${result.code}`;
}

interface Before {
  helper: string | null;
  hadHelpers: boolean;
}

function statePath(deps: Deps): string {
  return join(deps.env, baseDir(deps.env, "data"), "docker", "state.json");
}

async function readState(deps: Deps): Promise<Record<string, Record<string, Before>>> {
  const text = await deps.files.readText(statePath(deps));
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return {};
  }
}

async function writeState(deps: Deps, state: Record<string, Record<string, Before>>) {
  await deps.files.ensureDir(statePath(deps).replace(/[/\\][^/\\]*$/, ""));
  await deps.files.write(statePath(deps), JSON.stringify(state, null, 2) + "\n");
}

/** Keeps what stood under `credHelpers` before the marker, so that cleanup can put it back. */
async function remember(deps: Deps, registry: string, before: Before): Promise<void> {
  const state = await readState(deps);
  const here = state[dockerConfigPath(deps)] ??= {};
  if (here[registry]) return;
  here[registry] = before;
  await writeState(deps, state);
}

async function restore(deps: Deps, config: Json, registry: string): Promise<boolean> {
  const state = await readState(deps);
  const before = state[dockerConfigPath(deps)]?.[registry];
  if (!before) return false;
  delete state[dockerConfigPath(deps)]![registry];
  await writeState(deps, state);
  const helpers = mapOf(config, "credHelpers");
  if (!helpers || helpers[registry] !== "") return false;
  if (before.helper !== null) helpers[registry] = before.helper;
  else delete helpers[registry];
  if (!before.hadHelpers && Object.keys(helpers).length === 0) delete config.credHelpers;
  return true;
}
