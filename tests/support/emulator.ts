import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/server.ts";
import { chainConfig } from "../../scripts/sample_config.ts";
import { privateHome, type RunOptions, runProgram, type RunResult } from "./program.ts";
import type { TempDir } from "./temp.ts";

/** A user's machine with the sample chain configured, and the clouds behind it. */
export interface Scene extends AsyncDisposable {
  emulator: Emulator;
  home: TempDir;
  /** Runs the program in this home. */
  run(args: string[], more?: Omit<RunOptions, "args" | "home">): Promise<RunResult>;
  /** Signs in with an identity; the person at the browser approves. Fails when the login does. */
  login(args?: string[], more?: Omit<RunOptions, "args" | "home">): Promise<RunResult>;
}

/**
 * Variables that every run of the scene gets: a keyring in a file, so that no keyring of the machine
 * is touched, and few rounds of its key derivation.
 */
export const sceneEnv = {
  ATMOS_KEYRING_TYPE: "file",
  ATMOS_KEYRING_PASSWORD: "correct horse battery",
};

/** Starts the emulator and writes `atmos.yaml` into a private home. */
export async function scene(
  options: { emulator?: EmulatorOptions; config?: (endpoint: string) => string } = {},
): Promise<Scene> {
  const emulator = await startEmulator(options.emulator);
  const home = await privateHome();
  const config = options.config ?? chainConfig;
  await home.write("atmos.yaml", config(emulator.url) + keyringSection);
  const run: Scene["run"] = (args, more) =>
    runProgram({ ...more, args, home, env: { ...sceneEnv, ...more?.env } });
  return {
    emulator,
    home,
    run,
    login: async (args = [], more) => {
      const result = await approving(
        emulator,
        run(["login", "--device-code", ...args], { ...forced(more) }),
      );
      if (result.code !== 0) throw new Error(`login exits ${result.code}:\n${result.stderr}`);
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.stop();
      await home[Symbol.asyncDispose]();
    },
  };
}

const keyringSection = `  keyring:
    type: file
    spec:
      iterations: 8192
`;

/** A device code needs a reader: a terminal, or the word that there is one. */
function forced(more: Omit<RunOptions, "args" | "home"> = {}): Omit<RunOptions, "args" | "home"> {
  return { ...more, env: { ATMOS_FORCE_TTY: "true", NO_COLOR: "1", ...more.env } };
}

/** Plays the person at the browser until the work is done: approves every pending device code. */
export async function approving<T>(emulator: Emulator, work: Promise<T>): Promise<T> {
  let done = false;
  const finished = work.finally(() => done = true);
  // A failure is the caller's to see; here it only ends the loop.
  finished.catch(() => {});
  while (!done) {
    try {
      emulator.admin.approve();
    } catch {
      // Nothing is pending yet.
    }
    await Promise.race([
      finished.catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, 20)),
    ]);
  }
  return await finished;
}
