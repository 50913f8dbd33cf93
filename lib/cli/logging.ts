/** Log lines: level, place and shape (01 §8). */
import { AuthError } from "../sys/error.ts";
import type { Log, LogLevel } from "../sys/log.ts";
import { maskText, shortenKeyIds } from "../sys/mask.ts";

const ranks: Record<LogLevel, number> = {
  trace: 0,
  debug: 1,
  info: 2,
  warning: 3,
  error: 4,
  off: 5,
};

const marks: Record<Exclude<LogLevel, "off">, string> = {
  trace: "TRCE",
  debug: "DEBU",
  info: "INFO",
  warning: "WARN",
  error: "ERRO",
};

/** The one parser of level names: flag, variable, `logs.level` and `auth.logs.level`. */
export function parseLogLevel(text: string): LogLevel {
  const name = text.trim().toLowerCase();
  if (name === "warn") return "warning";
  if (Object.hasOwn(ranks, name)) return name as LogLevel;
  throw new AuthError({
    code: "invalid_log_level",
    message: "invalid log level",
    explanation: `the log level '${text}' is not recognized. Valid options are: ` +
      "[Trace Debug Info Warning Error Off]",
    exit: 1,
  });
}

/** A record that was below the level known so far. */
interface Held {
  level: Exclude<LogLevel, "off">;
  message: string;
  fields: Record<string, unknown> | undefined;
}

/** Records kept until the configuration has said its level. */
const HELD = 200;

/**
 * The log of one run. Until {@link RunLog.settle} the level is only what flags and variables say;
 * lines below it wait, since `logs.level` of the configuration being read may still ask for them.
 */
export class RunLog implements Log {
  level: LogLevel;
  private prefix = "";
  private held: Held[] | undefined = [];

  constructor(level: LogLevel, private write: (line: string) => void) {
    this.level = level;
  }

  /** Final level, place and prefix; what waited is written or dropped. */
  settle(to: { level: LogLevel; write: (line: string) => void; prefix?: string }): void {
    const held = this.held ?? [];
    this.held = undefined;
    this.level = to.level;
    this.write = to.write;
    for (const { level, message, fields } of held) this.record(level, message, fields);
    this.prefix = to.prefix ?? "";
  }

  trace(message: string, fields?: Record<string, unknown>): void {
    this.record("trace", message, fields);
  }
  debug(message: string, fields?: Record<string, unknown>): void {
    this.record("debug", message, fields);
  }
  info(message: string, fields?: Record<string, unknown>): void {
    this.record("info", message, fields);
  }
  warn(message: string, fields?: Record<string, unknown>): void {
    this.record("warning", message, fields);
  }
  error(message: string, fields?: Record<string, unknown>): void {
    this.record("error", message, fields);
  }

  private record(
    level: Exclude<LogLevel, "off">,
    message: string,
    fields: Record<string, unknown> | undefined,
  ): void {
    if (ranks[level] < ranks[this.level]) {
      if (this.held && this.held.length < HELD) this.held.push({ level, message, fields });
      return;
    }
    this.write(logLine(level, this.prefix, message, fields));
  }
}

/** `DEBU message key=value`, masked as a whole, always one line. */
export function logLine(
  level: Exclude<LogLevel, "off">,
  prefix: string,
  message: string,
  fields: Record<string, unknown> = {},
): string {
  let line = `${marks[level]} ${prefix === "" ? "" : prefix + ": "}${message}`;
  for (const [key, value] of Object.entries(fields)) {
    const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
    line += ` ${key}=${/[\s"=]/.test(text) || text === "" ? JSON.stringify(text) : text}`;
  }
  return shortenKeyIds(maskText(line)).replace(/\r?\n|\r/g, "\\n") + "\n";
}
