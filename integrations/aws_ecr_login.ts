/** What the two ECR kinds and `aws ecr login` share: tokens and registry names (04 §11.1, §11.2). */
import { AuthError, type AwsCredentials, type KindContext, Secret } from "../lib/core/types.ts";
import { goDuration } from "../lib/sys/duration.ts";
import { endpointFor, partitionOf } from "../providers/aws_endpoints.ts";
import { awsCall } from "../providers/aws_sdk.ts";
import type { RegistryLogin } from "./docker_config.ts";

/** A registry login with its end. */
export interface EcrLogin extends RegistryLogin {
  /** Epoch ms. */
  expiresAt?: number;
}

/** Host of ECR Public; its API lives in us-east-1 alone. */
export const publicRegistry = "public.ecr.aws";
export const publicRegion = "us-east-1";

/** `{account}.dkr.ecr.{region}.{suffix}`, and the dual-stack twin where that mode is on. */
export function ecrRegistries(account: string, region: string, dualStack: boolean): string[] {
  const host = `${account}.dkr.ecr.${region}.${partitionOf(region).suffix}`;
  return dualStack ? [host, `${account}.dkr-ecr.${region}.on.aws`] : [host];
}

/**
 * Account and region of a registry argument: optional `https://`, nothing behind the host. Throws
 * `invalid_ecr_registry`.
 */
export function parseRegistry(text: string): { registry: string; account: string; region: string } {
  const registry = text.trim().replace(/^https:\/\//, "");
  const dual = /^(\d{12})\.dkr-ecr\.([a-z0-9-]+)\.on\.aws$/.exec(registry);
  if (dual) return { registry, account: dual[1]!, region: dual[2]! };
  const found = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.([a-z.]+)$/.exec(registry);
  if (found && partitionOf(found[2]!).suffix === found[3]) {
    return { registry, account: found[1]!, region: found[2]! };
  }
  throw new AuthError({
    code: "invalid_ecr_registry",
    message: `invalid ECR registry URL: ${registry || "(empty)"}`,
    explanation:
      "A registry reads ACCOUNT.dkr.ecr.REGION.amazonaws.com, with a 12-digit account and nothing behind the host.",
    hints: registry === publicRegistry ? ["Use `--public` for public.ecr.aws"] : [],
  });
}

/** The password of a private registry (ECR GetAuthorizationToken). */
export async function ecrLogin(o: {
  cx: KindContext;
  credentials: AwsCredentials;
  account: string;
  region: string;
  registries?: string[];
}): Promise<EcrLogin[]> {
  const { ECRClient, GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
  const answer = await awsCall({
    cx: o.cx,
    service: "ecr",
    operation: "GetAuthorizationToken",
    region: o.region,
    credentials: o.credentials,
    run: async (settings) => {
      const client = new ECRClient(settings);
      try {
        return await client.send(new GetAuthorizationTokenCommand({}));
      } finally {
        client.destroy();
      }
    },
  });
  const given = answer.authorizationData?.[0];
  const { username, secret } = decodeToken(given?.authorizationToken, "ECR authentication failed");
  const dualStack = o.cx.deps.env.nonEmpty("AWS_USE_DUALSTACK_ENDPOINT") === "true";
  const registries = o.registries ?? ecrRegistries(o.account, o.region, dualStack);
  return registries.map((registry) => ({
    registry,
    username,
    secret,
    expiresAt: given?.expiresAt?.getTime(),
  }));
}

/** The password of public.ecr.aws (ECR Public GetAuthorizationToken). */
export async function ecrPublicLogin(o: {
  cx: KindContext;
  credentials: AwsCredentials;
}): Promise<EcrLogin> {
  const { ECRPUBLICClient, GetAuthorizationTokenCommand } = await import(
    "@aws-sdk/client-ecr-public"
  );
  const answer = await awsCall({
    cx: o.cx,
    service: "ecr-public",
    operation: "GetAuthorizationToken",
    region: publicRegion,
    credentials: o.credentials,
    run: async (settings) => {
      const client = new ECRPUBLICClient(settings);
      try {
        return await client.send(new GetAuthorizationTokenCommand({}));
      } finally {
        client.destroy();
      }
    },
  });
  const given = answer.authorizationData;
  const failed = "ECR Public authentication failed";
  return {
    registry: publicRegistry,
    ...decodeToken(given?.authorizationToken, failed),
    expiresAt: given?.expiresAt?.getTime(),
  };
}

function decodeToken(token: string | undefined, sentinel: string) {
  const refuse = (reason: string) =>
    new AuthError({ code: "ecr_authentication_failed", message: `${sentinel}: ${reason}` });
  if (!token) throw refuse("the answer has no authorization token");
  let pair: string;
  try {
    pair = new TextDecoder().decode(Uint8Array.fromBase64(token));
  } catch {
    throw refuse("the authorization token cannot be decoded");
  }
  const colon = pair.indexOf(":");
  if (colon <= 0 || colon === pair.length - 1) {
    throw refuse("the authorization token has no user and password");
  }
  return { username: pair.slice(0, colon), secret: new Secret(pair.slice(colon + 1)) };
}

/** `✓ ECR login: HOST (expires in 12h0m0s)`; the rest of the time as Go prints it. */
export function loginMessage(what: string, login: EcrLogin, now: number): string {
  const rest = login.expiresAt === undefined
    ? ""
    : ` (expires in ${goDuration(Math.max(0, Math.round((login.expiresAt - now) / 1000)))})`;
  return `✓ ${what}: ${login.registry}${rest}`;
}

/** AWS keys or a refusal that names the integration. */
export function requireAwsKeys(
  credentials: { type: string },
  integration: string,
): AwsCredentials {
  const aws = credentials as AwsCredentials;
  if (credentials.type === "aws" && aws.access_key_id && aws.secret_access_key) return aws;
  throw new AuthError({
    code: "integration_failed",
    message:
      `integration execution failed: integration '${integration}' needs AWS credentials, its identity or provider yields ${
        credentials.type === "aws" ? "an SSO bearer token" : credentials.type
      }`,
    hints: ["Bind the integration to an AWS identity with `via.identity`"],
  });
}

/** Endpoint of an ECR service for the allow-list, without a request. */
export function ecrEndpoint(
  service: "ecr" | "ecr-public" | "eks",
  region: string,
  at: Parameters<typeof endpointFor>[2],
  env: Parameters<typeof endpointFor>[3],
): string {
  return endpointFor(service, region, at, env).url;
}
