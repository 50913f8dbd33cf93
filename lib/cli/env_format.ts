/** Environment variables in the languages of shells, files and programs (02 §6.6). Pure. */
import { AuthError } from "../sys/error.ts";

/** Formats of `env` and `serve`; `zsh` and `sh` are `bash`. */
export type EnvFormat =
  | "bash"
  | "dotenv"
  | "env"
  | "github"
  | "json"
  | "fish"
  | "powershell"
  | "cmd"
  | "nu";

const names: Record<string, EnvFormat> = {
  bash: "bash",
  zsh: "bash",
  sh: "bash",
  dotenv: "dotenv",
  env: "env",
  github: "github",
  json: "json",
  fish: "fish",
  powershell: "powershell",
  cmd: "cmd",
  nu: "nu",
};

/** The format of a name; throws `invalid format`. */
export function envFormat(name: string): EnvFormat {
  const format = Object.hasOwn(names, name) ? names[name] : undefined;
  if (format) return format;
  throw new AuthError({
    code: "invalid_format",
    message: "invalid format",
    explanation: `unsupported format: ${name}`,
    hints: [`Supported formats: ${Object.keys(names).join(", ")}`],
    exit: 1,
  });
}

/** Replaces the whole file where it is written to one, instead of adding lines (02 §6.6-5). */
export function isWholeDocument(format: EnvFormat): boolean {
  return format === "json" || format === "nu";
}

/**
 * Lines that set variables, sorted by name, each ending in a newline. `toFile`: the lines go to a
 * script rather than to a prompt. Throws AuthError when a value cannot be said in the format.
 */
export function formatVariables(
  format: EnvFormat,
  variables: Record<string, string>,
  options: { toFile?: boolean } = {},
): string {
  const sorted = sortedEntries(variables);
  if (isWholeDocument(format)) return JSON.stringify(Object.fromEntries(sorted), null, 2) + "\n";
  return sorted.map(([name, value]) => line(format, name, value, options.toFile === true)).join("");
}

/** Lines that remove variables, in the order given. Throws where the format has no such thing. */
export function formatRemovals(format: EnvFormat, variables: readonly string[]): string {
  switch (format) {
    case "bash":
      return variables.map((name) => `unset ${name}\n`).join("");
    case "fish":
      return variables.map((name) => `set -e ${name}\n`).join("");
    case "powershell":
      return variables.map((name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue\n`)
        .join("");
    case "cmd":
      return variables.map((name) => `set "${name}="\n`).join("");
    case "json":
    case "nu":
      return JSON.stringify(Object.fromEntries(variables.map((name) => [name, null])), null, 2) +
        "\n";
    default:
      throw new AuthError({
        code: "format_cannot_remove",
        message: `invalid format: ${format} has no way to remove a variable`,
        hints: ["Use bash, zsh, sh, fish, powershell, cmd, json or nu with `--unset`"],
      });
  }
}

function sortedEntries(variables: Record<string, string>): [string, string][] {
  return Object.entries(variables).sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
}

function line(format: EnvFormat, name: string, value: string, toFile: boolean): string {
  switch (format) {
    case "bash":
      return `export ${name}=${quoteSh(value)}\n`;
    case "dotenv":
      return `${name}=${quoteSh(value)}\n`;
    case "env":
      if (/[\r\n]/.test(value)) throw unsayable(format, name, "a line break");
      return `${name}=${value}\n`;
    case "github":
      return githubLine(name, value);
    case "fish":
      return `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}'\n`;
    case "powershell":
      // all of these end a single-quoted string there
      return `$env:${name} = '${value.replace(/['\u2018-\u201B]/g, "$&$&")}'\n`;
    case "cmd":
      if (/[\r\n]/.test(value)) throw unsayable(format, name, "a line break");
      if (value.includes('"')) throw unsayable(format, name, "a double quote");
      return `set "${name}=${toFile ? value.replaceAll("%", "%%") : value}"\n`;
    default:
      throw new Error(`no lines in ${format}`);
  }
}

/** One word for POSIX shells: bare where nothing can happen to it, else single-quoted. */
export function quoteSh(value: string): string {
  if (value === "") return "''";
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", `'"'"'`)}'`;
}

/** A line of the runner's files; values with line breaks stand between delimiter lines. */
function githubLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}\n`;
  const lines = new Set(value.split(/\r\n|\r|\n/));
  let delimiter = `ATMOS_EOF_${name}`;
  for (let i = 0; lines.has(delimiter); i++) delimiter = `ATMOS_EOF_${name}_${i}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

function unsayable(format: EnvFormat, name: string, what: string): AuthError {
  return new AuthError({
    code: "value_not_representable",
    message: `invalid format: the value of ${name} contains ${what}, which ${format} cannot hold`,
    hints: ["Use another format, such as json or bash"],
    exit: 1,
  });
}

/** Runner commands that hide values in logs (02 §6.6-7): whole values, and each line of longer ones. */
export function maskCommands(values: Iterable<string>): string {
  const out: string[] = [];
  for (const value of values) {
    if (value.length < 4) continue;
    out.push(value);
    const lines = value.split(/\r\n|\r|\n/);
    if (lines.length > 1) out.push(...lines.filter((line) => line !== ""));
  }
  return [...new Set(out)].map((value) => `::add-mask::${escapeCommand(value)}\n`).join("");
}

function escapeCommand(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
