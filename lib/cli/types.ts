import type { Deps } from "../core/types.ts";

/** One flag of a command: the row that drives parsing, help, completion and the docs. */
export interface FlagDef {
  /** Long name without dashes. */
  name: string;
  short?: string;
  type: "boolean" | "string" | "list" | "optional";
  /** Environment variables that supply the value, first set wins. */
  env?: string[];
  default?: string;
  /** One line, as in help. */
  text: string;
  /** Word shown for the value in help (`string` by default). */
  valueName?: string;
  /** Fixed values (completion, docs). */
  values?: string[];
  /** Source of dynamic completion values. */
  complete?:
    | "identities"
    | "providers"
    | "tags"
    | "profiles"
    | "destinations"
    | "integrations"
    | "files";
  hidden?: true;
  /** Accepted and ignored (02 §1.3). */
  ignored?: true;
}

export interface CommandDef {
  /** Words, e.g. `["login"]`, `["aws", "eks", "token"]`. */
  words: string[];
  /** `auth`: also reachable as `auth X`; `top`: top level only (02 §1.1). */
  level: "auth" | "top";
  summary: string;
  description?: string;
  flags: FlagDef[];
  /** Positionals accepted before `--`. */
  positionals?: { name: string; max: number; complete?: FlagDef["complete"] };
  /** Everything after `--` is handed over in `rest`. */
  takesRest?: true;
  examples: { text: string; command: string }[];
  /** Works without (valid) configuration. */
  withoutConfig?: true;
  hidden?: true;
  /** Permission class for narrowing (03 §10.3). */
  permissions: "offline" | "files" | "network" | "all";
  load: () => Promise<{ run: (cx: CommandContext) => Promise<number> }>;
}

/** What a flag came to: its value and who said so. */
export interface FlagValue {
  value: string | string[] | boolean | undefined;
  source: "flag" | "env" | "default";
  /** An optional-value flag given without a value (02 §1.2-4). */
  bare?: true;
}

/** The parsed command line. */
export interface Invocation {
  /** `atmos-auth`, or `atmos` in drop-in mode. */
  prog: string;
  dropIn: boolean;
  /** True when the words were spelt `auth X`. */
  long: boolean;
  command: CommandDef;
  positionals: string[];
  /** Words after the first `--`; undefined when there is none. */
  rest: string[] | undefined;
  flags: Map<string, FlagValue>;
  /** argv as given, for re-execution. */
  argv: string[];
}

/** Handed to every command's `run`; returns the exit code. */
export interface CommandContext {
  invocation: Invocation;
  deps: Deps;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** Program as users must type it before a sub command of ours: `atmos-auth`, `atmos auth` (02 §1.1 PROG). */
  prog: string;
  /** Text value of a flag by name: flag > environment > default; undefined when none. */
  text(name: string): string | undefined;
  list(name: string): string[];
  bool(name: string): boolean;
  /** True when the flag stands on the command line (not from the environment). */
  given(name: string): boolean;
  /** Data for machines and pipes. */
  out(text: string): void;
  /** People: stderr, through the filter. */
  err(text: string): void;
}
