/**
 * The reference pages of the configuration, `docs/configuration/*.md`, printed from the schema table.
 * `scripts/docs.ts` writes and checks them.
 */
import { stringify } from "yaml";
import { findingCodes } from "../lib/config/finding_codes.ts";
import { kindNames, kindSchema, staleSpellings } from "../lib/config/schema.ts";
import { authFields } from "../lib/config/schema_auth.ts";
import { rootFields } from "../lib/config/schema_root.ts";
import { commonFields } from "../lib/config/schema_common.ts";
import { docOf, type DocPlace, kindDoc } from "../lib/config/schema_docs.ts";
import type { Doc } from "../lib/config/schema_docs_types.ts";
import type { Field, Fields, KindSchema, Role } from "../lib/config/schema_types.ts";

const folder = "docs/configuration/";

/** Page by path from the root. */
export function configPages(): Map<string, string> {
  return new Map([
    [`${folder}README.md`, overview()],
    [`${folder}auth.md`, authPage()],
    [`${folder}providers.md`, entriesPage("provider")],
    [`${folder}identities.md`, entriesPage("identity")],
    [`${folder}integrations.md`, entriesPage("integration")],
    [`${folder}other-sections.md`, otherPage()],
    [`${folder}findings.md`, findingsPage()],
  ]);
}

const plural = { provider: "providers", identity: "identities", integration: "integrations" };

function overview(): string {
  return page([
    "# Configuration reference",
    "What `atmos.yaml` may hold for authentication. These pages are printed from the table that the " +
    "program itself checks a configuration with; `atmos-auth schema` prints the same table as JSON " +
    "Schema for editors, and `atmos-auth validate` tells what is wrong with a file.",
    table(["Page", "For"], [
      ["[auth](auth.md)", "the keys of `auth` itself: realm, keyring, logs, defaults"],
      ["[Providers](providers.md)", "where a sign-in starts"],
      ["[Identities](identities.md)", "what one can act as"],
      ["[Integrations](integrations.md)", "what is set up after a sign-in"],
      ["[Other sections](other-sections.md)", "the keys outside of `auth` that are read"],
      ["[Findings](findings.md)", "the codes of `validate`"],
    ]),
    "## In an editor",
    "Write the schema to a file, `atmos-auth schema --output auth.schema.json`, and name it in the " +
    "first line of `atmos.yaml`. `--partial` is for profiles and fragments, which hold only a part.",
    "```yaml\n# yaml-language-server: $schema=auth.schema.json\n```",
    "Tell the editor about functions: `yaml.customTags` takes `!env scalar`, `!exec scalar` and so on. " +
    "Editors that drop the tag see only its argument and then mark a switch, a duration or an address " +
    "that comes from a function; `validate` knows better.",
    "## Values",
    table(["Type", "What is taken"], [
      ["text", "any scalar, exactly as it is written: `012345678901` keeps its zero"],
      [
        "switch",
        "`true` or `false` in any case, `1`, `0`; `yes`, `no`, `on` and `off` with a warning",
      ],
      ["number", "an integer"],
      ["duration", "seconds (`3600`), a Go duration (`1h30m`) or days (`2d`); always positive"],
      ["path", "`~` is the home directory; a relative path starts at the project's base path"],
      ["texts", "a list, or one text that is split at commas"],
      ["map", "keys and values"],
      ["list", "a list of maps"],
      ["variables", "a map of names to values, or a list of `{key, value}`"],
    ]),
    "Names of providers, identities and integrations keep their spelling and may hold any printable " +
    "character; they are found in any case. An identity's `alias` works wherever its name does.",
  ]);
}

function authPage(): string {
  return page([
    "# auth",
    "Keys of `auth` besides [providers](providers.md), [identities](identities.md) and " +
    "[integrations](integrations.md).",
    keyTable(authFields(), { section: "auth" }),
  ]);
}

function otherPage(): string {
  return page([
    "# Other sections",
    "Keys outside of `auth` that are read. Further keys there belong to other programs and are left " +
    "alone.",
    keyTable(rootFields(), { section: "root" }),
  ]);
}

function entriesPage(role: Role): string {
  const title = plural[role][0]!.toUpperCase() + plural[role].slice(1);
  const kinds = kindNames(role);
  return page([
    `# ${title}`,
    introduction[role],
    table(
      ["Kind", "What it is"],
      kinds.map((kind) => [`[\`${kind}\`](#${anchor(kind)})`, kindDoc(role, kind)!]),
    ),
    "## Keys of every kind",
    keyTable(commonFields(role), { role }),
    ...kinds.flatMap((kind) => kindPart(role, kind)),
  ]);
}

const introduction = {
  provider: "`auth.providers.<name>`: where a sign-in starts.",
  identity:
    "`auth.identities.<name>`: what one can act as. A chain starts at a provider, or at an " +
    "identity that needs none, and leads over identities to the one that is wanted.",
  integration: "`auth.integrations.<name>`: what is set up after a sign-in. Each hangs from one " +
    "identity or one provider.",
};

