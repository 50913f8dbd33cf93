/** The ExecCredential document of Kubernetes client plugins (client.authentication.k8s.io). */
import { AuthError } from "../core/types.ts";
import type { Env } from "../sys/env.ts";

const group = "client.authentication.k8s.io";

/**
 * The version asked for in `KUBERNETES_EXEC_INFO` (02 §8.2): v1 or v1beta1, v1beta1 when nothing is
 * said. Anything else is an error, since the answer must bear the version asked for.
 */
export function execApiVersion(env: Env): string {
  const info = env.nonEmpty("KUBERNETES_EXEC_INFO");
  if (info === undefined) return `${group}/v1beta1`;
  let asked: unknown;
  try {
    asked = JSON.parse(info)?.apiVersion;
  } catch {
    throw unsupported("KUBERNETES_EXEC_INFO is no JSON");
  }
  if (asked === undefined) return `${group}/v1beta1`;
  if (asked === `${group}/v1` || asked === `${group}/v1beta1`) return asked as string;
  throw unsupported(`apiVersion ${String(asked).slice(0, 80)} is not supported`);
}

function unsupported(reason: string): AuthError {
  return new AuthError({
    code: "exec_version_unsupported",
    message: `failed to generate token: ${reason}`,
    hints: [`Use apiVersion ${group}/v1 or ${group}/v1beta1 in the kubeconfig`],
  });
}

/** One line of JSON; `expiresAt` in epoch ms, whole seconds in UTC. */
export function execCredential(apiVersion: string, token: string, expiresAt?: number): string {
  const status = expiresAt === undefined ? { token } : {
    expirationTimestamp: new Date(expiresAt).toISOString().replace(/\.\d{3}Z$/, "Z"),
    token,
  };
  return JSON.stringify({ apiVersion, kind: "ExecCredential", status }) + "\n";
}
