/**
 * The output filter of 02 §2.5: secrets register here as they enter the process, and every text
 * for people passes {@link maskText} as one whole record (a secret that spans two writes would
 * escape). Registering only stores the value; the encoded forms are computed when something is
 * first filtered, so that warm paths which print data alone never pay for them.
 */

const SHORTEST = 4;
/** Lines of multi-line secrets are masked by themselves from this length on. */
const SHORTEST_LINE = 16;
/** Base64 fragments below this length are too common to replace. */
const SHORTEST_FRAGMENT = 12;

/** Environment variables whose values are secret whoever set them (03 §7). */
const SEEDS = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "GITHUB_TOKEN",
  "GH_TOKEN",
  "GITLAB_TOKEN",
  "CI_JOB_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "DATADOG_API_KEY",
  "DD_API_KEY",
  "ANTHROPIC_API_KEY",
];

/** Shapes of 03 §7 that give a secret away without its having been registered. */
const SHAPES = [
  "\\bgh[pousr]_[A-Za-z0-9_]{16,}",
  "\\bgithub_pat_[A-Za-z0-9_]{16,}",
  "\\bglpat-[A-Za-z0-9_.-]{16,}",
  "\\bsk-[A-Za-z0-9_-]{20,}",
  "\\b[Bb]earer\\s+[A-Za-z0-9._~+/-]{16,}=*",
  "\\beyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]*",
];

const registered = new Set<string>();
let fresh: string[] = [];
let forms: string[] = [];
let patterns: RegExp[] | undefined;
let extraPatterns: string[] = [];
let seed: ((name: string) => string | undefined) | undefined;
let enabled = true;
let replacement = "<MASKED>";

/** What `settings.terminal.mask` and `--mask` may say. */
export interface MaskSettings {
  /** `--mask=false`, `ATMOS_MASK=false`: nothing is replaced. */
  enabled?: boolean;
  replacement?: string;
  /** Regular expressions in Go's spelling (a leading `(?i)`, `(?s)`, `(?m)` is understood). */
  patterns?: string[];
  literals?: string[];
}

/**
 * Registers a secret. Values shorter than 4 characters are not (03 §7): they would wreck all output.
 */
export function registerSecret(value: string): void {
  if (value.length < SHORTEST || registered.has(value)) return;
  registered.add(value);
  fresh.push(value);
}

/** Names where secrets stand in the environment; read at the first filtering. */
export function seedMaskFrom(get: (name: string) => string | undefined): void {
  seed = get;
}

/** Reads the seeds now: before the environment is changed for a child. */
export function readMaskSeeds(): void {
  const get = seed;
  if (!get) return;
  seed = undefined;
  for (const name of SEEDS) {
    const value = get(name);
    if (value) registerSecret(value);
  }
}

/** Applies settings; returns the patterns that are no valid regular expressions. */
export function configureMask(settings: MaskSettings): string[] {
  if (settings.enabled !== undefined) enabled = settings.enabled;
  if (settings.replacement) replacement = settings.replacement;
  for (const literal of settings.literals ?? []) registerSecret(literal);
  const bad: string[] = [];
  for (const pattern of settings.patterns ?? []) {
    if (compile(pattern)) extraPatterns.push(pattern);
    else bad.push(pattern);
  }
  patterns = undefined;
  return bad;
}

/** True unless masking was switched off. */
export function maskEnabled(): boolean {
  return enabled;
}

/** Text with every registered secret, each of its encoded forms and every known shape replaced. */
export function maskText(text: string): string {
  if (!enabled || text === "") return text;
  const spans = secretSpans(text);
  return spans.length === 0 ? text : replaceSpans(text, spans);
}

/** True when the text holds a secret, whether masking is switched on or off. */
export function holdsSecret(text: string): boolean {
  return text !== "" && secretSpans(text).length > 0;
}

function secretSpans(text: string): Span[] {
  readMaskSeeds();
  if (fresh.length > 0) takeIn();
  patterns ??= [...SHAPES, ...extraPatterns].map((p) => compile(p)!);
  return [...literalSpans(text), ...patternSpans(text, patterns)];
}

