import {
  AuthError,
  type AwsCredentials,
  type Entry,
  flagAt,
  type IdentityDef,
  type KindContext,
  type Report,
  textAt,
} from "../lib/core/types.ts";
import { parseDuration } from "../lib/sys/duration.ts";
import { webflowFile } from "../lib/store/paths.ts";
import {
  awsClusterToken,
  awsPathRefs,
  callRegion,
  fallbackRegion,
  forgetAws,
  joinReports,
  loadAws,
  logoutAws,
  materializeAws,
  shownRegion,
  userEnvironment,
  verifyAws,
} from "./aws.ts";
import { allowedHost, endpointFor } from "./aws_endpoints.ts";
import type { UserKeys } from "./aws_user_keys.ts";

/**
 * Kind `aws/user`: long-lived keys from configuration or keyring, exchanged for a session, or a
 * sign-in with the browser (04 §9.4 to §9.6).
 */
const definition: IdentityDef = {
  kind: "aws/user",
  role: "identity",
  hosts: (entry, { entries, env }) => {
    const owners = { identity: entry, root: entries[0]! };
    const region = textAt(entry.values, "region") ??
      textAt(entry.values, "credentials", "region") ??
      fallbackRegion;
    const called = env.nonEmpty("AWS_REGION") ?? env.nonEmpty("AWS_DEFAULT_REGION") ?? region;
    return [
      allowedHost(endpointFor("sts", region, owners, env).url),
      allowedHost(endpointFor("sts", called, owners, env).url),
      allowedHost(endpointFor("signin", region, owners, env).url),
    ];
  },
  create: (entry) => ({
    authenticate: (_input, cx) => authenticate(cx, entry),
    load: loadAws,
    materialize: materializeAws,
    forget: forgetAws,
    env: userEnvironment,
    paths: awsPathRefs,
    verify: verifyAws,
    clusterToken: awsClusterToken,
    console: async (credentials, cx, request) => {
      const { consoleLink } = await import("./aws_console.ts");
      return await consoleLink(credentials, cx, request, () => federationToken(cx, entry));
    },
    region: shownRegion,
    outlook: async (cx) => await (await import("./aws_user_keys.ts")).outlook(cx, entry),
    account: () =>
      textAt(entry.values, "credentials", "mfa_arn")?.match(/^arn:[^:]+:iam::(\d{12}):/)?.[1],
    logout: async (cx) => joinReports(await logoutAws(cx), await logoutWebflow(cx)),
  }),
};
export default definition;

/** The sources in order: YAML, keyring, browser, prompt (04 §9.4). */
async function authenticate(cx: KindContext, entry: Entry): Promise<AwsCredentials> {
  const webflow = flagAt(entry.values, "credentials", "webflow_enabled") ?? true;
  if (cx.mode.webflow) {
    if (!webflow) {
      throw new AuthError({
        code: "webflow_disabled",
        message: `browser authentication is disabled: identity "${entry.name}" has ` +
          "credentials.webflow_enabled: false",
      });
    }
    const { browserSession } = await import("./aws_webflow.ts");
    return await browserSession(cx, { fresh: true });
  }
  const { findKeys, promptForKeys } = await import("./aws_user_keys.ts");
  const found = await findKeys(cx, entry);
  if (found) return await exchange(cx, entry, found);
  if (webflow) {
    const { browserSession, refreshedSession } = await import("./aws_webflow.ts");
    const session = await refreshedSession(cx);
    if (session) return session;
    if (cx.mode.browserFlows) return await browserSession(cx, { fresh: false });
  } else if (cx.mode.prompts) {
    return await exchange(cx, entry, await promptForKeys(cx, entry));
  }
  throw new AuthError({
    code: webflow && !cx.mode.browserFlows ? "login_required" : "aws_user_not_configured",
    message:
      `aws user not configured: identity "${entry.name}" has no access keys in atmos.yaml or ` +
      "the keyring",
    hints: [
      `Run \`atmos-auth user configure --identity ${entry.name}\``,
      ...(webflow
        ? [`Or sign in with the browser: \`atmos-auth login --identity ${entry.name}\``]
        : []),
    ],
  });
}

