/** Long-lived keys of an `aws/user` identity: where they are, and asking for them (04 §9.4). */
import {
  AuthError,
  type AwsCredentials,
  type Entry,
  flagAt,
  type KindContext,
  mapAt,
  type Outlook,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import { parseDuration } from "../lib/sys/duration.ts";

export interface UserKeys {
  credentials: AwsCredentials;
  source: "configuration" | "keyring";
}

/** Keys from YAML, else from the keyring; undefined when neither has any. */
export async function findKeys(cx: KindContext, entry: Entry): Promise<UserKeys | undefined> {
  return fromConfiguration(entry) ?? await fromKeyring(cx, entry);
}

/** What authenticating as the user would take now. */
export async function outlook(cx: KindContext, entry: Entry): Promise<Outlook> {
  let keys: UserKeys | undefined;
  try {
    keys = await findKeys(cx, entry);
  } catch (error) {
    return { step: "unknown", text: `nothing: ${(error as Error).message}` };
  }
  if (!keys) {
    return (flagAt(entry.values, "credentials", "webflow_enabled") ?? true)
      ? { step: "browser", text: "open a browser" }
      : { step: "ask", text: "ask for access keys" };
  }
  if (!keys.credentials.mfa_arn) {
    return { step: "obtain", text: `get a session for the keys of the ${keys.source}` };
  }
  for (const field of ["mfa_process", "mfa_yubikey", "mfa_totp_secret"]) {
    if (mapAt(entry.values, "credentials")?.[field] !== undefined) {
      return { step: "obtain", text: `take the MFA code of credentials.${field}` };
    }
  }
  return { step: "mfa", text: "ask for an MFA code" };
}

function fromConfiguration(entry: Entry): UserKeys | undefined {
  const text = (key: string) => textAt(entry.values, "credentials", key);
  const id = text("access_key_id"), secret = text("secret_access_key");
  if (!id && !secret) return undefined;
  if (!id || !secret) {
    throw new AuthError({
      code: "invalid_auth_config",
      message: `invalid auth config: identity "${entry.name}": access_key_id and ` +
        "secret_access_key must both be provided or both be empty",
    });
  }
  return { source: "configuration", credentials: longLived(entry, id, new Secret(secret)) };
}

/** Longest-lived form; what the configuration says of MFA and region wins. */
function longLived(
  entry: Entry,
  id: string,
  secret: Secret,
  stored: Partial<AwsCredentials> = {},
): AwsCredentials {
  const mfa = textAt(entry.values, "credentials", "mfa_arn") ?? stored.mfa_arn;
  const region = textAt(entry.values, "credentials", "region") ?? stored.region;
  return {
    type: "aws",
    access_key_id: id,
    secret_access_key: secret,
    ...(mfa ? { mfa_arn: mfa } : {}),
    ...(region ? { region } : {}),
    ...(stored.session_duration ? { session_duration: stored.session_duration } : {}),
  };
}

/** A keyring that fails is an error: it must never lead to the browser by itself (04 Traps 27). */
async function fromKeyring(cx: KindContext, entry: Entry): Promise<UserKeys | undefined> {
  const unreadable = (detail: string, cause?: unknown) =>
    new AuthError({
      code: "keyring_read_failed",
      message: `failed to read AWS user credentials from keyring: ${detail}`,
      hints: cause instanceof AuthError && cause.hints.length > 0
        ? cause.hints
        : [`Run \`atmos-auth user configure --identity ${entry.name}\``],
      cause,
    });
  let stored;
  try {
    stored = (await cx.deps.keyring.get(entry.name, "identity"))?.credentials;
  } catch (error) {
    if (error instanceof AuthError && error.exit === 130) throw error;
    throw unreadable((error as Error).message, error);
  }
  if (stored === undefined) return undefined;
  if (stored.type !== "aws") throw unreadable(`the entry of ${entry.name} is no AWS key pair`);
  if (stored.session_token) {
    cx.deps.terminal.warn(
      `The keyring entry of ${entry.name} holds temporary credentials and is not used.`,
    );
    return undefined;
  }
  const { access_key_id: id, secret_access_key: secret } = stored;
  if (!id || !secret) throw unreadable(`the entry of ${entry.name} lacks half of the key pair`);
  return { source: "keyring", credentials: longLived(entry, id, secret, stored) };
}

/**
 * Asks for a key pair and stores it in the keyring. A failed write is an error: keys that cannot be
 * kept would be asked for again each time.
 */
export async function promptForKeys(
  cx: KindContext,
  entry: Entry,
  before: Partial<AwsCredentials> = {},
): Promise<UserKeys> {
  const { terminal } = cx.deps;
  const id = await terminal.text({
    title: "AWS Access Key ID",
    required: true,
    ...(before.access_key_id ? { initial: before.access_key_id } : {}),
  });
  const secret = await terminal.secret({ title: "AWS Secret Access Key", required: true });
  const stored: Partial<AwsCredentials> = { ...before };
  if (textAt(entry.values, "credentials", "mfa_arn") === undefined) {
    stored.mfa_arn = (await terminal.text({
      title: "AWS User MFA ARN",
      description: "Optional",
      ...(before.mfa_arn ? { initial: before.mfa_arn } : {}),
    })).trim() || undefined;
  }
  if (textAt(entry.values, "session", "duration") === undefined) {
    stored.session_duration = (await terminal.text({
      title: "Session Duration",
      description: "Optional",
      initial: before.session_duration ?? "12h",
      validate: (value) =>
        value.trim() === "" || parseDuration(value).ok
          ? undefined
          : "invalid duration format (use: 3600, 1h, 12h, 1d, etc.)",
    })).trim() || undefined;
  }
  return await keep(cx, entry, longLived(entry, id.trim(), secret, stored));
}

/** Asks for the secret key alone: the key id is known to AWS, the signature was wrong. */
export async function promptForSecret(
  cx: KindContext,
  entry: Entry,
  keys: UserKeys,
): Promise<UserKeys> {
  cx.deps.terminal.warn(`AWS refused the signature of ${entry.name}; enter the secret key again.`);
  const secret = await cx.deps.terminal.secret({ title: "AWS Secret Access Key", required: true });
  return await keep(cx, entry, { ...keys.credentials, secret_access_key: secret });
}

async function keep(
  cx: KindContext,
  entry: Entry,
  credentials: AwsCredentials,
): Promise<UserKeys> {
  await cx.deps.keyring.set(entry.name, "identity", credentials, "long-lived");
  return { source: "keyring", credentials };
}
