/**
 * EKS: DescribeCluster and ListClusters, REST-JSON, signed; and the review of a cluster's token.
 * `moto` agrees on the 404 but checks neither signature nor account.
 */
import { authorize } from "./authorization.ts";
import { type Call, json, type Reply, ServiceError } from "./http.ts";
import { jsonErrors, STS_ERRORS, verifySignature } from "./sigv4.ts";
import type { EksClusterSpec } from "./state.ts";
import { base64, stableId, type World } from "./world.ts";

const DENIED: [number, string] = [403, "AccessDeniedException"];

/** A certificate-shaped PEM; no TLS server stands behind it. */
function certificate(cluster: EksClusterSpec): string {
  return cluster.certificateAuthority ?? base64(new TextEncoder().encode(
    `-----BEGIN CERTIFICATE-----\n${stableId("", cluster.name, 64)}\n-----END CERTIFICATE-----\n`,
  ));
}

function arnOf(world: World, c: EksClusterSpec): string {
  const partition = world.accounts.get(c.account)?.partition ?? "aws";
  return `arn:${partition}:eks:${c.region}:${c.account}:cluster/${c.name}`;
}

/** `GET /clusters/{name}` */
export async function describeCluster(world: World, call: Call): Promise<Reply> {
  const signer = await verifySignature(world, call, "eks", jsonErrors(403));
  const name = call.params[0]!;
  const { account, partition } = signer.principal;
  const arn = `arn:${partition}:eks:${signer.region}:${account}:cluster/${name}`;
  authorize(signer, "eks:DescribeCluster", arn, DENIED);
  const c = world.state.eksClusters.find((x) =>
    x.name === name && x.account === account && x.region === signer.region
  );
  if (!c) {
    throw new ServiceError(
      404,
      "ResourceNotFoundException",
      `No cluster found for name: ${name}.`,
      {
        fields: {
          clusterName: null,
          nodegroupName: null,
          fargateProfileName: null,
          addonName: null,
        },
      },
    );
  }
  const status = c.status ?? "ACTIVE";
  const id = stableId("", arn, 32);
  return json({
    cluster: {
      name: c.name,
      arn: arnOf(world, c),
      createdAt: 1700000000.123,
      version: c.version ?? "1.31",
      // A cluster in the making has neither.
      endpoint: status === "CREATING"
        ? undefined
        : c.endpoint ?? `https://${id}.gr7.${c.region}.eks.amazonaws.com`,
      certificateAuthority: status === "CREATING" ? {} : { data: certificate(c) },
      roleArn: `arn:${partition}:iam::${account}:role/eks-cluster`,
      status,
      platformVersion: "eks.1",
      tags: {},
    },
  });
}

/** `GET /clusters` */
export async function listClusters(world: World, call: Call): Promise<Reply> {
  const signer = await verifySignature(world, call, "eks", jsonErrors(403));
  authorize(signer, "eks:ListClusters", "*", DENIED);
  const clusters = world.state.eksClusters.filter((c) =>
    c.account === signer.principal.account && c.region === signer.region
  ).map((c) => c.name);
  const max = Number(call.query.get("maxResults") ?? 100);
  const start = Number(call.query.get("nextToken") ?? 0);
  if (!(max >= 1 && max <= 100) || !(start >= 0)) {
    throw new ServiceError(400, "InvalidParameterException", "Invalid paging parameters");
  }
  const end = start + max;
  return json({
    clusters: clusters.slice(start, end),
    nextToken: end < clusters.length ? String(end) : null,
  });
}

const TOKEN_PARAMETERS = [
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
];

/**
 * What a cluster's API server does with a bearer token: takes the presigned URL out of it, looks at
 * every part, and has STS say who made it.
 *
 * @throws Error naming what is wrong with the token
 */
export async function reviewToken(
  world: World,
  input: { token: string; cluster: string },
): Promise<{ arn: string; userId: string; account: string }> {
  const m = /^k8s-aws-v1\.([A-Za-z0-9_-]+)$/.exec(input.token);
  if (!m) throw new Error("the token is not k8s-aws-v1. and base64url without padding");
  const url = new URL(atob(m[1]!.replace(/-/g, "+").replace(/_/g, "/")));
  const loopback = url.hostname === "127.0.0.1" || url.hostname === "localhost";
  if (url.protocol !== "https:" && !loopback) throw new Error("the URL is not https");
  if (!loopback && !/^sts(\.[a-z0-9-]+)?\.(amazonaws\.com(\.cn)?|api\.aws)$/.test(url.hostname)) {
    throw new Error(`unexpected host ${url.hostname}`);
  }
  for (const name of url.searchParams.keys()) {
    if (!TOKEN_PARAMETERS.includes(name)) throw new Error(`unexpected query parameter ${name}`);
  }
  if (url.searchParams.get("Action") !== "GetCallerIdentity") throw new Error("unexpected action");
  const expires = Number(url.searchParams.get("X-Amz-Expires"));
  if (!(expires >= 0 && expires <= 900)) throw new Error("X-Amz-Expires is above 15 minutes");
  const signed = (url.searchParams.get("X-Amz-SignedHeaders") ?? "").split(";");
  if (!signed.includes("x-k8s-aws-id")) throw new Error("x-k8s-aws-id is not signed");
  const signer = await verifySignature(
    world,
    {
      method: "GET",
      path: url.pathname,
      rawQuery: url.search.slice(1),
      query: url.searchParams,
      headers: new Headers({ host: url.host, "x-k8s-aws-id": input.cluster }),
      body: new Uint8Array(),
      text: "",
      base: url.origin,
      url: url.origin + url.pathname,
      requestId: "",
      params: [],
    },
    "sts",
    STS_ERRORS,
  );
  const { arn, userId, account } = signer.principal;
  return { arn, userId, account };
}
