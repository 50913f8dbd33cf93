import { identityKinds } from "../../../providers/registry.ts";
import type { Core } from "../../core/core.ts";
import { requireIdentity } from "../../core/selection.ts";
import { AuthError, type AwsCredentials, type Entry, Secret, textAt } from "../../core/types.ts";
import { parseDuration } from "../../sys/duration.ts";
import { readStdin } from "../../sys/stdin.ts";
import type { CommandContext } from "../types.ts";

const DEFAULT_DURATION = "12h";
const BAD_DURATION = "invalid duration format (use: 3600, 1h, 12h, 1d, etc.)";

/** What is to be stored. */
interface Keys {
  id: string;
  secret: Secret;
  mfaArn?: string;
  duration?: string;
}

/** `auth user configure` (02 §6.10, 04 §9.5): long-lived keys into the configured keyring. */
export async function run(cx: CommandContext): Promise<number> {
  const core = await cx.core();
  const identity = await chosenIdentity(cx, core);
  if (textAt(identity.values, ...KEY_ID) && textAt(identity.values, ...SECRET)) {
    cx.err(
      "All credentials are managed by Atmos configuration (atmos.yaml)\n" +
        "To update credentials, edit your atmos.yaml configuration file\n",
    );
    const mfaArn = textAt(identity.values, ...MFA_ARN);
    if (mfaArn) cx.err(`AWS User MFA ARN: ${mfaArn}\n`);
    return 0;
  }
  const before = await stored(core, identity);
  const keys = await given(cx, identity, before) ?? await asked(cx, identity, before);
  const credentials: AwsCredentials = {
    type: "aws",
    access_key_id: keys.id,
    secret_access_key: keys.secret,
    ...(keys.mfaArn && { mfa_arn: keys.mfaArn }),
    ...(keys.duration && { session_duration: keys.duration }),
  };
  await core.deps.keyring.set(identity.name, "identity", credentials, "long-lived");
  cx.err(`✓ Saved credentials to keyring: ${identity.name}\n`);
  if (keys.duration) cx.err(`Session duration configured: ${keys.duration}\n`);
  return 0;
}

const KEY_ID = ["credentials", "access_key_id"] as const;
const SECRET = ["credentials", "secret_access_key"] as const;
const MFA_ARN = ["credentials", "mfa_arn"] as const;
const DURATION = ["session", "duration"] as const;

/** Kinds whose long-lived keys live in the keyring. */
function keptKinds(): string[] {
  return Object.entries(identityKinds).filter(([, row]) => row.longLived).map(([kind]) => kind);
}

async function chosenIdentity(cx: CommandContext, core: Core): Promise<Entry> {
  const { config, deps } = core;
  const kinds = keptKinds();
  if (config.identities.size === 0) {
    throw new AuthError({
      code: "no_identities_available",
      message: "no auth identities configured in atmos.yaml",
      hints: [`Add an identity of kind \`${kinds[0]}\` to \`auth.identities\``],
    });
  }
  const possible = config.identities.all().filter((entry) => kinds.includes(entry.kind));
  const name = (cx.given("identity") && !cx.bare("identity") ? cx.text("identity") : undefined) ??
    (cx.given("identity") ? undefined : deps.env.nonEmpty("ATMOS_IDENTITY"));
  if (name) return ofKeptKind(requireIdentity(core, name), kinds);
  if (possible.length === 0) {
    throw new AuthError({
      code: "no_user_identities",
      message: `no identities configured for provider type '${kinds[0]}'`,
      hints: [`Add an identity of kind \`${kinds[0]}\` to \`auth.identities\``],
    });
  }
  const initial = possible.find((entry) => entry.values.default === true);
  if (deps.terminal.interactive) {
    const chosen = await deps.terminal.select({
      title: "Choose an identity to configure",
      options: possible.map((entry) => ({ value: entry.name, description: entry.kind })),
      ...(initial && { initial: initial.name }),
    });
    deps.terminal.notice(`✓ Selected identity: ${chosen}`);
    return config.identities.get(chosen)!;
  }
  if (possible.length === 1) return possible[0]!;
  if (initial) return initial;
  throw notInteractive("Name the identity with `--identity`");
}

function ofKeptKind(entry: Entry, kinds: string[]): Entry {
  if (kinds.includes(entry.kind)) return entry;
  throw new AuthError({
    code: "invalid_identity_kind",
    message: `invalid identity kind: identity "${entry.name}" has kind "${entry.kind}"`,
    explanation: `Only identities of kind ${kinds.join(", ")} keep long-lived keys in the keyring.`,
  });
}

