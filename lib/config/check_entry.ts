/** Everything that can be said of one entry without looking at any other (01 §5.2). */
import { type Finding, textAt } from "../core/types.ts";
import { checkMap } from "./check_fields.ts";
import type { Node, Source } from "./node.ts";
import { hasControl } from "./plain_text.ts";
import { finding, type Place, type Problem } from "./problem.ts";
import { canonicalKind, commonFields, kindNames, kindSchema } from "./schema.ts";
import type { Fields, KindSchema, Role } from "./schema_types.ts";
import { didYouMean, nearest } from "./suggest.ts";
import { nodeAt, textOf } from "./typing.ts";

/** An entry as it is checked: as written, and its completed values. */
export interface Checked {
  role: Role;
  name: string;
  slot: { node: Node; source: Source; keyOffset: number };
  kind: string;
  values: Record<string, unknown>;
}

/** Findings of one entry, in the order of the file. */
export function checkEntry(entry: Checked): Finding[] {
  const problems: Problem[] = [];
  const here = { source: entry.slot.source, offset: entry.slot.keyOffset };
  const report = (problem: Problem) =>
    problems.push(problem.at ? problem : { ...problem, at: here });
  const wrongName = nameProblem(entry.role, entry.name);
  if (wrongName) report({ severity: "error", code: "reserved_name", path: [], text: wrongName });

  if (entry.slot.node.t !== "map") {
    if (entry.slot.node.t === "scalar" && entry.slot.node.tag !== undefined) return [];
    return [notAMap(entry.role, entry.name, here)];
  }
  const schema = checkKind(entry, report);
  checkKeys(entry, schema, report);
  if (schema) {
    checkRequired(entry, schema, report);
    checkVia(entry, schema, report);
    for (const found of schema.rules?.(writtenOf(entry.values)) ?? []) {
      const at = nodeAt(entry.slot.node, ...found.path);
      report({
        severity: found.severity ?? "error",
        code: found.code,
        path: found.path,
        text: found.text,
        class: "field",
        ...(at ? { at } : {}),
      });
    }
  }
  return problems.map((problem) => finding(entry.role, entry.name, problem));
}

function notAMap(role: Role, name: string, at: Place): Finding {
  const problem = { severity: "error", code: "not_a_map", path: [], text: "", at } as const;
  const message = `invalid auth config: ${role} "${name}" must be a map`;
  return { ...finding(role, name, problem), message };
}

/** Reserved and unusable names (01 §4.1). */
function nameProblem(role: Role, name: string): string | undefined {
  if (name === "") return "name cannot be empty";
  if (hasControl(name)) return "name cannot contain control characters";
  const reserved = name === "__SELECT__" || name === "__DISABLED__" ||
    (role === "identity" && DISABLING.includes(name.toLowerCase()));
  return reserved ? `name "${name}" is reserved` : undefined;
}

/** Names that mean "no authentication" where an identity is asked for (01 §7.1). */
const DISABLING = ["false", "0", "no", "off"];

function checkKind(entry: Checked, report: (p: Problem) => void): KindSchema | undefined {
  const { role, kind } = entry;
  const node = nodeAt(entry.slot.node, "kind");
  const at = node ? { at: node } : {};
  if (kind === "") {
    const field = role === "integration" ? {} : { class: "field" as const };
    const text = `${role} kind is required`;
    report({ severity: "error", code: "kind_missing", path: ["kind"], text, ...field, ...at });
    return undefined;
  }
  if (node?.t === "scalar" && node.tag !== undefined) return undefined;
  const schema = kindSchema(role, kind);
  if (!schema) {
    const near = nearest(kind, kindNames(role));
    report({
      severity: "error",
      code: "unknown_kind",
      path: ["kind"],
      text: role === "integration"
        ? `unknown integration kind: ${kind}`
        : `invalid ${role} kind: unsupported ${role} kind: ${kind}`,
      hint: didYouMean(near) ?? `Known kinds are ${kindNames(role).join(", ")}`,
      ...at,
    });
    return undefined;
  }
  const written = textOf(entry.slot.node, "kind")!.trim();
  if (written !== kind && canonicalKind(role, written, true) === kind) {
    const text = `kind ${written} is deprecated, use ${kind} instead`;
    const hint = `Write \`kind: ${kind}\``;
    report({ severity: "warning", code: "deprecated_kind", path: ["kind"], text, hint, ...at });
  }
  return schema;
}

