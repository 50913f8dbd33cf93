/** Parameters of STS calls: which are known, what they must look like, how a fault is told. */
import { managedPolicy } from "./authorization.ts";
import { ServiceError } from "./http.ts";
import { parsePolicy, type Policy } from "./policy.ts";

export type Params = Map<string, string>;

/** Shape of one parameter; `name` is the model's spelling (`roleArn`) in error texts. */
export interface Rule {
  required?: true;
  min?: number;
  max?: number;
  /** Integer bounds instead of lengths. */
  integer?: true;
  pattern?: string;
}

export const ROLE_ARN: Rule = { required: true, min: 20, max: 2048 };
export const SESSION_NAME: Rule = { required: true, min: 2, max: 64, pattern: "[\\w+=,.@-]*" };

export function duration(min: number, max: number): Rule {
  return { integer: true, min, max };
}

export function validationError(message: string): ServiceError {
  return new ServiceError(400, "ValidationError", message);
}

function lowerFirst(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}

function faultsOf(name: string, value: string | undefined, rule: Rule): string[] {
  const told = (constraint: string) =>
    `Value ${value === undefined ? "null" : `'${value}'`} at '${
      lowerFirst(name)
    }' failed to satisfy constraint: ${constraint}`;
  if (value === undefined) return rule.required ? [told("Member must not be null")] : [];
  if (rule.integer) {
    const n = Number(value);
    if (n < rule.min!) return [told(`Member must have value greater than or equal to ${rule.min}`)];
    if (n > rule.max!) return [told(`Member must have value less than or equal to ${rule.max}`)];
    return [];
  }
  const out: string[] = [];
  if (rule.pattern && !new RegExp(`^${rule.pattern}$`).test(value)) {
    out.push(told(`Member must satisfy regular expression pattern: ${rule.pattern}`));
  }
  if (rule.min !== undefined && value.length < rule.min) {
    out.push(told(`Member must have length greater than or equal to ${rule.min}`));
  }
  if (rule.max !== undefined && value.length > rule.max) {
    out.push(told(`Member must have length less than or equal to ${rule.max}`));
  }
  return out;
}

/**
 * Checks the parameters of an operation. `lists` are patterns of numbered members.
 *
 * The real service ignores parameters that it does not know; here they are refused, because a
 * misspelt one that silently does nothing is exactly what a test must find.
 *
 * @throws ServiceError ValidationError with all faults, as the service does
 */
export function checkParams(
  params: Params,
  rules: Record<string, Rule>,
  lists: RegExp[] = [],
): void {
  for (const name of params.keys()) {
    if (name === "Action" || name === "Version" || name in rules) continue;
    if (lists.some((l) => l.test(name))) continue;
    throw validationError(`The parameter ${name} is not recognized`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value = params.get(name);
    if (rule.integer && value !== undefined && !/^-?\d+$/.test(value)) {
      throw new ServiceError(400, "MalformedInput", "Invalid Integer");
    }
  }
  const faults = Object.entries(rules).flatMap(([n, r]) => faultsOf(n, params.get(n), r));
  if (faults.length === 0) return;
  throw validationError(
    `${faults.length} validation error${faults.length > 1 ? "s" : ""} detected: ${
      faults.join("; ")
    }`,
  );
}

/** Values of `Name.member.N<suffix>` in the order of N. */
function members(params: Params, name: string, suffix = ""): string[] {
  const out: string[] = [];
  for (let n = 1; n <= 60; n++) {
    const value = params.get(`${name}.member.${n}${suffix}`);
    if (value !== undefined) out.push(value);
  }
  return out;
}

/** Numbered members that AssumeRole knows. */
export const SESSION_LISTS = [
  /^PolicyArns\.member\.\d+\.arn$/,
  /^Tags\.member\.\d+\.(Key|Value)$/,
  /^TransitiveTagKeys\.member\.\d+$/,
];

export const POLICY_RULE: Rule = { min: 1, max: 2048 };

/**
 * Session policies of a call.
 *
 * @throws ServiceError MalformedPolicyDocument, ValidationError
 */
export function sessionPolicies(params: Params): Policy[] {
  const out: Policy[] = [];
  const inline = params.get("Policy");
  if (inline !== undefined) {
    const { policy, fault } = parsePolicy(inline);
    if (!policy) throw new ServiceError(400, "MalformedPolicyDocument", fault!);
    out.push(policy);
  }
  const arns = members(params, "PolicyArns", ".arn");
  if (arns.length > 10) {
    throw validationError(
      "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10",
    );
  }
  for (const arn of arns) {
    if (!/^arn:[a-z-]+:iam::(aws|\d{12}):policy\/.+$/.test(arn)) {
      throw validationError(`ARN ${arn} is not valid.`);
    }
    out.push(managedPolicy(arn));
  }
  return out;
}

/** Session tags with which of them go down a chain. */
export interface SessionTags {
  tags: Map<string, string>;
  transitive: string[];
}

/**
 * @throws ServiceError ValidationError, InvalidParameterValue for repeated keys
 */
export function sessionTags(params: Params): SessionTags {
  const keys = members(params, "Tags", ".Key");
  const tags = new Map<string, string>();
  if (keys.length > 50) {
    throw validationError(
      "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    );
  }
  const seen = new Set<string>();
  for (let n = 1; n <= 60; n++) {
    const key = params.get(`Tags.member.${n}.Key`), value = params.get(`Tags.member.${n}.Value`);
    if (key === undefined && value === undefined) continue;
    if (key === undefined || value === undefined || key.length < 1 || key.length > 128) {
      throw validationError(`Tags.member.${n} must have a Key of 1 to 128 characters and a Value`);
    }
    if (value.length > 256 || key.toLowerCase().startsWith("aws:")) {
      throw validationError(`The tag ${key} is not allowed`);
    }
    if (seen.has(key.toLowerCase())) {
      throw new ServiceError(
        400,
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    seen.add(key.toLowerCase());
    tags.set(key, value);
  }
  const transitive = members(params, "TransitiveTagKeys");
  const stray = transitive.find((k) => !tags.has(k));
  if (stray !== undefined) {
    throw new ServiceError(
      400,
      "InvalidParameterValue",
      "The specified transitive tag key must be included in the requested tags.",
    );
  }
  return { tags, transitive };
}

/**
 * Percentage of the room for policies and tags that a call takes. The service's packing is not
 * published; plain length over 2048 is of the same order.
 *
 * @throws ServiceError PackedPolicyTooLarge
 */
export function packedSize(params: Params, tags: Map<string, string>): number | undefined {
  let length = params.get("Policy")?.length ?? 0;
  for (const arn of members(params, "PolicyArns", ".arn")) length += arn.length;
  for (const [k, v] of tags) length += k.length + v.length;
  if (length === 0) return undefined;
  const percent = Math.ceil((length / 2048) * 100);
  if (percent > 100) {
    throw new ServiceError(
      400,
      "PackedPolicyTooLarge",
      `Packed size of session policies and tags consumes ${percent}% of allotted space.`,
    );
  }
  return percent;
}
