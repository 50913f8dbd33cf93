import { AuthError } from "../sys/error.ts";
import { parseDuration } from "../sys/duration.ts";
import type { CommandContext } from "./types.ts";

/** A duration flag in seconds; undefined when not given. A text that is no duration: exit 2. */
export function durationFlag(cx: CommandContext, name: string): number | undefined {
  const text = cx.text(name);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration.ok) return duration.seconds;
  throw new AuthError({
    code: "invalid_flag_value",
    title: "Incorrect Usage",
    message: `invalid argument "${text}" for "--${name}" flag: ${duration.reason}`,
    exit: 2,
  });
}