function checkKeys(
  entry: Checked,
  schema: KindSchema | undefined,
  report: (p: Problem) => void,
): void {
  if (entry.slot.node.t !== "map") return;
  const fields = schema?.fields ?? commonFields(entry.role);
  checkMap(
    entry.slot.node,
    fields,
    [],
    report,
    (key) => {
      for (const parent of ["spec", "principal", "credentials"]) {
        if (fields[parent]?.fields && Object.hasOwn(fields[parent]!.fields!, key)) {
          return `${parent}.${key}`;
        }
      }
      return undefined;
    },
  );
}

/** Missing keys, judged by the completed values: other spellings of a key count. */
function checkRequired(
  entry: Checked,
  schema: KindSchema,
  report: (p: Problem) => void,
): void {
  const walk = (fields: Fields, path: readonly string[]): void => {
    for (const [key, field] of Object.entries(fields)) {
      const here = [...path, key];
      const value = valueAt(entry.values, here);
      const written = nodeAt(entry.slot.node, ...here);
      const absent = value === undefined || (typeof value === "string" && value.trim() === "");
      if (absent && field.required) {
        const misshapen = written !== undefined && (written.t !== "scalar" || written.text !== "");
        if (misshapen) continue;
        const at = written ? { at: written } : {};
        report({
          severity: "error",
          code: "missing_field",
          path: here,
          text: field.required.replace("%k", entry.kind),
          class: "field",
          ...at,
        });
        continue;
      }
      const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
      if (field.fields && (absent ? written === undefined : isMap)) walk(field.fields, here);
    }
  };
  walk(schema.fields, []);
}

function valueAt(values: Record<string, unknown>, path: readonly string[]): unknown {
  let here: unknown = values;
  for (const step of path) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}

function writtenOf(values: Record<string, unknown>) {
  return {
    text: (...path: string[]) => textAt(values, ...path)?.trim() || undefined,
    has: (...path: string[]) => valueAt(values, path) !== undefined,
  };
}

function checkVia(entry: Checked, schema: KindSchema, report: (p: Problem) => void): void {
  const { role, values } = entry;
  if (role === "provider") return;
  const node = nodeAt(entry.slot.node, "via") ?? nodeAt(entry.slot.node, "provider");
  const at = node ? { at: node } : {};
  const provider = textAt(values, "via", "provider"), identity = textAt(values, "via", "identity");
  const shorthand = textAt(values, "provider");
  const wrong = (text: string, code = "invalid_via") =>
    report({ severity: "error", code, path: ["via"], text, class: "field", ...at });

  if (role === "integration") {
    if (!provider && !identity) wrong("integration must define via.identity or via.provider");
    else if (provider && identity) {
      wrong("integration must define exactly one of via.identity or via.provider");
    }
    return;
  }
  if (schema.via === "ignored") {
    if (provider || identity) {
      const text = `via is ignored: kind ${entry.kind} starts a chain`;
      report({ severity: "warning", code: "via_ignored", path: ["via"], text, ...at });
    }
    return;
  }
  if (schema.via === "forbidden") {
    if (node) wrong(`kind "${entry.kind}" must not define via`);
    return;
  }
  if (shorthand && provider && shorthand.toLowerCase() !== provider.toLowerCase()) {
    wrong(`provider "${shorthand}" and via.provider "${provider}" differ`);
  }
  if (provider && identity) {
    wrong("via.provider and via.identity are mutually exclusive; only one can be set");
  } else if (schema.via === "provider" && !provider) {
    wrong(
      schema.viaMessage ??
        (identity
          ? `via.provider is required for kind ${entry.kind}; via.identity cannot be used`
          : NEEDS_VIA),
    );
  } else if (schema.via === "either" && !provider && !identity) {
    wrong(NEEDS_VIA);
  }
}

const NEEDS_VIA = "exactly one of via.provider or via.identity must be set";
