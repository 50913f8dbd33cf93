import { buildChain } from "./chain.ts";
import type { Core } from "./core.ts";
import { modeFor } from "./core.ts";
import { runAutomatic } from "./integrations.ts";
import { authenticate, cached } from "./session.ts";
import { type Entry, flagAt } from "./types.ts";

/** Identities with `required: true` beside the primary (03 §3.8), sorted by name. */
export function secondaries(core: Core, primary: Entry): Entry[] {
  return core.config.identities.all()
    .filter((e) => e !== primary && flagAt(e.values, "required") === true)
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Authenticates the required identities after the primary, four at a time, without prompts. They
 * contribute files only; a failure is a warning, never fatal (03 §3.8).
 */
export async function authenticateRequired(core: Core, primary: Entry): Promise<void> {
  const queue = secondaries(core, primary);
  if (queue.length === 0) return;
  const mode = modeFor(core, "silent");
  const one = async (entry: Entry) => {
    try {
      const session = (await cached(core, entry, { mode })).session ??
        await authenticate(core, entry, mode);
      await runAutomatic(core, {
        chain: buildChain(core.config, entry),
        credentials: session.credentials,
        mode,
        target: "identity",
      }, session.source === "fresh" ? "all" : "missing");
    } catch (error) {
      core.deps.terminal.warn(
        `required identity "${entry.name}" could not be authenticated: ${(error as Error).message}`,
      );
    }
  };
  const lane = async () => {
    for (let e = queue.shift(); e !== undefined; e = queue.shift()) await one(e);
  };
  await Promise.all(Array.from({ length: Math.min(4, queue.length) }, lane));
}
