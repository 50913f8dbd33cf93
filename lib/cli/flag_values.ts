/** Flag over environment over default (02 §1.3). */
import { expandHome } from "../store/paths.ts";
import { AuthError } from "../sys/error.ts";
import type { Env } from "../sys/env.ts";
import { globalFlags, parseBool, splitList } from "./flags.ts";
import type { FlagDef, FlagValue, Invocation } from "./types.ts";

/** Reads the flags of one invocation. Own flags of the command hide global ones of the same name. */
export class FlagReader {
  constructor(private readonly invocation: Invocation, private readonly env: Env) {}

  private find(name: string): { def: FlagDef; seen: FlagValue | undefined } {
    const own = this.invocation.command.flags.find((flag) => flag.name === name);
    if (own) return { def: own, seen: this.invocation.flags.get(name) };
    return this.global(name);
  }

  private global(name: string): { def: FlagDef; seen: FlagValue | undefined } {
    const def = globalFlags().find((flag) => flag.name === name);
    if (!def) throw new Error(`no flag ${name} for ${this.invocation.command.words.join(" ")}`);
    return { def, seen: this.invocation.globals.get(name) };
  }

  /** `~` in a path that a flag, a variable or a setting names. */
  expandHome(path: string): string {
    return expandHome(this.env, path);
  }

  /** Text of a flag; undefined when there is none, and for a bare flag. A list is joined by commas. */
  text(name: string): string | undefined {
    return this.textOf(this.find(name));
  }

  /** As {@link text}, the global flag even where the command has its own of that name. */
  globalText(name: string): string | undefined {
    return this.textOf(this.global(name));
  }

  private textOf({ def, seen }: { def: FlagDef; seen: FlagValue | undefined }): string | undefined {
    if (seen) {
      if (Array.isArray(seen.value)) {
        return seen.value.length > 0 ? seen.value.join(",") : undefined;
      }
      return typeof seen.value === "string" ? seen.value : undefined;
    }
    return this.variable(def)?.value ?? def.default;
  }

  list(name: string): string[] {
    return this.listOf(this.find(name));
  }

  globalList(name: string): string[] {
    return this.listOf(this.global(name));
  }

  private listOf({ def, seen }: { def: FlagDef; seen: FlagValue | undefined }): string[] {
    if (seen) {
      const given = Array.isArray(seen.value)
        ? seen.value
        : typeof seen.value === "string"
        ? splitList(seen.value)
        : [];
      // A list that ends up empty counts as not given (01 §1.1).
      if (given.length > 0 || seen.bare) return given;
    }
    const text = this.variable(def)?.value ?? def.default;
    return text === undefined ? [] : splitList(text);
  }

  bool(name: string): boolean {
    return this.boolOf(this.find(name));
  }

  globalBool(name: string): boolean {
    return this.boolOf(this.global(name));
  }

  private boolOf({ def, seen }: { def: FlagDef; seen: FlagValue | undefined }): boolean {
    if (seen) return seen.value === true;
    for (const variable of def.env ?? []) {
      const value = booleanVariable(this.env, variable);
      if (value !== undefined) return value;
    }
    return def.default === "true";
  }

  given(name: string): boolean {
    return this.find(name).seen !== undefined;
  }

  bare(name: string): boolean {
    return this.find(name).seen?.bare === true;
  }

  private variable(def: FlagDef): { name: string; value: string } | undefined {
    for (const name of def.env ?? []) {
      const value = this.env.nonEmpty(name);
      if (value !== undefined) return { name, value };
    }
    return undefined;
  }
}

/**
 * A boolean variable: unset and empty give undefined. Variables of ours must be one of the words of
 * 02 §1.3; those that other programs share (`COLOR`, `CLICOLOR_FORCE`) are passed over when they
 * hold something else.
 */
export function booleanVariable(env: Env, name: string): boolean | undefined {
  const text = env.nonEmpty(name);
  if (text === undefined) return undefined;
  const value = parseBool(text);
  if (value === undefined && name.startsWith("ATMOS_")) {
    throw new AuthError({
      code: "invalid_environment",
      message: `invalid boolean value for ${name}: "${text}"`,
      explanation:
        `${name} must be one of 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False.`,
      hints: [`Correct or unset \`${name}\``],
      exit: 1,
    });
  }
  return value;
}

/** Checks the boolean variables of the global flags, so that a typo is never read as "off". */
export function checkGlobalVariables(env: Env): void {
  for (const flag of globalFlags()) {
    if (flag.type !== "boolean" || flag.ignored) continue;
    for (const name of flag.env ?? []) booleanVariable(env, name);
  }
}
