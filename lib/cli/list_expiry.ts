/** Dots and countdowns of `list`. */
import type { Expiry } from "../core/validity.ts";
import { shortDuration } from "./times.ts";

const SOON_MS = 15 * 60_000;

/** `●`, coloured by what is left: green, yellow up to 15 minutes, red when over; undefined = unknown. */
export function dotOf(
  expiry: Expiry | undefined,
  now: number,
  colour: boolean,
): string | undefined {
  if (expiry === undefined || expiry === "unreadable") return undefined;
  if (!colour) return "●";
  const left = expiry === "never" ? Infinity : expiry - now;
  const code = left <= 0 ? 31 : left <= SOON_MS ? 33 : 32;
  return `\x1b[${code}m●\x1b[0m`;
}

/** What is left, as D2 (02 §2.6); undefined when unknown or without end. */
export function timeLeft(expiry: Expiry | undefined, now: number): string | undefined {
  return typeof expiry === "number" ? shortDuration(expiry - now) : undefined;
}
