import { emptyReport, type IdentityDef } from "../lib/core/types.ts";

/** Kind `ambient`: no credentials and no variables of ours; the caller's pass through (04 §9.7). */
const definition: IdentityDef = {
  kind: "ambient",
  role: "identity",
  hosts: () => [],
  create: () => ({
    authenticate: () => Promise.resolve(null),
    load: () => Promise.resolve(undefined),
    materialize: () => Promise.resolve({}),
    forget: () => Promise.resolve(),
    env: () => ({ unset: [], set: {} }),
    paths: () => [],
    logout: () => Promise.resolve(emptyReport()),
  }),
};
export default definition;
