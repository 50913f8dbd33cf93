import type { Env } from "./env.ts";
import { sha256Hex } from "./hash.ts";

const GITHUB = [
  "GITHUB_REPOSITORY",
  "GITHUB_RUN_ID",
  "GITHUB_RUN_ATTEMPT",
  "GITHUB_JOB",
  "RUNNER_TRACKING_ID",
  "RUNNER_NAME",
];
const SINGLE = [
  "CI_JOB_ID",
  "BUILDKITE_JOB_ID",
  "CIRCLE_WORKFLOW_JOB_ID",
  "BITBUCKET_STEP_UUID",
  "SYSTEM_JOBID",
];

/**
 * Twelve hex digits that name the running CI job, so that state on a shared machine is never
 * replayed in another job (07 §1). Empty outside of the known CI systems.
 */
export function jobKey(env: Env): string {
  const text = env.nonEmpty("GITHUB_RUN_ID")
    ? GITHUB.map((name) => env.nonEmpty(name) ?? "").join("|")
    : SINGLE.map((name) => env.nonEmpty(name)).find((v) => v !== undefined);
  return text === undefined ? "" : sha256Hex(text).slice(0, 12);
}
