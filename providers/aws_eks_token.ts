/**
 * Tokens for EKS clusters (04 §11.4): a presigned GetCallerIdentity that the cluster's authenticator
 * sends to STS. On the hot path of kubectl: no SDK, no network unless a role must be assumed.
 */
import {
  AuthError,
  type AwsCredentials,
  type ClusterToken,
  type ClusterTokenRequest,
  type Credentials,
  type KindContext,
  Secret,
} from "../lib/core/types.ts";
import { presign } from "../lib/sys/sigv4.ts";
import { loadSection, saveSection } from "./aws.ts";
import { ruleHost } from "./aws_endpoints.ts";

const TOKEN_LIFE_MS = 14 * 60_000;
const URL_LIFE_SECONDS = 60;
const ROLE_SESSION_SECONDS = 900;

/** Makes the token. Throws `eks_token_failed`. */
export async function eksToken(
  request: ClusterTokenRequest,
  cx: KindContext,
): Promise<ClusterToken> {
  const keys = request.roleArn
    ? await roleSession(request, request.roleArn, cx)
    : awsKeys(await request.credentials());
  // the signature and the printed end count whole seconds
  const now = Math.floor(cx.deps.clock.now() / 1000) * 1000;
  const url = await presign({
    method: "GET",
    url: `${stsOrigin(request.region, cx)}/`,
    query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
    headers: { "x-k8s-aws-id": request.cluster },
    expires: URL_LIFE_SECONDS,
    region: request.region,
    service: "sts",
    now,
    accessKeyId: keys.access_key_id!,
    secretAccessKey: keys.secret_access_key!.reveal(),
    sessionToken: keys.session_token?.reveal(),
  });
  const token = new TextEncoder().encode(url)
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const end = Date.parse(keys.expiration ?? "");
  const expiresAt = Math.min(now + TOKEN_LIFE_MS, Number.isNaN(end) ? Infinity : end);
  return {
    token: new Secret(`k8s-aws-v1.${token}`),
    expiresAt: Math.floor(expiresAt / 1000) * 1000,
  };
}

function awsKeys(credentials: Credentials): AwsCredentials {
  if (
    credentials.type === "aws" && credentials.access_key_id && credentials.secret_access_key
  ) return credentials;
  throw new AuthError({
    code: "eks_token_failed",
    message: "failed to generate EKS token: the identity yields no AWS keys",
  });
}

/** The rules' host; an override would be refused by the cluster's authenticator (04 §3). */
function stsOrigin(region: string, cx: KindContext): string {
  const { env } = cx.deps;
  const override = env.nonEmpty("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") === "true"
    ? undefined
    : env.nonEmpty("AWS_ENDPOINT_URL_STS");
  return override?.replace(/\/+$/, "") ?? `https://${ruleHost("sts", region)}`;
}

/** The session of `--role-arn`, kept as a section of its own so that the warm path is one file read. */
async function roleSession(
  request: ClusterTokenRequest,
  roleArn: string,
  cx: KindContext,
): Promise<AwsCredentials> {
  const section = `${cx.name}@${roleArn}`;
  const stored = loadSection(cx, section)?.credentials;
  if (stored?.type === "aws") {
    const end = Date.parse(stored.expiration ?? "");
    if (end - cx.deps.clock.now() > 60_000) return stored;
  }
  const { assumeRole } = await import("./aws_sts.ts");
  const { sessionNameOf } = await import("./aws_assume_role.ts");
  const session = await assumeRole({
    cx,
    region: request.region,
    credentials: awsKeys(await request.credentials()),
    input: {
      RoleArn: roleArn,
      RoleSessionName: sessionNameOf(cx, cx.entries[cx.index]!),
      DurationSeconds: ROLE_SESSION_SECONDS,
    },
  });
  await saveSection(session, cx, section);
  return session;
}
