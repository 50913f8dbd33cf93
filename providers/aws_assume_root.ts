import {
  AuthError,
  type AwsCredentials,
  type Credentials,
  type Entry,
  type IdentityDef,
  type KindContext,
  mapAt,
  textAt,
} from "../lib/core/types.ts";
import { parseDuration } from "../lib/sys/duration.ts";
import { awsSessionKind, callRegion } from "./aws.ts";
import { stsHosts } from "./aws_assume_role.ts";

/**
 * Kind `aws/assume-root`: a root session of a member account for one task, at most 15 minutes
 * (04 §9.3).
 */
const definition: IdentityDef = {
  kind: "aws/assume-root",
  role: "identity",
  hosts: (entry, { entries, env }) => stsHosts(entry, entries, env),
  create: (entry) => ({
    ...awsSessionKind(),
    authenticate: (input, cx) => authenticate(input, cx, entry),
    account: () => accountIn(textAt(entry.values, "principal", "target_principal") ?? ""),
  }),
};
export default definition;

const tasks = [
  "IAMAuditRootUserCredentials",
  "IAMCreateRootUserPassword",
  "IAMDeleteRootUserCredentials",
  "S3UnlockBucketPolicy",
  "SQSUnlockQueuePolicy",
];

/** The account of `123456789012` or `arn:*:iam::123456789012:root`. */
function accountIn(principal: string): string | undefined {
  return /^(?:arn:[a-z-]+:iam::)?(\d{12})(?::root)?$/.exec(principal.trim())?.[1];
}

async function authenticate(
  input: Credentials | null,
  cx: KindContext,
  entry: Entry,
): Promise<AwsCredentials> {
  const { account, task } = principalOf(cx, entry);
  if (input?.type !== "aws" || input.bearer || !input.access_key_id || !input.secret_access_key) {
    const before = cx.entries[cx.index - 1];
    throw new AuthError({
      code: "invalid_identity_config",
      message:
        `invalid identity config: identity "${entry.name}" of kind ${entry.kind} cannot use ` +
        `the credentials of ${before ? `"${before.name}" (${before.kind})` : "nothing"}`,
      hints: ["It needs AWS keys: put a permission set or a role between"],
    });
  }
  const { assumeRoot } = await import("./aws_sts.ts");
  const duration = durationOf(cx, entry);
  return await assumeRoot({
    cx,
    region: callRegion(cx),
    credentials: input,
    input: {
      TargetPrincipal: account,
      TaskPolicyArn: { arn: task },
      ...(duration === undefined ? {} : { DurationSeconds: duration }),
    },
  });
}

function principalOf(cx: KindContext, entry: Entry): { account: string; task: string } {
  const fail = (message: string): never => {
    throw new AuthError({
      code: "invalid_identity_config",
      message: `invalid identity config: identity "${entry.name}": ${message}`,
    });
  };
  if (mapAt(entry.values, "principal") === undefined) fail("principal is required");
  const target = textAt(entry.values, "principal", "target_principal") ??
    fail("target_principal is required in principal");
  const account = accountIn(target) ?? fail("target_principal must be a 12-digit AWS account ID");
  const task = textAt(entry.values, "principal", "task_policy_arn") ??
    fail("task_policy_arn is required in principal");
  const name = /^arn:aws[a-z-]*:iam::aws:policy\/root-task\/(.+)$/.exec(task)?.[1] ??
    fail("task_policy_arn must start with arn:aws:iam::aws:policy/root-task/");
  if (!tasks.includes(name)) {
    cx.deps.terminal.warn(`${entry.name}: the task policy ${name} is none of those known.`);
  }
  return { account, task };
}

function durationOf(cx: KindContext, entry: Entry): number | undefined {
  const text = textAt(entry.values, "principal", "duration");
  if (text === undefined) return undefined;
  const { terminal } = cx.deps;
  const parsed = parseDuration(text);
  if (!parsed.ok) {
    terminal.warn(`${entry.name}: ${parsed.reason}; the default is used.`);
    return undefined;
  }
  if (parsed.seconds <= 900) return parsed.seconds;
  terminal.warn(`${entry.name}: a root session lasts 15 minutes at most; using 900s.`);
  return 900;
}
