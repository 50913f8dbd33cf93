/** GetAuthorizationToken of ECR and ECR Public, JSON 1.1, signed. */
import { authorize } from "./authorization.ts";
import { type Call, jsonObject, type Reply, ServiceError } from "./http.ts";
import { jsonErrors, type Signer, verifySignature } from "./sigv4.ts";
import { base64, opaque, type World } from "./world.ts";

const DENIED: [number, string] = [400, "AccessDeniedException"];

function checkBody(call: Call, known: string[]): void {
  if (!(call.headers.get("content-type") ?? "").startsWith("application/x-amz-json-1.1")) {
    throw new ServiceError(400, "UnknownOperationException", "");
  }
  const body = jsonObject(call);
  if (!body) throw new ServiceError(400, "SerializationException", "");
  const stray = Object.keys(body).find((k) => !known.includes(k));
  if (stray) throw new ServiceError(400, "InvalidParameterException", `Unknown member ${stray}`);
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
  const session = signer.session;
  // A token outlives the session that asked for it only up to 12 hours; AWS does not cut it earlier.
  const expiresAt = world.now() + life;
  world.ecrPasswords.push({
    password,
    account: signer.principal.account,
    region: signer.region,
    expiresAt,
    accessKeyId: session?.accessKeyId ?? signer.accessKeyId,
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
  checkBody(call, ["registryIds"]);
  authorize(signer, "ecr:GetAuthorizationToken", "*", DENIED);
  const { account } = signer.principal;
  return reply({
    authorizationData: [{
      ...mint(world, signer),
      proxyEndpoint: `https://${account}.dkr.ecr.${signer.region}.${suffix(signer.region)}`,
    }],
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
