/** Shapes that keys of `auth` and of other sections share. */
import { LATER } from "./schema_common.ts";
import { REFUSED } from "./refused.ts";
import type { Field, Fields } from "./schema_types.ts";

/** Spellings of 01 §8. */
export const LOG_LEVELS: readonly string[] = [
  "Trace",
  "Debug",
  "Info",
  "Warning",
  "Error",
  "Off",
];

/** Accepted besides {@link LOG_LEVELS}. */
export const LOG_LEVEL_ALIASES: readonly string[] = ["warn"];

export const text: Field = { type: "string" };
export const texts: Field = { type: "strings" };
export const on = (standard: boolean): Field => ({ type: "bool", default: standard });

export const later = (fields: Fields): Field => ({ type: "map", fields, noEffect: LATER });

export const laterById = (fields: Fields): Field => ({
  type: "map",
  each: { type: "map", fields },
  noEffect: LATER,
});

/** What of a setting is refused, from the list that every command looks at. */
export function refusal(path: string): { unless: string } {
  return { unless: REFUSED.find(([known]) => known === path)![1] };
}

/** `logs` and `auth.logs` (01 §8). */
export function logsField(): Field {
  return {
    type: "map",
    fields: {
      level: {
        type: "string",
        values: LOG_LEVELS,
        anyCase: true,
        also: LOG_LEVEL_ALIASES,
        wrong: 'invalid log level "%s", must be one of: ' + LOG_LEVELS.join(", "),
        default: "Warning",
      },
      file: { type: "string", default: "/dev/stderr" },
    },
  };
}
