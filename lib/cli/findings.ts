/** Findings of validation as text, JSON and SARIF 2.1.0 (01 §5.1, Beyond 1). */
import type { Finding } from "../core/types.ts";
import { VERSION } from "./version_number.ts";

/** One line a finding: warnings with `⚠`, the place in brackets, a hint below it. */
export function findingLines(findings: readonly Finding[], cwd: string): string {
  return findings.map((found) => {
    const sign = found.severity === "warning" ? "⚠ " : "";
    const at = placeText(found, cwd);
    const told = !at ||
      found.message.includes(`:${found.location!.line}:${found.location!.column}`);
    const line = `${sign}${found.message}${told ? "" : ` (${at})`}\n`;
    return found.hint ? `${line}  💡 ${found.hint}\n` : line;
  }).join("");
}

/**
 * `file:line:column`, the file relative to the directory of the run where it lies below it. A value
 * from a variable or a flag has no lines.
 */
export function placeText(found: Finding, cwd: string): string | undefined {
  if (!found.location) return undefined;
  const { file, line, column } = found.location;
  if (/^(ATMOS_[A-Z0-9_]+|--[a-z-]+)$/.test(file)) return file;
  return `${below(file, cwd) ?? file}:${line}:${column}`;
}

function below(file: string, cwd: string): string | undefined {
  const root = /[/\\]$/.test(cwd) ? cwd : cwd + (cwd.includes("\\") ? "\\" : "/");
  return file.startsWith(root) ? file.slice(root.length) : undefined;
}

/** `{"valid", "findings"}` of 01 §5.1; what is not known is null. */
export function findingsJson(findings: readonly Finding[]): string {
  const body = {
    valid: !findings.some((found) => found.severity === "error"),
    findings: findings.map(({ severity, code, path, message, location, hint }) => ({
      severity,
      code,
      path,
      message,
      file: location?.file ?? null,
      line: location?.line ?? null,
      column: location?.column ?? null,
      hint: hint ?? null,
    })),
  };
  return JSON.stringify(body, null, 2) + "\n";
}

/** SARIF 2.1.0 for code scanning: one run, a rule a code, places relative to the source root. */
export function findingsSarif(
  findings: readonly Finding[],
  cwd: string,
  codes: Readonly<Record<string, string>>,
): string {
  const used = [...new Set(findings.map((found) => found.code))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: {
        driver: {
          name: "atmos-auth",
          version: VERSION,
          rules: used.map((code) => ({
            id: code,
            shortDescription: { text: codes[code] ?? code.replaceAll("_", " ") },
          })),
        },
      },
      columnKind: "utf16CodeUnits",
      originalUriBaseIds: { SRCROOT: { uri: fileUrl(cwd) + "/" } },
      results: findings.map((found) => ({
        ruleId: found.code,
        ruleIndex: used.indexOf(found.code),
        level: found.severity,
        message: { text: found.hint ? `${found.message}\n${found.hint}` : found.message },
        locations: sarifLocations(found, cwd),
      })),
    }],
  };
  return JSON.stringify(log, null, 2) + "\n";
}

function sarifLocations(found: Finding, cwd: string) {
  const logical = { logicalLocations: [{ fullyQualifiedName: found.path }] };
  if (!found.location) return found.path === "" ? [] : [logical];
  const { file, line, column } = found.location;
  const relative = below(file, cwd);
  const artifactLocation = relative !== undefined
    ? { uri: encodePath(relative), uriBaseId: "SRCROOT" }
    : { uri: /^([/\\]|[A-Za-z]:[\\/])/.test(file) ? fileUrl(file) : encodePath(file) };
  const region = { startLine: line, startColumn: column };
  const physical = { physicalLocation: { artifactLocation, region } };
  return [found.path === "" ? physical : { ...physical, ...logical }];
}

function fileUrl(path: string): string {
  const slashed = path.replaceAll("\\", "/").replace(/\/+$/, "");
  return `file://${slashed.startsWith("/") ? "" : "/"}${encodePath(slashed)}`;
}

function encodePath(path: string): string {
  return path.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
}
