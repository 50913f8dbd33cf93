/** The doors to the outside for one run. Each is made at first use; what is heavy is imported then. */
import type { Deps } from "../core/types.ts";
import { systemClock } from "../sys/clock.ts";
import { type Files, systemFiles } from "../sys/files.ts";
import { type Locks, systemLocks } from "../sys/locks.ts";
import type { Log } from "../sys/log.ts";
import { systemRandom } from "../sys/random.ts";
import type { StrippedEnv } from "../sys/stripped_env.ts";

/** What the doors need to know of the run. */
export interface DoorsInit {
  env: StrippedEnv;
  log: Log;
  warn: (text: string) => void;
}

/** All doors; nothing is opened yet. */
export function makeDoors(init: DoorsInit): Deps {
  const { env, log, warn } = init;
  let files: Files | undefined, locks: Locks | undefined;
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
    get http() {
      return missing("http");
    },
    get spawn() {
      return missing("spawn");
    },
    get loopback() {
      return missing("loopback");
    },
    get terminal() {
      return missing("terminal");
    },
    get keyring() {
      return missing("keyring");
    },
  };
}