/** GetSessionToken, with the recoveries of 03 §3.10: at most one of them in a run. */
async function exchange(cx: KindContext, entry: Entry, keys: UserKeys): Promise<AwsCredentials> {
  const sts = await import("./aws_sts.ts");
  const { hasAwsCode } = await import("./aws_sdk.ts");
  try {
    return await sessionToken(cx, entry, keys);
  } catch (error) {
    if (hasAwsCode(error, "InvalidClientTokenId")) {
      return await afterRevocation(cx, entry, keys, error as AuthError, sts.getCallerIdentity);
    }
    if (
      hasAwsCode(error, "SignatureDoesNotMatch") && keys.source === "keyring" && cx.mode.prompts
    ) {
      const { promptForSecret } = await import("./aws_user_keys.ts");
      return await sessionToken(cx, entry, await promptForSecret(cx, entry, keys));
    }
    throw explained(cx, entry, keys, error);
  }
}

/**
 * Keys that AWS does not know. Those of the keyring are confirmed with a second call, deleted and
 * asked for anew; those of the configuration are the user's to change.
 */
async function afterRevocation(
  cx: KindContext,
  entry: Entry,
  keys: UserKeys,
  error: AuthError,
  callerIdentity: typeof import("./aws_sts.ts").getCallerIdentity,
): Promise<AwsCredentials> {
  const revoked = (detail: string, hints: string[]) =>
    new AuthError({
      code: "credentials_revoked",
      message: `credentials are invalid or have been revoked: ${detail}: ${error.message}`,
      hints,
      cause: error,
    });
  if (keys.source === "configuration") {
    throw revoked(
      `the access keys of identity "${entry.name}" stand in the configuration (atmos.yaml or the ` +
        "environment it reads)",
      ["Replace them there"],
    );
  }
  const { saysInputIsBad } = await import("./aws_sdk.ts");
  try {
    await callerIdentity({ cx, region: callRegion(cx), credentials: keys.credentials });
    throw error; // known after all: IAM had not yet heard of new keys everywhere
  } catch (second) {
    if (second === error || !saysInputIsBad(second)) throw explained(cx, entry, keys, error);
  }
  await cx.deps.keyring.delete(entry.name, "identity");
  const configure = [`Run \`atmos-auth user configure --identity ${entry.name}\``];
  if (!cx.mode.prompts) {
    throw revoked("the keys in the keyring were refused and have been removed", configure);
  }
  cx.deps.terminal.warn(`AWS refused the access keys of ${entry.name}; enter new ones.`);
  const { promptForKeys } = await import("./aws_user_keys.ts");
  try {
    return await sessionToken(cx, entry, await promptForKeys(cx, entry, keys.credentials));
  } catch (again) {
    throw explained(cx, entry, keys, again);
  }
}

async function sessionToken(
  cx: KindContext,
  entry: Entry,
  keys: UserKeys,
): Promise<AwsCredentials> {
  const { getSessionToken } = await import("./aws_sts.ts");
  const { credentials } = keys;
  const serial = credentials.mfa_arn;
  const seconds = sessionSeconds(cx, entry, credentials, serial !== undefined);
  const call = async (again: boolean) => {
    const mfa = serial
      ? {
        SerialNumber: serial,
        TokenCode: await (await import("./aws_mfa.ts")).mfaCode(cx, entry, serial, { again }),
      }
      : {};
    return await getSessionToken({
      cx,
      region: callRegion(cx),
      credentials,
      input: { DurationSeconds: seconds, ...mfa },
    });
  };
  try {
    return await call(false);
  } catch (error) {
    if (!serial || !await refusedCode(error)) throw error;
    return await call(true);
  }
}

async function refusedCode(error: unknown): Promise<boolean> {
  const { awsFault, hasAwsCode } = await import("./aws_sdk.ts");
  return hasAwsCode(error, "AccessDenied") &&
    /MultiFactorAuthentication failed|invalid MFA|MFA token|one time pass code/i
      .test(awsFault(error)!.awsMessage);
}

