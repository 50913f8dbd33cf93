/** Instants and durations as people read them (02 §2.6). */
import type { Env } from "../sys/env.ts";
import { zoneAbbreviation } from "./zones.ts";

export { goDuration } from "../sys/duration.ts";

/**
 * "Now" for countdowns that are shown: `ATMOS_TEST_NOW` when it is an RFC 3339 instant, else `now`.
 * Never used to decide whether something is valid.
 */
export function shownNow(env: Env, now: number): number {
  const fixed = Date.parse(env.nonEmpty("ATMOS_TEST_NOW") ?? "");
  return Number.isNaN(fixed) ? now : fixed;
}

/** `YYYY-MM-DD HH:MM:SS ZZZ` in the local zone. */
export function localInstant(ms: number): string {
  const date = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time} ${zoneAbbreviation(date)}`;
}

/** Long duration D1 (login, whoami): `Xh Ym`, `Xm Ys`, `Xs`, `expired`; truncated, no days. */
export function longDuration(ms: number): string {
  if (ms < 0) return "expired";
  const seconds = Math.trunc(ms / 1000);
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds % 3600 / 60), s = seconds % 60;
  if (h >= 1) return `${h}h ${m}m`;
  return m >= 1 ? `${m}m ${s}s` : `${s}s`;
}

/** Short duration D2 (list): `2h5m`, `2h`, `45m`, `30s`, `expired`; rounded to the second. */
export function shortDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds <= 0) return "expired";
  const h = Math.floor(seconds / 3600), m = Math.floor(seconds % 3600 / 60);
  if (h >= 1) return m > 0 ? `${h}h${m}m` : `${h}h`;
  return m >= 1 ? `${m}m` : `${seconds}s`;
}
