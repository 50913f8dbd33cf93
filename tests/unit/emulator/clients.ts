/** The official clients pointed at an emulator, and small steps that many tests take. */
import assert from "node:assert/strict";
import { STSClient } from "@aws-sdk/client-sts";
import { SSOClient } from "@aws-sdk/client-sso";
import {
  CreateTokenCommand,
  RegisterClientCommand,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from "@aws-sdk/client-sso-oidc";
import type { Emulator } from "../../../lib/emulator/server.ts";

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export const anyKeys: Keys = { accessKeyId: "AKIAEMULATORNOBODY22", secretAccessKey: "x" };

/** Keys of a user of the state. */
export function keysOf(emulator: Emulator, name: string): Keys {
  const user = emulator.admin.info().users.find((u) => u.name === name)!;
  return { accessKeyId: user.accessKeyId!, secretAccessKey: user.secretAccessKey! };
}

export function settings(emulator: Emulator, credentials: Keys = anyKeys, region = "eu-west-1") {
  return { endpoint: emulator.url, region, credentials, maxAttempts: 1 };
}

export const stsClient = (e: Emulator, keys?: Keys, region?: string) =>
  new STSClient(settings(e, keys, region));
export const ssoClient = (e: Emulator) => new SSOClient(settings(e));
export const oidcClient = (e: Emulator) => new SSOOIDCClient(settings(e));

/** Keys out of an STS answer. */
export function sessionKeys(
  c: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string } | undefined,
): Keys {
  return {
    accessKeyId: c!.AccessKeyId!,
    secretAccessKey: c!.SecretAccessKey!,
    sessionToken: c!.SessionToken!,
  };
}

/** Asserts that a promise fails with an AWS error of this name (and message). */
export async function fails(
  work: Promise<unknown>,
  name: string,
  message?: RegExp,
): Promise<Error> {
  let error: Error | undefined;
  await work.catch((e) => {
    error = e;
  });
  assert.ok(error, `expected ${name}, but the call succeeded`);
  assert.equal(error.name, name, `${error.name}: ${error.message}`);
  if (message) assert.match(error.message, message);
  return error;
}

export const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

/** Logs in with the device grant and returns the tokens and the registration. */
export async function deviceLogin(emulator: Emulator, user = "alice") {
  const client = oidcClient(emulator);
  const { clientId, clientSecret } = await client.send(
    new RegisterClientCommand({
      clientName: "test",
      clientType: "public",
      scopes: ["sso:account:access"],
      grantTypes: [DEVICE, "refresh_token"],
    }),
  );
  const { deviceCode, userCode } = await client.send(
    new StartDeviceAuthorizationCommand({
      clientId,
      clientSecret,
      startUrl: emulator.admin.info().startUrl,
    }),
  );
  emulator.admin.approve({ userCode, user });
  const token = await client.send(
    new CreateTokenCommand({ clientId, clientSecret, grantType: DEVICE, deviceCode }),
  );
  return {
    accessToken: token.accessToken!,
    refreshToken: token.refreshToken!,
    expiresIn: token.expiresIn!,
    clientId: clientId!,
    clientSecret: clientSecret!,
  };
}
