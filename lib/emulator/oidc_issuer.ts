/** OIDC issuers whose keys the emulator holds, among them one that answers like GitHub Actions. */
import { type Call, json, type Reply, ServiceError } from "./http.ts";
import { issuerKey, type World } from "./world.ts";

/** Signs a JWT of an issuer of ours. `iat`, `nbf`, `exp` and `jti` are filled in unless given. */
export async function signToken(
  world: World,
  input: { issuer: string; claims: Record<string, unknown>; expiresSeconds?: number },
): Promise<string> {
  const { SignJWT } = await import("jose");
  const now = Math.floor(world.now() / 1000);
  const { privateKey } = await issuerKey(world, input.issuer);
  return await new SignJWT({
    jti: world.random.uuid(),
    iat: now,
    nbf: now,
    exp: now + (input.expiresSeconds ?? 300),
    ...input.claims,
    iss: input.issuer,
  }).setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "emulator" }).sign(privateKey);
}

/**
 * `GET /github/token?…&audience=A` with the bearer of `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. Without an
 * audience the token is for the repository owner's page, as GitHub does.
 */
export async function githubToken(world: World, call: Call): Promise<Reply> {
  const bearer = /^bearer (.+)$/i.exec(call.headers.get("authorization") ?? "")?.[1];
  if (bearer !== world.githubBearer) {
    throw new ServiceError(401, "Unauthorized", "Bad token request credentials");
  }
  const claims = world.state.github.claims ?? {};
  const audience = call.query.get("audience") ||
    `https://github.com/${claims.repository_owner ?? "acme"}`;
  const value = await signToken(world, {
    issuer: String(claims.iss ?? "https://token.actions.githubusercontent.com"),
    claims: { ...claims, aud: audience },
    expiresSeconds: world.state.github.expiresSeconds,
  });
  return json({ count: value.length, value });
}

/** `GET /github/.well-known/jwks` */
export async function githubKeys(world: World, _call: Call): Promise<Reply> {
  const { exportJWK } = await import("jose");
  const issuer = String(world.state.github.claims?.iss ?? "");
  const { publicKey } = await issuerKey(world, issuer);
  const jwk = await exportJWK(publicKey);
  return json({ keys: [{ ...jwk, kid: "emulator", alg: "RS256", use: "sig" }] });
}

/** `GET /github/.well-known/openid-configuration` */
export async function githubDiscovery(world: World, call: Call): Promise<Reply> {
  return json({
    issuer: world.state.github.claims?.iss,
    jwks_uri: `${call.base}/github/.well-known/jwks`,
    response_types_supported: ["id_token"],
    id_token_signing_alg_values_supported: ["RS256"],
    subject_types_supported: ["public", "pairwise"],
    scopes_supported: ["openid"],
  });
}
