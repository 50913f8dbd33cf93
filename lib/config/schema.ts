/**
 * Access to the schema table: kinds by role, their keys with the common ones of the role, stale
 * spellings. The rows stand in `schema_<cloud>.ts`, the keys of `auth` itself in `schema_auth.ts`,
 * the texts for people in `schema_docs_*.ts`, which no hot path loads.
 */
import { aws } from "./schema_aws.ts";
import { azure } from "./schema_azure.ts";
import { commonFields } from "./schema_common.ts";
import { gcp } from "./schema_gcp.ts";
import { other } from "./schema_other.ts";
export { commonFields };

import type { CloudSchema, Fields, KindSchema, Role } from "./schema_types.ts";

const clouds: readonly CloudSchema[] = [aws, azure, gcp, other];

/** All kinds of a role, in the order of the table. */
export function kindNames(role: Role): string[] {
  return clouds.flatMap((cloud) => Object.keys(cloud[role]));
}

const built = new Map<string, KindSchema>();

/** The row of a kind with the common keys of its role in `fields`; undefined = unknown kind. */
export function kindSchema(role: Role, kind: string): KindSchema | undefined {
  const key = `${role} ${kind}`;
  const known = built.get(key);
  if (known) return known;
  for (const cloud of clouds) {
    if (!Object.hasOwn(cloud[role], kind)) continue;
    const own = cloud[role][kind]!();
    const schema = { ...own, fields: allFields(commonFields(role), own) };
    built.set(key, schema);
    return schema;
  }
  return undefined;
}

/** Keys of entries whose kind is unknown or missing: the common ones alone. */
export function fieldsOf(role: Role, kind: string): Fields {
  return kindSchema(role, kind)?.fields ?? commonFields(role);
}

function allFields(common: Fields, own: KindSchema): Fields {
  if (!own.hoist) return { ...common, ...own.fields };
  const spec = own.fields.spec?.fields ?? {};
  const beside = own.hoist.map((key) => [key, { ...spec[key]!, required: undefined }] as const);
  return { ...common, ...Object.fromEntries(beside), ...own.fields };
}

/** Spellings that are still found in the wild (01 §4.3) and the kind they mean. */
const staleProviderKinds: Record<string, string> = {
  "aws-sso": "aws/iam-identity-center",
  "aws/sso": "aws/iam-identity-center",
};

/** Counts only together with `start_url`. */
const BARE_AWS = "aws";

/** Other spellings of a kind. */
export function staleSpellings(role: Role, kind: string): string[] {
  if (role !== "provider") return [];
  const stale = Object.keys(staleProviderKinds).filter((key) => staleProviderKinds[key] === kind);
  return stale.length > 0 ? [...stale, BARE_AWS] : stale;
}

/**
 * The kind that a written one means: itself, or the kind that a stale spelling stands for. `aws`
 * counts as Identity Center when the provider has a `start_url` (01 §4.3).
 */
export function canonicalKind(role: Role, written: string, hasStartUrl: boolean): string {
  if (role !== "provider") return written;
  if (written === BARE_AWS && hasStartUrl) return "aws/iam-identity-center";
  return Object.hasOwn(staleProviderKinds, written) ? staleProviderKinds[written]! : written;
}
