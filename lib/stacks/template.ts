/**
 * The part of Go templates that stack names need (01 §6.3): fields, `if`/`else`/`end`, `printf`,
 * `default`, `lower`. Anything else is an error that names the construct.
 */
import { AuthError } from "../core/types.ts";
import { unsupported } from "./nodes.ts";

/** Data of a template: text, lists and maps. */
export type Data = string | number | boolean | null | undefined | Data[] | { [key: string]: Data };

export interface TemplateOptions {
  /** A missing key prints `<no value>` instead of being an error. */
  ignoreMissing?: boolean;
  delimiters?: [string, string];
  /** For errors: where the template stands. */
  where: string;
}

type Piece = { text: string } | { action: string };

type Part =
  | { text: string }
  | { print: Pipeline }
  | { test: Pipeline; then: Part[]; otherwise: Part[] };

/** Commands joined by `|`; each is a list of operands. */
type Pipeline = Operand[][];
type Operand =
  | { literal: Data }
  | { field: string[] }
  | { name: string }
  | { nested: Pipeline };

/** Renders a template. Throws AuthError `template_failed` or `unsupported_feature`. */
export function render(template: string, data: Data, options: TemplateOptions): string {
  const [left] = options.delimiters ?? ["{{", "}}"];
  if (!template.includes(left)) return template;
  const pieces = lex(template, options);
  const { parts, rest } = parse(pieces, 0, false, options);
  if (rest < pieces.length) throw failed(options, "unexpected {{end}}");
  return run(parts, data, options);
}

function lex(template: string, options: TemplateOptions): Piece[] {
  const [left, right] = options.delimiters ?? ["{{", "}}"];
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const start = template.indexOf(left, at);
    let text = start < 0 ? template.slice(at) : template.slice(at, start);
    if (trimNext) text = text.trimStart();
    if (start < 0) {
      pieces.push({ text });
      return pieces;
    }
    const end = template.indexOf(right, start + left.length);
    if (end < 0) throw failed(options, "unclosed action");
    let action = template.slice(start + left.length, end);
    if (/^-\s/.test(action)) {
      text = text.trimEnd();
      action = action.slice(1);
    }
    trimNext = /\s-$/.test(action);
    if (trimNext) action = action.slice(0, -1);
    pieces.push({ text }, { action: action.trim() });
    at = end + right.length;
  }
}

function parse(
  pieces: Piece[],
  start: number,
  inside: boolean,
  options: TemplateOptions,
): { parts: Part[]; rest: number; ended: string } {
  const parts: Part[] = [];
  let at = start;
  while (at < pieces.length) {
    const piece = pieces[at]!;
    if ("text" in piece) {
      if (piece.text !== "") parts.push({ text: piece.text });
      at++;
      continue;
    }
    const { action } = piece;
    const word = /^[a-z]+/.exec(action)?.[0] ?? "";
    if (action.startsWith("/*")) at++;
    else if (action === "end" || word === "else") {
      if (!inside) throw failed(options, `unexpected {{${action}}}`);
      return { parts, rest: at, ended: action };
    } else if (word === "if" && /^if\s/.test(action)) {
      const found = parseIf(pieces, at, action.slice(2), options);
      parts.push(found.part);
      at = found.rest;
    } else if (/^(range|with|define|template|block|break|continue)\b/.test(action)) {
      throw unsupported(`template action {{${word}}}`, options.where);
    } else {
      parts.push({ print: pipeline(action, options) });
      at++;
    }
  }
  if (inside) throw failed(options, "missing {{end}}");
  return { parts, rest: at, ended: "" };
}

