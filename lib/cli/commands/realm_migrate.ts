import { migrateEntries } from "../../core/keyring_migrate.ts";
import { AuthError } from "../../core/types.ts";
import { openStore, realmOf } from "../keyring.ts";
import type { CommandContext } from "../types.ts";
import { tellSteps } from "./keyring_migrate.ts";

/** `auth realm migrate` (03 Beyond 14): `keyring migrate` within the configured store. */
export async function run(cx: CommandContext): Promise<number> {
  const { config } = await cx.core();
  if (!cx.given("from")) {
    throw new AuthError({
      code: "required_flag_missing",
      message: "required flag not provided: --from",
      hints: ["Name the realm to copy from; `--from=` means entries without realm"],
    });
  }
  const fromRealm = await realmOf(cx, "from"), toRealm = await realmOf(cx, "to");
  if (fromRealm === toRealm) {
    throw new AuthError({
      code: "nothing_to_migrate",
      message: "nothing to migrate: source and target are the same store and realm",
      hints: ["Give another `--from` or `--to`"],
    });
  }
  const store = await openStore(cx);
  const steps = await migrateEntries({
    from: store,
    to: store,
    fromRealm,
    toRealm,
    config,
    remove: cx.bool("delete"),
  });
  return tellSteps(cx, steps, fromRealm);
}
