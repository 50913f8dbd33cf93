/** Checks of single positions against the schema table (01 §5.2): shape, value set, format, range. */
import { parseDuration } from "../sys/duration.ts";
import { formatProblem } from "./formats.ts";
import { isNull, type MapNode, type Node, type ScalarNode } from "./node.ts";
import type { Place, Problem } from "./problem.ts";
import { asksForMore, REFUSED_TEXT } from "./refused.ts";
import type { Field, Fields } from "./schema_types.ts";
import { didYouMean, nearest } from "./suggest.ts";
import { boolOf, intOf } from "./typing.ts";

type Path = readonly string[];
type Report = (problem: Problem) => void;

/** The keys of a map: each known one by its field, each unknown one with the nearest known key. */
export function checkMap(
  map: MapNode,
  fields: Fields,
  path: Path,
  report: Report,
  elsewhere: (key: string) => string | undefined = () => undefined,
): void {
  for (const [key, { node, source, keyOffset }] of map.entries) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field) {
      checkNode(node, field, [...path, key], report);
      continue;
    }
    const place = elsewhere(key);
    const near = place ? [place] : nearest(key, Object.keys(fields));
    report({
      severity: "warning",
      code: "unknown_key",
      path: [...path, key],
      text: `unknown key ${[...path, key].join(".")}`,
      at: { source, offset: keyOffset },
      ...hint(didYouMean(near)),
    });
  }
}

function hint(text: string | undefined): { hint?: string } {
  return text === undefined ? {} : { hint: text };
}

/** One position. A function that was not run fits everywhere; null counts as absent. */
export function checkNode(node: Node, field: Field, path: Path, report: Report): void {
  if (isNull(node) || (node.t === "scalar" && node.tag !== undefined)) return;
  const shape = shapeProblem(node, field);
  if (shape) {
    const text = `${shown(path)}: expected ${shape.expected}, got ${shape.got}`;
    report({ severity: "error", code: "wrong_type", path, text, class: "field", at: node });
    return;
  }
  if (field.replacedBy) {
    const other = path[0] === "auth" ? `auth.${field.replacedBy}` : field.replacedBy;
    const text = `${path.join(".")} is deprecated, use ${other} instead`;
    report({
      severity: "warning",
      code: "deprecated_key",
      path,
      text,
      at: node,
      hint: `Rename it to \`${other}\``,
    });
  }
  if (field.refused && asksForMore(node, field.refused.unless)) {
    const text = REFUSED_TEXT.replace("%s", path.join("."));
    report({ severity: "error", code: "unsupported_setting", path, text, at: node });
  }
  if (field.noEffect) {
    const text = field.noEffect.replace("%s", shown(path));
    report({ severity: "warning", code: "no_effect", path, text, at: node });
  }
  if (node.t === "map") checkMapValue(node, field, path, report);
  else if (node.t === "list") checkItems(node.items, field, path, report);
  else if (field.type !== "map") checkScalar(node, field, path, report);
}

function checkMapValue(node: MapNode, field: Field, path: Path, report: Report): void {
  if (field.each) {
    for (const [key, entry] of node.entries) {
      checkNode(entry.node, field.each, [...path, key], report);
    }
  } else if (field.type === "map" && field.fields) {
    checkMap(node, field.fields, path, report);
  } else if (field.type === "env") {
    for (const [key, entry] of node.entries) {
      checkVariable(key, [...path, key], { source: entry.source, offset: entry.keyOffset }, report);
    }
  }
}

function checkItems(items: readonly Node[], field: Field, path: Path, report: Report): void {
  items.forEach((item, index) => {
    const here = [...path, String(index)];
    if (field.type === "list" && item.t === "map") {
      checkMap(item, field.fields ?? {}, here, report);
    } else if (field.type === "env" && item.t === "map") {
      checkVariableItem(item, here, report);
    } else if (field.format && item.t === "scalar" && item.tag === undefined) {
      checkFormat(item, field, here, report);
    }
  });
}

function checkVariableItem(item: MapNode, path: Path, report: Report): void {
  const key = item.entries.get("key")?.node;
  if (key?.t !== "scalar" || isNull(key) || (key.tag === undefined && key.text === "")) {
    const text = `${shown(path)}: key is required`;
    report({ severity: "error", code: "missing_field", path, text, class: "field", at: item });
  } else if (key.tag === undefined) {
    checkVariable(key.text, [...path, "key"], key, report);
  }
  checkMap(item, { key: { type: "string" }, value: { type: "string" } }, path, report);
}

function checkVariable(
  name: string,
  path: Path,
  at: Place,
  report: Report,
): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  const text = `invalid environment variable name ${JSON.stringify(name)}`;
  report({ severity: "error", code: "invalid_env_name", path, text, class: "field", at });
}

