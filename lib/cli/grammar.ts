/** The reader of the command line: 02 §1.2 and §1.3 over the table of commands. */
import type { AuthError } from "../sys/error.ts";
import { globalFlags } from "./flags.ts";
import {
  ambiguous,
  arity,
  checkPositionals,
  type Occurrence,
  typed,
  unknownFlag,
} from "./grammar_values.ts";
import { commandAt, commandsBelow, descend, hasChildren, type Place, rootPlace } from "./table.ts";
import type { CommandDef, FlagDef, FlagValue, Invocation } from "./types.ts";
import { unknownCommand, type UsagePlace } from "./usage.ts";

/** Help was asked for, or a group of commands was called without one. */
export interface HelpRequest {
  help: true;
  at: UsagePlace;
  /** Text after `--help=`; empty for the standard form. */
  topic: string;
  /** `--pager`, when given. */
  pager?: FlagValue | undefined;
}

/** `--chdir` before anything else (02 §1.2-1). */
export interface Chdir {
  /** argv without the chdir flags that stand before `--`. */
  argv: string[];
  /** Last value given; undefined when none, or when it is empty. */
  dir: string | undefined;
  /** A chdir flag without its value. */
  missing?: string;
}

/** Takes `--chdir V`, `--chdir=V`, `-C V`, `-C=V`, `-CV` out of argv; scanning stops at `--`. */
export function takeChdir(argv: readonly string[]): Chdir {
  const out: string[] = [];
  let dir: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--") {
      out.push(...argv.slice(i));
      break;
    }
    if (word === "--chdir" || word === "-C") {
      const next = argv[i + 1];
      if (next === undefined || isFlag(next)) return { argv: out, dir, missing: word };
      dir = next;
      i++;
    } else if (word.startsWith("--chdir=")) dir = word.slice(8);
    else if (word.startsWith("-C")) dir = word.slice(word[2] === "=" ? 3 : 2);
    else out.push(word);
  }
  return { argv: out, dir: dir || undefined };
}

/** A word that begins a flag, `--` included; a lone `-` is a value. */
function isFlag(word: string): boolean {
  return word.length > 1 && word.charCodeAt(0) === 45;
}

/**
 * Reads argv (chdir already taken out). Throws usage errors; help wins over every error except an
 * unknown command.
 */
export function parse(
  argv: readonly string[],
  mode: { dropIn: boolean; original?: readonly string[] },
): Invocation | HelpRequest {
  const reader = new Reader(argv, mode.dropIn);
  reader.read();
  return reader.finish(mode.original ?? argv);
}

/** How far a command line was read, for completion. */
export interface Scan {
  at: UsagePlace;
  /** Words go on below this place. */
  open: boolean;
  positionals: string[];
  rest: string[] | undefined;
  flags: Map<string, FlagValue>;
  globals: Map<string, FlagValue>;
  /** The last word is a flag that may take the next one as its value. */
  pending: FlagDef | undefined;
}

/** Reads an unfinished command line. Throws on an unknown command alone. */
export function scan(argv: readonly string[], mode: { dropIn: boolean }): Scan {
  const reader = new Reader(argv, mode.dropIn);
  reader.read();
  return reader.scan();
}

class Reader {
  private place: Place;
  private words: string[] = [];
  private command: CommandDef | undefined;
  private open = true;
  private occurrences: Occurrence[] = [];
  private positionals: string[] = [];
  private rest: string[] | undefined;
  private help: string | undefined;
  private raw = false;
  private i = 0;

  constructor(private readonly argv: readonly string[], private readonly dropIn: boolean) {
    this.place = rootPlace(dropIn);
    if (argv[0] === "--version") {
      this.argv = ["version", ...argv.slice(1)];
    }
  }

