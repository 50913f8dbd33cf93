/** The doors to the outside for one run. Each is made at first use; what is heavy is imported then. */
import { grantKeyring } from "../core/roots.ts";
import type { AuthConfig, CredentialStore, Deps, Terminal } from "../core/types.ts";
import { systemClock } from "../sys/clock.ts";
import { type Files, systemFiles } from "../sys/files.ts";
import { type Locks, systemLocks } from "../sys/locks.ts";
import type { Http } from "../sys/http.ts";
import type { Log } from "../sys/log.ts";
import { watchInterrupts } from "../sys/interrupts.ts";
import { systemRandom } from "../sys/random.ts";
import type { Spawn } from "../sys/spawn.ts";
import type { StrippedEnv } from "../sys/stripped_env.ts";
import { whichProgram } from "../sys/which.ts";
import { makeTerminal, type TerminalInit } from "./terminal.ts";
import { VERSION } from "./version_number.ts";

/** What the doors need to know of the run. */
export interface DoorsInit {
  env: StrippedEnv;
  log: Log;
  warn: (text: string) => void;
  err: (text: string) => void;
  /** The loaded configuration; asked by the keyring at its first use. */
  config: () => AuthConfig;
  /** Flags and colour, as the terminal asks for them. */
  terminal: Pick<TerminalInit, "flags" | "colour">;
}

/** All doors; nothing is opened yet. */
export function makeDoors(init: DoorsInit): Deps {
  const { env, log, warn } = init;
  let files: Files | undefined,
    locks: Locks | undefined,
    terminal: Terminal | undefined,
    keyring: CredentialStore | undefined;
  return {
    env,
    log,
    clock: systemClock(),
    random: systemRandom(),
    get files() {
      return files ??= systemFiles({ warn });
    },
    get locks() {
      return locks ??= systemLocks({ ensureDir: (dir) => this.files.ensureDir(dir), warn });
    },
    http: lateHttp(async () => {
      const { systemHttp } = await import("../sys/http.ts");
      return systemHttp({ version: VERSION, env, log });
    }),
    spawn: lateSpawn(),
    loopback: {
      async listen(port, handle) {
        watchInterrupts();
        return await (await import("../sys/loopback.ts")).systemLoopback().listen(port, handle);
      },
    },
    get terminal() {
      return terminal ??= makeTerminal({ ...init.terminal, env, spawn: this.spawn, err: init.err });
    },
    get keyring() {
      return keyring ??= lateKeyring(async () => {
        const { credentialStore } = await import("../core/credential_store.ts");
        grantKeyring(this, init.config());
        return credentialStore({ config: init.config, deps: this });
      });
    },
  };
}

/** Loads the spawn gateway with the first program that is started; `which` needs it at once. */
function lateSpawn(): Spawn {
  let made: Spawn | undefined;
  const real = async () => made ??= (await import("../sys/spawn.ts")).systemSpawn();
  return {
    async helper(request) {
      watchInterrupts();
      return await (await real()).helper(request);
    },
    child: async (request) => await (await real()).child(request),
    detached: async (command, args) => await (await real()).detached(command, args),
    which: (name, path) => whichProgram(name, path),
  };
}

/** Loads the keyring with the first question to it (03 §6.1). */
function lateKeyring(make: () => Promise<CredentialStore>): CredentialStore {
  let made: Promise<CredentialStore> | undefined;
  const real = () => {
    watchInterrupts();
    return made ??= make();
  };
  return {
    get: async (alias, owner) => await (await real()).get(alias, owner),
    set: async (alias, owner, credentials, storageClass) =>
      await (await real()).set(alias, owner, credentials, storageClass),
    delete: async (alias, owner) => await (await real()).delete(alias, owner),
    purge: async (alias, owner) => await (await real()).purge?.(alias, owner),
    purgeAll: async (longLived) => await (await real()).purgeAll?.(longLived) ?? [],
    probe: async (alias, owner, realm) =>
      await (await real()).probe?.(alias, owner, realm) ?? false,
  };
}

/** Collects the hosts allowed; the client itself is made with the first request. */
function lateHttp(make: () => Promise<Http>): Http {
  const hosts: string[] = [];
  let made: Promise<Http> | undefined, http: Http | undefined;
  return {
    allow(...more) {
      if (http) http.allow(...more);
      else hosts.push(...more);
    },
    async request(request) {
      watchInterrupts();
      http ??= await (made ??= make());
      http.allow(...hosts.splice(0));
      return await http.request(request);
    },
    get requests() {
      return http?.requests ?? 0;
    },
  };
}
