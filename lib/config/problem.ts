import type { Finding, Location } from "../core/types.ts";
import { locate, type Source } from "./node.ts";
import type { Role } from "./schema_types.ts";

/** Something wrong with one entry, before it is put into the words of 01 §5.2. */
export interface Problem {
  severity: "error" | "warning";
  /** Stable, snake_case. */
  code: string;
  /** Below the entry. */
  path: readonly string[];
  text: string;
  /** What stands before `text`: the class of a missing or malformed field, or of a reference. */
  class?: "field" | "reference";
  /** Where it stands: a node, or a place of a key. Line and column are counted for what is reported. */
  at?: Place;
  hint?: string;
}

/** A position before its line is known: counting lines costs a pass over the file. */
export interface Place {
  source: Source;
  offset: number;
}

/** `location` of a finding, when the place is known. */
export function located(at: Place | undefined): { location?: Location } {
  return at ? { location: locate(at.source, at.offset) } : {};
}

const sectionOf = { provider: "providers", identity: "identities", integration: "integrations" };

/** A finding in the words of 01 §5.2; warnings name the entry without the wrapping of failures. */
export function finding(role: Role, name: string, problem: Problem): Finding {
  const { severity, code, at, hint } = problem;
  // Some messages of the table name their entry once more (04 §11.1, 07 §4).
  const text = problem.text.replace(/^([a-z/ ]+['"])%n/, (_, before) => before + name);
  return {
    severity,
    code,
    path: ["auth", sectionOf[role], name, ...problem.path].join("."),
    message: severity === "error"
      ? `invalid auth config: ${role} "${name}" validation failed: ${prefix(role, problem)}${text}`
      : `${role} "${name}": ${text}`,
    ...located(at),
    ...(hint ? { hint } : {}),
  };
}

function prefix(role: Role, problem: Problem): string {
  if (problem.class === "reference") return "invalid auth config: ";
  if (problem.class !== "field" || role === "integration") return "";
  return `invalid ${role} config: `;
}
