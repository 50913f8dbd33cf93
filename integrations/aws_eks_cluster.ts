/** Looking up a cluster and making its kubeconfig entry (04 §11.3). */
import { AuthError, type AwsCredentials, type Deps, type KindContext } from "../lib/core/types.ts";
import { stableExecutable } from "../lib/sys/executable.ts";
import { awsCall, awsFault } from "../providers/aws_sdk.ts";
import type { KubeEntry } from "./kubeconfig.ts";

export interface Cluster {
  arn: string;
  account: string;
  endpoint: string;
  /** Base64 of PEM. */
  certificateAuthority: string;
}

/** EKS DescribeCluster. Throws `eks_cluster_not_found`, `eks_describe_failed`. */
export async function describeCluster(o: {
  cx: KindContext;
  credentials: AwsCredentials;
  name: string;
  region: string;
}): Promise<Cluster> {
  const refuse = (reason: string, code = "eks_describe_failed", cause?: unknown) =>
    new AuthError({ code, message: `failed to describe EKS cluster: ${reason}`, cause });
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(o.name)) {
    throw refuse(`"${o.name}" is no cluster name`);
  }
  const { DescribeClusterCommand, EKSClient } = await import("@aws-sdk/client-eks");
  const answer = await awsCall({
    cx: o.cx,
    service: "eks",
    operation: "DescribeCluster",
    region: o.region,
    credentials: o.credentials,
    run: async (settings) => {
      const client = new EKSClient(settings);
      try {
        return await client.send(new DescribeClusterCommand({ name: o.name }));
      } finally {
        client.destroy();
      }
    },
  }).catch((error) => {
    if (awsFault(error)?.awsCode === "ResourceNotFoundException") {
      throw new AuthError({
        code: "eks_cluster_not_found",
        message: `EKS cluster not found: ${o.name} in ${o.region}`,
        hints: ["Check the name, the region, and the account of the identity"],
        cause: error,
      });
    }
    if (error instanceof AuthError && error.exit === 130) throw error;
    throw refuse((error as Error).message, "eks_describe_failed", error);
  });
  const cluster = answer.cluster;
  if (cluster?.status !== "ACTIVE" && cluster?.status !== "UPDATING") {
    throw refuse(`cluster ${o.name} is ${cluster?.status ?? "in an unknown state"}`);
  }
  const ca = cluster.certificateAuthority?.data;
  if (!cluster.endpoint || !cluster.arn) throw refuse(`cluster ${o.name} has no endpoint`);
  if (!ca) throw refuse(`cluster ${o.name} has no certificate authority`);
  return {
    arn: cluster.arn,
    account: cluster.arn.split(":")[4] ?? "",
    endpoint: cluster.endpoint,
    certificateAuthority: asBase64(ca, o.name),
  };
}

/** Base64 is copied as it is; a raw PEM is encoded (04 §11.3). */
export function asBase64(ca: string, cluster: string): string {
  if (ca.includes("-----BEGIN CERTIFICATE-----")) {
    return new TextEncoder().encode(ca).toBase64();
  }
  try {
    if (Uint8Array.fromBase64(ca.trim()).length > 0) return ca.trim();
  } catch {
    // falls to the refusal below
  }
  throw new AuthError({
    code: "eks_describe_failed",
    message:
      `failed to describe EKS cluster: the certificate authority of ${cluster} is neither base64 nor PEM`,
  });
}

/** The kubeconfig entry of a cluster; the user's name avoids entries of other accounts and identities. */
export function eksEntry(
  cx: KindContext,
  cluster: Cluster,
  o: {
    name: string;
    region: string;
    alias?: string;
    namespace?: string;
    roleArn?: string;
    identity: string | undefined;
    taken: Map<string, unknown>;
  },
): KubeEntry {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: execCommand(cx.deps),
    args: [
      "aws",
      "eks",
      "token",
      "--cluster-name",
      o.name,
      "--region",
      o.region,
      ...(o.roleArn ? ["--role-arn", o.roleArn] : []),
      ...(o.identity ? [`--identity=${o.identity}`] : []),
    ],
    env: execEnvironment(cx, o.identity),
  };
  let user = `atmos-eks-${o.name}-${o.region}`;
  for (const more of [cluster.account, o.identity ?? "ambient"]) {
    if (!takenByOther(o.taken.get(user), exec.args)) break;
    user += `-${more}`;
  }
  return {
    cluster: cluster.arn,
    context: o.alias ?? cluster.arn,
    user,
    server: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority,
    namespace: o.namespace,
    exec,
  };
}

/** A user of that name that asks for another identity's token is somebody else's. */
function takenByOther(user: unknown, args: string[]): boolean {
  if (user === undefined) return false;
  const exec = (user as { exec?: { args?: unknown } } | null)?.exec;
  const theirs = Array.isArray(exec?.args) ? exec.args.map(String) : undefined;
  if (!theirs) return true;
  const identity = (list: string[]) => list.find((a) => a.startsWith("--identity="));
  return identity(theirs) !== identity(args);
}

/** Absolute path of this program, stable over upgrades; `ATMOS_AUTH_EXEC_COMMAND` overrides (00-20). */
export function execCommand(deps: Deps): string {
  return deps.env.nonEmpty("ATMOS_AUTH_EXEC_COMMAND") ?? stableExecutable(deps.env);
}

/** What kubectl must hand over, since it runs anywhere: the identity and where the configuration is. */
export function execEnvironment(
  cx: KindContext,
  identity: string | undefined,
): { name: string; value: string }[] {
  if (!identity) return [];
  const { env } = cx.deps;
  const all: [string, string | undefined][] = [
    ["ATMOS_IDENTITY", identity],
    ["ATMOS_CLI_CONFIG_PATH", cx.origin.configPath],
    ["ATMOS_BASE_PATH", env.nonEmpty("ATMOS_BASE_PATH")],
    ["ATMOS_PROFILE", cx.origin.profiles.join(",") || undefined],
    ["ATMOS_AUTH_REALM", env.nonEmpty("ATMOS_AUTH_REALM")],
  ];
  return all.flatMap(([name, value]) => value ? [{ name, value }] : []);
}