/** What stands where, in the words of messages; undefined = fits. */
function shapeProblem(node: Node, field: Field): { expected: string; got: string } | undefined {
  const got = node.t === "scalar" ? "string" : node.t;
  switch (field.type) {
    case "string":
    case "duration":
    case "path":
      return node.t === "scalar" ? undefined : { expected: "string", got };
    case "bool":
      if (node.t === "scalar" && boolOf(node.text)) return undefined;
      return { expected: "bool", got: node.t === "scalar" ? quoted(node) : got };
    case "int":
      if (node.t === "scalar" && intOf(node.text) !== undefined) return undefined;
      return { expected: "int", got: node.t === "scalar" ? quoted(node) : got };
    case "strings":
      if (node.t === "map") return { expected: "list", got };
      return node.t === "list" && node.items.some((item) => item.t !== "scalar")
        ? { expected: "list of strings", got: "list" }
        : undefined;
    case "list":
    case "env":
      if (field.type === "env" && node.t === "map") {
        const nested = [...node.entries.values()].some((entry) => entry.node.t !== "scalar");
        return nested ? { expected: "map of strings", got } : undefined;
      }
      if (node.t !== "list") return { expected: "list", got };
      return node.items.some((item) => item.t !== "map" && !isTagged(item))
        ? { expected: "list of maps", got }
        : undefined;
    case "map":
      return node.t === "map" || (field.scalar && node.t === "scalar")
        ? undefined
        : { expected: "map", got };
    case "any":
      return undefined;
  }
}

function isTagged(node: Node): boolean {
  return node.t === "scalar" && node.tag !== undefined;
}

function quoted(node: ScalarNode): string {
  return JSON.stringify(node.text);
}

/** Path in messages: `spec.` is left out (06 §1.1). */
function shown(path: Path): string {
  return (path[0] === "spec" && path.length > 1 ? path.slice(1) : path).join(".");
}

function checkScalar(node: ScalarNode, field: Field, path: Path, report: Report): void {
  if (field.type === "bool" && boolOf(node.text)!.vague) {
    const text = `${shown(path)}: write ${boolOf(node.text)!.value} instead of ${node.text}`;
    report({ severity: "warning", code: "vague_boolean", path, text, at: node });
  }
  if (field.secret && node.text !== "" && isLiteral(node)) {
    report({
      severity: "warning",
      code: "secret_in_yaml",
      path,
      text: `${shown(path)} is written in clear text`,
      at: node,
      hint:
        "Take it from the environment with `!env NAME`, or leave it out and store it in the keyring",
    });
  }
  if (node.text.trim() === "" && field.format !== "base-path") return;
  if (field.type === "duration") checkDuration(node, field, path, report);
  if (field.type === "int") checkRange(node, field, path, report);
  if (field.values) checkValue(node, field, path, report);
  if (field.format) checkFormat(node, field, path, report);
}

/** False when a function such as `!env` gave the value: then the file shows the function there. */
function isLiteral(node: ScalarNode): boolean {
  return node.source.text[node.offset] !== "!";
}

function checkValue(node: ScalarNode, field: Field, path: Path, report: Report): void {
  const written = node.text.trim();
  const wanted = field.anyCase ? written.toLowerCase() : written;
  const values = field.values!;
  if (
    [...values, ...field.also ?? []].some((value) =>
      (field.anyCase ? value.toLowerCase() : value) === wanted
    )
  ) return;
  const key = shown(path);
  const text = field.wrong?.replace("%s", () => written) ??
    `invalid ${key} "${written}", must be one of: ${values.join(", ")}`;
  report({
    severity: "error",
    code: "invalid_value",
    path,
    text,
    class: "field",
    at: node,
    ...hint(didYouMean(nearest(written, values))),
  });
}

function checkFormat(node: ScalarNode, field: Field, path: Path, report: Report): void {
  const problem = formatProblem(field.format!, node.text, shown(path));
  if (!problem) return;
  report({
    severity: problem.warning ? "warning" : "error",
    code: problem.code,
    path,
    text: problem.text,
    class: "field",
    at: node,
    ...hint(problem.hint),
  });
}

function checkDuration(node: ScalarNode, field: Field, path: Path, report: Report): void {
  const parsed = parseDuration(node.text);
  if (!parsed.ok) {
    report({
      severity: "error",
      code: "invalid_duration",
      path,
      text: parsed.reason,
      class: "field",
      at: node,
    });
    return;
  }
  const limited = limit(parsed.seconds, node.text.trim(), field, path, durationText);
  if (limited) {
    report({ severity: "warning", code: "duration_limited", path, text: limited, at: node });
  }
}

function checkRange(node: ScalarNode, field: Field, path: Path, report: Report): void {
  const number = intOf(node.text)!;
  const limited = limit(number, node.text.trim(), field, path, String);
  if (!limited) return;
  report({ severity: "warning", code: "value_limited", path, text: limited, at: node });
}

function limit(
  value: number,
  written: string,
  field: Field,
  path: Path,
  show: (value: number) => string,
): string | undefined {
  if (field.max !== undefined && value > field.max) {
    return `${path.join(".")} ${written} exceeds the maximum ${
      show(field.max)
    } and will be limited`;
  }
  if (field.min !== undefined && value < field.min) {
    return `${path.join(".")} ${written} is below the minimum ${
      show(field.min)
    } and will be raised`;
  }
  return undefined;
}

/** Seconds in the largest unit that divides them. */
function durationText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
