import type { RawStore } from "./keyring.ts";

/** The `memory` keyring: lives and dies with the process (03 §6.9). */
export function memoryStore(): RawStore {
  const entries = new Map<string, string>();
  return {
    get: async (key) => entries.get(key),
    set: async (key, value) => void entries.set(key, value),
    delete: async (key) => entries.delete(key),
    list: async () => [...entries.keys()].sort(),
    describe: async () => ({
      type: "memory",
      location: "this process",
      locked: false,
      available: true,
    }),
  };
}
