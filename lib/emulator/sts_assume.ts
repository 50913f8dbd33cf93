/** AssumeRole and AssumeRoot. */
import { authorize, managedPolicy, notAuthorized } from "./authorization.ts";
import { ServiceError } from "./http.ts";
import type { Signer } from "./sigv4.ts";
import { credentialsOf, type StsRequest, type StsResult } from "./sts.ts";
import { checkMfa } from "./sts_mfa.ts";
import {
  checkParams,
  duration,
  packedSize,
  type Params,
  POLICY_RULE,
  ROLE_ARN,
  SESSION_LISTS,
  SESSION_NAME,
  sessionPolicies,
  sessionTags,
  validationError,
} from "./sts_params.ts";
import { callerContext, type Context, trusted } from "./trust.ts";
import {
  issueSession,
  permissionSetRole,
  type RoleRecord,
  roleSession,
  stableId,
  type World,
} from "./world.ts";

/** The role of an ARN: of the state, or one that Identity Center made. */
export function findRole(world: World, arn: string): RoleRecord | undefined {
  const role = world.roles.get(arn);
  if (role) return role;
  for (const a of world.state.identityCenter.assignments ?? []) {
    const reserved = permissionSetRole(world, a.account, a.permissionSet);
    if (reserved.spec.arn === arn) return reserved;
  }
  return undefined;
}

/** The shape of a role ARN. @throws ServiceError ValidationError */
export function checkRoleArn(arn: string): void {
  if (!/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(arn)) {
    throw validationError(arn.startsWith("arn:") ? "Request ARN is invalid" : `${arn} is invalid`);
  }
}

/**
 * Seconds of a role session. A chained session lasts an hour at most; otherwise the role's own
 * maximum counts.
 *
 * @throws ServiceError ValidationError
 */
