/** The hidden `__complete WORD… CURRENT` (02 §4): candidates for shells, never an error. */
import { BrokenPipe, writeStdout } from "../sys/stdio.ts";
import { strippedEnv } from "../sys/stripped_env.ts";
import { globalFlags } from "./flags.ts";
import { type Scan, scan, takeChdir } from "./grammar.ts";
import type { ProgramName } from "./program.ts";
import { children } from "./table.ts";
import type { CompletionSource, FlagDef } from "./types.ts";
import { enterWorkdir } from "./workdir.ts";

/** What a shell shall do with the candidates; the sum of these. */
const NO_FILES = 4, DIRECTORIES = 16;

/** A candidate and what it is. */
export interface Candidate {
  value: string;
  text: string;
}

interface Answer {
  candidates: Candidate[];
  directive: number;
}

const nothing: Answer = { candidates: [], directive: NO_FILES };

/** Prints candidates, then `:D`. Any failure means no candidates, exit 0. */
export async function printCompletions(
  argv: readonly string[],
  name: ProgramName,
): Promise<number> {
  let answer = nothing;
  try {
    answer = await complete(argv.slice(1, -1), argv.length > 1 ? argv.at(-1)! : "", name);
  } catch {
    // a broken configuration or an unknown command has nothing to offer, and must not be heard of
  }
  const described = argv[0] === "__complete";
  const lines = answer.candidates.map(({ value, text }) =>
    described && text !== "" ? `${oneLine(value)}\t${oneLine(text)}` : oneLine(value)
  );
  try {
    writeStdout([...lines, `:${answer.directive}`].join("\n") + "\n");
  } catch (error) {
    if (!(error instanceof BrokenPipe)) throw error;
  }
  return 0;
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]+/g, " ");
}

async function complete(words: string[], current: string, name: ProgramName): Promise<Answer> {
  const role = name.role();
  const dropIn = role.mode === "drop-in";
  if (role.mode === "helper") words = ["auth", "credential", role.kind, ...words];
  const chdir = takeChdir(words);
  if (chdir.missing !== undefined) return { candidates: [], directive: DIRECTORIES };
  enterWorkdir(chdir.dir);
  const seen = scan(chdir.argv, { dropIn });
  const values = new Values(seen, name);
  if (seen.rest !== undefined) {
    return seen.at.command?.takesRest ? { candidates: [], directive: 0 } : nothing;
  }
  if (seen.pending && !current.startsWith("-")) {
    return await values.ofFlag(seen.pending, current);
  }
  const equals = /^(--[^=]+|-[A-Za-z])=(.*)$/s.exec(current);
  if (equals) {
    const def = flagNamed(seen, equals[1]!);
    return def ? await values.ofFlag(def, equals[2]!) : nothing;
  }
  if (current.startsWith("-")) return { candidates: flagNames(seen, current), directive: NO_FILES };
  if (seen.open) {
    const commands = commandWords(seen, dropIn, current);
    if (commands.length > 0 || !seen.at.command?.positionals) {
      return { candidates: commands, directive: NO_FILES };
    }
  }
  return await values.ofPositional(current);
}

function commandWords(seen: Scan, dropIn: boolean, current: string): Candidate[] {
  return children(seen.at.place, dropIn)
    .filter((child) => !child.hidden && child.word.startsWith(current))
    .map((child) => ({ value: child.word, text: child.summary }));
}

function flagNamed(seen: Scan, written: string): FlagDef | undefined {
  const matches = (flag: FlagDef) =>
    written.startsWith("--") ? flag.name === written.slice(2) : flag.short === written.slice(1);
  return seen.at.command?.flags.find(matches) ?? globalFlags().find(matches);
}

/** Flags that may still be given, long names; short ones when no more than a dash is there. */
function flagNames(seen: Scan, current: string): Candidate[] {
  const own = seen.at.command?.flags ?? [];
  const hidden = new Set(own.map((flag) => flag.name));
  const all = [...own, ...globalFlags().filter((flag) => !hidden.has(flag.name))];
  const out: Candidate[] = [];
  for (const flag of all) {
    if (flag.hidden || flag.ignored) continue;
    const repeats = flag.type === "list" || flag.type === "optional-list";
    const given = seen.flags.has(flag.name) || seen.globals.has(flag.name);
    if (given && !repeats) continue;
    const text = flag.text.replaceAll("`", "");
    if (`--${flag.name}`.startsWith(current)) out.push({ value: `--${flag.name}`, text });
    if (flag.short && `-${flag.short}` === current) out.push({ value: current, text });
    else if (flag.short && current === "-") out.push({ value: `-${flag.short}`, text });
  }
  return out.sort((a, b) => a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}

/** Values of flags and positional words, the configuration read only where they need it. */
class Values {
  constructor(private readonly seen: Scan, private readonly name: ProgramName) {}

  async ofFlag(def: FlagDef, current: string): Promise<Answer> {
    if (def.complete === "files") return { candidates: [], directive: 0 };
    if (def.complete === "directories") return { candidates: [], directive: DIRECTORIES };
    if (def.type === "boolean") return this.among(plain(["true", "false"]), current);
    if (def.values) return this.among(plain(def.values), current);
    if (!def.complete) return nothing;
    if (def.type === "list" || def.type === "optional-list") {
      // the part behind the last comma, the others kept
      const before = current.slice(0, current.lastIndexOf(",") + 1);
      const taken = new Set(before.split(","));
      const values = (await this.dynamic(def.complete)).filter(({ value }) => !taken.has(value));
      return this.among(
        values.map(({ value, text }) => ({ value: before + value, text })),
        current,
      );
    }
    return this.among(await this.dynamic(def.complete), current);
  }

  async ofPositional(current: string): Promise<Answer> {
    const { command } = this.seen.at;
    const { positionals } = command ?? {};
    if (!positionals || this.seen.positionals.length >= positionals.max) {
      if (command?.words[0] !== "help") return nothing;
    }
    if (command?.words[0] === "help") return await this.helpWords(current);
    if (positionals!.values) return this.among(plain(positionals!.values), current);
    return positionals!.complete
      ? this.among(await this.dynamic(positionals!.complete), current)
      : nothing;
  }

  private async helpWords(current: string): Promise<Answer> {
    const { dropIn } = this.seen.at;
    const { at } = scan(this.seen.positionals, { dropIn });
    const candidates = children(at.place, dropIn)
      .filter((child) => !child.hidden && child.word.startsWith(current))
      .map((child) => ({ value: child.word, text: child.summary }));
    return await Promise.resolve({ candidates, directive: NO_FILES });
  }

  private among(candidates: Candidate[], current: string): Answer {
    return {
      candidates: candidates.filter(({ value }) => value.startsWith(current)),
      directive: NO_FILES,
    };
  }

  private async dynamic(source: CompletionSource): Promise<Candidate[]> {
    const { valuesFor } = await import("./completion_values.ts");
    return await valuesFor(source, this.seen, this.name, strippedEnv());
  }
}

function plain(values: string[]): Candidate[] {
  return [...values].sort().map((value) => ({ value, text: "" }));
}
