/**
 * AWS Security Token Service, Query protocol, version 2011-06-15: `POST /` with a form, or `GET /`
 * for presigned calls. XML answers, JSON when the caller accepts only that.
 *
 * Where `moto` 5 differs from the documented service: it checks no signature unless told to, and
 * answers GetCallerIdentity for any key; GetSessionToken and GetFederationToken give the same
 * documentation key to everybody, and no code or device of MFA is looked at; AssumeRole takes any
 * role ARN, existing or not, and ignores trust, external id, duration limits and chaining; the only
 * check of parameters is the upper length of RoleSessionName and Policy; PackedPolicySize is always
 * there. Here all of these are as AWS documents them.
 */
import { authorize } from "./authorization.ts";
import { type Call, escapeText, form, type Reply, ServiceError } from "./http.ts";
import { type Signer, STS_ERRORS, verifySignature } from "./sigv4.ts";
import { checkMfa } from "./sts_mfa.ts";
import {
  checkParams,
  duration,
  packedSize,
  type Params,
  POLICY_RULE,
  SESSION_LISTS,
  sessionPolicies,
  sessionTags,
} from "./sts_params.ts";
import { isoSeconds, issueSession, type Session, type World } from "./world.ts";

/** What an action is given. */
export interface StsRequest {
  world: World;
  call: Call;
  params: Params;
  /** Verifies the signature; unsigned actions do not call it. */
  signer(): Promise<Signer>;
}

type Value = string | number | undefined | { [name: string]: Value };
export type StsResult = { [name: string]: Value };
type Action = (request: StsRequest) => Promise<StsResult>;

/** The `Credentials` element. */
export function credentialsOf(session: Session): StsResult {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secret,
    SessionToken: session.token,
    Expiration: isoSeconds(session.expiresAt),
  };
}

function xml(name: string, value: Value, indent: string): string {
  if (value === undefined) return "";
  if (typeof value !== "object") {
    return `${indent}<${name}>${escapeText(String(value))}</${name}>\n`;
  }
  const inner = Object.entries(value).map(([k, v]) => xml(k, v, indent + "  ")).join("");
  return `${indent}<${name}>\n${inner}${indent}</${name}>\n`;
}

function wantsJson(call: Call): boolean {
  const accept = call.headers.get("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("*/*");
}

/** JSON answers give times as epoch seconds. */
function jsonValue(name: string, value: Value): unknown {
  if (value === undefined) return undefined;
  if (name === "Expiration") return Date.parse(String(value)) / 1000;
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, jsonValue(k, v)]));
}

function answer(call: Call, action: string, result: StsResult): Reply {
  const headers = { "x-amzn-requestid": call.requestId };
  const body = {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: call.requestId },
  };
  if (wantsJson(call)) {
    return {
      status: 200,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ [`${action}Response`]: jsonValue("", body) }),
    };
  }
  const inner = Object.entries(body).map(([k, v]) => xml(k, v, "  ")).join("");
  return {
    status: 200,
    headers: { "content-type": "text/xml", ...headers },
    body:
      `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n${inner}</${action}Response>\n`,
  };
}

const getCallerIdentity: Action = async ({ params, signer }) => {
  const caller = await signer();
  checkParams(params, {});
  const { arn, userId, account } = caller.principal;
  return { Arn: arn, UserId: userId, Account: account };
};

function longLivedOnly(caller: Signer, action: string): void {
  if (caller.session) {
    throw new ServiceError(403, "AccessDenied", `Cannot call ${action} with session credentials`);
  }
}

/** Root keys get an hour at most, and that is their default. */
function userSeconds(caller: Signer, params: Params): number {
  const wanted = Number(params.get("DurationSeconds") ?? 43200);
  return caller.principal.type === "root" ? Math.min(wanted, 3600) : wanted;
}

