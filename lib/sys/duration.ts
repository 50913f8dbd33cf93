/** Outcome of {@link parseDuration}: whole seconds, or why the text is no duration. */
export type Duration = { ok: true; seconds: number } | { ok: false; reason: string };

const unitSeconds: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  "µs": 1e-6,
  "μs": 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/**
 * The one duration parser (01 §5.3): trimmed; a positive integer is seconds, `2d` days, otherwise
 * the Go form `1h30m45s` of at least one second. Fractions of a second are cut off.
 *
 * @example parseDuration(" 12h ") // { ok: true, seconds: 43200 }
 */
export function parseDuration(text: string): Duration {
  const trimmed = text.trim();
  const sign = /^-(?=.)/.test(trimmed) ? -1 : 1;
  const seconds = magnitude(trimmed.replace(/^[+-]/, ""));
  if (seconds === undefined) {
    return {
      ok: false,
      reason: `invalid duration format: ${trimmed} (expected: integer seconds, Go duration like ` +
        `'1h30m', or days like '2d')`,
    };
  }
  const whole = Math.floor(sign * seconds + 1e-9);
  if (whole < 1) return { ok: false, reason: `duration must be positive, got: ${trimmed}` };
  return { ok: true, seconds: whole };
}

function magnitude(text: string): number | undefined {
  if (/^\d+$/.test(text)) return finite(Number(text));
  const days = /^(\d+)d$/.exec(text);
  if (days) return finite(Number(days[1]) * 86_400);
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(part[1]) * unitSeconds[part[2]!]!;
  }
  return finite(total);
}

function finite(n: number): number | undefined {
  return Number.isSafeInteger(Math.floor(n)) ? n : undefined;
}

/**
 * Whole seconds as Go prints a duration (02 §2.6, D3): `12h0m0s`, `5m0s`, `30s`.
 *
 * @example goDuration(43200) // "12h0m0s"
 */
export function goDuration(seconds: number): string {
  const sign = seconds < 0 ? "-" : "";
  const whole = Math.abs(Math.trunc(seconds));
  const h = Math.floor(whole / 3600), m = Math.floor(whole % 3600 / 60), s = whole % 60;
  if (h > 0) return `${sign}${h}h${m}m${s}s`;
  return m > 0 ? `${sign}${m}m${s}s` : `${sign}${s}s`;
}
