/** Chains of identities (03 §2, 04 §1): missing parents, circles, depth, and who may feed whom. */
import { type AuthConfig, type Entry, type Finding, textAt } from "../core/types.ts";
import { placeIn } from "./auth.ts";
import { isFunction } from "./check_references.ts";
import { finding } from "./problem.ts";
import { kindNames, kindSchema } from "./schema.ts";
import type { KindSchema, Yield } from "./schema_types.ts";
import { suggestions } from "./suggest.ts";

/** Elements a chain may have (03 §2). */
const DEPTH_LIMIT = 16;

/** Every identity is walked once: linear in their number. */
export function checkChains(config: AuthConfig, findings: Finding[]): void {
  const depths = new Map<Entry, number>();
  const parentOf = parentFinder(config, findings);
  for (const start of config.identities.all()) {
    const trail: Entry[] = [];
    const onTrail = new Map<Entry, number>();
    let here: Entry | undefined = start;
    while (here && !depths.has(here) && !onTrail.has(here)) {
      onTrail.set(here, trail.length);
      trail.push(here);
      here = parentOf(here);
    }
    const round = here && onTrail.get(here);
    if (round !== undefined) findings.push(circle(trail.slice(round)));
    let depth = (here && depths.get(here)) ?? rootDepth(trail.at(-1));
    for (const entry of trail.reverse()) {
      depth++;
      depths.set(entry, depth);
      if (depth === DEPTH_LIMIT + 1) findings.push(tooLong(entry));
    }
  }
  checkPairs(config, findings);
}

/** Finds the parent of an identity, and reports each that does not exist. */
function parentFinder(
  config: AuthConfig,
  findings: Finding[],
): (entry: Entry) => Entry | undefined {
  const suggest = suggestions();
  return (entry) => {
    const name = parentName(entry);
    if (name === undefined || isFunction(name)) return undefined;
    const found = config.findIdentity(name);
    if (!found) {
      const { hint } = suggest(name, () => config.identities.names());
      findings.push(danglingParent(entry, name, hint));
    }
    return found;
  };
}

function rootDepth(last: Entry | undefined): number {
  return last && textAt(last.values, "via", "provider") !== undefined ? 1 : 0;
}

/** The identity that an identity hangs from; kinds that start a chain have none. */
function parentName(entry: Entry): string | undefined {
  const via = kindSchema("identity", entry.kind)?.via;
  if (via === "forbidden" || via === "ignored") return undefined;
  if (textAt(entry.values, "via", "provider") !== undefined) return undefined;
  return textAt(entry.values, "via", "identity");
}

function chainFinding(entry: Entry, code: string, text: string, hint?: string): Finding {
  const location = entry.at("via", "identity") ?? entry.at();
  return {
    severity: "error",
    code,
    path: `auth.identities.${entry.name}.via.identity`,
    message: `invalid auth config: identity chain validation failed: ${text}`,
    ...(location ? { location } : {}),
    ...(hint ? { hint } : {}),
  };
}

function danglingParent(entry: Entry, parent: string, hint: string | undefined): Finding {
  return chainFinding(
    entry,
    "dangling_reference",
    `invalid auth config: referenced identity "${parent}" does not exist`,
    hint,
  );
}

/** One finding a circle, told from the member that comes first by name. */
function circle(members: Entry[]): Finding {
  const names = members.map((entry) => entry.name);
  const first = names.indexOf([...names].sort()[0]!);
  const round = [...names.slice(first), ...names.slice(0, first), names[first]!];
  return chainFinding(
    members[first]!,
    "circular_dependency",
    "identity cycle detected: circular dependency detected in identity chain involving " +
      `"${names[first]}": ${round.join(" -> ")}`,
  );
}

function tooLong(entry: Entry): Finding {
  return chainFinding(
    entry,
    "chain_too_long",
    `the chain of identity "${entry.name}" has more than ${DEPTH_LIMIT} elements`,
  );
}

