import type { Look } from "./colour.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Core } from "../core/core.ts";
import type { AuthConfig, Deps } from "../core/types.ts";

/** How a flag takes its value (02 §1.2). */
export type FlagType =
  /** no separate word; `--b=false` */
  | "boolean"
  | "string"
  /** repeated occurrences append, commas split */
  | "list"
  /** the value may be left out: bare */
  | "optional"
  /** as optional, and occurrences append, commas split */
  | "optional-list";

/** Source of dynamic completion values (02 §4). */
export type CompletionSource =
  | "identities"
  | "providers"
  | "tags"
  | "profiles"
  | "destinations"
  | "integrations"
  | "stacks"
  | "components"
  | "commands"
  | "files"
  | "directories";

/** One flag of a command: the row that drives parsing, help, completion and the docs. */
export interface FlagDef {
  /** Long name without dashes. */
  name: string;
  short?: string;
  type: FlagType;
  /** Environment variables that supply the value, first set wins. */
  env?: string[];
  /** Shown in help and used when neither flag nor variable says otherwise. */
  default?: string;
  /** One line, as in help. */
  text: string;
  /** Word shown for the value in help (`string` by default). */
  valueName?: string;
  /** Fixed values (completion, docs). */
  values?: string[];
  complete?: CompletionSource;
  hidden?: true;
  /** Accepted and ignored (02 §1.3). */
  ignored?: true;
  /** The value counts only after `=` (`--cast`). */
  attached?: true;
}

/** A row of the command table. Long descriptions and examples stand in `help_texts.ts`. */
export interface CommandDef {
  /** Words, e.g. `["login"]`, `["aws", "eks", "token"]`. */
  words: string[];
  /** `auth`: also reachable as `auth X`; `top`: top level only (02 §1.1). */
  level: "auth" | "top";
  /** One line for lists of commands. */
  summary: string;
  flags: FlagDef[];
  /** Words accepted before `--`. */
  positionals?: {
    name: string;
    min?: number;
    max: number;
    complete?: CompletionSource;
    values?: string[];
  };
  /**
   * Everything after `--` is handed over in `rest`; the first plain word before it ends the reading
   * of flags, so that the command can name the fix with the user's own words (02 §6.7).
   */
  takesRest?: true;
  /**
   * Terraform's own grammar (08 §11.1): single-dash words that are not ours stay in `positionals`,
   * in place, each of these together with its next word.
   */
  nativeValueFlags?: string[];
  /** Works without (valid) configuration (01 §1.1). */
  withoutConfig?: true;
  /** A program reads stdout: logs and notices never go there (02 traps 8). */
  protocol?: true;
  hidden?: true;
  /** Permission class for narrowing (03 §10.3). */
  permissions: "offline" | "files" | "network" | "all";
  load: () => Promise<{ run: (cx: CommandContext) => Promise<number> }>;
}

/** What a flag on the command line came to. */
export interface FlagValue {
  value: string | string[] | boolean | undefined;
  /** An optional-value flag given without a value (02 §1.2-4). */
  bare?: true;
}

/** The parsed command line. */
export interface Invocation {
  dropIn: boolean;
  /** True when the words were spelt `auth X`. */
  long: boolean;
  command: CommandDef;
  positionals: string[];
  /** Words after the first `--`; undefined when there is none. */
  rest: string[] | undefined;
  /** Flags of the command itself. */
  flags: Map<string, FlagValue>;
  /** Flags of 02 §1.3. */
  globals: Map<string, FlagValue>;
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
  readonly prog: string;
  /** The same before a top-level word or a global flag: `atmos-auth`, `atmos`. */
  readonly progTop: string;
  /** The last part of the name as invoked, for completion scripts. */
  readonly programName: string;
  /** Text value of a flag by name: flag > environment > default; undefined when none, and for a bare flag. */
  text(name: string): string | undefined;
  list(name: string): string[];
  bool(name: string): boolean;
  /** True when the flag stands on the command line (not from the environment). */
  given(name: string): boolean;
  /** True when an optional-value flag stands there without a value (02 §1.2-4). */
  bare(name: string): boolean;
  /** Colour and width of the two streams (02 §2.3, §2.4). */
  look: Look;
  /** Data for machines and pipes. */
  out(text: string): void;
  /** Answers for people on stdout, through the filter and rendered as {@link err}. */
  say(text: string): void;
  /** People: stderr, through the filter; Markdown-lite is rendered as the stream allows (02 §2.1). */
  err(text: string): void;
  /** stderr past the filter: `::add-mask::` lines, which must name the secret (00-13). */
  errRaw(text: string): void;
  /**
   * The configuration, read once; the first call decides how. Throws AuthError exit 2.
   * `functions: false` runs none that has an effect or reads a secret; `silent`: the command tells
   * itself what loading found, and configured log settings do not act.
   */
  loaded(
    how?: { functions?: boolean; silent?: boolean; lenientProfiles?: boolean },
  ): Promise<LoadedConfig>;
  /** Its `auth` section, with `--stack` when the command has that flag. */
  auth(): Promise<AuthConfig>;
  /** What the run shares: configuration, doors, process cache. */
  core(): Promise<Core>;
  /** Gives up permissions that the rest of the command does not need (03 §10.3). */
  narrow(...kinds: ("net" | "run" | "ffi" | "write")[]): void;
}

/** Long text of a command or group. `{prog}` and `{top}` stand for the program (02 §1.1 PROG). */
export interface HelpText {
  description: string;
  examples: { text: string; command: string }[];
}

/** Command words → the maker of their row. */
export type Rows = Record<string, () => CommandDef>;
