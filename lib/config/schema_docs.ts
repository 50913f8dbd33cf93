/**
 * Texts of the schema table for people: JSON Schema and reference pages. No other command loads
 * this. A text is found by the most special key: `<kind> <path>`, `<cloud> <path>`, `<role> <path>`,
 * `* <path>`; keys of `auth` and of other sections by `auth <path>` and `root <path>`.
 */
import { authDocs } from "./schema_docs_auth.ts";
import { awsDocs } from "./schema_docs_aws.ts";
import { azureDocs } from "./schema_docs_azure.ts";
import { commonDocs, kindDocs } from "./schema_docs_common.ts";
import { gcpDocs } from "./schema_docs_gcp.ts";
import { otherDocs } from "./schema_docs_other.ts";
import { rootDocs } from "./schema_docs_root.ts";
import type { Doc, Docs } from "./schema_docs_types.ts";
import type { KindSchema, Role } from "./schema_types.ts";

const all: readonly Docs[] = [
  commonDocs,
  awsDocs,
  azureDocs,
  gcpDocs,
  otherDocs,
  authDocs,
  rootDocs,
];

/** Where a key stands. */
export type DocPlace =
  | { role: Role; kind?: string; cloud?: KindSchema["cloud"] }
  | { section: "auth" | "root" };

/** The text of a key; undefined when nobody has written one. */
export function docOf(place: DocPlace, path: readonly string[]): Doc | undefined {
  for (const key of docKeys(place, path.join("."))) {
    for (const docs of all) if (Object.hasOwn(docs, key)) return docs[key];
  }
  return undefined;
}

/** Keys under which the text of a place is looked for, the most special first. */
export function docKeys(place: DocPlace, path: string): string[] {
  if ("section" in place) return [`${place.section} ${path}`, `* ${path}`];
  return [
    ...(place.kind ? [`${place.kind} ${path}`] : []),
    ...(place.cloud ? [`${place.cloud} ${path}`] : []),
    `${place.role} ${path}`,
    `* ${path}`,
  ];
}

/** Every key that has a text, for the test that finds texts without a key. */
export function docKeyList(): string[] {
  return all.flatMap((docs) => Object.keys(docs));
}

/** One or two sentences on a kind. */
export function kindDoc(role: Role, kind: string): string | undefined {
  return kindDocs[`${role} ${kind}`];
}
