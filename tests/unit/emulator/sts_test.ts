import assert from "node:assert/strict";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { startEmulator } from "../../../lib/emulator/server.ts";

Deno.test("the official STS client is told who it is", async () => {
  await using emulator = await startEmulator();
  const user = emulator.admin.info().users[0]!;
  const client = new STSClient({
    endpoint: emulator.url,
    region: "eu-west-1",
    credentials: { accessKeyId: user.accessKeyId!, secretAccessKey: user.secretAccessKey! },
  });
  const me = await client.send(new GetCallerIdentityCommand({}));
  assert.equal(me.Arn, "arn:aws:iam::111122223333:user/alice");
  const s = await client.send(new GetSessionTokenCommand({}));
  assert.match(s.Credentials!.AccessKeyId!, /^ASIAEMULATOR/);
  assert.equal(typeof AssumeRoleCommand, "function");
});
