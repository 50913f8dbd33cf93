import { type Env, systemEnv } from "./env.ts";
import { registerSecret } from "./mask.ts";

/** The environment with some variables taken out of the process and kept in memory alone (03 §7). */
export interface StrippedEnv extends Env {
  /** Takes variables out of the process: no helper and no child inherits them, we still read them. */
  strip(...names: string[]): void;
  /** Puts a variable back, for children that were promised it. */
  restore(name: string): void;
}

/** Of the process, like the environment it was taken from: a second look finds it again. */
const kept = new Map<string, string>();

/** The environment of this process. */
export function strippedEnv(): StrippedEnv {
  const env = systemEnv();
  const get = (name: string) => env.get(name) ?? kept.get(name);
  return {
    ...env,
    get,
    nonEmpty: (name) => get(name) || undefined,
    strip(...names) {
      for (const name of names) {
        const value = env.get(name);
        if (value === undefined) continue;
        kept.set(name, value);
        registerSecret(value);
        Deno.env.delete(name);
      }
    },
    restore(name) {
      const value = kept.get(name);
      if (value !== undefined) Deno.env.set(name, value);
    },
  };
}
