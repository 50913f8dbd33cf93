/**
 * Glob patterns over the disk (01 §1.6, 08 §3.1): `*`, `?`, `[…]`, `{a,b}`, `**`; `/` separates on
 * every platform. A pattern is matched below a base directory, whose own name may hold any character.
 */
import { join } from "../store/paths.ts";
import { compareBytes, namesIn } from "./read.ts";
import type { ReadDeps } from "./read.ts";

/** True when the text has a character that makes it a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** The expression for a whole relative path. Throws nothing: a pattern that is no glob is literal. */
export function globRegExp(pattern: string): RegExp {
  return new RegExp(`^${translate(pattern)}$`, "su");
}

/** Files below `base` that match, shallower first, then bytewise. Directories never match. */
export function globFiles(deps: ReadDeps, base: string, pattern: string): string[] {
  const segments = pattern.split("/").filter((part) => part !== "" && part !== ".");
  let start = base;
  while (segments.length > 1 && !isGlob(segments[0]!)) {
    start = join(deps.env, start, segments.shift()!);
  }
  const rest = segments.join("/");
  const expression = globRegExp(rest);
  const deep = /\*\*/.test(rest) || /\{[^}]*\//.test(rest);
  const found: { path: string; depth: number }[] = [];
  const walk = (dir: string, relative: string, depth: number, above: string[]) => {
    const real = deps.files.realPath(dir);
    if (real === undefined || above.includes(real)) return;
    for (const name of namesIn(deps, dir)) {
      const path = join(deps.env, dir, name);
      const below = relative === "" ? name : `${relative}/${name}`;
      const facts = deps.files.stat(path);
      if (facts?.isDirectory) {
        if (deep || depth + 1 < segments.length) walk(path, below, depth + 1, [...above, real]);
      } else if (facts && expression.test(below)) {
        found.push({ path, depth });
      }
    }
  };
  walk(start, "", 0, []);
  return found.sort((a, b) => a.depth - b.depth || compareBytes(a.path, b.path))
    .map((file) => file.path);
}

function translate(pattern: string): string {
  let out = "";
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at]!;
    if (char === "*") {
      const double = pattern[at + 1] === "*" && (at === 0 || pattern[at - 1] === "/") &&
        (at + 2 >= pattern.length || pattern[at + 2] === "/");
      if (!double) {
        out += "[^/]*";
        at++;
        while (pattern[at] === "*") at++;
      } else if (at + 2 >= pattern.length) {
        out += ".*";
        at += 2;
      } else {
        out += "(?:[^/]+/)*";
        at += 3;
      }
    } else if (char === "?") {
      out += "[^/]";
      at++;
    } else if (char === "[" || char === "{") {
      const [text, end] = char === "[" ? charClass(pattern, at) : alternatives(pattern, at);
      out += text;
      at = end;
    } else if (char === "\\" && at + 1 < pattern.length) {
      out += escape(pattern[at + 1]!);
      at += 2;
    } else {
      const point = String.fromCodePoint(pattern.codePointAt(at)!);
      out += escape(point);
      at += point.length;
    }
  }
  return out;
}

function charClass(pattern: string, start: number): [string, number] {
  const match = /\[([!^]?)(\]?(?:\\.|[^\]\\])*)\]/y;
  match.lastIndex = start;
  const found = match.exec(pattern);
  if (!found || found[2] === "") return ["\\[", start + 1];
  const body = found[2]!.replace(/\\(.)/gs, "$1").replace(/[\\\]^]/g, "\\$&");
  const negated = found[1] === "" ? "" : "^";
  return [`(?!/)[${negated}${body.replace(/^-|-$/g, "\\-")}]`, match.lastIndex];
}

function alternatives(pattern: string, start: number): [string, number] {
  const parts: string[] = [];
  let depth = 0, from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "\\") at++;
    else if (char === "{") depth++;
    else if (char === "," && depth === 1) {
      parts.push(pattern.slice(from, at));
      from = at + 1;
    } else if (char === "}" && --depth === 0) {
      parts.push(pattern.slice(from, at));
      return [`(?:${parts.map(translate).join("|")})`, at + 1];
    }
  }
  return ["\\{", start + 1];
}

function escape(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
