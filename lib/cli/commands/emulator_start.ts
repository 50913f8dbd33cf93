import { AuthError } from "../../sys/error.ts";
import type { CommandContext } from "../types.ts";

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) {
    throw new AuthError({
      code: "invalid_port",
      message: `invalid port: ${text}`,
      hints: ["Give a number from 0 (any free port) to 65535."],
    });
  }
  return port;
}

function absolute(cx: CommandContext, path: string): string {
  return /^([/\\]|[A-Za-z]:[/\\])/.test(path) ? path : `${cx.deps.env.cwd()}/${path}`;
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))) || "/";
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * `emulator start`: stands in for the clouds' identity services on loopback until it is stopped.
 * stdout is the base URL. `--ready-file` gets a JSON document (0600) once the server listens: URL,
 * admin token, and the secrets that were made up for this run.
 */
export async function run(cx: CommandContext): Promise<number> {
  const cloud = cx.text("cloud") ?? "aws";
  if (cloud !== "aws") {
    throw new AuthError({
      code: "emulator_cloud_unknown",
      message: `no emulator for the cloud "${cloud}"`,
      hints: ["Use `--cloud aws`."],
    });
  }
  const port = portOf(cx.text("port"));
  const { parseState } = await import("../../emulator/state.ts");
  const { startEmulator } = await import("../../emulator/server.ts");
  const stateFile = cx.text("state");
  const text = stateFile === undefined ? "{}" : await cx.deps.files.readText(stateFile);
  if (text === undefined) {
    throw new AuthError({
      code: "emulator_state_invalid",
      message: `invalid emulator state: no file ${stateFile}`,
    });
  }
  const state = parseState(text);
  if (cx.bool("auto-approve")) state.autoApprove = true;
  const emulator = await startEmulator({ port, state, clock: cx.deps.clock });
  try {
    const ready = cx.text("ready-file");
    if (ready !== undefined) {
      const path = absolute(cx, ready);
      cx.deps.files.grant(directoryOf(path));
      const facts = {
        ...emulator.admin.info(),
        port: emulator.port,
        adminToken: emulator.adminToken,
      };
      await cx.deps.files.write(path, JSON.stringify(facts, null, 2) + "\n");
    }
    cx.out(`${emulator.url}\n`);
    cx.err(`AWS emulator is listening on ${emulator.url}; Ctrl-C stops it.\n`);
    cx.err(`Start URL of its Identity Center: ${emulator.admin.info().startUrl}\n`);
    await untilAborted(cx.signal);
  } finally {
    await emulator.stop();
  }
  return 0;
}