function kindPart(role: Role, kind: string): string[] {
  const schema = kindSchema(role, kind)!;
  const common = commonFields(role);
  const own = Object.fromEntries(
    Object.entries(schema.fields).filter(([key, field]) =>
      JSON.stringify(field) !== JSON.stringify(common[key]) && !schema.hoist?.includes(key)
    ),
  );
  const stale = staleSpellings(role, kind);
  return [
    `## ${kind}`,
    kindDoc(role, kind)!,
    ...viaText(role, schema),
    ...(Object.keys(own).length > 0
      ? [keyTable(own, { role, kind, cloud: schema.cloud })]
      : ["No keys of its own."]),
    ...(schema.hoist ? ["The keys of `spec` may also stand beside it; `spec` wins."] : []),
    ...(stale.length > 0
      ? [`Older spellings: ${stale.map((word) => `\`${word}\``).join(", ")}.`]
      : []),
    "```yaml\n" + stringify(kindExample(role, kind), { lineWidth: 0 }) + "```",
  ];
}

function viaText(role: Role, schema: KindSchema): string[] {
  if (role !== "identity") return [];
  switch (schema.via) {
    case "provider":
      return ["Needs `via.provider`."];
    case "either":
      return ["Needs `via.provider` or `via.identity`."];
    case "optional":
      return ["May have `via.provider` or `via.identity`, or start a chain by itself."];
    case "forbidden":
      return ["Starts a chain by itself; `via` is an error."];
    default:
      return ["Starts a chain by itself; `via` is ignored."];
  }
}

/** A configuration with one entry of the kind, and what it hangs from, that validates. */
export function kindExample(role: Role, kind: string): Record<string, unknown> {
  const schema = kindSchema(role, kind)!;
  const place: DocPlace = { role, kind, cloud: schema.cloud };
  const entry: Record<string, unknown> = { kind };
  const before = predecessor(role, schema);
  if (before) entry.via = { [before.role]: before.name };
  Object.assign(entry, requiredValues(schema.fields, place, []));
  const auth: Record<string, Record<string, unknown>> = {};
  if (before) Object.assign(auth, before.auth);
  const section = plural[role];
  auth[section] = { ...auth[section], [exampleName(role)]: entry };
  return { auth };
}

const exampleName = (role: Role) =>
  ({ provider: "company", identity: "dev", integration: "tools" })[role];

/** The first kind of the table that can stand before this one, with its own example. */
function predecessor(role: Role, schema: KindSchema) {
  const wanted = role === "integration" || schema.via === "provider" || schema.via === "either";
  if (!wanted) return undefined;
  const roles: ("provider" | "identity")[] = schema.via === "provider"
    ? ["provider"]
    : ["identity", "provider"];
  for (const from of schema.takes?.includes("aws") ? roles : [...roles].reverse()) {
    const kind = kindNames(from).find((name) =>
      schema.takes?.includes(kindSchema(from, name)?.yields ?? "none")
    );
    if (!kind) continue;
    const { auth } = kindExample(from, kind) as { auth: Record<string, Record<string, unknown>> };
    const name = exampleName(from);
    if (from !== role) return { role: from, name, auth };
    const { [name]: entry, ...others } = auth[plural[from]]!;
    return {
      role: from,
      name: "base",
      auth: { ...auth, [plural[from]]: { ...others, base: entry } },
    };
  }
  return undefined;
}

/** Required keys with their first example. */
function requiredValues(
  fields: Fields,
  place: DocPlace,
  path: readonly string[],
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const here = [...path, key];
    if (field.fields && !field.scalar) {
      const below = requiredValues(field.fields, place, here);
      if (Object.keys(below).length > 0) out[key] = below;
    } else if (field.required) {
      out[key] = docOf(place, here)![1];
    }
  }
  return out;
}

function findingsPage(): string {
  return page([
    "# Findings",
    "What `atmos-auth validate` can find, by the code that `--format json` and `--format sarif` carry.",
    table(
      ["Code", "Meaning"],
      Object.entries(findingCodes).map(([code, text]) => [`\`${code}\``, text]),
    ),
  ]);
}

/** Keys with their maps opened, one row each. */
function keyTable(fields: Fields, place: DocPlace): string {
  const rows: string[][] = [];
  const walk = (below: Fields, path: readonly string[], before: string): void => {
    for (const [key, field] of Object.entries(below)) {
      const here = [...path, key], shown = before + key;
      rows.push(keyRow(field, shown, docOf(place, here)!));
      const inside = field.type === "list" ? [...here, "*"] : here;
      if (field.fields) walk(field.fields, inside, shown + (field.type === "list" ? "[]." : "."));
      if (field.each?.fields) walk(field.each.fields, [...here, "*"], `${shown}.<name>.`);
    }
  };
  walk(fields, [], "");
  return table(["Key", "Type", "Default", "Meaning"], rows);
}

function keyRow(field: Field, shown: string, [text, ...examples]: Doc): string[] {
  const notes = [
    ...(field.required ? ["**Required.**"] : []),
    text,
    ...(field.values ? [`One of ${field.values.map((value) => `\`${value}\``).join(", ")}.`] : []),
    ...(examples.length > 0 ? [`Example: ${examples.map(code).join(", ")}.`] : []),
    ...(field.replacedBy ? [`Deprecated: use \`${field.replacedBy}\`.`] : []),
    ...(field.noEffect && !field.replacedBy ? ["Has no effect in this version."] : []),
    ...(field.refused ? [refusedText(field.refused.unless)] : []),
  ];
  const standard = field.default === undefined ? "" : code(field.default);
  return [`\`${shown}\``, typeName(field), standard, notes.join(" ")];
}

function refusedText(unless: string): string {
  return unless === ""
    ? "Not supported by this version: an error."
    : `Not supported by this version: everything but \`${unless}\` is an error.`;
}

function typeName(field: Field): string {
  const names: Record<Field["type"], string> = {
    string: "text",
    bool: "switch",
    int: "number",
    duration: "duration",
    path: "path",
    strings: "texts",
    map: "map",
    list: "list",
    env: "variables",
    any: "any",
  };
  return field.scalar ? `${names[field.type]} or text` : names[field.type];
}

function code(value: unknown): string {
  return `\`${
    typeof value === "string"
      ? value
      : stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim()
  }\``;
}

function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^a-z0-9 _-]/g, "").replaceAll(" ", "-");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function page(parts: readonly string[]): string {
  return parts.join("\n\n") + "\n";
}
