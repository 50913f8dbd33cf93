/** Dotenv files: `NAME=value` lines with shell-like quotes (01 §1.11). */

export interface DotenvLine {
  name: string;
  value: string;
  /** Offset of the name. */
  offset: number;
}

/** A line that is neither an assignment nor a comment. */
export class DotenvError extends Error {
  constructor(readonly offset: number, reason: string) {
    super(reason);
  }
}

const NAME = /[A-Za-z_][A-Za-z0-9_.-]*/y;

/**
 * Assignments in order. `export` before a name is allowed; `'…'` is literal, `"…"` knows `\n` `\r`
 * `\t` `\"` `\\` `\$` and may span lines; unquoted values end at a ` #` comment. `$NAME` and `${NAME}`
 * outside single quotes stand for names assigned earlier in the file; others stay as they are.
 */
export function parseDotenv(text: string): DotenvLine[] {
  const lines: DotenvLine[] = [];
  const known = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const skipped = /(?:\s+|#[^\n]*)*/y;
    skipped.lastIndex = at;
    at += skipped.exec(text)![0].length;
    if (at >= text.length) break;
    const exported = /export[ \t]+(?=[A-Za-z_])/y;
    exported.lastIndex = at;
    at += exported.exec(text)?.[0].length ?? 0;
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[0];
    if (name === undefined) throw new DotenvError(at, "expected NAME=value");
    const offset = at;
    const sign = /[ \t]*[=:][ \t]*/y;
    sign.lastIndex = at + name.length;
    const found = sign.exec(text);
    if (!found) throw new DotenvError(at, `expected '=' after ${name}`);
    const [value, end] = readValue(text, sign.lastIndex, known);
    known.set(name, value);
    lines.push({ name, value, offset });
    at = end;
  }
  return lines;
}

function readValue(text: string, start: number, known: Map<string, string>): [string, number] {
  const quote = text[start];
  if (quote === "'" || quote === '"') {
    let inside = "";
    for (let at = start + 1; at < text.length; at++) {
      if (quote === '"' && text[at] === "\\" && at + 1 < text.length) {
        inside += text[at]! + text[++at]!;
      } else if (text[at] === quote) {
        const rest = /[ \t]*(?:#[^\n]*)?(?=\r?\n|$)/y;
        rest.lastIndex = at + 1;
        const end = rest.exec(text);
        if (!end) throw new DotenvError(at + 1, "text after the closing quote");
        const value = quote === "'" ? inside : unescape(inside, known);
        return [value, at + 1 + end[0].length];
      } else inside += text[at];
    }
    throw new DotenvError(start, "unterminated quote");
  }
  const newline = text.indexOf("\n", start);
  const end = newline < 0 ? text.length : newline;
  const raw = text.slice(start, end).replace(/(^|\s)#.*$/, "").trim();
  return [expand(raw, known), end];
}

function unescape(text: string, known: Map<string, string>): string {
  return text.replace(
    /\\([\s\S])|\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
    (all, escaped?: string, braced?: string, bare?: string) => {
      if (escaped === undefined) return known.get(braced ?? bare!) ?? all;
      const control = { n: "\n", r: "\r", t: "\t" }[escaped];
      return control ?? (/["\\$]/.test(escaped) ? escaped : all);
    },
  );
}

function expand(text: string, known: Map<string, string>): string {
  return text.replace(
    /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
    (all, braced?: string, bare?: string) => known.get(braced ?? bare!) ?? all,
  );
}
