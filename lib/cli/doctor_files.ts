/** Keyring, credential files, locks. */
import { keyringDoors } from "../core/credential_store.ts";
import { openKeyring } from "../store/keyring_open.ts";
import { baseDir, join, locksDir, realmDir } from "../store/paths.ts";
import type { FileFacts } from "../sys/files.ts";
import { AuthError } from "../sys/error.ts";
import { hex } from "../sys/random.ts";
import { bad, type Check, type CheckResult, ok, type Patient, warning } from "./doctor.ts";
import { identityPaths } from "./doctor_config.ts";

const PROBE_MS = 3000;
const HOUR_MS = 3_600_000;

export const fileChecks: Check[] = [
  { id: "keyring.probe", topic: "keyring", run: probeKeyring },
  { id: "files.modes", topic: "files", run: checkModes },
  { id: "files.temporary", topic: "temporary files", run: checkTemporary },
  { id: "clock", topic: "clock", run: checkClock },
  { id: "locks.held", topic: "locks", run: checkLocks },
];

/** Writes, reads and deletes an entry of its own; nobody is asked for a password. */
async function probeKeyring({ cx, config }: Patient): Promise<CheckResult[]> {
  if (!config) return [];
  const doors = { ...keyringDoors(cx.deps, () => true), interactive: false, ask: undefined };
  const key = `atmos_doctor-${hex(cx.deps.random.bytes(8))}`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new AuthError({ code: "keyring_timeout", message: "keyring timed out" })),
      PROBE_MS,
    );
  });
  try {
    return await Promise.race([probe(), late]);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const hint = error.hints[0];
    return [/password/.test(error.code) ? warning(error.message, hint) : bad(error.message, hint)];
  } finally {
    clearTimeout(timer);
  }

  function untouched(location: string | undefined): boolean {
    return location !== undefined && (cx.deps.files.list(location) ?? []).length === 0;
  }

  async function probe(): Promise<CheckResult[]> {
    const store = await openKeyring(config!.keyring, doors);
    const { type, location, available, locked, reason } = await store.describe();
    const what = `${type}${location ? ` at ${location}` : ""}`;
    if (!available && /password/.test(reason ?? "")) {
      return [warning(`${what}: ${reason}`)]; // the user's to give, not a defect
    }
    if (!available) {
      return [bad(
        `${what}: not available${reason ? ` (${reason})` : ""}`,
        "Keep secrets in an encrypted file: `auth.keyring.type: file` or `ATMOS_KEYRING_TYPE=file`",
      )];
    }
    if (locked) {
      return [warning(`${what}: locked`, "Unlock it, or sign in to your desktop session")];
    }
    if (type === "noop" || type === "none") return [ok(`${what}: keeps nothing`)];
    // the first entry would bind the keyring to the password at hand, which may be a wrong one
    if (type === "file" && untouched(location)) return [ok(`${what}: nothing in it yet`)];
    await store.set(key, "probe");
    const read = await store.get(key);
    await store.delete(key);
    return [
      read === "probe"
        ? ok(`${what}: can be written, read and cleared`)
        : bad(`${what}: an entry that was written cannot be read back`),
    ];
  }
}

/** Where this program keeps things besides the files of identities. */
function ourTrees({ cx, config }: Patient): string[] {
  const { env } = cx.deps;
  if (env.home() === undefined) return []; // the check of the locks tells of it
  const [conf, data, cache] = (["config", "data", "cache"] as const).map((b) => baseDir(env, b));
  const realm = config?.realm.value ? realmDir(env, conf!, config.realm.value) : undefined;
  return [
    ...[conf!, realm].flatMap((dir) =>
      dir ? ["aws", "gcp", "kube"].map((name) => join(env, dir, name)) : []
    ),
    join(env, data!, "auth"),
    config?.keyring.type === "file" ? config.keyring.path : join(env, data!, "keyring"),
    ...["aws-sso", "aws-webflow", "auth", "locks"].map((name) => join(env, cache!, name)),
  ];
}

/** Most files and directories that are looked at. */
const MOST = 5000;

