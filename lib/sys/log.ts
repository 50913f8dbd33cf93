export type LogLevel = "trace" | "debug" | "info" | "warning" | "error" | "off";

/** Levelled log, every line through the output filter (01 §8). Never on stdout of machine output. */
export interface Log {
  readonly level: LogLevel;
  trace(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
