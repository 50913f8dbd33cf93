/** The narrow questions of `explain` (09 §6): one variable, one identity that was not chosen. */
import { type Core, modeFor } from "../core/core.ts";
import { whyNot } from "../core/explain_selection.ts";
import { explainVariable } from "../core/explain_variable.ts";
import { identityRequest, requireIdentity } from "../core/selection.ts";
import { cached, chainOf } from "../core/session.ts";
import type { Entry, Location } from "../core/types.ts";
import { secretLooking } from "../sys/secret.ts";
import { maskText } from "../sys/mask.ts";
import type { CommandContext } from "./types.ts";

/** `file:line`, the file as seen from here. */
export function place(cx: CommandContext, at: Location | undefined): string {
  if (!at) return "";
  const cwd = cx.deps.env.cwd();
  const file = at.file.startsWith(cwd + "/") ? at.file.slice(cwd.length + 1) : at.file;
  return `${file}:${at.line}`;
}

/** `--why-not M`: every rule in order, and what it says of M. */
export function whyNotAnswer(cx: CommandContext, core: Core, name: string, format: string): number {
  const flag = cx.given("identity")
    ? { value: cx.text("identity"), bare: cx.bare("identity") }
    : undefined;
  const request = identityRequest(flag, cx.deps.env.get("ATMOS_IDENTITY"));
  const wanted = requireIdentity(core, name);
  const rules = whyNot(core, request, wanted);
  if (format === "json") {
    const shown = rules.map(({ at, text, ...rule }) => ({
      ...rule,
      text: text.replaceAll("`", ""),
      ...(at ? { at: { file: at.file, line: at.line } } : {}),
    }));
    cx.out(JSON.stringify({ identity: wanted.name, rules: shown }, null, 2) + "\n");
    return 0;
  }
  const marks = { decides: "→", passes: " ", unread: " " };
  cx.say(
    rules.map(({ verdict, text, at }, i) => {
      const where = at && verdict !== "unread" ? ` (${place(cx, at)})` : "";
      const said = verdict === "unread" ? "not asked any more" : text.replaceAll("`", "") + where;
      return `${marks[verdict]} ${i + 1}. ${said}\n`;
    }).join(""),
  );
  return 0;
}

/** `--env VAR`: who sets and removes it, and what a child gets. */
export async function variableAnswer(
  cx: CommandContext,
  core: Core,
  { identity, variable, format }: { identity: Entry; variable: string; format: string },
): Promise<number> {
  const mode = modeFor(core, "silent");
  const { session } = await cached(core, identity, { mode, keyring: false });
  const chain = session?.chain ?? chainOf(core, identity);
  const facts = await explainVariable(core, chain, variable, session?.credentials ?? null);
  const shown = (value: string) => secretLooking(variable) ? "***REDACTED***" : maskText(value);
  const result = facts.result === undefined ? undefined : shown(facts.result);
  if (format === "json") {
    const steps = facts.steps.map(({ value, ...step }) => ({
      ...step,
      ...(value === undefined ? {} : { value: shown(value) }),
    }));
    cx.out(JSON.stringify({ name: variable, steps, result: result ?? null }, null, 2) + "\n");
    return 0;
  }
  cx.say(
    facts.steps.map(({ layer, does, value }) =>
      `  ${layer}: ${does === "set" ? shown(value!) : "removed"}\n`
    ).join("") +
      (result === undefined
        ? `A child does not have ${variable}\n`
        : `A child gets ${variable}=${result}\n`),
  );
  return 0;
}
