/** Session policies, tags, source identity and MFA of an assumed role (04 Beyond 6). */
import {
  AuthError,
  type Entry,
  type KindContext,
  listAt,
  mapAt,
  textAt,
} from "../lib/core/types.ts";

export interface SessionPolicies {
  Policy?: string;
  PolicyArns?: { arn: string }[];
}

export interface PolicyFields extends SessionPolicies {
  Tags?: { Key: string; Value: string }[];
  TransitiveTagKeys?: string[];
  SourceIdentity?: string;
  SerialNumber?: string;
  TokenCode?: string;
}

function fail(entry: Entry, message: string): never {
  throw new AuthError({
    code: "invalid_identity_config",
    message: `invalid identity config: identity "${entry.name}": principal.${message}`,
  });
}

/** The fields that every AssumeRole* operation takes: `policy` and `policy_arns`. */
export function sessionPolicies(entry: Entry): SessionPolicies {
  const fields: SessionPolicies = {};
  const map = mapAt(entry.values, "principal", "policy");
  const policy = map ? JSON.stringify(map) : textAt(entry.values, "principal", "policy");
  if (policy !== undefined) {
    if (policy.length > 2048) fail(entry, "policy is longer than 2048 characters");
    fields.Policy = policy;
  }
  const arns = listAt(entry.values, "principal", "policy_arns");
  if (arns && arns.length > 0) {
    if (arns.length > 10) fail(entry, "policy_arns has more than 10 elements");
    fields.PolicyArns = arns.map((arn) => ({ arn }));
  }
  return fields;
}

/** Everything of {@link sessionPolicies} and what AssumeRole alone takes; may ask for an MFA code. */
export async function policyFields(cx: KindContext, entry: Entry): Promise<PolicyFields> {
  const fields: PolicyFields = sessionPolicies(entry);
  const tags = Object.entries(mapAt(entry.values, "principal", "tags") ?? {});
  if (tags.length > 50) fail(entry, "tags has more than 50 elements");
  if (tags.length > 0) fields.Tags = tags.map(([Key, value]) => ({ Key, Value: String(value) }));
  const transitive = listAt(entry.values, "principal", "transitive_tag_keys");
  if (transitive && transitive.length > 0) {
    const unknown = transitive.filter((key) => !tags.some(([tag]) => tag === key));
    if (unknown.length > 0) {
      fail(entry, `transitive_tag_keys names ${unknown.join(", ")}, which tags does not have`);
    }
    fields.TransitiveTagKeys = transitive;
  }
  const source = textAt(entry.values, "principal", "source_identity");
  if (source !== undefined) fields.SourceIdentity = sourceIdentity(cx, entry, source);
  const serial = textAt(entry.values, "principal", "mfa_arn");
  if (serial !== undefined) {
    const { mfaCode } = await import("./aws_mfa.ts");
    fields.SerialNumber = serial;
    fields.TokenCode = await mfaCode(cx, entry, serial);
  }
  return fields;
}

function sourceIdentity(cx: KindContext, entry: Entry, template: string): string {
  const { env } = cx.deps;
  const user = env.nonEmpty("USER") ?? env.nonEmpty("USERNAME") ?? env.nonEmpty("LOGNAME") ?? "";
  const text = template.replaceAll("{user}", user).replaceAll("{identity}", entry.name)
    .replace(/[^A-Za-z0-9_+=,.@-]/g, "-").slice(0, 64);
  if (text.length < 2) fail(entry, `source_identity gives "${text}", which is too short`);
  return text;
}
