/** Account names of Identity Center and the ids behind them, kept for a day (04 §9.1). */
import { AuthError, type Deps, type KindContext, type Secret } from "../lib/core/types.ts";
import { sha1Hex } from "../lib/sys/hash.ts";
import { baseDir, join } from "../lib/store/paths.ts";
import type { Account } from "./aws_sso_portal.ts";
import type { SsoPlace } from "./aws_sso_place.ts";

const day = 24 * 3600_000;

function accountsFile(deps: Deps, place: SsoPlace): string {
  const name = `accounts-${sha1Hex(`${place.startUrl}|${place.region}`)}.json`;
  return join(deps.env, baseDir(deps.env, "cache"), "aws-sso", name);
}

/** Drops the kept list: an account was refused, or the user logs out. */
export async function forgetAccounts(deps: Deps, place: SsoPlace): Promise<void> {
  const file = accountsFile(deps, place);
  if (deps.files.exists(file)) await deps.files.remove(file);
}

/** The id of the account with this name: exact, else the only one that differs in case alone. */
export async function accountIdByName(o: {
  cx: KindContext;
  place: SsoPlace;
  token: Secret;
  name: string;
}): Promise<string> {
  const { deps } = o.cx;
  const kept = await readAccounts(deps, o.place);
  const known = kept && matching(kept, o.name);
  if (known?.length === 1) return known[0]!.id;
  const accounts = await fetchAccounts(o);
  await writeAccounts(deps, o.place, accounts);
  const found = matching(accounts, o.name);
  if (found.length === 1) return found[0]!.id;
  throw found.length === 0 ? notFound(o.name, accounts) : new AuthError({
    code: "account_ambiguous",
    message: `account "${o.name}" is ambiguous: ${found.map((a) => a.id).join(", ")}`,
    hints: ["Give `principal.account.id` instead of the name"],
  });
}

function matching(accounts: Account[], name: string): Account[] {
  const exact = accounts.filter((a) => a.name === name);
  if (exact.length > 0) return exact;
  return accounts.filter((a) => a.name.toLowerCase() === name.toLowerCase());
}

function notFound(name: string, accounts: Account[]): AuthError {
  const near = accounts.map((a) => a.name)
    .map((n) => ({ n, d: distance(n.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.d - b.d || (a.n < b.n ? -1 : 1))
    .slice(0, 3).map(({ n }) => `\`${n}\``);
  return new AuthError({
    code: "account_not_found",
    message: `account "${name}" not found`,
    hints: near.length > 0 ? [`Nearest names: ${near.join(", ")}`] : [],
  });
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(
        Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])),
      );
    }
    row = next;
  }
  return row[b.length]!;
}

async function fetchAccounts(
  o: { cx: KindContext; place: SsoPlace; token: Secret },
): Promise<Account[]> {
  const { listAccounts } = await import("./aws_sso_portal.ts");
  try {
    return await listAccounts({ cx: o.cx, region: o.place.region, token: o.token });
  } catch (error) {
    if (error instanceof AuthError && (error.code === "input_rejected" || error.exit === 130)) {
      throw error;
    }
    throw new AuthError({
      code: "sso_list_accounts_failed",
      message: `failed to list aws sso accounts: ${(error as Error).message}`,
      cause: error,
    });
  }
}

async function readAccounts(deps: Deps, place: SsoPlace): Promise<Account[] | undefined> {
  const text = await deps.files.readSecret(accountsFile(deps, place));
  if (text === undefined) return undefined;
  try {
    const { fetchedAt, accounts } = JSON.parse(text);
    const age = deps.clock.now() - Date.parse(fetchedAt);
    return age >= 0 && age < day && Array.isArray(accounts) ? accounts : undefined;
  } catch {
    return undefined; // damaged: as if absent (03 §5.5)
  }
}

async function writeAccounts(deps: Deps, place: SsoPlace, accounts: Account[]): Promise<void> {
  const file = accountsFile(deps, place);
  try {
    await deps.files.ensureDir(file.replace(/[/\\][^/\\]*$/, ""));
    const fetchedAt = new Date(deps.clock.now()).toISOString();
    await deps.files.write(file, JSON.stringify({ fetchedAt, accounts }));
  } catch (error) {
    deps.log.debug(`cannot keep the account names: ${(error as Error).message}`);
  }
}
