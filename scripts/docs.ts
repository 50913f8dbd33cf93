/**
 * `deno task docs`: writes the pages that are printed from tables of the program. With `--check`
 * nothing is written, and the exit code is 1 when a page differs from its table.
 */
import { type ErrorRow, errorTable } from "../lib/core/error_table.ts";
import { commandPages } from "./docs_commands.ts";
import { configPages } from "./docs_config.ts";

const root = new URL("..", import.meta.url);

/** Pages printed from tables: path from the root → content. */
export function pages(): Map<string, string> {
  return new Map([["docs/errors.md", errorsPage(errorTable)], ...commandPages(), ...configPages()]);
}

/** docs/errors.md: every code with cause and remedy, sorted by code. */
export function errorsPage(rows: ErrorRow[]): string {
  const sorted = [...rows].sort((a, b) => a.code < b.code ? -1 : 1);
  return [
    "# Errors",
    "",
    "Every error has a stable code. Machine-readable output carries it, and `--verbose` shows it. The",
    "message on the screen names the thing at fault; this page gives the cause and the way out.",
    "",
    "| Code | Cause | Way out |",
    "| --- | --- | --- |",
    ...sorted.map(({ code, cause, remedy }) =>
      `| \`${code}\` | ${cell(cause)} | ${cell(remedy)} |`
    ),
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** Pages on disk that differ from their table. */
export function stalePages(): string[] {
  return [...pages()].filter(([path, text]) => read(path) !== text).map(([path]) => path);
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(new URL(path, root));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const stale = stalePages();
  if (Deno.args.includes("--check")) {
    for (const path of stale) console.error(`${path} is not what its table says: deno task docs`);
    Deno.exit(stale.length > 0 ? 1 : 0);
  }
  for (const path of stale) {
    Deno.mkdirSync(new URL(".", new URL(path, root)), { recursive: true });
    Deno.writeTextFileSync(new URL(path, root), pages().get(path)!);
    console.log(path);
  }
}