/** Everything of ours on this disk: location → what it is. Links are left alone. */
async function ourPlaces(patient: Patient): Promise<Map<string, FileFacts>> {
  const { env, files } = patient.cx.deps;
  const found = new Map<string, FileFacts>();
  const look = (path: string, depth: number) => {
    if (found.size >= MOST || found.has(path)) return;
    const facts = files.lstat(path);
    if (!facts || facts.isSymlink) return;
    found.set(path, facts);
    if (!facts.isDirectory || depth === 0) return;
    for (const name of files.list(path) ?? []) look(join(env, path, name), depth - 1);
  };
  for (const { location } of await identityPaths(patient)) look(location, 1);
  for (const tree of ourTrees(patient)) look(tree, 5);
  return found;
}

/** Credential files must be for the user alone. */
async function checkModes(patient: Patient): Promise<CheckResult[]> {
  const { env, files } = patient.cx.deps;
  if (env.os === "windows") return [ok("permissions follow the directories of the user")];
  const out: CheckResult[] = [];
  let seen = 0;
  for (const [location, facts] of await ourPlaces(patient)) {
    if (facts.mode === null) continue;
    seen++;
    const wanted = facts.isDirectory ? 0o700 : 0o600;
    if ((facts.mode & 0o077) === 0) continue;
    out.push({
      state: "error",
      finding: `${location}: others may ${facts.mode & 0o022 ? "change" : "read"} it (mode ${
        (facts.mode & 0o777).toString(8)
      })`,
      hint: `chmod ${wanted.toString(8)} ${location}`,
      fix: {
        what: `set the mode of ${location} to ${wanted.toString(8)}`,
        run: () => files.setMode(location, wanted),
      },
    });
  }
  return out.length > 0
    ? out
    : [ok(seen === 0 ? "nothing stored yet" : `${seen} places, all private`)];
}

/** What a killed writer leaves behind. */
async function checkTemporary(patient: Patient): Promise<CheckResult[]> {
  const { files, clock } = patient.cx.deps;
  const old: string[] = [];
  for (const [path, facts] of await ourPlaces(patient)) {
    if (!/(^|[/\\])\.[^/\\]+\.[0-9a-f]{16}\.tmp$/.test(path)) continue;
    if (facts.isFile && clock.now() - facts.mtimeMs > HOUR_MS) old.push(path);
  }
  if (old.length === 0) return [ok("none left behind")];
  return old.map((path) => ({
    state: "warning",
    finding: `${path} was left behind`,
    hint: "It goes with the next write, or with `doctor --fix`",
    fix: {
      what: `remove ${path}`,
      run: async () => void await files.remove(path),
    },
  }));
}

/** Which locks somebody holds right now. The files themselves stay for good and mean nothing. */
async function checkLocks({ cx }: Patient): Promise<CheckResult[]> {
  const { env, files, locks, clock } = cx.deps;
  try {
    baseDir(env, "cache");
  } catch (error) {
    return [bad((error as Error).message, "Set `HOME`")];
  }
  const dir = locksDir(env);
  const names = (files.list(dir) ?? []).filter((name) => name.endsWith(".lock"));
  const held: CheckResult[] = [];
  for (const name of names) {
    const path = `${dir}/${name}`;
    const holder = await locks.holder?.(path);
    if (!holder?.held) continue;
    const facts = files.lstat(path);
    const minutes = facts ? Math.round((clock.now() - facts.mtimeMs) / 60_000) : 0;
    held.push(warning(
      `${name} is held${holder.pid ? ` by process ${holder.pid}` : ""} for ${minutes} minutes`,
      "A sign-in may be under way in another window",
    ));
  }
  return held.length > 0 ? held : [ok("none held")];
}

/** Without the network only this much can be told: nothing of ours can be younger than now. */
async function checkClock(patient: Patient): Promise<CheckResult[]> {
  const now = patient.cx.deps.clock.now();
  let latest = 0, where = "";
  for (const [path, { mtimeMs }] of await ourPlaces(patient)) {
    if (mtimeMs > latest) [latest, where] = [mtimeMs, path];
  }
  const ahead = Math.round((latest - now) / 60_000);
  if (ahead <= 5) return [ok("no file of ours is from the future")];
  return [warning(
    `${where} was written ${ahead} minutes from now: the clock is behind, or it was ahead then`,
    "Set the clock; `doctor --online` compares it with the configured endpoints",
  )];
}