/** Seconds of the session: YAML, else keyring, else 12 h; AWS allows 36 h with MFA (04 §9.5). */
export function sessionSeconds(
  cx: KindContext,
  entry: Entry,
  credentials: AwsCredentials,
  withMfa: boolean,
): number {
  const text = textAt(entry.values, "session", "duration") ?? credentials.session_duration;
  const fallback = 43_200;
  if (text === undefined) return fallback;
  const { terminal } = cx.deps;
  const parsed = parseDuration(text);
  if (!parsed.ok || parsed.seconds > 2 ** 31 - 1) {
    const reason = parsed.ok ? `a session duration of ${text} is too long` : parsed.reason;
    terminal.warn(`${entry.name}: ${reason}; using 12h.`);
    return fallback;
  }
  const most = withMfa ? 129_600 : 43_200;
  const clamped = Math.min(most, Math.max(900, parsed.seconds));
  if (clamped !== parsed.seconds) {
    terminal.warn(
      `${entry.name}: a session of ${text} is outside 15m to ${most / 3600}h; using ${clamped}s.`,
    );
  }
  return clamped;
}

function explained(cx: KindContext, entry: Entry, keys: UserKeys, error: unknown): unknown {
  if (!(error instanceof AuthError) || error.code !== "aws_call_failed") return error;
  const text = error.message;
  const hints: string[] = [];
  if (/ExpiredToken/.test(text)) {
    hints.push(
      `The configured keys of ${entry.name} are themselves temporary; give long-lived ones`,
    );
  } else if (/AccessDenied/.test(text)) {
    hints.push("Check that the user may call `sts:GetSessionToken`");
  } else if (/SignatureDoesNotMatch/.test(text)) {
    hints.push(
      keys.source === "keyring"
        ? `Run \`atmos-auth user configure --identity ${entry.name}\`: the secret key is wrong`
        : "The secret access key in the configuration is wrong",
    );
  }
  const at = callRegion(cx);
  if (/RegionDisabledException/.test(text)) {
    hints.push(`Enable STS in ${at}, or use another region`);
  }
  return new AuthError({
    code: "authentication_failed",
    message: `authentication failed: ${text}`,
    hints: [...error.hints, ...hints],
    cause: error.cause,
  });
}

/** For the console, which takes no GetSessionToken session without MFA (04 §10). */
async function federationToken(
  cx: KindContext,
  entry: Entry,
): Promise<AwsCredentials | undefined> {
  const { findKeys } = await import("./aws_user_keys.ts");
  const found = await findKeys(cx, entry);
  if (!found) return undefined;
  const { getFederationToken } = await import("./aws_sts.ts");
  const { sanitizedSessionName } = await import("./aws_assume_role.ts");
  const { partitionOf } = await import("./aws_endpoints.ts");
  const region = callRegion(cx);
  const name = sanitizedSessionName(entry.name).slice(0, 32);
  return await getFederationToken({
    cx,
    region,
    credentials: found.credentials,
    input: {
      Name: name,
      DurationSeconds: 43_200,
      PolicyArns: [{
        arn: `arn:${partitionOf(region).name}:iam::aws:policy/AdministratorAccess`,
      }],
    },
  });
}

async function logoutWebflow(cx: KindContext): Promise<Report> {
  const report: Report = { removed: [], missing: [], failed: [], notes: [] };
  const file = webflowFile(cx.deps.env, { realm: cx.realm, identity: cx.name });
  if (!cx.deps.files.exists(file)) return report;
  try {
    await cx.deps.files.remove(file);
    await cx.deps.files.removeDirIfEmpty(file.replace(/[/\\][^/\\]*$/, ""));
    report.removed.push(file);
  } catch (error) {
    const reason = (error as Error).message;
    report.failed.push({ what: "browser refresh token", where: file, reason, secret: true });
  }
  return report;
}
