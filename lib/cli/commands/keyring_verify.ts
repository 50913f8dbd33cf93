import { keyringEntry } from "../../core/keyring_entries.ts";
import type { RawStore } from "../../store/keyring.ts";
import type { FileStore } from "../../store/keyring_file.ts";
import { given, openStore } from "../keyring.ts";
import type { CommandContext } from "../types.ts";

interface Check {
  key: string;
  /** Undefined = the entry is sound. */
  problem?: string;
  /** PBKDF2 rounds, file keyring only. */
  iterations?: number;
}

/** `auth keyring verify` (03 Beyond 4, 8). Exit 1 when an entry cannot be read. */
export async function run(cx: CommandContext): Promise<number> {
  const { config } = await cx.core();
  const store = await openStore(cx);
  const rounds = await iterationsIn(store);
  const checks: Check[] = [];
  for (const key of await store.list()) {
    const { problem } = await keyringEntry(store, key, config);
    checks.push({ key, problem: problem?.message, iterations: rounds.get(key) });
  }
  const configured = config.keyring.iterations;
  const weak = (check: Check) => check.iterations !== undefined && check.iterations < configured;
  if (cx.text("format") === "json") {
    const rows = checks.map((check) => given({ ...check, weak: weak(check) || undefined }));
    cx.out(JSON.stringify(rows, null, 2) + "\n");
  } else {
    for (const check of checks) cx.err(line(check, weak(check), configured) + "\n");
    if (checks.length === 0) cx.err("The keyring is empty\n");
    if (checks.some(weak)) {
      cx.err(
        `💡 \`${cx.prog} keyring rotate-password\` writes all entries with ${configured} rounds\n`,
      );
    }
  }
  return checks.some((check) => check.problem !== undefined) ? 1 : 0;
}

/** Throws `keyring_wrong_password` when no entry opens. */
async function iterationsIn(store: RawStore): Promise<Map<string, number | undefined>> {
  if (!("verify" in store)) return new Map();
  const checks = await (store as FileStore).verify();
  return new Map(checks.map(({ key, iterations }) => [key, iterations]));
}

function line(check: Check, weak: boolean, configured: number): string {
  if (check.problem !== undefined) return `✗ ${check.key}: ${check.problem}`;
  if (!weak) return `✓ ${check.key}`;
  return `⚠ ${check.key}: ${check.iterations} rounds, ${configured} are configured`;
}
