/** Usage errors in the layout of 02 §3.3. */
import { AuthError } from "../sys/error.ts";
import { editDistance } from "./flags.ts";
import { children, type Place } from "./table.ts";
import type { CommandDef } from "./types.ts";

/** What usage errors need to know of the place where the reader stood. */
export interface UsagePlace {
  place: Place;
  dropIn: boolean;
  /** Words as they are shown after PROG: `login`, `aws eks token`, empty at the root. */
  words: string;
  command?: CommandDef | undefined;
}

/** `atmos auth login`, `atmos profile list`, `atmos-auth login` (02 §1.1 PROG). */
export function commandPath(at: UsagePlace): string {
  const words = at.words === "" ? "" : " " + at.words;
  if (!at.dropIn) return "atmos-auth" + words;
  return (at.place.auth !== undefined ? "atmos auth" : "atmos") + words;
}

/** Usage line of a command or group. */
export function usageLine(at: UsagePlace): string {
  const path = commandPath(at);
  if (!at.command) return `${path} [sub-command] [flags]`;
  const { positionals, takesRest } = at.command;
  let line = path;
  if (positionals) {
    const word = positionals.max > 1 ? `${positionals.name}...` : positionals.name;
    line += positionals.min ? ` <${word}>` : ` [${word}]`;
  }
  line += " [flags]";
  if (takesRest) {
    line += at.command.words[0] === "shell" ? " [-- args...]" : " -- command [args...]";
  }
  return line;
}

/** An error of the command line, exit 1 unless said otherwise. */
export function usageError(
  at: UsagePlace,
  message: string,
  more: { code?: string; body?: string; hints?: string[]; exit?: number } = {},
): AuthError {
  const usage = `## Usage\n\n ${usageLine(at)}`;
  return new AuthError({
    code: more.code ?? "usage",
    title: "Incorrect Usage",
    message,
    explanation: more.body ? `${more.body}\n\n${usage}` : usage,
    hints: [...(more.hints ?? []), `Run \`${commandPath(at)} --help\` for usage`],
    exit: more.exit ?? 1,
  });
}

/** Words of Atmos that this program does not offer (08 §1, tier “Out”). */
const outOfScope = new Set([
  "about",
  "ai",
  "ansible",
  "atlantis",
  "backend",
  "cache",
  "cast",
  "ci",
  "container",
  "containers",
  "devcontainer",
  "docs",
  "editorconfig",
  "emulator",
  "generate",
  "helm",
  "helmfile",
  "kubernetes",
  "lint",
  "lsp",
  "mcp",
  "packer",
  "planfile",
  "pro",
  "secret",
  "secrets",
  "spacelift",
  "store",
  "stores",
  "theme",
  "toolchain",
  "workdir",
  "workflow",
  "workflows",
]);

/** A word that is no command here. */
export function unknownCommand(at: UsagePlace, word: string): AuthError {
  const atRoot = at.dropIn && at.place.top === "";
  if (atRoot && outOfScope.has(word)) {
    return new AuthError({
      code: "unsupported_feature",
      message: `unsupported feature: ${word}`,
      explanation: `The command \`${word}\` was given on the command line.`,
      hints: ["The full Atmos CLI has this feature"],
    });
  }
  const words = children(at.place, at.dropIn).filter((c) => !c.hidden).map((c) => c.word);
  const near = words.filter((w) => editDistance(w, word) <= 2);
  const bullets = (list: string[]) => list.map((w) => `  • ${w}`).join("\n");
  const body = (near.length > 0 ? `Did you mean this?\n\n${bullets(near)}\n\n` : "") +
    `Valid subcommands are:\n\n${bullets(words)}`;
  const hints: string[] = [];
  if (atRoot) hints.push("This executable provides only a part of the commands of Atmos");
  return usageError(at, `Unknown command ${word} for ${commandPath(at)}`, {
    code: "unknown_command",
    body,
    hints,
  });
}

/** A positional word where none is accepted (02 §1.2-5). */
export function unexpectedWord(at: UsagePlace, word: string): AuthError {
  return usageError(at, `unknown command "${word}" for "${commandPath(at)}"`, {
    code: "unknown_command",
  });
}
