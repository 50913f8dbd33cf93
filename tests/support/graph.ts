/** One import of a module. */
export interface Import {
  specifier: string;
  /** Path from the project's root when it is a file of ours. */
  file: string | undefined;
  /** `import(…)`: loaded only when reached. */
  dynamic: boolean;
  /** `import type`, `export type`: gone at run time. */
  typeOnly: boolean;
  line: number;
}

export interface Module {
  /** Path from the project's root, with forward slashes. */
  path: string;
  imports: Import[];
  /** Source without comments, strings kept. */
  code: string;
  /** Source with the content of comments, strings and regular expressions blanked; lines stay. */
  bare: string;
}

export const root = new URL("../../", import.meta.url);

/** Modules of the product, as they stand on disk: main.ts, lib/, providers/, integrations/. */
export function productModules(): Module[] {
  return ["main.ts", "lib", "providers", "integrations"].flatMap(sourceFiles).sort()
    .map((path) => parseModule(path, Deno.readTextFileSync(new URL(path, root))));
}

function sourceFiles(path: string): string[] {
  try {
    if (Deno.statSync(new URL(path, root)).isFile) return [path];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const found: string[] = [];
  for (const entry of Deno.readDirSync(new URL(path, root))) {
    const below = `${path}/${entry.name}`;
    if (entry.isDirectory) found.push(...sourceFiles(below));
    else if (entry.name.endsWith(".ts")) found.push(below);
  }
  return found;
}

/** Reads the imports of one module's source. */
export function parseModule(path: string, source: string): Module {
  const { code, bare } = strip(source);
  const imports: Import[] = [];
  // Statements are found in the bare text, so that strings and comments cannot look like one; the
  // specifier is then read from the same offsets of the other text.
  const statement =
    /\b(import|export)\b\s*(type\b)?((?:[^"'`;()=]|\{[^}]*\})*?)(?:\bfrom\s*)?("[^"]*"|'[^']*')/g;
  for (const match of bare.matchAll(statement)) {
    const [, keyword, type, clause = ""] = match;
    if (keyword === "export" && !/\bfrom\s*["']/.test(match[0])) continue;
    if (keyword === "import" && clause.trim() !== "" && !/\bfrom\s*["']/.test(match[0])) continue;
    const end = match.index + match[0].length;
    const specifier = code.slice(end - match[4]!.length + 1, end - 1);
    const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(",").map((n) => n.trim()).filter(Boolean);
    const allTypes = names !== undefined && names.length > 0 &&
      /^\s*\{/.test(clause) && names.every((name) => name.startsWith("type "));
    imports.push(describe(path, specifier, {
      dynamic: false,
      typeOnly: type !== undefined || allTypes,
      line: lineOf(bare, match.index),
    }));
  }
  for (const match of bare.matchAll(/\bimport\s*\(\s*("[^"]*"|'[^']*'|`[^`]*`)?/g)) {
    const end = match.index + match[0].length;
    const specifier = match[1] === undefined ? "" : code.slice(end - match[1].length + 1, end - 1);
    // `import("x").T` in a type position loads nothing.
    const typeOnly = /^\s*\)\s*\.\s*[A-Z]/.test(bare.slice(end)) &&
      !/\bawait\s*$/.test(bare.slice(0, match.index));
    imports.push(
      describe(path, specifier, { dynamic: true, typeOnly, line: lineOf(bare, match.index) }),
    );
  }
  return { path, imports, code, bare };
}

function describe(
  from: string,
  specifier: string,
  rest: { dynamic: boolean; typeOnly: boolean; line: number },
): Import {
  const file = specifier.startsWith(".")
    ? new URL(specifier, new URL(from, "file:///")).pathname.slice(1)
    : undefined;
  return { specifier, file, ...rest };
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
  }
  return line;
}

/** Blanks comments in both texts, and strings, templates and regular expressions in `bare`. */
function strip(source: string): { code: string; bare: string } {
  const code = source.split("");
  const bare = source.split("");
  const blank = (chars: string[], from: number, to: number) => {
    for (let i = from; i < to; i++) if (chars[i] !== "\n") chars[i] = " ";
  };
  // Depth of braces inside each open `${`; a template goes on when its own brace closes.
  const templates: number[] = [];
  let i = 0;
  const template = (from: number): number => {
    let at = from;
    while (at < source.length && source[at] !== "`") {
      if (source[at] === "\\") at++;
      else if (source.startsWith("${", at)) {
        blank(bare, from, at);
        templates.push(0);
        return at + 2;
      }
      at++;
    }
    blank(bare, from, at);
    return at + 1;
  };
  while (i < source.length) {
    const char = source[i]!;
    if (source.startsWith("//", i)) {
      const end = source.indexOf("\n", i) === -1 ? source.length : source.indexOf("\n", i);
      blank(code, i, end);
      blank(bare, i, end);
      i = end;
    } else if (source.startsWith("/*", i)) {
      const end = source.indexOf("*/", i + 2) + 2;
      blank(code, i, end);
      blank(bare, i, end);
      i = end;
    } else if (char === '"' || char === "'") {
      let end = i + 1;
      while (end < source.length && source[end] !== char) end += source[end] === "\\" ? 2 : 1;
      blank(bare, i + 1, end);
      i = end + 1;
    } else if (char === "`") {
      i = template(i + 1);
    } else if (char === "/" && startsRegex(source, i)) {
      const end = regexEnd(source, i);
      blank(bare, i + 1, end);
      blank(code, i + 1, end);
      i = end + 1;
    } else {
      if (templates.length > 0) {
        if (char === "{") templates[templates.length - 1]!++;
        else if (char === "}" && templates.at(-1) === 0) {
          templates.pop();
          i = template(i + 1);
          continue;
        } else if (char === "}") templates[templates.length - 1]!--;
      }
      i++;
    }
  }
  return { code: code.join(""), bare: bare.join("") };
}

function startsRegex(source: string, at: number): boolean {
  const before = source.slice(Math.max(0, at - 40), at).trimEnd();
  return before === "" || /[=(,:[!&|?{};\n+<>~^%*-]$/.test(before) ||
    /\b(return|typeof|case|in|of|await|yield|do|else)$/.test(before);
}

function regexEnd(source: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < source.length; i++) {
    const char = source[i];
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return i;
    else if (char === "\n") return at;
  }
  return at;
}
