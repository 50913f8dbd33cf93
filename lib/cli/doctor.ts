/** The shapes of `doctor`, and what runs its checks (02 B12, 09 §5). */
import type { LoadedConfig } from "../config/load.ts";
import type { Core } from "../core/core.ts";
import { type AuthConfig, AuthError } from "../core/types.ts";
import type { CommandContext } from "./types.ts";

export type CheckState = "ok" | "warning" | "error";

/** What one check found. A check may find several things. */
export interface CheckResult {
  state: CheckState;
  finding: string;
  hint?: string;
  /** A remedy that is safe: changes nothing foreign, loosens nothing, deletes no secret. */
  fix?: { what: string; run: () => Promise<void> };
}

/** What the checks look at. Parts of a broken configuration are undefined. */
export interface Patient {
  cx: CommandContext;
  loaded: LoadedConfig | undefined;
  config: AuthConfig | undefined;
  core: Core | undefined;
  /** Why there is no configuration. */
  trouble: Error | undefined;
  online: boolean;
}

/** One check with its stable id. */
export interface Check {
  id: string;
  topic: string;
  online?: true;
  run: (patient: Patient) => Promise<CheckResult[]> | CheckResult[];
}

/** A result with the check it comes from. */
export interface Diagnosis extends CheckResult {
  id: string;
  topic: string;
}

/** Runs every check; one that throws is an error of its own, and the others go on. */
export async function diagnose(patient: Patient, checks: Check[]): Promise<Diagnosis[]> {
  const out: Diagnosis[] = [];
  for (const { id, topic, online, run } of checks) {
    if (online && !patient.online) continue;
    let results: CheckResult[];
    try {
      results = await run(patient);
    } catch (error) {
      patient.cx.deps.log.debug(`doctor: ${id}: ${(error as Error).stack ?? error}`);
      results = error instanceof AuthError
        ? [bad(error.message, error.hints[0])]
        : [bad(`internal: ${(error as Error).message}`)];
    }
    out.push(...results.map((result) => ({ id, topic, ...result })));
  }
  return out;
}

/** Shorthand for results. */
export const ok = (finding: string): CheckResult => ({ state: "ok", finding });
export const warning = (finding: string, hint?: string): CheckResult => ({
  state: "warning",
  finding,
  ...(hint === undefined ? {} : { hint }),
});
export const bad = (finding: string, hint?: string): CheckResult => ({
  state: "error",
  finding,
  ...(hint === undefined ? {} : { hint }),
});
