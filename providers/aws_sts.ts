/** The operations of STS (04 §5). Loaded only when one is called. */
import type {
  AssumeRoleCommandInput,
  AssumeRoleWithSAMLCommandInput,
  AssumeRoleWithWebIdentityCommandInput,
  AssumeRootCommandInput,
  Credentials as StsCredentials,
  GetSessionTokenCommandInput,
} from "@aws-sdk/client-sts";
import {
  AuthError,
  type AwsCredentials,
  type Credentials,
  type KindContext,
  type Principal,
} from "../lib/core/types.ts";
import { callRegion } from "./aws.ts";
import { awsCall, awsFault, hasAwsCode, saysInputIsBad, sessionFrom } from "./aws_sdk.ts";

interface StsCall {
  cx: KindContext;
  operation: string;
  region: string;
  credentials?: AwsCredentials;
}

type Sts = typeof import("@aws-sdk/client-sts");
type StsClient = InstanceType<Sts["STSClient"]>;

async function sts<T>(
  call: StsCall,
  send: (client: StsClient, sdk: Sts) => Promise<T>,
): Promise<T> {
  const sdk = await import("@aws-sdk/client-sts");
  return await awsCall({
    ...call,
    service: "sts",
    run: async (settings) => {
      const client = new sdk.STSClient(settings);
      try {
        return await send(client, sdk);
      } finally {
        client.destroy();
      }
    },
  });
}

/** AssumeRole with AWS keys. */
export async function assumeRole(o: {
  cx: KindContext;
  region: string;
  credentials: AwsCredentials;
  input: AssumeRoleCommandInput;
}): Promise<AwsCredentials> {
  const call = { ...o, operation: "AssumeRole" };
  const roleSteps = (o.credentials.role_steps ?? 0) + 1;
  return await withShorterDuration(call, o.input, async (input) => {
    const answer = await sts(call, (client, sdk) => client.send(new sdk.AssumeRoleCommand(input)));
    return session(answer.Credentials, call, roleSteps);
  });
}

/** AssumeRoleWithWebIdentity: unsigned, with an OIDC token. */
export async function assumeRoleWithWebIdentity(o: {
  cx: KindContext;
  region: string;
  input: AssumeRoleWithWebIdentityCommandInput;
}): Promise<AwsCredentials> {
  const call = { cx: o.cx, region: o.region, operation: "AssumeRoleWithWebIdentity" };
  return await withShorterDuration(call, o.input, async (input) => {
    const answer = await sts(
      call,
      (client, sdk) => client.send(new sdk.AssumeRoleWithWebIdentityCommand(input)),
    );
    return session(answer.Credentials, call, 1);
  });
}

/** AssumeRoleWithSAML: unsigned, with an assertion. */
export async function assumeRoleWithSaml(o: {
  cx: KindContext;
  region: string;
  input: AssumeRoleWithSAMLCommandInput;
}): Promise<AwsCredentials> {
  const call = { cx: o.cx, region: o.region, operation: "AssumeRoleWithSAML" };
  return await withShorterDuration(call, o.input, async (input) => {
    const answer = await sts(
      call,
      (client, sdk) => client.send(new sdk.AssumeRoleWithSAMLCommand(input)),
    );
    return session(answer.Credentials, call, 1);
  });
}

/** AssumeRoot: a root session of a member account, bounded by a task policy. */
export async function assumeRoot(o: {
  cx: KindContext;
  region: string;
  credentials: AwsCredentials;
  input: AssumeRootCommandInput;
}): Promise<AwsCredentials> {
  const call = { ...o, operation: "AssumeRoot" };
  try {
    const answer = await sts(
      call,
      (client, sdk) => client.send(new sdk.AssumeRootCommand(o.input)),
    );
    return session(answer.Credentials, call, 0);
  } catch (error) {
    throw withHints(error, call);
  }
}

/** GetSessionToken with long-lived keys. Refusals are the caller's to judge (04 §9.5). */
export async function getSessionToken(o: {
  cx: KindContext;
  region: string;
  credentials: AwsCredentials;
  input: GetSessionTokenCommandInput;
}): Promise<AwsCredentials> {
  const call = { ...o, operation: "GetSessionToken" };
  const answer = await sts(
    call,
    (client, sdk) => client.send(new sdk.GetSessionTokenCommand(o.input)),
  );
  return session(answer.Credentials, call, 0);
}

/** GetFederationToken with long-lived keys, for the console (04 §10). */
export async function getFederationToken(o: {
  cx: KindContext;
  region: string;
  credentials: AwsCredentials;
  input: import("@aws-sdk/client-sts").GetFederationTokenCommandInput;
}): Promise<AwsCredentials> {
  const call = { ...o, operation: "GetFederationToken" };
  const answer = await sts(
    call,
    (client, sdk) => client.send(new sdk.GetFederationTokenCommand(o.input)),
  );
  return session(answer.Credentials, call, 0);
}

