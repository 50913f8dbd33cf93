import { migrateEntries, type MigrationStep } from "../../core/keyring_migrate.ts";
import { AuthError } from "../../core/types.ts";
import { openStore, realmOf } from "../keyring.ts";
import type { CommandContext } from "../types.ts";

/** `auth keyring migrate` (03 §6.11). Exit 1 when something could not be copied. */
export async function run(cx: CommandContext): Promise<number> {
  const { config } = await cx.core();
  const from = cx.text("from"), to = cx.text("to") ?? config.keyring.type;
  if (from === undefined) {
    throw new AuthError({
      code: "required_flag_missing",
      message: "required flag not provided: --from",
      hints: ["Name the store to copy from: `--from system` or `--from file`"],
    });
  }
  for (const type of [from, to]) refuseFleeting(type);
  const fromRealm = await realmOf(cx, "from-realm"), toRealm = await realmOf(cx, "to-realm");
  if (from === to && fromRealm === toRealm) {
    throw new AuthError({
      code: "nothing_to_migrate",
      message: "nothing to migrate: source and target are the same store and realm",
      hints: ["Give another `--to`, `--from-realm` or `--to-realm`"],
    });
  }
  const source = await openStore(cx, from);
  const steps = await migrateEntries({
    from: source,
    to: from === to ? source : await openStore(cx, to),
    fromRealm,
    toRealm,
    config,
    remove: cx.bool("delete"),
  });
  return tellSteps(cx, steps, fromRealm);
}

/** One line an entry; returns the exit code. */
export function tellSteps(cx: CommandContext, steps: MigrationStep[], fromRealm: string): number {
  for (const step of steps) cx.err(line(step) + "\n");
  if (steps.length === 0) {
    const where = fromRealm ? `in realm ${fromRealm}` : "without realm";
    cx.err(`ℹ The keyring holds nothing ${where}\n`);
  }
  return steps.some((step) => step.outcome === "failed") ? 1 : 0;
}

function refuseFleeting(type: string): void {
  if (type !== "memory" && type !== "none") return;
  throw new AuthError({
    code: "invalid_arguments",
    message: `invalid arguments: the ${type} keyring keeps nothing beyond this process`,
    hints: ["Use `system`, `file` or `auto`"],
    exit: 2,
  });
}

function line(step: MigrationStep): string {
  const who = step.owner === "provider" ? `${step.name} (provider)` : step.name;
  const gone = step.deleted ? ", source deleted" : "";
  switch (step.outcome) {
    case "copied":
      return `✓ Copied ${who}${gone}`;
    case "same":
      return `✓ Already there: ${who}${gone}`;
    case "kept":
      return `⚠ Left alone: ${who}: ${step.reason}`;
    case "failed":
      return `✗ Not copied: ${who}: ${step.reason}`;
  }
}
