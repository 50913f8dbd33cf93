import type { Core } from "./core.ts";
import { runAutomatic } from "./integrations.ts";
import { authenticateRequired } from "./required.ts";
import { authenticate, cached, type Session } from "./session.ts";
import type { Entry, Mode } from "./types.ts";

/**
 * The whole way of `login`, `exec`, `shell` and `env --login` (03 §3.1, §3.7, §3.8): cached
 * credentials unless this is a login, else the chain; then the secondaries and the integrations.
 */
export async function openIdentity(
  core: Core,
  target: Entry,
  mode: Mode,
  options: {
    required?: boolean;
    /** How the audit file calls it, where that is not what the mode says. */
    event?: "refresh";
  } = {},
): Promise<Session> {
  const found = mode.fresh ? undefined : (await cached(core, target, { mode })).session;
  const session = found ?? await authenticate(core, target, mode);
  if (core.config.auditFile !== undefined) {
    const { record, sessionFields } = await import("./audit.ts");
    const event = options.event ??
      (mode.fresh ? "login" : session.source === "fresh" ? "refresh" : "handout");
    await record(core, event, sessionFields(core, session));
  }
  if (core.config.integrations.size > 0) {
    await runAutomatic(core, {
      chain: session.chain,
      credentials: session.credentials,
      mode,
      target: "identity",
    }, session.source === "fresh" ? "all" : "missing");
  }
  if (options.required !== false) await authenticateRequired(core, target);
  return session;
}
