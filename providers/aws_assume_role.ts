import {
  AuthError,
  type AwsCredentials,
  type Credentials,
  type Entry,
  type IdentityDef,
  type KindContext,
  mapAt,
  type SamlCredentials,
  textAt,
} from "../lib/core/types.ts";
import { parseDuration } from "../lib/sys/duration.ts";
import { awsSessionKind, callRegion, configuredRegion } from "./aws.ts";
import { allowedHost, endpointFor } from "./aws_endpoints.ts";

/** Kind `aws/assume-role`: a role assumed with keys, an OIDC token or a SAML assertion (04 §9.2). */
const definition: IdentityDef = {
  kind: "aws/assume-role",
  role: "identity",
  hosts: (entry, { entries, env }) => stsHosts(entry, entries, env),
  create: (entry) => ({
    ...awsSessionKind(),
    authenticate: (input, cx) => authenticate(input, cx, entry),
    account: () =>
      textAt(entry.values, "principal", "assume_role")?.match(/^arn:[^:]+:iam::(\d{12}):/)?.[1],
  }),
};
export default definition;

/** The STS host of an identity, for the allow-list. */
export function stsHosts(
  entry: Entry,
  entries: Entry[],
  env: KindContext["deps"]["env"],
): string[] {
  const at = { entries, index: entries.indexOf(entry), deps: { env } };
  const region = callRegion(at as unknown as KindContext);
  return [allowedHost(endpointFor("sts", region, { identity: entry, root: entries[0] }, env).url)];
}

async function authenticate(
  input: Credentials | null,
  cx: KindContext,
  entry: Entry,
): Promise<AwsCredentials> {
  const role = roleOf(entry);
  const region = callRegion(cx);
  switch (input?.type) {
    case "oidc":
      return await withWebIdentity(cx, entry, role, region, input.token.reveal());
    case "saml":
      return await withSaml(cx, entry, role, region, input);
    case "aws":
      if (input.bearer || !input.access_key_id || !input.secret_access_key) break;
      return await withKeys(cx, entry, role, region, input);
  }
  throw new AuthError({
    code: "invalid_identity_config",
    message: `invalid identity config: identity "${entry.name}" of kind ${entry.kind} cannot use ` +
      `the credentials of ${precedingKind(cx)}`,
    hints: [
      "It needs AWS keys, an OIDC token or a SAML assertion: put a permission set or another " +
      "identity between",
    ],
  });
}

function precedingKind(cx: KindContext): string {
  const before = cx.entries[cx.index - 1];
  return before ? `"${before.name}" (${before.kind})` : "nothing";
}

function roleOf(entry: Entry): string {
  const fail = (message: string): never => {
    throw new AuthError({
      code: "invalid_identity_config",
      message: `invalid identity config: identity "${entry.name}": ${message}`,
    });
  };
  if (mapAt(entry.values, "principal") === undefined) fail("principal is required");
  return textAt(entry.values, "principal", "assume_role")?.trim() ??
    fail("assume_role is required in principal");
}

async function withKeys(
  cx: KindContext,
  entry: Entry,
  role: string,
  region: string,
  credentials: AwsCredentials,
): Promise<AwsCredentials> {
  const { assumeRole } = await import("./aws_sts.ts");
  const { policyFields } = await import("./aws_assume_role_policy.ts");
  const duration = durationOf(cx, entry);
  const externalId = textAt(entry.values, "principal", "external_id");
  return await assumeRole({
    cx,
    region,
    credentials: { ...credentials, role_steps: roleStepsBefore(cx) },
    input: {
      RoleArn: role,
      RoleSessionName: sessionNameOf(cx, entry),
      ...(duration === undefined ? {} : { DurationSeconds: duration }),
      ...(externalId ? { ExternalId: externalId } : {}),
      ...await policyFields(cx, entry),
    },
  });
}

async function withWebIdentity(
  cx: KindContext,
  entry: Entry,
  role: string,
  region: string,
  token: string,
): Promise<AwsCredentials> {
  warnOfUnused(cx, entry, "AssumeRoleWithWebIdentity");
  const { assumeRoleWithWebIdentity } = await import("./aws_sts.ts");
  const { sessionPolicies } = await import("./aws_assume_role_policy.ts");
  const duration = durationOf(cx, entry);
  return await assumeRoleWithWebIdentity({
    cx,
    region,
    input: {
      RoleArn: role,
      RoleSessionName: sessionNameOf(cx, entry),
      WebIdentityToken: token,
      ...(duration === undefined ? {} : { DurationSeconds: duration }),
      ...sessionPolicies(entry),
    },
  });
}

