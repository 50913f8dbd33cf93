/**
 * Asks STS who the environment's credentials belong to, as any program with the AWS SDK for JavaScript
 * would: `sts_caller.ts ENDPOINT`. The demo uses it where the AWS CLI is not installed.
 */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const client = new STSClient({ ...(Deno.args[0] ? { endpoint: Deno.args[0] } : {}) });
const { UserId, Account, Arn } = await client.send(new GetCallerIdentityCommand({}));
console.log(JSON.stringify({ UserId, Account, Arn }, null, 2));