function parseIf(
  pieces: Piece[],
  at: number,
  condition: string,
  options: TemplateOptions,
): { part: Part; rest: number } {
  const test = pipeline(condition, options);
  const then = parse(pieces, at + 1, true, options);
  if (then.ended === "end") {
    return { part: { test, then: then.parts, otherwise: [] }, rest: then.rest + 1 };
  }
  const chained = /^else\s+if\s+(.*)$/s.exec(then.ended);
  if (chained) {
    const next = parseIf(pieces, then.rest, chained[1]!, options);
    return { part: { test, then: then.parts, otherwise: [next.part] }, rest: next.rest };
  }
  if (then.ended !== "else") throw unsupported(`template action {{${then.ended}}}`, options.where);
  const otherwise = parse(pieces, then.rest + 1, true, options);
  if (otherwise.ended !== "end") throw failed(options, `unexpected {{${otherwise.ended}}}`);
  return {
    part: { test, then: then.parts, otherwise: otherwise.parts },
    rest: otherwise.rest + 1,
  };
}

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|`([^`]*)`|([()|])|((?:\.[A-Za-z_]\w*)+|\.)|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(\S+))/y;

function pipeline(text: string, options: TemplateOptions): Pipeline {
  const tokens: RegExpExecArray[] = [];
  const source = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const token = TOKEN.exec(source);
    if (!token) throw failed(options, `cannot read {{${text.trim()}}}`);
    tokens.push(token);
  }
  const [found, rest] = commands(tokens, 0, options, text.trim());
  if (rest < tokens.length) throw failed(options, `unexpected ) in {{${text.trim()}}}`);
  return found;
}

function commands(
  tokens: RegExpExecArray[],
  start: number,
  options: TemplateOptions,
  whole: string,
): [Pipeline, number] {
  const found: Pipeline = [[]];
  let at = start;
  for (; at < tokens.length; at++) {
    const [, quoted, raw, sign, field, number, name, other] = tokens[at]!;
    const last = found.at(-1)!;
    if (sign === ")") break;
    if (sign === "|") found.push([]);
    else if (sign === "(") {
      const [nested, rest] = commands(tokens, at + 1, options, whole);
      if (tokens[rest]?.[3] !== ")") throw failed(options, `missing ) in {{${whole}}}`);
      last.push({ nested });
      at = rest;
    } else if (quoted !== undefined) last.push({ literal: JSON.parse(quoted) as string });
    else if (raw !== undefined) last.push({ literal: raw });
    else if (field !== undefined) {
      last.push({ field: field === "." ? [] : field.slice(1).split(".") });
    } else if (number !== undefined) last.push({ literal: Number(number) });
    else if (name === "true" || name === "false") last.push({ literal: name === "true" });
    else if (name === "nil") last.push({ literal: null });
    else if (name !== undefined) {
      if (!Object.hasOwn(functions, name)) {
        throw unsupported(`template function "${name}"`, options.where);
      }
      last.push({ name });
    } else throw unsupported(`template construct ${other}`, options.where);
  }
  if (found.some((command) => command.length === 0)) {
    throw failed(options, `missing value in {{${whole}}}`);
  }
  return [found, at];
}

function run(parts: Part[], data: Data, options: TemplateOptions): string {
  return parts.map((part) => {
    if ("text" in part) return part.text;
    if ("print" in part) return printed(evaluate(part.print, data, options), part.print, options);
    const branch = truth(evaluate(part.test, data, options)) ? part.then : part.otherwise;
    return run(branch, data, options);
  }).join("");
}

function evaluate(pipe: Pipeline, data: Data, options: TemplateOptions): Data {
  let value: Data = undefined;
  pipe.forEach((command, i) => {
    const [first, ...rest] = command as [Operand, ...Operand[]];
    const operand = (o: Operand): Data =>
      "literal" in o
        ? o.literal
        : "field" in o
        ? fieldOf(data, o.field)
        : "nested" in o
        ? evaluate(o.nested, data, options)
        : call(o.name, [], options);
    if ("name" in first) {
      const args = rest.map(operand);
      if (i > 0) args.push(value);
      value = call(first.name, args, options);
    } else {
      if (rest.length > 0 || i > 0) throw failed(options, "a value is used as a function");
      value = operand(first);
    }
  });
  return value;
}

function fieldOf(data: Data, path: string[]): Data {
  let here = data;
  for (const key of path) {
    if (here === null || typeof here !== "object" || Array.isArray(here)) return undefined;
    here = Object.hasOwn(here, key) ? here[key] : undefined;
  }
  return here;
}

function printed(value: Data, pipe: Pipeline, options: TemplateOptions): string {
  if (value !== undefined && value !== null) return shown(value);
  if (options.ignoreMissing) return "<no value>";
  const field = pipe.flat().find((operand) => "field" in operand);
  const name = field && "field" in field ? `.${field.field.join(".")}` : "the value";
  throw failed(options, `no value for ${name}`);
}

/** As Go prints maps and lists. */
function shown(value: Data): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(" ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
    return `map[${entries.map(([key, item]) => `${key}:${shown(item)}`).join(" ")}]`;
  }
  return value === undefined || value === null ? "<no value>" : String(value);
}

function truth(value: Data): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value !== null && typeof value === "object") return Object.keys(value).length > 0;
  return Boolean(value);
}

const functions: Record<string, (args: Data[], options: TemplateOptions) => Data> = {
  default: ([standard, value]) => truth(value) ? value : standard,
  lower: ([value], options) => text(value, "lower", options).toLowerCase(),
  printf: ([format, ...args], options) => printf(text(format, "printf", options), args, options),
};

function call(name: string, args: Data[], options: TemplateOptions): Data {
  return functions[name]!(args, options);
}

function text(value: Data, name: string, options: TemplateOptions): string {
  if (value === undefined || value === null) {
    if (options.ignoreMissing) return "<no value>";
    throw failed(options, `${name} was given no value`);
  }
  return shown(value);
}

function printf(format: string, args: Data[], options: TemplateOptions): string {
  let next = 0;
  return format.replace(/%(%|[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z])/g, (verb, what: string) => {
    if (what === "%") return "%";
    const value = args[next++];
    switch (what) {
      case "s":
      case "v":
        return text(value, "printf", options);
      case "d":
        return /^-?\d+$/.test(shown(value)) ? shown(value) : `%!d(${shown(value)})`;
      case "q":
        return JSON.stringify(text(value, "printf", options));
      default: {
        const padded = /^0(\d+)d$/.exec(what);
        if (padded) return shown(value).padStart(Number(padded[1]), "0");
        throw unsupported(`printf verb ${verb}`, options.where);
      }
    }
  });
}

function failed(options: TemplateOptions, reason: string): AuthError {
  return new AuthError({
    code: "template_failed",
    message: `failed to render template: ${options.where}: ${reason}`,
  });
}