/** The entry there is, for the defaults of the questions; one that cannot be read gives none. */
async function stored(core: Core, identity: Entry): Promise<AwsCredentials | undefined> {
  try {
    const loaded = await core.deps.keyring.get(identity.name, "identity");
    return loaded?.credentials.type === "aws" ? loaded.credentials : undefined;
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    core.deps.log.debug(`keyring: ${error.message}`);
    return undefined;
  }
}

/** The values of the flags; undefined when none is given and a person can be asked. */
async function given(
  cx: CommandContext,
  identity: Entry,
  before: AwsCredentials | undefined,
): Promise<Keys | undefined> {
  const { env, terminal } = cx.deps;
  const fromEnv = cx.bool("from-env"), fromStdin = cx.bool("secret-stdin");
  if (!fromEnv && !fromStdin) {
    if (terminal.interactive) return undefined;
    throw notInteractive(
      "Give `--access-key-id` with the secret on stdin and `--secret-stdin`, or `--from-env`",
    );
  }
  const id = textAt(identity.values, ...KEY_ID) ?? cx.text("access-key-id") ??
    (fromEnv ? env.nonEmpty("AWS_ACCESS_KEY_ID") : undefined);
  const secret = fromStdin
    ? (await readStdin(64 * 1024)).trim()
    : env.nonEmpty("AWS_SECRET_ACCESS_KEY");
  if (!id) throw missing(fromEnv ? "AWS_ACCESS_KEY_ID is not set" : "--access-key-id");
  if (!secret) throw missing(fromStdin ? "stdin is empty" : "AWS_SECRET_ACCESS_KEY is not set");
  const duration = cx.text("session-duration") ?? before?.session_duration;
  if (duration !== undefined && !parseDuration(duration).ok) {
    throw new AuthError({ code: "invalid_duration", message: BAD_DURATION });
  }
  return {
    id,
    secret: new Secret(secret),
    mfaArn: cx.text("mfa-arn") ?? before?.mfa_arn,
    duration: textAt(identity.values, ...DURATION) ? undefined : duration ?? DEFAULT_DURATION,
  };
}

/** Asks field by field. What the YAML fixes is told, not asked. */
async function asked(
  cx: CommandContext,
  identity: Entry,
  before: AwsCredentials | undefined,
): Promise<Keys> {
  const { terminal } = cx.deps;
  const fixed = (title: string, path: readonly string[], secret = false): string | undefined => {
    const value = textAt(identity.values, ...path);
    if (value !== undefined) {
      terminal.notice(`${title}: ${secret ? "<MASKED>" : value} (managed by atmos.yaml)`);
    }
    return value;
  };
  const id = fixed("AWS Access Key ID", KEY_ID) ?? await terminal.text({
    title: "AWS Access Key ID",
    required: true,
    ...(before?.access_key_id && { initial: before.access_key_id }),
  });
  const inYaml = fixed("AWS Secret Access Key", SECRET, true);
  const secret = inYaml === undefined
    ? await terminal.secret({ title: "AWS Secret Access Key", required: true })
    : new Secret(inYaml);
  const mfaArn = fixed("AWS User MFA ARN", MFA_ARN) ?? await terminal.text({
    title: "AWS User MFA ARN",
    description: "Optional: the device that codes are asked for",
    ...(before?.mfa_arn && { initial: before.mfa_arn }),
  });
  const ownDuration = fixed("Session Duration", DURATION);
  const typed = ownDuration ?? await terminal.text({
    title: "Session Duration",
    description: "Optional: seconds, or a duration such as 12h or 1d",
    initial: before?.session_duration ?? DEFAULT_DURATION,
    validate: (text) => text.trim() === "" || parseDuration(text).ok ? undefined : BAD_DURATION,
  });
  return {
    id: id.trim(),
    secret: new Secret(secret.reveal().trim()),
    mfaArn: textAt(identity.values, ...MFA_ARN) ? undefined : mfaArn.trim() || undefined,
    duration: ownDuration === undefined ? typed.trim() || DEFAULT_DURATION : undefined,
  };
}

function missing(what: string): AuthError {
  return new AuthError({
    code: "required_flag_missing",
    message: `required flag not provided: ${what}`,
  });
}

function notInteractive(hint: string): AuthError {
  return new AuthError({
    code: "interactive_not_available",
    message: "interactive mode not available",
    hints: [hint],
  });
}
