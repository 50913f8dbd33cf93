/**
 * The whole configuration at once (01 §5): every finding of every entry, of the references between
 * them, and of `auth` itself, sorted by file, line and path. Linear in the number of entries.
 */
import type { AuthConfig, Finding } from "../core/types.ts";
import type { Env } from "../sys/env.ts";
import { type AuthConfigPlace, readAuthConfig, SECTIONS } from "./auth.ts";
import { checkChains } from "./check_chains.ts";
import { checkMap, checkNode } from "./check_fields.ts";
import { checkReferences } from "./check_references.ts";
import { locate, type MapNode, type Node } from "./node.ts";
import { located, type Problem } from "./problem.ts";
import { realmMessage, realmProblem } from "./realm.ts";
import { authFields } from "./schema_auth.ts";
import { rootFields } from "./schema_root.ts";
import type { Fields } from "./schema_types.ts";
import { nodeAt } from "./typing.ts";

/** All findings of a merged configuration, sorted (01 §5.1). `strict` makes unknown keys errors. */
export function validateConfig(
  merged: Node | undefined,
  env: Env,
  place: AuthConfigPlace,
  options: { strict?: boolean } = {},
): Finding[] {
  const findings: Finding[] = [];
  const auth = nodeAt(merged, "auth");
  checkSections(merged, findings);
  if (auth?.t === "map") {
    checkAuth(auth, findings);
    if (SECTIONS.every((section) => isMapOrAbsent(auth, section))) {
      const config = readAuthConfig(merged, env, place);
      checkEntries(config, findings);
      checkReferences(config, auth, findings);
      checkChains(config, findings);
    }
  } else if (auth !== undefined && !(auth.t === "scalar" && auth.tag !== undefined)) {
    findings.push(wrongSection("auth", auth));
  }
  return sortFindings(options.strict ? findings.map(stricter) : findings);
}

/** By file, line, then path; what has no place comes last; the same finding only once. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort((a, b) =>
    compare(a.location?.file ?? "\uffff", b.location?.file ?? "\uffff") ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    compare(a.path, b.path) || compare(a.message, b.message)
  );
  return sorted.filter((found, i) => i === 0 || !sameFinding(found, sorted[i - 1]!));
}

function sameFinding(a: Finding, b: Finding): boolean {
  return a.path === b.path && a.message === b.message &&
    a.location?.file === b.location?.file && a.location?.line === b.location?.line;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function stricter(found: Finding): Finding {
  if (found.code !== "unknown_key") return found;
  return { ...found, severity: "error", message: `invalid auth config: ${found.message}` };
}

function isMapOrAbsent(auth: MapNode, section: string): boolean {
  const node = nodeAt(auth, section);
  return node === undefined || node.t === "map" || (node.t === "scalar" && node.tag !== undefined);
}

function wrongSection(path: string, node: Node): Finding {
  return {
    severity: "error",
    code: "wrong_type",
    path,
    message: `invalid auth config: ${path} must be a map`,
    location: locate(node.source, node.offset),
  };
}

/** Keys of `auth` besides the entries. */
function checkAuth(auth: MapNode, findings: Finding[]): void {
  const own = authFields();
  const open: Fields = { providers: ANY, identities: ANY, integrations: ANY, ...own };
  checkMap(auth, open, ["auth"], (problem) => findings.push(authFinding(problem)));
  for (const section of SECTIONS) {
    if (!isMapOrAbsent(auth, section)) {
      findings.push(wrongSection(`auth.${section}`, nodeAt(auth, section)!));
    }
  }
  const realm = nodeAt(auth, "realm");
  if (realm?.t !== "scalar" || realm.tag !== undefined) return;
  if (realm.text === "" || realm.text === "auto") return;
  const wrong = realmProblem(realm.text);
  if (wrong === undefined) return;
  findings.push({
    severity: "error",
    code: "invalid_realm",
    path: "auth.realm",
    message: realmMessage(realm.source.kind === "env", wrong),
    location: locate(realm.source, realm.offset),
  });
}

const ANY = { type: "any" } as const;

function authFinding(problem: Problem): Finding {
  const { severity, code, text, at, hint } = problem;
  const inLogs = problem.path[1] === "logs";
  return {
    severity,
    code,
    path: problem.path.join("."),
    message: severity === "warning"
      ? text
      : `invalid auth config: ${inLogs ? "logs configuration validation failed: " : ""}${text}`,
    ...located(at),
    ...(hint ? { hint } : {}),
  };
}

/** Sections besides `auth` whose values are checked; unknown keys there are nobody's business. */
const CHECKED = ["logs", "profiles", "settings", "imports", "env"];

/** A bad level stops every command; anything else there is a warning of this one. */
function checkSections(merged: Node | undefined, findings: Finding[]): void {
  const fields = rootFields();
  for (const section of CHECKED) {
    const node = nodeAt(merged, section);
    if (!node) continue;
    checkNode(node, fields[section]!, [section], (problem) => {
      if (problem.code === "unknown_key") return;
      const refused = problem.code === "unsupported_setting";
      const level = problem.path.join(".") === "logs.level";
      const shown = node.t === "map" ? nodeAt(node, "level") : undefined;
      findings.push({
        severity: level || refused ? problem.severity : "warning",
        code: problem.code,
        path: problem.path.join("."),
        message: level && shown?.t === "scalar" ? logLevelMessage(shown.text) : problem.text,
        ...located(problem.at),
        ...(problem.hint ? { hint: problem.hint } : {}),
      });
    });
  }
}

function logLevelMessage(written: string): string {
  return `invalid log level: the log level '${written}' is not recognized. ` +
    "Valid options are: [Trace Debug Info Warning Error Off]";
}

function checkEntries(config: AuthConfig, findings: Finding[]): void {
  for (const section of SECTIONS) {
    for (const entry of config[section].all()) {
      for (const found of entry.check()) findings.push(found);
    }
  }
}