/** With an assertion for this very role its session is the result; otherwise it is the base (04 §7.3). */
async function withSaml(
  cx: KindContext,
  entry: Entry,
  role: string,
  region: string,
  input: SamlCredentials,
): Promise<AwsCredentials> {
  const { assumeRoleWithSaml } = await import("./aws_sts.ts");
  const direct = sameRole(input.role_arn, role);
  if (direct) warnOfUnused(cx, entry, "AssumeRoleWithSAML");
  const { sessionPolicies } = await import("./aws_assume_role_policy.ts");
  const base = await assumeRoleWithSaml({
    cx,
    region: direct ? region : configuredRegion({ ...cx, index: 0 }) ?? region,
    input: {
      RoleArn: input.role_arn,
      PrincipalArn: input.principal_arn,
      SAMLAssertion: input.assertion.reveal(),
      DurationSeconds: input.duration_seconds,
      ...(direct ? sessionPolicies(entry) : {}),
    },
  });
  if (direct) return { ...base, region };
  const { assumeRole } = await import("./aws_sts.ts");
  const { policyFields } = await import("./aws_assume_role_policy.ts");
  const duration = durationOf(cx, entry, { afterRole: true });
  const externalId = textAt(entry.values, "principal", "external_id");
  return await assumeRole({
    cx,
    region,
    credentials: base,
    input: {
      RoleArn: role,
      RoleSessionName: sessionNameOf(cx, entry),
      ...(duration === undefined ? {} : { DurationSeconds: duration }),
      ...(externalId ? { ExternalId: externalId } : {}),
      ...await policyFields(cx, entry),
    },
  });
}

/** Whether a role of the assertion is the one wanted: the same ARN, or the same bare name. */
export function sameRole(arn: string, wanted: string): boolean {
  if (arn.toLowerCase() === wanted.toLowerCase()) return true;
  return !wanted.startsWith("arn:") && arn.split("/").at(-1) === wanted;
}

function warnOfUnused(cx: KindContext, entry: Entry, operation: string): void {
  const unused = ["external_id", "tags", "transitive_tag_keys", "source_identity", "mfa_arn"]
    .filter((key) => entry.values.principal && key in (entry.values.principal as object));
  if (unused.length === 0) return;
  cx.deps.terminal.warn(
    `${entry.name}: ${unused.join(", ")} cannot be used with ${operation} and is ignored.`,
  );
}

/** Role steps that the chain has had before this element (04 §9.2). */
export function roleStepsBefore(cx: KindContext): number {
  const before = cx.entries.slice(0, cx.index);
  const roles =
    before.filter((e) =>
      e.section === "identities" && ["aws/assume-role", "aws/permission-set"].includes(e.kind)
    ).length;
  // an assertion that did not name the first role was spent on a base role
  return roles;
}

/**
 * Seconds for `DurationSeconds`; undefined = AWS's default. A chained role lives an hour at most,
 * which is cut here rather than refused there (04 §9.2).
 */
function durationOf(
  cx: KindContext,
  entry: Entry,
  more: { afterRole?: boolean } = {},
): number | undefined {
  const text = textAt(entry.values, "principal", "duration") ??
    textAt(entry.values, "session", "duration");
  if (text === undefined) return undefined;
  const { terminal } = cx.deps;
  const parsed = parseDuration(text);
  if (!parsed.ok) {
    terminal.warn(`${entry.name}: ${parsed.reason}; the default is used.`);
    return undefined;
  }
  const clamped = Math.min(43_200, Math.max(900, parsed.seconds));
  if (clamped !== parsed.seconds) {
    terminal.warn(`${entry.name}: a session of ${text} is outside 15m to 12h; using ${clamped}s.`);
  }
  if (clamped <= 3600 || !(more.afterRole || roleStepsBefore(cx) > 0)) return clamped;
  terminal.warn(`${entry.name}: AWS limits a role assumed from a role to one hour; using 3600s.`);
  return 3600;
}

/**
 * The session name (04 §5): `principal.session_name`, else `atmos-<identity>-<unix seconds>`, in
 * which the identity part is shortened. What STS does not allow becomes `-`.
 */
export function sessionNameOf(cx: KindContext, entry: Entry): string {
  const given = textAt(entry.values, "principal", "session_name");
  if (given !== undefined) return sanitizedSessionName(given);
  const suffix = `-${Math.floor(cx.deps.clock.now() / 1000)}`;
  const head = `atmos-${entry.name}`.replace(/[^A-Za-z0-9_+=,.@-]/g, "-");
  return `${head.slice(0, 64 - suffix.length)}${suffix}`;
}

/** Only characters that STS takes, 2 to 64 of them. */
export function sanitizedSessionName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_+=,.@-]/g, "-").slice(0, 64).replace(/-+$/, "");
  return clean.length < 2 ? "atmos-session" : clean;
}