export function roleSeconds(params: Params, role: RoleRecord, chained: boolean): number {
  const wanted = params.get("DurationSeconds");
  if (wanted === undefined) return 3600;
  const seconds = Number(wanted);
  if (chained && seconds > 3600) {
    throw validationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  if (seconds > (role.spec.maxSessionSeconds ?? 3600)) {
    throw validationError(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  return seconds;
}

/** Which sessions may assume anything at all. */
function refuseSort(caller: Signer, arn: string): void {
  if (caller.principal.type === "root") {
    throw new ServiceError(403, "AccessDenied", "Roles may not be assumed by root accounts.");
  }
  if (caller.principal.type === "federated" || caller.session?.kind === "assumed-root") {
    throw notAuthorized(caller, "sts:AssumeRole", arn);
  }
}

interface Wish {
  params: Params;
  caller: Signer;
  tags: Map<string, string>;
  mfaAt: number | undefined;
  now: number;
}

function conditions({ params, caller, tags, mfaAt, now }: Wish): Context {
  const out = callerContext(caller, now, mfaAt);
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) out.set(key.toLowerCase(), [value]);
  };
  put("sts:ExternalId", params.get("ExternalId"));
  put("sts:RoleSessionName", params.get("RoleSessionName"));
  put("sts:SourceIdentity", params.get("SourceIdentity"));
  for (const [k, v] of tags) put(`aws:RequestTag/${k}`, v);
  if (tags.size) out.set("aws:tagkeys", [...tags.keys()]);
  return out;
}

/** Checks both sides of every action that the call comes to. */
function decideAssumption(role: RoleRecord | undefined, arn: string, wish: Wish): RoleRecord {
  const { caller, params, tags } = wish;
  const actions = ["sts:AssumeRole"];
  if (tags.size) actions.push("sts:TagSession");
  if (params.has("SourceIdentity")) actions.push("sts:SetSourceIdentity");
  const facts = conditions(wish);
  for (const action of actions) {
    authorize(caller, action, arn);
    // A role that does not exist is refused in the same words as one that does not trust.
    if (!role || !trusted(role, caller.principal, action, facts)) {
      throw notAuthorized(caller, action, arn);
    }
  }
  return role!;
}

/** Tags of the new session: the transitive ones of the old come along and cannot be replaced. */
function mergeTags(caller: Signer, given: Map<string, string>): Map<string, string> {
  const out = new Map(given);
  for (const key of caller.session?.transitiveTags ?? []) {
    if (given.has(key)) {
      throw new ServiceError(
        400,
        "InvalidParameterValue",
        `One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.`,
      );
    }
    out.set(key, caller.session!.tags.get(key)!);
  }
  return out;
}

function sourceIdentity(caller: Signer, params: Params, arn: string): string | undefined {
  const old = caller.session?.sourceIdentity, wanted = params.get("SourceIdentity");
  if (old !== undefined && wanted !== undefined && old !== wanted) {
    throw notAuthorized(caller, "sts:SetSourceIdentity", arn);
  }
  return wanted ?? old;
}

export async function assumeRole({ world, params, signer }: StsRequest): Promise<StsResult> {
  const caller = await signer();
  checkParams(params, {
    RoleArn: ROLE_ARN,
    RoleSessionName: SESSION_NAME,
    DurationSeconds: duration(900, 43200),
    ExternalId: { min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" },
    Policy: POLICY_RULE,
    SerialNumber: { min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" },
    TokenCode: { min: 6, max: 6, pattern: "[\\d]*" },
    SourceIdentity: { min: 2, max: 64, pattern: "[\\w+=,.@-]*" },
  }, SESSION_LISTS);
  const arn = params.get("RoleArn")!;
  checkRoleArn(arn);
  refuseSort(caller, arn);
  const policies = sessionPolicies(params);
  const { tags, transitive } = sessionTags(params);
  const size = packedSize(params, tags);
  const mfaAt = await checkMfa(world, caller, params);
  const role = decideAssumption(findRole(world, arn), arn, {
    params,
    caller,
    tags,
    mfaAt,
    now: world.now(),
  });
  const chained = caller.principal.type === "role";
  const seconds = roleSeconds(params, role, chained);
  const identity = sourceIdentity(caller, params, arn);
  const session = issueSession(world, {
    kind: "assumed-role",
    principal: roleSession(role, params.get("RoleSessionName")!),
    seconds,
    chained,
    policies,
    tags: mergeTags(caller, tags),
    transitiveTags: [...caller.session?.transitiveTags ?? [], ...transitive],
    sourceIdentity: identity,
  });
  return {
    Credentials: credentialsOf(session),
    AssumedRoleUser: { AssumedRoleId: session.principal.userId, Arn: session.principal.arn },
    PackedPolicySize: size,
    SourceIdentity: identity,
  };
}

const ROOT_TASKS = [
  "IAMAuditRootUserCredentials",
  "IAMCreateRootUserPassword",
  "IAMDeleteRootUserCredentials",
  "S3UnlockBucketPolicy",
  "SQSUnlockQueuePolicy",
];

/** Credentials for one privileged task in a member account; management account or its delegates only. */
export async function assumeRoot({ world, params, call, signer }: StsRequest): Promise<StsResult> {
  const caller = await signer();
  checkParams(params, {
    TargetPrincipal: { required: true, min: 12, max: 2048 },
    "TaskPolicyArn.arn": { required: true, min: 20, max: 2048 },
    DurationSeconds: duration(0, 900),
  });
  if (/^sts\.amazonaws\.com$/.test(call.headers.get("host") ?? "")) {
    throw validationError("AssumeRoot is not supported on the global endpoint.");
  }
  const target = params.get("TargetPrincipal")!;
  const account = /^(?:arn:[a-z-]+:iam::)?(\d{12})(?::root)?$/.exec(target)?.[1];
  const policy = params.get("TaskPolicyArn.arn")!;
  const task = /^arn:[a-z-]+:iam::aws:policy\/root-task\/(\w+)$/.exec(policy)?.[1];
  if (!account) throw validationError("Target principal is not valid.");
  if (!task || !ROOT_TASKS.includes(task)) {
    throw validationError("The provided task policy is not supported for AssumeRoot.");
  }
  const { managementAccount, delegatedAdministrators = [] } = world.state.organization;
  const allowed = [managementAccount, ...delegatedAdministrators];
  const { principal } = caller;
  const resource = `arn:${principal.partition}:iam::${account}:root`;
  authorize(caller, "sts:AssumeRoot", resource);
  if (
    !allowed.includes(principal.account) || principal.type === "root" ||
    principal.type === "federated" || account === managementAccount || !world.accounts.has(account)
  ) {
    throw notAuthorized(caller, "sts:AssumeRoot", resource);
  }
  const session = issueSession(world, {
    kind: "assumed-root",
    principal: {
      type: "root",
      account,
      partition: principal.partition,
      arn: `arn:${principal.partition}:sts::${account}:assumed-root`,
      iamArn: resource,
      userId: `${account}:${stableId("", principal.arn)}`,
      deny: [],
    },
    seconds: Number(params.get("DurationSeconds") ?? 900),
    chained: principal.type === "role",
    policies: [managedPolicy(policy)],
    sourceIdentity: caller.session?.sourceIdentity,
  });
  return {
    Credentials: credentialsOf(session),
    SourceIdentity: caller.session?.sourceIdentity,
  };
}
