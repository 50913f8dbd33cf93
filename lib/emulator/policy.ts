/** A small reader of IAM policy documents: what trust policies and session policies need. */

type OneOrMany = string | string[];

export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS?: OneOrMany; Federated?: OneOrMany; Service?: OneOrMany };
  Action?: OneOrMany;
  NotAction?: OneOrMany;
  Resource?: OneOrMany;
  NotResource?: OneOrMany;
  Condition?: Record<string, Record<string, OneOrMany | boolean | number>>;
}

export interface Policy {
  Version?: string;
  Id?: string;
  Statement: PolicyStatement | PolicyStatement[];
}

/** What a decision is made from. `context` holds condition keys in lower case. */
export interface PolicyRequest {
  action: string;
  resource?: string;
  context: Map<string, string[]>;
}

const list = (v: unknown): string[] =>
  v === undefined ? [] : (Array.isArray(v) ? v : [v]).map((x) => String(x));

/** `*` and `?` as in IAM; everything else literal. */
export function wildcardMatch(pattern: string, text: string, ignoreCase = false): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, "[\\s\\S]*")
    .replace(/\?/g, "[\\s\\S]");
  return new RegExp(`^${source}$`, ignoreCase ? "i" : "").test(text);
}

type Test = (have: string, want: string) => boolean;
const number = (op: (a: number, b: number) => boolean): Test => (a, b) => op(Number(a), Number(b));
const date = (op: (a: number, b: number) => boolean): Test => (a, b) =>
  op(Date.parse(a), Date.parse(b));

/** Positive operators; the `Not…` twins negate them. */
const OPERATORS: Record<string, Test> = {
  StringEquals: (a, b) => a === b,
  StringEqualsIgnoreCase: (a, b) => a.toLowerCase() === b.toLowerCase(),
  StringLike: (a, b) => wildcardMatch(b, a),
  ArnEquals: (a, b) => wildcardMatch(b, a),
  ArnLike: (a, b) => wildcardMatch(b, a),
  Bool: (a, b) => a.toLowerCase() === b.toLowerCase(),
  NumericEquals: number((a, b) => a === b),
  NumericLessThan: number((a, b) => a < b),
  NumericLessThanEquals: number((a, b) => a <= b),
  NumericGreaterThan: number((a, b) => a > b),
  NumericGreaterThanEquals: number((a, b) => a >= b),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
};

interface Operator {
  test: Test | "null";
  negated: boolean;
  ifExists: boolean;
  set: "all" | "any" | undefined;
}

function operator(name: string): Operator | undefined {
  let rest = name;
  let set: Operator["set"];
  if (rest.startsWith("ForAllValues:")) set = "all";
  if (rest.startsWith("ForAnyValue:")) set = "any";
  if (set) rest = rest.slice(rest.indexOf(":") + 1);
  const ifExists = rest.endsWith("IfExists");
  if (ifExists) rest = rest.slice(0, -"IfExists".length);
  if (rest === "Null") return { test: "null", negated: false, ifExists, set };
  const negated = /^(String|Arn|Numeric|Date)Not/.test(rest);
  const test = OPERATORS[negated ? rest.replace("Not", "") : rest];
  return test ? { test, negated, ifExists, set } : undefined;
}

/** Reads a document; `fault` says what is wrong with it (MalformedPolicyDocument). */
export function parsePolicy(text: string): { policy?: Policy; fault?: string } {
  let policy: Policy;
  try {
    policy = JSON.parse(text);
  } catch {
    return { fault: "Syntax errors in policy." };
  }
  if (typeof policy !== "object" || policy === null || !policy.Statement) {
    return { fault: "Syntax errors in policy." };
  }
  for (const s of statements(policy)) {
    if (s.Effect !== "Allow" && s.Effect !== "Deny") return { fault: "Invalid effect in policy." };
    if (!s.Action && !s.NotAction) return { fault: "Policy statement must contain actions." };
    for (const name of Object.keys(s.Condition ?? {})) {
      if (!operator(name)) return { fault: `Invalid Condition type : ${name}.` };
    }
  }
  return { policy };
}

/** The statements of a document, one or many. */
export function statements(policy: Policy): PolicyStatement[] {
  return Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
}

function conditionHolds(
  name: string,
  keys: Record<string, OneOrMany | boolean | number>,
  context: Map<string, string[]>,
): boolean {
  const op = operator(name);
  if (!op) return false;
  return Object.entries(keys).every(([key, value]) => {
    const have = context.get(key.toLowerCase());
    const want = list(value);
    if (op.test === "null") return want.some((w) => (w === "true") === (have === undefined));
    if (have === undefined || have.length === 0) {
      return op.ifExists || op.set === "all" || (op.negated && op.set !== "any");
    }
    const test = op.test;
    const one = (h: string) => want.some((w) => test(h, w)) !== op.negated;
    return op.set === "all" ? have.every(one) : have.some(one);
  });
}

/** Whether a statement speaks about this request, its principal aside. */
export function applies(s: PolicyStatement, request: PolicyRequest): boolean {
  const actions = list(s.Action), not = list(s.NotAction);
  const named = (patterns: string[]) =>
    patterns.some((p) => wildcardMatch(p, request.action, true));
  if (actions.length ? !named(actions) : named(not)) return false;
  const resource = request.resource;
  if (resource !== undefined) {
    const on = list(s.Resource), off = list(s.NotResource);
    if (on.length && !on.some((p) => wildcardMatch(p, resource))) return false;
    if (off.length && off.some((p) => wildcardMatch(p, resource))) return false;
  }
  return Object.entries(s.Condition ?? {}).every(([op, keys]) =>
    conditionHolds(op, keys, request.context)
  );
}

/** `allow`, `deny` (explicit) or `none` over the statements whose principal `named` accepts. */
export function decide(
  policy: Policy,
  request: PolicyRequest,
  named: (s: PolicyStatement) => boolean = () => true,
): "allow" | "deny" | "none" {
  let answer: "allow" | "none" = "none";
  for (const s of statements(policy)) {
    if (!named(s) || !applies(s, request)) continue;
    if (s.Effect === "Deny") return "deny";
    answer = "allow";
  }
  return answer;
}

/** The principals of one sort that a statement names. */
export function principalsOf(s: PolicyStatement, sort: "AWS" | "Federated"): string[] {
  if (s.Principal === "*") return ["*"];
  return list(s.Principal?.[sort]);
}