/** GetCallerIdentity. Throws as every call does. */
export async function getCallerIdentity(o: {
  cx: KindContext;
  region: string;
  credentials: AwsCredentials;
}): Promise<{ arn?: string; account?: string; userId?: string }> {
  const answer = await sts(
    { ...o, operation: "GetCallerIdentity" },
    (client, sdk) => client.send(new sdk.GetCallerIdentityCommand({})),
  );
  return { arn: answer.Arn, account: answer.Account, userId: answer.UserId };
}

/**
 * Whose credentials these are, as AWS sees it (04 §9.9). Refusals make them invalid; a failure of the
 * network leaves the question open.
 */
export async function callerIdentity(
  credentials: Credentials,
  cx: KindContext,
): Promise<Principal> {
  if (credentials.type !== "aws" || credentials.bearer) return { state: "unknown" };
  try {
    const { arn, account } = await getCallerIdentity({ cx, region: callRegion(cx), credentials });
    return {
      state: "valid",
      ...(arn ? { principal: arn } : {}),
      ...(account ? { account } : {}),
    };
  } catch (error) {
    const fault = awsFault(error);
    if (!fault) {
      if (error instanceof AuthError && error.exit === 130) throw error;
      return { state: "unknown", reason: (error as Error).message };
    }
    if (fault.httpStatus >= 500 || fault.httpStatus === 429) {
      return { state: "unknown", reason: (error as Error).message };
    }
    const expired = saysInputIsBad(error);
    return { state: "invalid", reason: expired ? "expired" : (error as Error).message };
  }
}

function session(
  answer: StsCredentials | undefined,
  call: StsCall,
  roleSteps: number,
): AwsCredentials {
  const credentials = sessionFrom({
    accessKeyId: answer?.AccessKeyId,
    secretAccessKey: answer?.SecretAccessKey,
    sessionToken: answer?.SessionToken,
    expiresAtMs: answer?.Expiration?.getTime(),
    region: call.region,
    roleSteps,
  });
  if (credentials) return credentials;
  throw new AuthError({
    code: "authentication_failed",
    message: `authentication failed: ${call.operation} failed: the answer has no credentials`,
  });
}

/**
 * Runs an operation; when AWS finds the duration too long for the role, once more with an hour and a
 * warning (04 §5).
 */
async function withShorterDuration<I extends { DurationSeconds?: number | undefined }>(
  call: StsCall,
  input: I,
  run: (input: I) => Promise<AwsCredentials>,
): Promise<AwsCredentials> {
  try {
    try {
      return await run(input);
    } catch (error) {
      const wanted = input.DurationSeconds;
      if (!tooLong(error) || wanted === undefined || wanted <= 3600) throw error;
      call.cx.deps.terminal.warn(
        `${call.cx.name}: a session of ${wanted}s is longer than the role allows; using 3600s.`,
      );
      return await run({ ...input, DurationSeconds: 3600 });
    }
  } catch (error) {
    throw withHints(error, call);
  }
}

function tooLong(error: unknown): boolean {
  const fault = awsFault(error);
  return fault?.awsCode === "ValidationError" &&
    /MaxSessionDuration|DurationSeconds exceeds/i.test(fault.awsMessage);
}

/** Adds the ways out of 04 §5; a stale input becomes `input_rejected` so that the core redoes it. */
function withHints(error: unknown, call: StsCall): unknown {
  const fault = awsFault(error);
  if (!(error instanceof AuthError) || !fault) return error;
  const hints: string[] = [];
  if (hasAwsCode(error, "AccessDenied") && call.operation.startsWith("AssumeRole")) {
    hints.push(
      "Check that the role's trust policy allows the caller named in the message, and that the " +
        "caller may call `sts:AssumeRole` on it",
    );
  } else if (hasAwsCode(error, "AccessDenied")) {
    hints.push(`Check that the caller may call \`sts:${call.operation}\``);
  } else if (hasAwsCode(error, "InvalidIdentityToken", "IDPRejectedClaim")) {
    hints.push(
      "Check the identity provider in IAM, its audience, and the subject condition of the role's " +
        "trust policy",
    );
  } else if (hasAwsCode(error, "RegionDisabledException")) {
    hints.push(
      `Enable STS in ${call.region} in the account settings of IAM, or use another region`,
    );
  }
  const stale = call.credentials !== undefined && saysInputIsBad(error);
  return new AuthError({
    code: stale ? "input_rejected" : "authentication_failed",
    message: stale ? error.message : `authentication failed: ${error.message}`,
    hints: [...error.hints, ...hints],
    cause: fault,
  });
}