  read(): void {
    for (; this.i < this.argv.length; this.i++) {
      const word = this.argv[this.i]!;
      if (word === "--") {
        this.rest = this.argv.slice(this.i + 1);
        return;
      }
      if (this.raw) this.readRaw(word);
      else if (!isFlag(word)) this.readWord(word);
      else if (word.startsWith("--")) this.readLong(word);
      else if (!this.readNative(word)) this.readShort(word);
    }
  }

  /** After the first plain word of `exec` or `shell`: kept as it is, help apart. */
  private readRaw(word: string): void {
    if (word === "--help" || word === "-h") this.help ??= "";
    this.positionals.push(word);
  }

  private readWord(word: string): void {
    if (this.open) {
      const next = descend(this.place, word, this.dropIn);
      if (next) {
        this.place = next;
        if (!(word === "auth" && next.auth === "" && next.top === undefined)) this.words.push(word);
        this.command = commandAt(next);
        this.open = !this.command || hasChildren(next);
        return;
      }
      if (!this.command) throw unknownCommand(this.at(), word);
      this.open = false;
    }
    this.positionals.push(word);
    if (this.command!.takesRest) this.raw = true;
  }

  private readLong(word: string): void {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const defs = this.candidates((flag) => flag.name === name);
    this.take(defs, {
      name,
      short: false,
      early: this.open,
      word,
      value: equals < 0 ? undefined : word.slice(equals + 1),
      missingValue: false,
    }, equals >= 0);
  }

  /** `-f v`, `-f=v`, `-fv`, `-vh`. */
  private readShort(word: string): void {
    for (let at = 1; at < word.length; at++) {
      const char = word[at]!;
      const defs = this.candidates((flag) => flag.short === char);
      const occurrence: Occurrence = {
        name: char,
        short: true,
        early: this.open,
        word,
        value: undefined,
        missingValue: false,
      };
      const tail = word.slice(at + 1);
      if (tail.startsWith("=")) {
        this.take(defs, { ...occurrence, value: tail.slice(1) }, true);
        return;
      }
      const def = defs[0];
      if (!def || def.type === "boolean" || def.attached) {
        this.take(defs, occurrence, false, true);
        if (!def) return;
        continue;
      }
      if (tail !== "") this.take(defs, { ...occurrence, value: tail }, true);
      else this.take(defs, occurrence, false);
      return;
    }
  }

  /** Terraform's single-dash flags stay where they are (08 §11.1). */
  private readNative(word: string): boolean {
    const natives = this.command?.nativeValueFlags;
    if (!natives) {
      // A native flag in the place of the sub command goes to the binary: the command decides.
      return false;
    }
    if (word.length === 2 || word[2] === "=") {
      const own = this.command!.flags.some((flag) => flag.short === word[1]);
      if (own || word[1] === "i" || word[1] === "h") return false;
    }
    this.positionals.push(word);
    this.open = false;
    const equals = word.indexOf("=");
    if (equals < 0 && natives.includes(word)) {
      const next = this.argv[this.i + 1];
      if (next !== undefined && next !== "--") {
        this.positionals.push(next);
        this.i++;
      }
    }
    return true;
  }

  /** Rows a flag may mean here, most likely first. */
  private candidates(matches: (flag: FlagDef) => boolean): FlagDef[] {
    const own = this.command?.flags.find(matches);
    const global = globalFlags().find(matches);
    if (!this.open) return own ? [own] : global ? [global] : [];
    // Before the command words are complete global flags come first (02 §8.3).
    if (global) return [global];
    if (own) return [own];
    const found: FlagDef[] = [];
    for (const row of commandsBelow(this.place)) {
      const flag = row.flags.find(matches);
      if (flag && !found.some((f) => arity(f) === arity(flag))) found.push(flag);
    }
    return found;
  }

