/**
 * AssumeRoleWithSAML: a signed assertion in exchange for role credentials. Unsigned.
 *
 * `moto` verifies neither signature, times, audience nor provider, takes the account of the first
 * ARN of the first role value instead of the role asked for, and prefers the assertion's
 * SessionDuration to DurationSeconds.
 */
import { ServiceError } from "./http.ts";
import { credentialsOf, type StsRequest, type StsResult } from "./sts.ts";
import { checkRoleArn, findRole, roleSeconds } from "./sts_assume.ts";
import {
  checkParams,
  duration,
  packedSize,
  POLICY_RULE,
  ROLE_ARN,
  SESSION_LISTS,
  sessionPolicies,
} from "./sts_params.ts";
import { context, trustsProvider } from "./trust.ts";
import { base64, issueSession, type RoleRecord, roleSession, type World } from "./world.ts";

function invalid(message: string): ServiceError {
  return new ServiceError(400, "InvalidIdentityToken", message);
}

const AWS = "https://aws.amazon.com/SAML/Attributes/";

/** Audience that AWS asks for, per partition: the sign-in host with or without a region. */
const RECIPIENT =
  /^https:\/\/([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)\/(saml|saml\/acs\/\w+)$/;
const AUDIENCE =
  /^(urn:amazon:webservices(:govcloud|:cn-north-1)?|https:\/\/([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)\/(saml|saml\/acs\/\w+))$/;

/** The facts of an assertion whose signature has been checked. */
export interface Assertion {
  id: string;
  issuer: string;
  subject: string;
  subjectType: string;
  audiences: string[];
  recipients: string[];
  /** RFC 3339, as written. */
  issueInstant: string;
  notBefore?: string;
  notOnOrAfter: string[];
  sessionNotOnOrAfter?: string;
  attributes: Map<string, string[]>;
}

function checkTimes(world: World, a: Assertion): void {
  const now = world.now();
  const expired = (message: string) => new ServiceError(400, "ExpiredTokenException", message);
  if (now - Date.parse(a.issueInstant) > 5 * 60_000) {
    throw expired("Token must be redeemed within 5 minutes of issuance");
  }
  for (const end of a.notOnOrAfter) {
    if (now >= Date.parse(end)) throw expired("The SAML assertion has expired (NotOnOrAfter)");
  }
  // Three minutes of tolerance for a fast clock at the identity provider.
  if (a.notBefore && Date.parse(a.notBefore) - now > 3 * 60_000) {
    throw invalid("The SAML assertion is not yet valid (NotBefore)");
  }
}

function rolePair(a: Assertion, roleArn: string, principalArn: string): boolean {
  return (a.attributes.get(`${AWS}Role`) ?? []).some((value) => {
    const parts = value.split(",").map((p) => p.trim());
    return parts.length === 2 && parts.includes(roleArn) && parts.includes(principalArn);
  });
}

/** Everything of the assertion that AWS looks at before it asks the trust policy. */
function checkAssertion(
  world: World,
  a: Assertion,
  roleArn: string,
  principalArn: string,
): { sessionName: string } {
  checkTimes(world, a);
  if (!a.audiences.some((x) => AUDIENCE.test(x))) {
    throw new ServiceError(403, "IDPRejectedClaim", "The audience of the SAML response is not AWS");
  }
  if (!a.recipients.some((r) => RECIPIENT.test(r))) {
    throw invalid("Response did not contain a valid Recipient in SubjectConfirmationData");
  }
  if (world.samlUsed.has(a.id)) throw invalid("The SAML assertion was used before");
  const roles = a.attributes.get(`${AWS}Role`);
  if (!roles?.length) throw invalid("Role is required in AuthnResponse");
  const names = a.attributes.get(`${AWS}RoleSessionName`);
  if (!names?.[0]) throw invalid("RoleSessionName is required in AuthnResponse");
  if (!/^[\w+=,.@-]{2,64}$/.test(names[0])) {
    throw invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
  }
  if (!rolePair(a, roleArn, principalArn)) {
    throw new ServiceError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML");
  }
  return { sessionName: names[0] };
}

/** DurationSeconds, else the assertion's SessionDuration; the assertion's session end caps both. */
function seconds(
  params: Map<string, string>,
  a: Assertion,
  role: RoleRecord,
  now: number,
): number {
  const own = a.attributes.get(`${AWS}SessionDuration`)?.[0];
  const effective = new Map(params);
  if (!params.has("DurationSeconds") && own && /^\d+$/.test(own)) {
    effective.set("DurationSeconds", String(Math.min(Math.max(Number(own), 900), 43200)));
  }
  const wanted = roleSeconds(effective, role, false);
  if (!a.sessionNotOnOrAfter) return wanted;
  return Math.max(
    1,
    Math.min(wanted, Math.floor((Date.parse(a.sessionNotOnOrAfter) - now) / 1000)),
  );
}

/** Base64 of SHA-1 over issuer, account and the provider's friendly name, as STS documents it. */
async function nameQualifier(issuer: string, providerArn: string): Promise<string> {
  const name = providerArn.slice(providerArn.lastIndexOf("/"));
  const text = new TextEncoder().encode(`${issuer}${providerArn.split(":")[4]}${name}`);
  return base64(new Uint8Array(await crypto.subtle.digest("SHA-1", text)));
}

export async function assumeRoleWithSaml({ world, params }: StsRequest): Promise<StsResult> {
  checkParams(params, {
    RoleArn: ROLE_ARN,
    PrincipalArn: ROLE_ARN,
    SAMLAssertion: { required: true, min: 4, max: 100000 },
    DurationSeconds: duration(900, 43200),
    Policy: POLICY_RULE,
  }, SESSION_LISTS.slice(0, 1));
  const roleArn = params.get("RoleArn")!, principalArn = params.get("PrincipalArn")!;
  checkRoleArn(roleArn);
  const policies = sessionPolicies(params);
  const provider = world.state.samlProviders.find((p) => p.arn === principalArn);
  if (!provider || roleArn.split(":")[4] !== principalArn.split(":")[4]) {
    throw invalid("Specified provider doesn't exist");
  }
  const { readAssertion } = await import("./saml_verify.ts");
  const a = await readAssertion(world, params.get("SAMLAssertion")!, provider);
  if (a.issuer !== provider.entityId) throw invalid("Issuer not present in specified provider");
  const { sessionName } = checkAssertion(world, a, roleArn, principalArn);
  const role = findRole(world, roleArn);
  const recipient = a.recipients.find((r) => RECIPIENT.test(r))!;
  const action = "sts:AssumeRoleWithSAML";
  const facts = context({
    "SAML:aud": recipient,
    "SAML:iss": a.issuer,
    "SAML:sub": a.subject,
    "SAML:sub_type": a.subjectType,
  });
  if (!role || !trustsProvider(role, principalArn, action, facts)) {
    throw new ServiceError(403, "AccessDenied", `Not authorized to perform ${action}`);
  }
  const life = seconds(params, a, role, world.now());
  world.samlUsed.add(a.id);
  const session = issueSession(world, {
    kind: "assumed-role",
    principal: roleSession(role, sessionName),
    seconds: life,
    policies,
  });
  return {
    Issuer: a.issuer,
    Subject: a.subject,
    SubjectType: a.subjectType,
    Audience: recipient,
    NameQualifier: await nameQualifier(a.issuer, principalArn),
    AssumedRoleUser: { AssumedRoleId: session.principal.userId, Arn: session.principal.arn },
    Credentials: credentialsOf(session),
    PackedPolicySize: packedSize(params, new Map()),
  };
}
