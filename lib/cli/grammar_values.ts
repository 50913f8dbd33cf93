/** From the words of a command line to typed flag values, and the errors of both (02 §1.2, §3.3). */
import type { AuthError } from "../sys/error.ts";
import { parseBool, splitList } from "./flags.ts";
import type { CommandDef, FlagDef, FlagValue } from "./types.ts";
import { commandPath, unexpectedWord, usageError, type UsagePlace } from "./usage.ts";

/** A flag met before its command was known: looked up again at the end. */
export interface Occurrence {
  /** As written: `--name` or `-n`. */
  name: string;
  short: boolean;
  /** Met before the command words were complete: global flags win there (02 §8.3). */
  early: boolean;
  /** Text after `=` or the next word; undefined = bare. */
  value: string | undefined;
  /** The word it stood in, for messages. */
  word: string;
  missingValue: boolean;
}

/** How many words a flag takes. */
export type Arity = "none" | "value" | "optional";

/** Stands for rows that disagree: takes a word unless it is a command word. */
export const ambiguous: FlagDef = { name: "", type: "string", text: "" };

/** Whether a flag takes the next word. */
export function arity(flag: FlagDef): Arity {
  if (flag.type === "boolean" || flag.attached) return "none";
  return flag.type === "string" || flag.type === "list" ? "value" : "optional";
}

function shown(def: FlagDef): string {
  return def.short ? `-${def.short}, --${def.name}` : `--${def.name}`;
}

/** A flag that is none of the command. */
export function unknownFlag(at: UsagePlace, seen: Occurrence): AuthError {
  const message = seen.short
    ? `unknown shorthand flag: '${seen.name}' in ${seen.word}`
    : at.command?.nativeValueFlags
    ? `unknown flag: --${seen.name}`
    : `unknown flag --${seen.name} for command ${commandPath(at)}`;
  return usageError(at, message, { code: "unknown_flag" });
}

/** The value of an occurrence by the type of its flag; `before` is what earlier ones came to. */
export function typed(
  at: UsagePlace,
  def: FlagDef,
  seen: Occurrence,
  before: FlagValue | undefined,
): { value: FlagValue } | { error: AuthError } {
  const { value } = seen;
  switch (def.type) {
    case "boolean": {
      const bool = value === undefined ? true : parseBool(value);
      if (bool === undefined) {
        return {
          error: usageError(
            at,
            `invalid argument "${value}" for "${shown(def)}" flag: must be true or false`,
            { code: "invalid_flag_value" },
          ),
        };
      }
      return { value: { value: bool } };
    }
    case "string":
    case "list": {
      if (value === undefined) {
        const message = seen.short
          ? `flag needs an argument: '${seen.name}' in ${seen.word}`
          : `flag needs an argument: --${seen.name}`;
        return { error: usageError(at, message, { code: "flag_needs_argument" }) };
      }
      if (def.type === "string") return { value: { value } };
      const sofar = (before?.value as string[] | undefined) ?? [];
      return { value: { value: [...sofar, ...splitList(value)] } };
    }
    case "optional":
      return {
        value: value === undefined || value === "" ? { value: undefined, bare: true } : { value },
      };
    case "optional-list": {
      const sofar = (before?.value as string[] | undefined) ?? [];
      const items = value === undefined ? [] : splitList(value);
      if (items.length === 0) return { value: { value: sofar, bare: true } };
      return {
        value: { value: [...sofar, ...items], ...(before?.bare ? { bare: true as const } : {}) },
      };
    }
  }
}

/** Throws when there are more plain words than the command takes, or fewer than it needs. */
export function checkPositionals(at: UsagePlace, command: CommandDef, words: string[]): void {
  if (command.takesRest || command.nativeValueFlags) return;
  const { min = 0, max = 0 } = command.positionals ?? {};
  if (words.length > max) {
    if (max === 0) throw unexpectedWord(at, words[0]!);
    throw usageError(at, `accepts at most ${max} arg(s), received ${words.length}`, {
      code: "invalid_arguments",
    });
  }
  if (words.length < min) {
    throw usageError(
      at,
      `requires at least ${min} arg(s), only received ${words.length}: ` +
        `missing <${command.positionals!.name}>`,
      { code: "invalid_arguments" },
    );
  }
}
