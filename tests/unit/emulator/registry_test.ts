import assert from "node:assert/strict";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicTokenCommand,
} from "@aws-sdk/client-ecr-public";
import { DescribeClusterCommand, EKSClient, ListClustersCommand } from "@aws-sdk/client-eks";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { type Emulator, startEmulator } from "../../../lib/emulator/server.ts";
import { fails, type Keys, keysOf, sessionKeys, settings, stsClient } from "./clients.ts";

async function devKeys(emulator: Emulator, change: Record<string, unknown> = {}): Promise<Keys> {
  const r = await stsClient(emulator, keysOf(emulator, "alice")).send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::444455556666:role/deployer",
      RoleSessionName: "test",
      ...change,
    }),
  );
  return sessionKeys(r.Credentials);
}

const ecr = (e: Emulator, keys: Keys, region?: string) =>
  new ECRClient(settings(e, keys, region)).send(new GetAuthorizationTokenCommand({}));
const ecrPublic = (e: Emulator, keys: Keys, region = "us-east-1") =>
  new ECRPUBLICClient(settings(e, keys, region)).send(new GetPublicTokenCommand({}));
const describe = (e: Emulator, keys: Keys, name: string, region?: string) =>
  new EKSClient(settings(e, keys, region)).send(new DescribeClusterCommand({ name }));

Deno.test("ECR gives a docker password of twelve hours for the caller's registry", async () => {
  await using emulator = await startEmulator();
  const r = await ecr(emulator, await devKeys(emulator));
  const [data] = r.authorizationData!;
  assert.equal(data!.proxyEndpoint, "https://444455556666.dkr.ecr.eu-west-1.amazonaws.com");
  assert.ok(Math.abs(data!.expiresAt!.getTime() - Date.now() - 43_200_000) < 5000);
  const [user, password] = atob(data!.authorizationToken!).split(":");
  assert.equal(user, "AWS");
  assert.deepEqual(emulator.admin.ecrLogin({ password: password! }), {
    accepted: true,
    account: "444455556666",
    region: "eu-west-1",
  });
  assert.equal(emulator.admin.ecrLogin({ password: "guess" }).accepted, false);
});

Deno.test("ECR Public is signed for us-east-1 alone and answers one object", async () => {
  await using emulator = await startEmulator();
  const keys = await devKeys(emulator);
  const r = await ecrPublic(emulator, keys);
  assert.match(atob(r.authorizationData!.authorizationToken!), /^AWS:/);
  await fails(ecrPublic(emulator, keys, "us-west-2"), "InvalidSignatureException");
});

Deno.test("EKS describes a cluster of the caller's account and region, else 404", async () => {
  await using emulator = await startEmulator();
  const keys = await devKeys(emulator);
  const { cluster } = await describe(emulator, keys, "dev");
  assert.equal(cluster!.arn, "arn:aws:eks:eu-west-1:444455556666:cluster/dev");
  assert.equal(cluster!.status, "ACTIVE");
  assert.match(cluster!.endpoint!, /^https:\/\//);
  assert.match(atob(cluster!.certificateAuthority!.data!), /BEGIN CERTIFICATE/);
  const missing = /No cluster found for name: /;
  await fails(describe(emulator, keys, "prod"), "ResourceNotFoundException", missing);
  await fails(describe(emulator, keys, "dev", "us-east-1"), "ResourceNotFoundException", missing);
  const list = await new EKSClient(settings(emulator, keys)).send(new ListClustersCommand({}));
  assert.deepEqual(list.clusters, ["dev"]);
});

Deno.test("the JSON services name failures of keys in their own way", async () => {
  await using emulator = await startEmulator();
  const keys = await devKeys(emulator);
  const wrong = { ...keys, secretAccessKey: "wrong" };
  const nobody = { accessKeyId: "AKIAEMULATORNOBODY22", secretAccessKey: "x" };
  for (
    const call of [
      (k: Keys) => ecr(emulator, k),
      (k: Keys) => ecrPublic(emulator, k),
      (k: Keys) => describe(emulator, k, "dev"),
    ]
  ) {
    await fails(call(wrong), "InvalidSignatureException", /signature we calculated/);
    await fails(
      call(nobody),
      "UnrecognizedClientException",
      /security token included in the request is invalid/,
    );
  }
  emulator.admin.expire({ what: "role-session" });
  await fails(ecr(emulator, keys), "ExpiredTokenException", /expired/);
  await fails(describe(emulator, keys, "dev"), "ExpiredTokenException");
});

Deno.test("session policies and denials reach the registries", async () => {
  await using emulator = await startEmulator();
  const PolicyArns = [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }];
  await ecr(emulator, await devKeys(emulator, { PolicyArns }));
  const Policy = JSON.stringify({
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  });
  const keys = await devKeys(emulator, { Policy });
  await fails(
    ecr(emulator, keys),
    "AccessDeniedException",
    /is not authorized to perform: ecr:GetAuthorizationToken on resource: \* because no session policy allows/,
  );
  await fails(ecrPublic(emulator, keys), "AccessDeniedException");
  await fails(describe(emulator, keys, "dev"), "AccessDeniedException", /eks:DescribeCluster/);
});

Deno.test("a cluster in the making has neither endpoint nor certificate", async () => {
  await using emulator = await startEmulator({
    state: {
      eksClusters: [{
        name: "new",
        account: "444455556666",
        region: "eu-west-1",
        status: "CREATING",
      }],
    },
  });
  const { cluster } = await describe(emulator, await devKeys(emulator), "new");
  assert.equal(cluster!.status, "CREATING");
  assert.equal(cluster!.endpoint, undefined);
});
