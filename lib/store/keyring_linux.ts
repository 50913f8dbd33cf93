/** Secret Service through `secret-tool` (03 §6.6). */
import type { KeyringDoors } from "./keyring_open.ts";
import {
  ACCOUNT,
  firstLine,
  helperFailed,
  lockedKeyring,
  notReadBack,
  type Probe,
  PROBE_KEY,
  PROBE_TIMEOUT_MS,
  runHelper,
  type SystemBackend,
} from "./keyring_system.ts";

/** `secret-tool` cuts at 8192 without an error. */
const LIMIT = 8000;
const UNLOCK_HINT = "Unlock the login keyring of the desktop session";

export function linuxBackend(doors: KeyringDoors): SystemBackend {
  let env: Record<string, string> = {};
  const tool = (args: string[], stdin?: string) =>
    runHelper(doors, { command: doors.spawn.which("secret-tool")!, args, env, stdin });
  const attributes = (key: string) => ["service", key, "username", ACCOUNT];

  async function probe(): Promise<Probe> {
    const bus = sessionBus(doors);
    if ("reason" in bus) return bus;
    env = { DBUS_SESSION_BUS_ADDRESS: bus.address };
    const command = doors.spawn.which("secret-tool");
    if (!command) {
      return {
        reason: "secret-tool is not installed",
        hints: ["Install the package `libsecret-tools` (`libsecret` on Fedora and Arch)"],
      };
    }
    const result = await doors.spawn.helper({
      command,
      args: ["lookup", ...attributes(PROBE_KEY)],
      env,
      timeoutMs: PROBE_TIMEOUT_MS,
    });
    if (result.timedOut) return { reason: "secret-tool did not answer within 3 s" };
    if (result.code !== 0 && result.stderrText.trim() !== "") {
      return { reason: firstLine(result.stderrText) };
    }
    return result.code > 1 ? { reason: `secret-tool ended with code ${result.code}` } : {};
  }

  async function get(key: string): Promise<string | undefined> {
    const result = await tool(["lookup", ...attributes(key)]);
    if (result.code === 0) return result.stdoutText;
    // Exit 1 means missing, and also locked when nobody could be asked.
    if (await exists(key)) throw lockedKeyring(UNLOCK_HINT);
    if (result.stderrText.trim() === "") return undefined;
    throw helperFailed("read", firstLine(result.stderrText));
  }

  async function exists(key: string): Promise<boolean> {
    return servicesIn(await tool(["search", "--all", ...attributes(key)])).length > 0;
  }

  async function set(key: string, value: string): Promise<void> {
    const label = `Password for '${ACCOUNT}' on '${key}'`;
    const result = await tool(["store", `--label=${label}`, ...attributes(key)], value);
    if (result.code !== 0) {
      if (/locked collection/.test(result.stderrText)) throw lockedKeyring(UNLOCK_HINT);
      throw helperFailed("write", firstLine(result.stderrText));
    }
    if (await get(key) !== value) throw notReadBack(key);
  }

  async function remove(key: string): Promise<boolean> {
    const result = await tool(["clear", ...attributes(key)]);
    if (result.code === 0) return true;
    if (await exists(key)) throw lockedKeyring(UNLOCK_HINT);
    if (result.stderrText.trim() === "") return false;
    throw helperFailed("delete", firstLine(result.stderrText));
  }

  const all = () => tool(["search", "--all", "username", ACCOUNT]);
  return {
    location: "Secret Service (secret-tool)",
    limit: LIMIT,
    probe,
    get,
    set,
    delete: remove,
    list: async () => servicesIn(await all()).filter((key) => key.startsWith("atmos_")).sort(),
    locked: async () => /secret of a locked object/.test((await all()).stderrText),
  };
}

/** Attributes go to stderr, labels and secrets to stdout; only the former is read. */
function servicesIn(result: { stderrText: string }): string[] {
  return [...result.stderrText.matchAll(/^attribute\.service = (.*)$/gm)].map((m) => m[1]!);
}

/**
 * Address of a session bus that is there and ours, found without starting anything: with no address
 * at all, libdbus would try to launch a bus of its own and hang (03 §6.6).
 */
function sessionBus(doors: KeyringDoors): { address: string } | { reason: string } {
  const { env, files } = doors;
  const given = env.nonEmpty("DBUS_SESSION_BUS_ADDRESS");
  const runtime = env.nonEmpty("XDG_RUNTIME_DIR");
  const address = given ?? (runtime && `unix:path=${runtime}/bus`);
  if (!address) {
    return {
      reason: "no D-Bus session bus (neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set)",
    };
  }
  if (/^(autolaunch|disabled):/.test(address)) {
    return { reason: `no D-Bus session bus (DBUS_SESSION_BUS_ADDRESS is \`${address}\`)` };
  }
  const socket = /(?:^|[;,:])path=([^,;]+)/.exec(address)?.[1];
  if (socket === undefined) return { address };
  const path = decodeURIComponent(socket.replace(/%(?![0-9a-fA-F]{2})/g, "%25"));
  const facts = files.stat(path);
  if (!facts) return { reason: `no D-Bus session bus (${path} does not exist)` };
  const me = doors.userId();
  if (facts.uid !== null && me !== null && facts.uid !== me) {
    return { reason: `the D-Bus session bus at ${path} belongs to another user` };
  }
  return { address };
}
