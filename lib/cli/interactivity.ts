/** Who is there to ask and to read (02 §2.2, 04 §6.1). Cheap: asked on every run that may sign in. */
import type { Env } from "../sys/env.ts";
import { isTerminal } from "../sys/stdio.ts";

/** Variables that mean CI when they are set and neither empty, `false` nor `0`. */
function ciVariables(): string[] {
  return ("CODEBUILD_BUILD_ARN TF_BUILD bamboo_planKey BITBUCKET_COMMIT BITRISE_IO BUILDKITE " +
    "CIRCLECI CIRRUS_CI CF_BUILD_ID DRONE GERRIT_PROJECT GITEA_ACTIONS GITHUB_ACTIONS GITLAB_CI " +
    "GO_PIPELINE_LABEL BUILDER_OUTPUT HARNESS_BUILD_ID HUDSON_URL PROW_JOB_ID SEMAPHORE " +
    "TEAMCITY_VERSION TRAVIS TF_VAR_spacelift_run_id").split(" ");
}

/** Whether this is a CI job. */
export function isCi(env: Env): boolean {
  const set = (name: string) => {
    const value = env.nonEmpty(name);
    return value !== undefined && value !== "false" && value !== "0";
  };
  const ci = env.nonEmpty("CI");
  if (ci === "true" || ci === "1") return true;
  if (ciVariables().some(set)) return true;
  if (set("JENKINS_URL") && set("BUILD_ID")) return true;
  return /^(codeship|sourcehut)$/.test(env.nonEmpty("CI_NAME") ?? "");
}

/** The flags that the predicates depend on. */
export interface Asked {
  /** `--interactive`. */
  interactive: boolean;
  /** `--force-tty`: layout only, never makes a prompt possible. */
  forceTty: boolean;
  /** `--no-browser` of the command, if it has that. */
  noBrowser: boolean;
}

/** The one predicate for prompts: asked for, stdin and stderr are terminals, and no CI. */
export function mayPrompt(env: Env, asked: Asked): boolean {
  return asked.interactive && isTerminal("stdin") && isTerminal("stderr") && !isCi(env);
}

/** Sign-in by browser or device code asks nothing on stdin; it needs only a reader. */
export function someoneReads(asked: Asked): boolean {
  return asked.interactive && (isTerminal("stderr") || asked.forceTty);
}

/**
 * Whether a browser can be opened here: not in CI, not over SSH, not on a Linux without a display
 * unless `BROWSER` names a program (WSL brings its own way).
 */
export function canOpenBrowser(env: Env, asked: Asked): boolean {
  if (asked.noBrowser || isCi(env)) return false;
  if (env.nonEmpty("BROWSER")) return true;
  if (env.nonEmpty("SSH_CONNECTION") || env.nonEmpty("SSH_TTY")) return false;
  if (env.os !== "linux") return true;
  return ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP"]
    .some((name) => env.nonEmpty(name) !== undefined);
}
