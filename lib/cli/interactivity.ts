/** Who is there: a person at a terminal, or a machine (02 §2.2). */
import type { Env } from "../sys/env.ts";

const CI_VARIABLES = [
  "CODEBUILD_BUILD_ARN",
  "TF_BUILD",
  "bamboo_planKey",
  "BITBUCKET_COMMIT",
  "BITRISE_IO",
  "BUILDKITE",
  "CIRCLECI",
  "CIRRUS_CI",
  "CF_BUILD_ID",
  "DRONE",
  "GERRIT_PROJECT",
  "GITEA_ACTIONS",
  "GITHUB_ACTIONS",
  "GITLAB_CI",
  "GO_PIPELINE_LABEL",
  "BUILDER_OUTPUT",
  "HARNESS_BUILD_ID",
  "HUDSON_URL",
  "PROW_JOB_ID",
  "SEMAPHORE",
  "TEAMCITY_VERSION",
  "TRAVIS",
  "TF_VAR_spacelift_run_id",
];

/** True in a continuous-integration run (02 §2.2). */
export function inCi(env: Pick<Env, "nonEmpty">): boolean {
  const says = (name: string) => {
    const value = env.nonEmpty(name);
    return value !== undefined && value.toLowerCase() !== "false" && value !== "0";
  };
  const ci = env.nonEmpty("CI")?.toLowerCase();
  if (ci === "true" || ci === "1") return true;
  if (CI_VARIABLES.some(says)) return true;
  if (says("JENKINS_URL") && says("BUILD_ID")) return true;
  const name = env.nonEmpty("CI_NAME");
  return name === "codeship" || name === "sourcehut";
}

/** True over SSH, and in hosted workspaces: a browser started here opens where nobody sees it. */
export function isRemote(env: Pick<Env, "nonEmpty">): boolean {
  return ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CODESPACES", "REMOTE_CONTAINERS"]
    .some((name) => env.nonEmpty(name) !== undefined);
}

/** Windows Subsystem for Linux. */
export function isWsl(env: Pick<Env, "nonEmpty">): boolean {
  return env.nonEmpty("WSL_DISTRO_NAME") !== undefined || env.nonEmpty("WSL_INTEROP") !== undefined;
}
