import { AuthError, emptyReport, type IdentityDef, textAt } from "../lib/core/types.ts";

/**
 * Kinds `aws/emulator`, `azure/emulator`, `gcp/emulator` and `kubernetes/emulator`: they point at a
 * running emulator component, which only a tool that runs components can start. They are accepted in
 * a configuration and refused on use (04 §1).
 */
export function emulatorKind(kind: string): IdentityDef {
  return {
    kind,
    role: "identity",
    hosts: () => [],
    create: (entry) => ({
      authenticate: () =>
        Promise.reject(
          new AuthError({
            code: "emulator_unavailable",
            message: `authentication failed: identity "${entry.name}" needs the running emulator ` +
              `component "${
                textAt(entry.values, "emulator") ?? ""
              }", which this program cannot start`,
            hints: ["Use another identity here"],
          }),
        ),
      load: () => Promise.resolve(undefined),
      materialize: () => Promise.resolve({}),
      forget: () => Promise.resolve(),
      env: () => ({ unset: [], set: {} }),
      paths: () => [],
      logout: () => Promise.resolve(emptyReport()),
    }),
  };
}
