/** Flags and loaders that several rows of the command table share. */
import { AuthError } from "../sys/error.ts";
import type { FlagDef } from "./types.ts";

/** `--stack`, `--component`, `--component-type` (02 §5-7). */
export function stackFlags(): FlagDef[] {
  return [
    {
      name: "stack",
      short: "s",
      type: "string",
      complete: "stacks",
      text: "Use the `auth` section as this stack sees it",
    },
    {
      name: "component",
      short: "c",
      type: "string",
      complete: "components",
      text: "With --stack: as this component of the stack sees it",
    },
    {
      name: "component-type",
      type: "string",
      default: "terraform",
      text: "Kind of the component",
    },
  ];
}

/** `--format`/`-f` with fixed values. */
export function formatFlag(values: string[], standard: string, env?: string[]): FlagDef {
  return {
    name: "format",
    short: "f",
    type: "string",
    default: standard,
    values,
    valueName: "format",
    text: `Output format: ${values.join(", ")}`,
    ...(env ? { env } : {}),
  };
}

/** `--tags a,b`: any match. */
export function tagsFlag(text: string): FlagDef {
  return { name: "tags", type: "list", complete: "tags", valueName: "tags", text };
}

/** A row whose command is not part of this build yet: says so, never succeeds. */
export const pending = (): Promise<never> => {
  throw new AuthError({
    code: "not_in_this_build",
    message: "this command is not part of this build",
  });
};
