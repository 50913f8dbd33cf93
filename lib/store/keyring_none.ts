import { AuthError } from "../sys/error.ts";
import type { RawStore } from "./keyring.ts";

/**
 * The `none` keyring: nothing is there and nothing is kept (03 §6.9). A write throws AuthError
 * `keyring_disabled`; for a session that is as it was asked for, for long-lived keys it is a failure.
 */
export function noneStore(): RawStore {
  return {
    get: async () => undefined,
    set: async () => {
      throw new AuthError({
        code: "keyring_disabled",
        message: "the keyring is switched off (`auth.keyring.type: none`)",
        hints: ["Choose another store: `ATMOS_KEYRING_TYPE=system` or `ATMOS_KEYRING_TYPE=file`"],
      });
    },
    delete: async () => false,
    list: async () => [],
    describe: async () => ({ type: "noop", location: "nowhere", locked: false, available: true }),
  };
}