/** 04 §1: what stands before an identity or an integration must yield what its kind can use. */
function checkPairs(config: AuthConfig, findings: Finding[]): void {
  for (const entry of config.identities.all()) {
    const schema = kindSchema("identity", entry.kind);
    if (!schema || schema.via === "forbidden" || schema.via === "ignored") continue;
    const before = predecessor(config, entry);
    if (!before) continue;
    if (schema.takes && before.schema.yields && !feeds(before.schema.yields, schema.takes)) {
      findings.push(badPair(entry, schema, before));
    } else {
      checkInput(entry, schema, before, findings);
    }
  }
  for (const entry of config.integrations.all()) {
    const schema = kindSchema("integration", entry.kind);
    const before = schema && predecessor(config, entry);
    if (!before || !schema.takes || !before.schema.yields) continue;
    // Bound to a provider an integration serves the identities built on it as well (07 §5.1).
    if (before.role === "provider" && !kindYields(schema.takes, "provider")) continue;
    if (!feeds(before.schema.yields, schema.takes)) findings.push(badPair(entry, schema, before));
  }
}

interface Before {
  role: "provider" | "identity";
  entry: Entry;
  schema: KindSchema;
}

function predecessor(config: AuthConfig, entry: Entry): Before | undefined {
  const provider = textAt(entry.values, "via", "provider");
  const identity = textAt(entry.values, "via", "identity");
  if (provider !== undefined && identity !== undefined) return undefined;
  const role = provider !== undefined ? "provider" : "identity";
  const found = provider !== undefined
    ? config.findProvider(provider)
    : identity !== undefined
    ? config.findIdentity(identity)
    : undefined;
  const schema = found && kindSchema(role, found.kind);
  return schema && { role, entry: found, schema };
}

/** The mock kinds stand for any cloud. */
function feeds(given: Yield, takes: readonly Yield[]): boolean {
  return given === "mock" || takes.includes(given);
}

function kindYields(takes: readonly Yield[], role: "provider" | "identity"): boolean {
  return kindNames(role).some((kind) => takes.includes(kindSchema(role, kind)?.yields ?? "none"));
}

const WORDS: Record<Yield, string> = {
  "aws-bearer": "the SSO access token",
  "saml-assertion": "the SAML assertion",
  "oidc-token": "the OIDC token",
  aws: "the AWS credentials",
  azure: "the Azure credentials",
  gcp: "the Google Cloud credentials",
  "atmos-pro": "the Atmos Pro session",
  mock: "the mock credentials",
  none: "the credentials",
};

function badPair(entry: Entry, schema: KindSchema, before: Before): Finding {
  const role = entry.section === "identities" ? "identity" : "integration";
  const between = kindNames("identity").filter((kind) => {
    const step = kindSchema("identity", kind)!;
    return step.takes?.includes(before.schema.yields!) && step.yields &&
      schema.takes!.includes(step.yields) && kind !== entry.kind;
  });
  const at = placeIn(entry, "via", before.role) ?? placeIn(entry, "provider") ?? placeIn(entry);
  return finding(role, entry.name, {
    severity: "error",
    code: "kinds_do_not_fit",
    path: ["via", before.role],
    text: `kind "${entry.kind}" cannot use ${WORDS[before.schema.yields!]} of ` +
      `${before.role} "${before.entry.name}" (kind "${before.entry.kind}")` +
      (before.schema.yields === "none" ? ", which has none" : ""),
    class: "field",
    ...(at ? { at } : {}),
    ...(between.length > 0
      ? { hint: `Put an identity of kind \`${between[0]}\` between them` }
      : {}),
  });
}

/** Keys that the operation chosen by the input cannot honour (04 §9.2, Beyond 6). */
function checkInput(
  entry: Entry,
  schema: KindSchema,
  before: Before,
  findings: Finding[],
): void {
  for (const { keys, input, severity } of schema.onlyAfter ?? []) {
    if (before.schema.yields === input || before.schema.yields === "mock") continue;
    for (const key of keys) {
      const at = placeIn(entry, "principal", key);
      if (!at) continue;
      findings.push(finding("identity", entry.name, {
        severity,
        code: "key_not_honoured",
        path: ["principal", key],
        text: `principal.${key} cannot be sent together with ${WORDS[before.schema.yields!]} of ` +
          `${before.role} "${before.entry.name}"`,
        class: "field",
        at,
      }));
    }
  }
}