  /** Notes an occurrence, taking the next word as its value where the flag's type says so. */
  private take(defs: FlagDef[], seen: Occurrence, hasValue: boolean, grouped = false): void {
    const def = defs[0];
    if (def?.name === "help" && def.attached) {
      this.help ??= seen.value ?? "";
      return;
    }
    if (def && !hasValue && !grouped) {
      const next = this.argv[this.i + 1];
      const usable = next !== undefined && !isFlag(next);
      const isCommandWord = usable && this.isCommandWord(next);
      switch (arity(defs.length > 1 ? ambiguous : def)) {
        case "none":
          break;
        case "optional":
          if (usable && !isCommandWord) {
            seen.value = next;
            this.i++;
          }
          break;
        case "value":
          if (usable && !(isCommandWord && defs.length > 1)) {
            seen.value = next;
            this.i++;
          } else if (defs.length === 1) seen.missingValue = true;
      }
    }
    this.occurrences.push(seen);
  }

  /** A word of the current level, as long as no command is complete (02 §1.2-4). */
  private isCommandWord(word: string): boolean {
    return !this.command && descend(this.place, word, this.dropIn) !== undefined;
  }

  private at(): UsagePlace {
    return {
      place: this.place,
      dropIn: this.dropIn,
      words: this.words.join(" "),
      command: this.command,
    };
  }

  scan(): Scan {
    const at = this.at();
    const { flags, globals } = this.collect(at);
    const last = this.occurrences.at(-1);
    let pending: Scan["pending"];
    if (last && last.value === undefined && last.word === this.argv.at(-1) && !this.rest) {
      const [def] = this.candidates((flag) => (last.short ? flag.short : flag.name) === last.name);
      if (def && arity(def) !== "none") pending = def;
    }
    const { open, positionals, rest } = this;
    return { at, open, positionals, rest, flags, globals, pending };
  }

  finish(original: readonly string[]): Invocation | HelpRequest {
    const at = this.at();
    if (this.help !== undefined || !this.command) {
      const words = this.help === undefined ? this.rest : undefined;
      if (words && words.length > 0) throw unknownCommand(at, words[0]!);
      const flags = this.collect(at);
      if (this.help === undefined && flags.error) throw flags.error;
      return { help: true, at, topic: this.help ?? "", pager: flags.globals.get("pager") };
    }
    const { flags, globals, error } = this.collect(at);
    if (error) throw error;
    const command = this.command;
    let { positionals, rest } = this;
    if (rest && !command.takesRest && !command.nativeValueFlags) {
      positionals = [...positionals, ...rest];
      rest = undefined;
    }
    checkPositionals(at, command, positionals);
    return {
      dropIn: this.dropIn,
      long: this.place.long,
      command,
      positionals,
      rest,
      flags,
      globals,
      argv: [...original],
    };
  }

  /** Gives every occurrence its row and its typed value; the first thing wrong is the error. */
  private collect(
    at: UsagePlace,
  ): { flags: Map<string, FlagValue>; globals: Map<string, FlagValue>; error?: AuthError } {
    const flags = new Map<string, FlagValue>(), globals = new Map<string, FlagValue>();
    let error: AuthError | undefined;
    for (const seen of this.occurrences) {
      const matches = (flag: FlagDef) => (seen.short ? flag.short : flag.name) === seen.name;
      const own = at.command?.flags.find(matches);
      const global = globalFlags().find(matches);
      const isGlobal = seen.early ? global !== undefined : own === undefined;
      const def = isGlobal ? global : own;
      // A group called for help has no row for the flags of the commands below it.
      if (!def && !at.command && commandsBelow(at.place).some((c) => c.flags.some(matches))) {
        continue;
      }
      if (!def) {
        error ??= unknownFlag(at, seen);
        continue;
      }
      if (def.name === "chdir") {
        error ??= unknownFlag(at, seen);
        continue;
      }
      const into = isGlobal ? globals : flags;
      const result = typed(at, def, seen, into.get(def.name));
      if ("error" in result) error ??= result.error;
      else if (!def.ignored) into.set(def.name, result.value);
    }
    return error ? { flags, globals, error } : { flags, globals };
  }
}
