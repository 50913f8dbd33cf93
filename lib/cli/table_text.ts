/** Tables for terminals and for pipes. */
import { padEnd, textWidth } from "./width.ts";

/**
 * Rows under headings. On a terminal columns are aligned by two blanks; elsewhere there is no
 * heading row and fields are parted by one tab. A missing value is `-`; without a heading it is
 * blank on a terminal.
 */
export function columns(
  head: string[],
  rows: (string | undefined)[][],
  options: { terminal: boolean; colour: boolean },
): string {
  if (!options.terminal) {
    return rows.map((row) => row.map((field) => clean(field) || "-").join("\t") + "\n").join("");
  }
  const filled = rows.map((row) =>
    row.map((field, i) => clean(field) || (head[i] === "" ? " " : "-"))
  );
  const widths = head.map((title, i) =>
    filled.reduce((most, row) => Math.max(most, textWidth(row[i]!)), textWidth(title))
  );
  const line = (fields: string[]) =>
    fields.map((field, i) => padEnd(field, widths[i]!)).join("  ").trimEnd();
  const title = line(head);
  return [options.colour ? `\x1b[1m${title}\x1b[0m` : title, ...filled.map(line)]
    .map((text) => text + "\n").join("");
}

/** One line, without tabs: nothing in a field may break the table. Colour of ours stays. */
function clean(field: string | undefined): string {
  // deno-lint-ignore no-control-regex
  return field?.replace(/[\x00-\x1a\x1c-\x1f\x7f-\x9f]+/g, " ") ?? "";
}