/** Forgets everything; for tests. */
export function resetMask(): void {
  registered.clear();
  fresh = [];
  forms = [];
  patterns = undefined;
  extraPatterns = [];
  seed = undefined;
  enabled = true;
  replacement = "<MASKED>";
}

/** An access key id as logs show it (03 §7): first four characters and `...`. */
export function shortKeyId(id: string): string {
  return id.slice(0, 4) + "...";
}

/** Replaces AWS access key ids in a log line by {@link shortKeyId}. */
export function shortenKeyIds(text: string): string {
  return text.replace(/\b(A(?:KIA|SIA))[A-Z0-9]{12,124}\b/g, (id) => shortKeyId(id));
}

/**
 * The spellings under which a secret may appear: itself, its base64 (standard and URL alphabet, with
 * and without padding, and inside a longer base64 text), URL-encoded and JSON-escaped.
 */
export function secretForms(secret: string): string[] {
  const out = new Set<string>([secret]);
  const bytes = new TextEncoder().encode(secret);
  for (const alphabet of ["base64", "base64url"] as const) {
    out.add(bytes.toBase64({ alphabet }));
    out.add(bytes.toBase64({ alphabet, omitPadding: true }));
    for (let before = 0; before < 3; before++) {
      const inner = base64Inside(bytes, before, alphabet);
      if (inner.length >= SHORTEST_FRAGMENT) out.add(inner);
    }
  }
  if (secret.isWellFormed()) {
    const encoded = encodeURIComponent(secret);
    out.add(encoded);
    out.add(encoded.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
    // Form encoding (`+` for a space, `~` and `!` escaped), and the same with `%20`.
    const form = new URLSearchParams([["", secret]]).toString().slice(1);
    out.add(form);
    out.add(form.replaceAll("+", "%20"));
  }
  const json = JSON.stringify(secret).slice(1, -1);
  out.add(json);
  // Go's encoder also escapes these three.
  out.add(json.replace(/[<>&]/g, (c) => "\\u00" + c.charCodeAt(0).toString(16)));
  for (const line of secret.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed.length >= SHORTEST_LINE && !trimmed.startsWith("-----")) out.add(trimmed);
  }
  return [...out];
}

/** The characters that depend on the secret alone when it stands `before` bytes (mod 3) into a base64 text. */
function base64Inside(
  bytes: Uint8Array,
  before: number,
  alphabet: "base64" | "base64url",
): string {
  const padded = new Uint8Array(before + bytes.length);
  padded.set(bytes, before);
  const text = padded.toBase64({ alphabet, omitPadding: true });
  const whole = Math.floor((before + bytes.length) / 3) * 4;
  return text.slice(Math.ceil(before * 4 / 3), whole);
}

function takeIn(): void {
  const all = new Set(forms);
  for (const secret of fresh) {
    for (const form of secretForms(secret)) {
      if (form.length >= SHORTEST) all.add(form);
    }
  }
  fresh = [];
  forms = [...all].sort((a, b) => b.length - a.length);
}

type Span = [start: number, end: number];

function literalSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
      spans.push([at, at + form.length]);
    }
  }
  return spans;
}

function patternSpans(text: string, expressions: RegExp[]): Span[] {
  const spans: Span[] = [];
  for (const expression of expressions) {
    for (const match of text.matchAll(expression)) {
      if (match[0] !== "") spans.push([match.index, match.index + match[0].length]);
    }
  }
  return spans;
}

/** Overlapping finds become one replacement, so that no tail of a longer secret is left standing. */
function replaceSpans(text: string, spans: Span[]): string {
  spans.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let out = "", done = 0, index = 0;
  while (index < spans.length) {
    const [start, first] = spans[index]!;
    let end = first;
    for (index++; index < spans.length && spans[index]![0] < end; index++) {
      end = Math.max(end, spans[index]![1]);
    }
    out += text.slice(done, start) + replacement;
    done = end;
  }
  return out + text.slice(done);
}

function compile(pattern: string): RegExp | undefined {
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  const body = inline ? pattern.slice(inline[0].length) : pattern;
  try {
    return new RegExp(body, "g" + (inline ? [...new Set(inline[1]!)].join("") : ""));
  } catch {
    return undefined;
  }
}
