/** Writes the identities that an Identity Center user has into a file of configuration (04 §6.4). */
import { AuthError, type Credentials, type KindContext, type Secret } from "../lib/core/types.ts";
import { provisionedFile } from "../lib/store/paths.ts";
import { wholeSeconds } from "./aws.ts";
import { type Account, listAccounts, listRoles } from "./aws_sso_portal.ts";
import { placeOf, type SsoPlace } from "./aws_sso_place.ts";

interface Provisioned {
  name: string;
  role: string;
  account: Account;
}

/**
 * Lists all accounts and roles and writes them as identities. Returns warnings for accounts that
 * could not be listed, whose earlier identities stay. Throws when the accounts cannot be listed.
 */
export async function provision(credentials: Credentials, cx: KindContext): Promise<string[]> {
  if (credentials.type !== "aws" || !credentials.bearer) return [];
  const place = placeOf(cx.entries[0]!);
  const at = { cx, region: place.region, token: credentials.bearer };
  let accounts: Account[];
  try {
    accounts = await listAccounts(at);
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    throw new AuthError({
      code: "sso_provisioning_failed",
      message: `aws sso identity provisioning failed: failed to list aws sso accounts: ${
        (error as Error).message
      }`,
      cause: error,
    });
  }
  const listed = await Promise.all(accounts.map((account) => rolesOf(at, account)));
  const file = provisionedFile(cx.deps.env, cx.name);
  const before = await readProvisioned(cx, file);
  const warnings: string[] = [];
  const identities: Provisioned[] = [];
  for (const [i, account] of accounts.entries()) {
    const roles = listed[i]!;
    if (typeof roles === "string") {
      warnings.push(
        `aws sso identity provisioning failed: failed to list aws sso roles of account ` +
          `${account.id}: ${roles}`,
      );
      identities.push(...before.filter((p) => p.account.id === account.id));
      continue;
    }
    const label = accounts.some((a) => a !== account && a.name === account.name)
      ? `${account.name}-${account.id}`
      : account.name;
    for (const role of roles) identities.push({ name: `${label}/${role}`, role, account });
  }
  await write(cx, place, file, identities);
  return warnings;
}

async function rolesOf(
  at: { cx: KindContext; region: string; token: Secret },
  account: Account,
): Promise<string[] | string> {
  try {
    return await listRoles({ ...at, account: account.id });
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    return (error as Error).message;
  }
}

async function readProvisioned(cx: KindContext, file: string): Promise<Provisioned[]> {
  const text = await cx.deps.files.readText(file);
  if (text === undefined) return [];
  const { parse } = await import("yaml");
  let root: unknown;
  try {
    root = parse(text);
  } catch {
    return []; // damaged: as if absent (03 §5.5)
  }
  const identities = (root as { auth?: { identities?: Record<string, unknown> } })?.auth
    ?.identities;
  return Object.entries(identities ?? {}).flatMap(([name, value]) => {
    const principal = (value as {
      principal?: { name?: unknown; account?: { name?: unknown; id?: unknown } };
    })?.principal;
    const id = principal?.account?.id;
    if (typeof id !== "string") return [];
    return [{
      name,
      role: String(principal?.name ?? ""),
      account: { id, name: String(principal?.account?.name ?? id) },
    }];
  });
}

async function write(
  cx: KindContext,
  place: SsoPlace,
  file: string,
  identities: Provisioned[],
): Promise<void> {
  const sorted = identities.toSorted((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const now = wholeSeconds(cx.deps.clock.now());
  const text = render(cx, place, sorted, now);
  const before = await cx.deps.files.readText(file);
  const timeless = (yaml: string) => yaml.replace(/^ {4}provisioned_at: .*$/m, "");
  if (before !== undefined && timeless(before) === timeless(text)) return;
  await cx.deps.files.ensureDir(file.replace(/[/\\][^/\\]*$/, ""));
  await cx.deps.files.write(file, text);
}

function render(cx: KindContext, place: SsoPlace, all: Provisioned[], now: string): string {
  const provider = scalar(cx.name);
  const kind = "aws/permission-set";
  const lines = [
    "auth:",
    "  _metadata:",
    `    provisioned_at: ${quoted(now)}`,
    `    source: ${provider}`,
    `    provider: ${provider}`,
    `    realm: ${quoted(cx.realm)}`,
    `    counts: {accounts: ${
      new Set(all.map((p) => p.account.id)).size
    }, roles: ${all.length}, identities: ${all.length}}`,
    `    extra: {start_url: ${quoted(place.startUrl)}, region: ${quoted(place.region)}}`,
    all.length === 0 ? "  identities: {}" : "  identities:",
  ];
  for (const { name, role, account } of all) {
    lines.push(
      `    ${scalar(name)}:`,
      `      kind: ${kind}`,
      `      provider: ${provider}`,
      `      via: {provider: ${quoted(cx.name)}}`,
      `      principal: {name: ${quoted(role)}, account: {name: ${quoted(account.name)}, id: ${
        quoted(account.id)
      }}}`,
    );
  }
  return lines.join("\n") + "\n";
}

/** Plain where YAML 1.1 and 1.2 both read the text as that string, quoted otherwise. */
function scalar(text: string): string {
  const word = /^(y|n|yes|no|on|off|true|false|null|~|\.nan|\.inf)$/i;
  return /^[A-Za-z_][A-Za-z0-9_./@+-]*$/.test(text) && !word.test(text) ? text : quoted(text);
}

/** A double-quoted scalar: JSON's escapes are YAML's. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
