/** From flags, variables and configuration to the log of this run (01 §8). */
import type { LoadedConfig } from "../config/load.ts";
import { openLogFile } from "../sys/log_file.ts";
import type { LogLevel } from "../sys/log.ts";
import { writeStderr, writeStdout } from "../sys/stdio.ts";
import type { FlagReader } from "./flag_values.ts";
import { parseLogLevel, RunLog } from "./logging.ts";
import type { CommandDef } from "./types.ts";

/** What flags and variables ask for; undefined = the configuration decides. */
function askedLevel(flags: FlagReader): LogLevel | undefined {
  if (flags.globalBool("verbose")) return "debug";
  const text = flags.globalText("logs-level");
  return text === undefined ? undefined : parseLogLevel(text);
}

/** The log as flags and variables have it, before any configuration is read. */
export function logFromFlags(flags: FlagReader, command: CommandDef): RunLog {
  const level = askedLevel(flags) ?? "warning";
  const file = flags.globalText("logs-file");
  return new RunLog(level, placeOf(file ?? "/dev/stderr", flags, command));
}

/** The final log: `auth.logs` before `logs`, both below flags and variables. */
export function logFromConfig(
  log: RunLog,
  config: LoadedConfig,
  flags: FlagReader,
  command: CommandDef,
): void {
  const own = config.at("auth", "logs") !== undefined;
  const configured = config.text("auth", "logs", "level") ?? config.text("logs", "level");
  const level = askedLevel(flags) ??
    (configured === undefined ? "warning" : parseLogLevel(configured));
  const file = flags.globalText("logs-file") ?? config.text("auth", "logs", "file") ??
    config.text("logs", "file") ?? "/dev/stderr";
  log.settle({
    level,
    write: placeOf(file, flags, command),
    ...(own ? { prefix: "atmos-auth" } : {}),
  });
}

/**
 * Where lines go. The device names are names on every system. A program that reads stdout never
 * finds log lines there (02 traps 8). Throws `log_file_unwritable`.
 */
function placeOf(path: string, flags: FlagReader, command: CommandDef): (line: string) => void {
  switch (path) {
    case "/dev/null":
      return () => {};
    case "/dev/stderr":
      return writeStderr;
    case "/dev/stdout":
      return command.protocol ? writeStderr : writeStdout;
  }
  const file = flags.expandHome(path);
  let write = opened.get(file);
  if (!write) opened.set(file, write = openLogFile(file));
  return write;
}

/** Files of this process: what flags and configuration both name is opened once. */
const opened = new Map<string, (line: string) => void>();
