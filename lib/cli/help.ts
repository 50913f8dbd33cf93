/** Help texts, printed from the table (02 §4). Loaded only when somebody asks. */
import { AuthError } from "../sys/error.ts";
import type { Env } from "../sys/env.ts";
import { platform } from "../sys/invoked_as.ts";
import type { Look } from "./colour.ts";
import { globalFlags } from "./flags.ts";
import type { HelpRequest } from "./grammar.ts";
import { groupTexts, helpTexts } from "./help_texts.ts";
import { pageAs } from "./pager.ts";
import { children, groupSummaries } from "./table.ts";
import type { FlagDef } from "./types.ts";
import { commandPath, usageLine, type UsagePlace } from "./usage.ts";
import { VERSION } from "./version_number.ts";
import { padEnd, textWidth, wrap } from "./width.ts";

const topics = ["usage", "flags", "all"];

/** Prints help on stdout; exit code 0. */
export async function printHelp(request: HelpRequest, look: Look, env: Env): Promise<number> {
  if (request.topic !== "" && !topics.includes(request.topic)) {
    throw new AuthError({
      code: "unknown_help_topic",
      message: `unknown help topic: ${request.topic}`,
      explanation: `Valid topics: ${topics.join(", ")}`,
      hints: [`Run \`${commandPath(request.at)} --help=usage\``],
    });
  }
  const columns = look.terminal("stdout") ? Math.min(look.columns("stdout"), 120) : 80;
  const text = helpText(request.at, {
    topic: request.topic,
    columns,
    colour: look.colour("stdout"),
  });
  const { pager } = request;
  await pageAs(text, {
    asked: pager?.bare ? "true" : pager ? String(pager.value) : env.nonEmpty("ATMOS_PAGER"),
    configured: undefined,
    program: env.nonEmpty("PAGER"),
  });
  return 0;
}

/** The whole text of one help page. */
export function helpText(
  at: UsagePlace,
  options: { topic: string; columns: number; colour: boolean },
): string {
  const page = new Page(options.columns, options.colour);
  const { topic } = options;
  const text = describe(at);
  const prog = at.dropIn ? "atmos auth" : "atmos-auth", top = at.dropIn ? "atmos" : "atmos-auth";
  const say = (line: string) => line.replaceAll("{top}", top).replaceAll("{prog}", prog);
  if (topic !== "flags") {
    const { os, arch } = platform();
    page.line(`👽 ${VERSION} ${os}/${arch}`);
    page.blank();
    page.paragraph(say(text.description), 0);
    page.blank();
  }
  page.heading("USAGE");
  page.line(`    $ ${usageLine(at)}`);
  if (topic === "" || topic === "usage" || topic === "all") {
    if (text.examples.length > 0) {
      page.blank();
      page.heading("EXAMPLES");
      text.examples.forEach((example, i) => {
        if (i > 0) page.blank();
        page.paragraph(`- ${example.text}`, 4);
        for (const line of say(example.command).split("\n")) page.line(`      $ ${line}`);
      });
    }
  }
  const below = children(at.place, at.dropIn).filter((child) => !child.hidden);
  const isGroup = below.length > 0 && (at.command === undefined || at.words !== "");
  if (isGroup && topic !== "usage") {
    page.blank();
    page.heading("COMMANDS");
    page.rows(below.map((child) => [child.word, child.summary]), 6);
  }
  const own = (at.command?.flags ?? []).filter((flag) => !flag.hidden);
  if (own.length > 0 && topic !== "usage") {
    page.blank();
    page.heading("FLAGS");
    page.flags(own);
  }
  const globals = globalFlags().filter((flag) => !flag.hidden);
  if ((topic === "all" || topic === "flags" && own.length === 0) && globals.length > 0) {
    page.blank();
    page.heading("GLOBAL FLAGS");
    page.flags(globals);
  }
  if (topic === "") {
    page.blank();
    if (!at.command) {
      page.paragraph(`Use ${commandPath(at)} [command] --help for more about a command.`, 0);
    }
    page.paragraph(
      "Use --help=usage for examples or --help=all for all flags and full help.",
      0,
    );
  }
  return page.text();
}

function describe(
  at: UsagePlace,
): { description: string; examples: { text: string; command: string }[] } {
  if (at.command) {
    const text = helpTexts[at.command.words.join(" ")];
    return {
      description: text?.description ?? at.command.summary + ".",
      examples: text?.examples ?? [],
    };
  }
  const words = at.words === ""
    ? (at.place.long || at.dropIn && at.place.auth !== undefined ? "auth" : "")
    : at.words;
  const text = groupTexts[words];
  return {
    description: text?.description ?? (groupSummaries[words] ?? "") + ".",
    examples: text?.examples ?? [],
  };
}

/** Lines of a page, wrapped to its width. */
class Page {
  private lines: string[] = [];

  constructor(private readonly columns: number, private readonly colour: boolean) {
    this.blank();
  }

  blank(): void {
    this.lines.push("");
  }

  line(text: string): void {
    this.lines.push(text);
  }

  heading(text: string): void {
    this.lines.push(this.colour ? `\x1b[1m${text}\x1b[0m` : text);
    this.blank();
  }

  paragraph(text: string, indent: number): void {
    const pad = " ".repeat(indent);
    for (const line of wrap(plain(text), this.columns - indent)) {
      this.lines.push(line === "" ? "" : pad + line);
    }
  }

  /** Name column and text, the text wrapped in its own column. */
  rows(rows: [string, string][], indent: number): void {
    const left = Math.max(...rows.map(([name]) => textWidth(name))) + 2;
    const pad = " ".repeat(indent);
    for (const [name, text] of rows) {
      const lines = wrap(plain(text), Math.max(20, this.columns - indent - left));
      lines.forEach((line, i) =>
        this.lines.push((pad + padEnd(i === 0 ? name : "", left) + line).trimEnd())
      );
    }
  }

  flags(flags: FlagDef[]): void {
    const rows = flags.map((flag): [string, string] => [flagNames(flag), flagText(flag)]);
    const left = Math.min(34, Math.max(...rows.map(([name]) => textWidth(name)))) + 3;
    rows.forEach(([name, text], at) => {
      if (at > 0) this.blank();
      const lines = wrap(plain(text), Math.max(24, this.columns - 2 - left));
      if (textWidth(name) + 3 > left) {
        this.lines.push("  " + name);
        for (const line of lines) this.lines.push(" ".repeat(2 + left) + line);
      } else {
        lines.forEach((line, i) =>
          this.lines.push(("  " + padEnd(i === 0 ? name : "", left) + line).trimEnd())
        );
      }
    });
  }

  text(): string {
    return this.lines.join("\n") + "\n";
  }
}

/** `-f, --format string`; flags without a short form are indented to match. */
function flagNames(flag: FlagDef): string {
  const names = (flag.short ? `-${flag.short}, ` : "    ") + `--${flag.name}`;
  const word = flag.valueName ?? "string";
  if (flag.type === "boolean") return names;
  return flag.type === "optional" || flag.type === "optional-list"
    ? `${names} [${word}]`
    : `${names} ${word}`;
}

function flagText(flag: FlagDef): string {
  const notes: string[] = [];
  if (flag.default !== undefined) notes.push(`default ${flag.default}`);
  if (flag.env) notes.push(flag.env.map((name) => `$${name}`).join(", "));
  return notes.length > 0 ? `${flag.text} (${notes.join("; ")})` : flag.text;
}

function plain(text: string): string {
  return text.replace(/`([^`\n]*)`/g, "$1");
}