const getSessionToken: Action = async ({ world, params, signer }) => {
  const caller = await signer();
  checkParams(params, {
    DurationSeconds: duration(900, 129600),
    SerialNumber: { min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" },
    TokenCode: { min: 6, max: 6, pattern: "[\\d]*" },
  });
  longLivedOnly(caller, "GetSessionToken");
  authorize(caller, "sts:GetSessionToken");
  const mfaAt = await checkMfa(world, caller, params);
  const session = issueSession(world, {
    kind: "session-token",
    principal: caller.principal,
    seconds: userSeconds(caller, params),
    mfaAt,
  });
  return { Credentials: credentialsOf(session) };
};

const getFederationToken: Action = async ({ world, params, signer }) => {
  const caller = await signer();
  checkParams(params, {
    Name: { required: true, min: 2, max: 32, pattern: "[\\w+=,.@-]*" },
    DurationSeconds: duration(900, 129600),
    Policy: POLICY_RULE,
  }, SESSION_LISTS);
  longLivedOnly(caller, "GetFederationToken");
  const { account, partition, deny } = caller.principal;
  const name = params.get("Name")!;
  const arn = `arn:${partition}:sts::${account}:federated-user/${name}`;
  authorize(caller, "sts:GetFederationToken", arn);
  const policies = sessionPolicies(params);
  const { tags } = sessionTags(params);
  const size = packedSize(params, tags);
  const session = issueSession(world, {
    kind: "federation-token",
    principal: {
      type: "federated",
      account,
      partition,
      arn,
      iamArn: arn,
      userId: `${account}:${name}`,
      deny,
    },
    seconds: userSeconds(caller, params),
    policies,
    tags,
  });
  return {
    Credentials: credentialsOf(session),
    FederatedUser: { Arn: arn, FederatedUserId: `${account}:${name}` },
    PackedPolicySize: size,
  };
};

/** Actions by name. The larger ones are loaded when first called. */
const ACTIONS: Record<string, Action> = {
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
  GetFederationToken: getFederationToken,
  AssumeRole: async (r) => (await import("./sts_assume.ts")).assumeRole(r),
  AssumeRoot: async (r) => (await import("./sts_assume.ts")).assumeRoot(r),
  AssumeRoleWithWebIdentity: async (r) =>
    (await import("./sts_web_identity.ts")).assumeRoleWithWebIdentity(r),
  AssumeRoleWithSAML: async (r) => (await import("./sts_saml.ts")).assumeRoleWithSaml(r),
};

/** Parameters of a call; the signature's own query parameters do not count. */
export function stsParams(call: Call): Params {
  const source = call.method === "GET" ? call.query : form(call);
  const params: Params = new Map();
  const presigning =
    /^X-Amz-(Algorithm|Credential|Date|Expires|Security-Token|SignedHeaders|Signature)$/;
  for (const [name, value] of source) {
    if (call.method === "GET" && presigning.test(name)) continue;
    if (params.has(name)) {
      throw new ServiceError(
        400,
        "MalformedQueryString",
        `The parameter ${name} was given more than once.`,
      );
    }
    params.set(name, value);
  }
  return params;
}

/** The action that a call names, for routing and the request log. */
export function stsAction(call: Call): string | undefined {
  if (call.method === "GET") return call.query.get("Action") ?? undefined;
  if (call.method !== "POST") return undefined;
  if (!(call.headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    return undefined;
  }
  return form(call).get("Action") ?? undefined;
}

/** Serves one STS call. */
export async function sts(world: World, call: Call): Promise<Reply> {
  const params = stsParams(call);
  const name = params.get("Action") ?? "";
  const version = params.get("Version");
  const action = ACTIONS[name];
  if (!action || version !== "2011-06-15") {
    throw new ServiceError(
      400,
      "InvalidAction",
      `Could not find operation ${name} for version ${version ?? "NO_VERSION_SPECIFIED"}`,
    );
  }
  const signer = async () => {
    const caller = await verifySignature(world, call, "sts", STS_ERRORS);
    if (world.state.disabledRegions.includes(caller.region)) {
      throw new ServiceError(
        403,
        "RegionDisabledException",
        `STS is not activated in this region for account:${caller.principal.account}. ` +
          "Your account administrator can activate STS in this region using the IAM Console.",
      );
    }
    return caller;
  };
  return answer(call, name, await action({ world, call, params, signer }));
}
