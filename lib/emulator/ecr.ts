/**
 * GetAuthorizationToken of ECR and ECR Public, JSON 1.1, signed.
 *
 * `moto` gives everybody the password `<account>-auth-token`, which ran out in 2015, keeps the
 * suffix `amazonaws.com` in China, and has no ECR Public.
 */
import { authorize } from "./authorization.ts";
import { type Call, jsonObject, type Reply, ServiceError } from "./http.ts";
import { jsonErrors, type Signer, verifySignature } from "./sigv4.ts";
import { base64, opaque, type World } from "./world.ts";

const DENIED: [number, string] = [400, "AccessDeniedException"];

function checkBody(call: Call, known: string[]): Record<string, unknown> {
  if (!(call.headers.get("content-type") ?? "").startsWith("application/x-amz-json-1.1")) {
    throw new ServiceError(400, "UnknownOperationException", "");
  }
  const body = jsonObject(call);
  if (!body) throw new ServiceError(400, "SerializationException", "");
  const stray = Object.keys(body).find((k) => !known.includes(k));
  if (stray) throw new ServiceError(400, "InvalidParameterException", `Unknown member ${stray}`);
  return body;
}

function reply(value: unknown): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(value),
  };
}

/** A docker login of 12 hours; times are epoch seconds with a fraction. */
function mint(world: World, signer: Signer): { authorizationToken: string; expiresAt: number } {
  const password = world.state.ecr.password ?? opaque(world.random, 180);
  const life = (world.state.ecr.lifeSeconds ?? 43200) * 1000;
  // Twelve hours even when the session that asks ends earlier.
  const expiresAt = world.now() + life;
  world.ecrPasswords.push({
    password,
    account: signer.principal.account,
    region: signer.region,
    expiresAt,
    accessKeyId: signer.accessKeyId,
  });
  return {
    authorizationToken: base64(new TextEncoder().encode(`AWS:${password}`)),
    expiresAt: Math.round(expiresAt) / 1000,
  };
}

function suffix(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/** `AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken` */
export async function ecrToken(world: World, call: Call): Promise<Reply> {
  const signer = await verifySignature(world, call, "ecr", jsonErrors(400));
  const body = checkBody(call, ["registryIds"]);
  authorize(signer, "ecr:GetAuthorizationToken", "*", DENIED);
  const ids = body.registryIds ?? [signer.principal.account];
  if (!Array.isArray(ids) || ids.length === 0 || ids.some((id) => !/^\d{12}$/.test(String(id)))) {
    throw new ServiceError(
      400,
      "InvalidParameterException",
      "Invalid parameter at 'registryIds' failed to satisfy constraint: 'must satisfy regular expression '[0-9]{12}''",
    );
  }
  // One token serves all registries that the caller may use; the answer repeats it.
  const data = mint(world, signer);
  return reply({
    authorizationData: ids.map((id) => ({
      ...data,
      proxyEndpoint: `https://${id}.dkr.ecr.${signer.region}.${suffix(signer.region)}`,
    })),
  });
}

/** `SpencerFrontendService.GetAuthorizationToken`: us-east-1 alone. */
export async function ecrPublicToken(world: World, call: Call): Promise<Reply> {
  const signer = await verifySignature(world, call, "ecr-public", jsonErrors(400));
  if (signer.region !== "us-east-1") {
    throw new ServiceError(
      400,
      "InvalidSignatureException",
      `Credential should be scoped to a valid region, not '${signer.region}'. `,
    );
  }
  checkBody(call, []);
  authorize(signer, "ecr-public:GetAuthorizationToken", "*", DENIED);
  authorize(signer, "sts:GetServiceBearerToken", "*", DENIED);
  return reply({ authorizationData: mint(world, signer) });
}
