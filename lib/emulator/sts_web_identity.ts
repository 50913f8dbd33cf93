/**
 * AssumeRoleWithWebIdentity: an OIDC token in exchange for role credentials. Unsigned.
 *
 * `moto` reads no token at all and leaves out Provider, Audience and SubjectFromWebIdentityToken.
 */
import { ServiceError } from "./http.ts";
import type { OidcIssuerSpec } from "./state.ts";
import { credentialsOf, type StsRequest, type StsResult } from "./sts.ts";
import { checkRoleArn, findRole, roleSeconds } from "./sts_assume.ts";
import {
  checkParams,
  duration,
  packedSize,
  POLICY_RULE,
  ROLE_ARN,
  SESSION_LISTS,
  SESSION_NAME,
  sessionPolicies,
} from "./sts_params.ts";
import { context, trustsProvider } from "./trust.ts";
import { issuerKey, issueSession, type RoleRecord, roleSession, type World } from "./world.ts";

function invalidToken(message: string): ServiceError {
  return new ServiceError(400, "InvalidIdentityToken", message);
}

async function keysOf(world: World, issuer: OidcIssuerSpec) {
  const { createLocalJWKSet, exportJWK } = await import("jose");
  const unreachable = () =>
    new ServiceError(
      400,
      "IDPCommunicationError",
      "Couldn't retrieve verification key from your identity provider, " +
        "please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  if (issuer.jwks) return createLocalJWKSet(issuer.jwks as never);
  if (issuer.jwksUri) {
    const answer = await fetch(issuer.jwksUri, { redirect: "error" }).catch(() => undefined);
    if (!answer?.ok) {
      await answer?.body?.cancel();
      throw unreachable();
    }
    return createLocalJWKSet(await answer.json());
  }
  const pair = await issuerKey(world, issuer.url);
  const jwk = await exportJWK(pair.publicKey);
  return createLocalJWKSet({ keys: [{ ...jwk, kid: "emulator", alg: "RS256", use: "sig" }] });
}

/** Verifies form, issuer, signature, audience and time of a token. */
async function verifyToken(
  world: World,
  token: string,
  account: string,
): Promise<{ claims: Record<string, unknown>; issuer: OidcIssuerSpec; audience: string }> {
  const { decodeJwt, errors, jwtVerify } = await import("jose");
  let claims: Record<string, unknown>;
  try {
    claims = decodeJwt(token);
  } catch {
    throw invalidToken(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  const issuer = world.state.oidcIssuers.find((i) =>
    i.url === claims.iss && (!i.accounts || i.accounts.includes(account))
  );
  if (!issuer) {
    throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  }
  const now = new Date(world.now());
  try {
    await jwtVerify(token, await keysOf(world, issuer), {
      currentDate: now,
      clockTolerance: 0,
      requiredClaims: ["exp", "iat", "sub", "aud"],
    });
  } catch (e) {
    if (e instanceof ServiceError) throw e;
    if (e instanceof errors.JWTExpired) {
      throw new ServiceError(
        400,
        "ExpiredTokenException",
        `Token expired: current date/time ${
          Math.floor(now.getTime() / 1000)
        } must be before the expiration date/time ${claims.exp}`,
      );
    }
    if (e instanceof errors.JWKSNoMatchingKey) {
      throw invalidToken("No matching key found in the identity provider's key set");
    }
    throw invalidToken(
      e instanceof errors.JWTClaimValidationFailed
        ? `Missing or invalid claim in the web identity token: ${e.claim}`
        : "Invalid web identity token signature",
    );
  }
  const wanted = issuer.audiences ?? ["sts.amazonaws.com"];
  const audience = [claims.aud].flat().map(String).find((a) => wanted.includes(a));
  if (audience === undefined) throw invalidToken("Incorrect token audience");
  return { claims, issuer, audience };
}

function conditionsOf(claims: Record<string, unknown>, host: string, audience: string) {
  const entries: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(claims)) {
    entries[`${host}:${name}`] = Array.isArray(value) ? value.map(String) : String(value);
  }
  entries[`${host}:aud`] = audience;
  return context(entries);
}

/** `https://aws.amazon.com/tags` of a token. */
function tagsOf(claims: Record<string, unknown>): Map<string, string> {
  const given = claims["https://aws.amazon.com/tags"] as
    | { principal_tags?: Record<string, string[]> }
    | undefined;
  return new Map(Object.entries(given?.principal_tags ?? {}).map(([k, v]) => [k, v[0] ?? ""]));
}

export async function assumeRoleWithWebIdentity(
  { world, params }: StsRequest,
): Promise<StsResult> {
  checkParams(params, {
    RoleArn: ROLE_ARN,
    RoleSessionName: SESSION_NAME,
    WebIdentityToken: { required: true, min: 4, max: 20000 },
    ProviderId: { min: 4, max: 2048 },
    DurationSeconds: duration(900, 43200),
    Policy: POLICY_RULE,
  }, SESSION_LISTS.slice(0, 1));
  const arn = params.get("RoleArn")!;
  checkRoleArn(arn);
  const policies = sessionPolicies(params);
  const [, partition, , , account] = arn.split(":");
  const { claims, issuer, audience } = await verifyToken(
    world,
    params.get("WebIdentityToken")!,
    account!,
  );
  const host = issuer.url.replace(/^https?:\/\//, "");
  const provider = `arn:${partition}:iam::${account}:oidc-provider/${host}`;
  const action = "sts:AssumeRoleWithWebIdentity";
  const role: RoleRecord | undefined = findRole(world, arn);
  if (!role || !trustsProvider(role, provider, action, conditionsOf(claims, host, audience))) {
    throw new ServiceError(403, "AccessDenied", `Not authorized to perform ${action}`);
  }
  const tags = tagsOf(claims);
  const size = packedSize(params, tags);
  const session = issueSession(world, {
    kind: "assumed-role",
    principal: roleSession(role, params.get("RoleSessionName")!),
    seconds: roleSeconds(params, role, false),
    policies,
    tags,
  });
  return {
    SubjectFromWebIdentityToken: String(claims.sub),
    Audience: audience,
    AssumedRoleUser: { AssumedRoleId: session.principal.userId, Arn: session.principal.arn },
    Credentials: credentialsOf(session),
    Provider: provider,
    PackedPolicySize: size,
  };
}
