/** The doors to the outside for one run. Each is made at first use; what is heavy is imported then. */
import type { Deps, Terminal } from "../core/types.ts";
import { systemClock } from "../sys/clock.ts";
import { type Files, systemFiles } from "../sys/files.ts";
import { type Locks, systemLocks } from "../sys/locks.ts";
import type { Http } from "../sys/http.ts";
import type { Log } from "../sys/log.ts";
import { systemRandom } from "../sys/random.ts";
import type { StrippedEnv } from "../sys/stripped_env.ts";

/** What the doors need to know of the run. */
export interface DoorsInit {
  env: StrippedEnv;
  log: Log;
  warn: (text: string) => void;
  err: (text: string) => void;
}

/** All doors; nothing is opened yet. */
export function makeDoors(init: DoorsInit): Deps {
  const { env, log, warn } = init;
  let files: Files | undefined, locks: Locks | undefined, terminal: Terminal | undefined;
  const missing = (what: string): never => {
    throw new Error(`no ${what} in this build`);
  };
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
    http: lateHttp(() => missing("http")),
    get spawn() {
      return missing("spawn");
    },
    get loopback() {
      return missing("loopback");
    },
    get terminal() {
      return terminal ??= {
        interactive: false,
        someoneReads: false,
        ci: false,
        canOpenBrowser: false,
        notice: (text) => init.err(text + "\n"),
        warn,
        select: () => missing("prompt"),
        confirm: () => missing("prompt"),
        text: () => missing("prompt"),
        secret: () => missing("prompt"),
        openBrowser: () => Promise.resolve(false),
        during: (_step, work) => work(),
      };
    },
    get keyring() {
      return missing("keyring");
    },
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
      http ??= await (made ??= make());
      http.allow(...hosts.splice(0));
      return await http.request(request);
    },
    get requests() {
      return http?.requests ?? 0;
    },
  };
}
