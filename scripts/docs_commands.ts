/** Pages of docs/commands, printed from the command table and the texts of help. */
import { globalFlags } from "../lib/cli/flags.ts";
import { helpTexts } from "../lib/cli/help_texts.ts";
import { pending } from "../lib/cli/rows_common.ts";
import { allCommands } from "../lib/cli/table.ts";
import type { CommandDef, FlagDef } from "../lib/cli/types.ts";
import { usageLine } from "../lib/cli/usage.ts";

/** Path from the root → content: one page a command, and an overview. */
export function commandPages(): Map<string, string> {
  const commands = shownCommands();
  const pages = new Map([["docs/commands/README.md", overview(commands)]]);
  for (const command of commands) pages.set(pathOf(command), page(command));
  return pages;
}

/** Every command that help lists, sorted by its words. */
export function shownCommands(): CommandDef[] {
  return allCommands().filter((command) => !command.hidden && command.load !== pending)
    .sort((a, b) => a.words.join(" ") < b.words.join(" ") ? -1 : 1);
}

function pathOf({ words }: CommandDef): string {
  return `docs/commands/${words.join("-")}.md`;
}

/** Text of an example as it is typed under the program's own name. */
export function asTyped(command: string): string {
  return command.replaceAll("{prog}", "atmos-auth").replaceAll("{top}", "atmos-auth");
}

function overview(commands: CommandDef[]): string {
  const row = (command: CommandDef) =>
    `| [\`${command.words.join(" ")}\`](${command.words.join("-")}.md) | ${
      cell(command.summary)
    } |`;
  const table = (level: CommandDef["level"]) => [
    "| Command | |",
    "| --- | --- |",
    ...commands.filter((command) => command.level === level).map(row),
  ];
  return [
    "# Commands",
    "",
    "`atmos-auth auth login` and `atmos-auth login` are the same command: the word `auth` may be left",
    "out. Under the name `atmos` the program is a drop-in, and `atmos auth login` is the form to use.",
    "",
    "## Acting as an identity",
    "",
    ...table("auth"),
    "",
    "## Everything else",
    "",
    ...table("top"),
    "",
    "## Flags of every command",
    "",
    "They may stand anywhere before `--`. A flag wins over a variable, a variable over the",
    "configuration. Keys `ATMOS_*` below `env:` of `atmos.yaml` act as defaults of the variables.",
    "",
    ...flagTable(globalFlags()),
    "",
    "## Exit codes",
    "",
    "| Code | When |",
    "| --- | --- |",
    "| 0 | success; help; a question answered with no |",
    "| 1 | authentication, identity, storage and network errors; failed validation; wrong usage |",
    "| 2 | the configuration cannot be loaded; an unknown profile; wrong usage of what is ours alone |",
    "| 3 | `status`, `refresh`: no session, or a sign-in is needed |",
    "| 4 | `status`, `refresh`: less is left than was asked for |",
    "| 126, 127 | `exec`, `shell`: the command cannot be run, or is not found |",
    "| 130 | ended with Ctrl-C or Esc |",
    "| 128 + n | the command of `exec` or `shell` died of signal n |",
    "| others | the exit code of the command that `exec` or `shell` ran |",
    "",
    "Every error has a stable code: see [errors](../errors.md). `--error-format json` prints it.",
    "",
  ].join("\n");
}

function page(command: CommandDef): string {
  const words = command.words.join(" ");
  const text = helpTexts[words];
  const lines = [
    `# ${words}`,
    "",
    ...prose(asTyped(text?.description ?? `${command.summary}.`)),
    "",
    "```sh",
    usage(command),
    "```",
    "",
  ];
  if (text && text.examples.length > 0) {
    lines.push("## Examples", "");
    for (const example of text.examples) {
      lines.push(`${example.text}:`, "", "```sh", asTyped(example.command), "```", "");
    }
  }
  const flags = command.flags.filter((flag) => !flag.hidden);
  if (flags.length > 0) lines.push("## Flags", "", ...flagTable(flags), "");
  lines.push("The [flags of every command](README.md#flags-of-every-command) apply too.", "");
  return lines.join("\n");
}

function usage(command: CommandDef): string {
  return usageLine({
    place: { auth: undefined, top: undefined, long: false },
    dropIn: false,
    words: command.words.join(" "),
    command,
  });
}

/** Paragraphs at 100 columns, as the formatter leaves them. */
function prose(text: string): string[] {
  return text.split("\n\n").flatMap((paragraph, i) => [...(i > 0 ? [""] : []), ...fill(paragraph)]);
}

function fill(paragraph: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > 100) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function flagTable(flags: FlagDef[]): string[] {
  const shown = flags.filter((flag) => !flag.hidden);
  return [
    "| Flag | Variable | Default | |",
    "| --- | --- | --- | --- |",
    ...shown.map((flag) => {
      const names = (flag.short ? `\`-${flag.short}\`, ` : "") +
        `\`--${flag.name}${valueOf(flag)}\``;
      const env = (flag.env ?? []).map((name) => `\`${name}\``).join(", ");
      const standard = flag.default === undefined ? "" : `\`${flag.default}\``;
      return `| ${names} | ${env} | ${standard} | ${cell(flag.text)} |`;
    }),
  ];
}

function valueOf(flag: FlagDef): string {
  const word = flag.valueName ?? "string";
  switch (flag.type) {
    case "boolean":
      return "";
    case "optional":
    case "optional-list":
      return `[=${word}]`;
    default:
      return ` ${word}`;
  }
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
