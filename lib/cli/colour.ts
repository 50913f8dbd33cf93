/** Colour, depth and width, decided per stream (02 §2.3, §2.4). */
import type { Env } from "../sys/env.ts";
import { consoleSize, isTerminal } from "../sys/stdio.ts";
import { inCi } from "./interactivity.ts";

type Stream = "stdout" | "stderr";

/** `settings.terminal` as far as it changes how text looks. */
export interface LookSettings {
  color?: boolean | undefined;
  no_color?: boolean | undefined;
  force_color?: boolean | undefined;
  max_width?: number | undefined;
}

/** What was asked for and what is there. */
export interface LookFacts {
  env: Pick<Env, "nonEmpty">;
  /** Flags with their `ATMOS_*` variables, as they are at the time of the question. */
  flags: { noColor: boolean; color: boolean; forceColor: boolean; forceTty: boolean };
  /** Empty until the configuration is loaded. */
  settings: () => LookSettings;
  isTerminal?: (stream: Stream) => boolean;
  size?: () => { columns: number; rows: number } | undefined;
}

/** How text looks on the two streams of a run. */
export interface Look {
  colour(stream: Stream): boolean;
  /** Width to lay text out in. */
  columns(stream: Stream): number;
  rows(): number;
  /** Width to wrap prose at; undefined = never, which is so without a terminal (02 §3.2). */
  wrap(stream: Stream): number | undefined;
  /** Text is laid out as on a terminal: a TTY, or `--force-tty`. */
  terminal(stream: Stream): boolean;
}

/** Decides when asked, by the first match of 02 §2.3. */
export function makeLook(facts: LookFacts): Look {
  const { env, flags } = facts;
  const tty = facts.isTerminal ?? isTerminal;
  const size = facts.size ?? consoleSize;
  const forced = { columns: 120, rows: 40 };
  const cap = (columns: number) => {
    const most = facts.settings().max_width ?? 0;
    return most > 0 ? Math.min(columns, most) : columns;
  };
  const look: Look = {
    colour: (stream) => decideColour(stream, facts, tty),
    terminal: (stream) => tty(stream) || flags.forceTty,
    columns(stream) {
      if (flags.forceTty) return cap(forced.columns);
      const own = tty(stream) ? size()?.columns : undefined;
      const variable = Number.parseInt(env.nonEmpty("COLUMNS") ?? "", 10);
      return cap(own || (variable > 0 ? variable : 120));
    },
    rows: () => flags.forceTty ? forced.rows : size()?.rows ?? 24,
    wrap: (stream) => look.terminal(stream) ? look.columns(stream) : undefined,
  };
  return look;
}

function decideColour(
  stream: Stream,
  { env, flags, settings }: LookFacts,
  tty: (stream: Stream) => boolean,
): boolean {
  if (env.nonEmpty("NO_COLOR")) return false;
  if (flags.noColor) return false;
  if (flags.forceColor) return true;
  const force = env.nonEmpty("FORCE_COLOR")?.toLowerCase();
  if (force !== undefined) return force !== "0" && force !== "false";
  const { color, no_color, force_color } = settings();
  if (force_color) return true;
  if (env.nonEmpty("CLICOLOR") === "0") return false;
  if (no_color) return false;
  if (flags.color || color) return tty(stream);
  if (inCi(env)) return stream === "stderr";
  return tty(stream) && env.nonEmpty("TERM") !== "dumb";
}

/** Colours that may be used: `COLORTERM`, then `TERM`. */
export function colourDepth(env: Pick<Env, "nonEmpty">): "24-bit" | "256" | "16" {
  const colorterm = env.nonEmpty("COLORTERM")?.toLowerCase();
  if (colorterm === "truecolor" || colorterm === "24bit") return "24-bit";
  return env.nonEmpty("TERM")?.includes("256") ? "256" : "16";
}

/**
 * The look before flags are parsed, or when they could not be: the words of the command line before
 * `--`, else the variables.
 */
export function lookFromWords(argv: readonly string[], env: Pick<Env, "nonEmpty">): Look {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const asked = (flag: string, ...variables: string[]) => {
    const word = words.findLast((w) => w === flag || w.startsWith(`${flag}=`));
    if (word !== undefined) return word === flag || isTrue(word.slice(flag.length + 1));
    const value = variables.map((name) => env.nonEmpty(name)).find((v) => v !== undefined);
    return value !== undefined && isTrue(value);
  };
  return makeLook({
    env,
    flags: {
      noColor: asked("--no-color", "ATMOS_NO_COLOR"),
      color: asked("--color", "ATMOS_COLOR", "COLOR"),
      forceColor: asked("--force-color", "ATMOS_FORCE_COLOR", "CLICOLOR_FORCE"),
      forceTty: asked("--force-tty", "ATMOS_FORCE_TTY"),
    },
    settings: () => ({}),
  });
}

const isTrue = (text: string) => ["1", "t", "true"].includes(text.toLowerCase());
