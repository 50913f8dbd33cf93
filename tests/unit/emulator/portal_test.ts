import assert from "node:assert/strict";
import {
  GetRoleCredentialsCommand,
  ListAccountRolesCommand,
  ListAccountsCommand,
  LogoutCommand,
  paginateListAccounts,
} from "@aws-sdk/client-sso";
import { CreateTokenCommand } from "@aws-sdk/client-sso-oidc";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { startEmulator } from "../../../lib/emulator/server.ts";
import { deviceLogin, fails, oidcClient, ssoClient, stsClient } from "./clients.ts";

Deno.test("accounts and roles come in pages", async () => {
  await using emulator = await startEmulator();
  emulator.admin.identityCenter({ pageSize: 2 });
  const { accessToken } = await deviceLogin(emulator);
  const client = ssoClient(emulator);
  const sizes: number[] = [];
  const names: string[] = [];
  for await (const page of paginateListAccounts({ client }, { accessToken, maxResults: 100 })) {
    sizes.push(page.accountList!.length);
    names.push(...page.accountList!.map((a) => a.accountName!));
  }
  assert.deepEqual(sizes, [2, 1]);
  assert.deepEqual(names, ["identity", "dev", "prod"]);
  const one = await client.send(
    new ListAccountRolesCommand({ accessToken, accountId: "444455556666", maxResults: 1 }),
  );
  assert.deepEqual(one.roleList, [{ roleName: "Admin", accountId: "444455556666" }]);
  const two = await client.send(
    new ListAccountRolesCommand({
      accessToken,
      accountId: "444455556666",
      nextToken: one.nextToken,
    }),
  );
  assert.deepEqual(two.roleList!.map((r) => r.roleName), ["ReadOnly"]);
  await fails(
    client.send(new ListAccountsCommand({ accessToken, nextToken: one.nextToken })),
    "InvalidRequestException",
  );
  await fails(
    client.send(new ListAccountsCommand({ accessToken, maxResults: 101 })),
    "InvalidRequestException",
  );
});

Deno.test("role credentials are a session of the permission set's role and expire in milliseconds", async () => {
  await using emulator = await startEmulator();
  const { accessToken } = await deviceLogin(emulator);
  const { roleCredentials: c } = await ssoClient(emulator).send(
    new GetRoleCredentialsCommand({ accessToken, accountId: "444455556666", roleName: "Admin" }),
  );
  assert.ok(Math.abs(c!.expiration! - Date.now() - 3_600_000) < 5000);
  const me = await stsClient(emulator, {
    accessKeyId: c!.accessKeyId!,
    secretAccessKey: c!.secretAccessKey!,
    sessionToken: c!.sessionToken!,
  }).send(new GetCallerIdentityCommand({}));
  assert.match(
    me.Arn!,
    /^arn:aws:sts::444455556666:assumed-role\/AWSReservedSSO_Admin_[0-9a-f]{16}\/alice$/,
  );
});

Deno.test("what is not assigned is forbidden, an unknown account is not found", async () => {
  await using emulator = await startEmulator();
  const { accessToken } = await deviceLogin(emulator, "bob");
  const client = ssoClient(emulator);
  const credentials = (accountId: string, roleName: string) =>
    client.send(new GetRoleCredentialsCommand({ accessToken, accountId, roleName }));
  await fails(credentials("444455556666", "Admin"), "ForbiddenException", /No access/);
  await fails(credentials("999999999999", "Admin"), "ForbiddenException");
  await fails(credentials("123", "Admin"), "InvalidRequestException");
  await fails(
    client.send(new ListAccountRolesCommand({ accessToken, accountId: "999999999999" })),
    "ResourceNotFoundException",
  );
  await fails(
    client.send(new ListAccountRolesCommand({ accessToken, accountId: "777788889999" })),
    "ForbiddenException",
  );
});

Deno.test("a wrong, an expired and a logged-out token are unauthorized", async () => {
  await using emulator = await startEmulator();
  const login = await deviceLogin(emulator);
  const client = ssoClient(emulator);
  const list = (accessToken: string) => client.send(new ListAccountsCommand({ accessToken }));
  await fails(list("nonsense"), "UnauthorizedException", /Session token not found or invalid/);
  emulator.admin.expire({ what: "access-token" });
  await fails(list(login.accessToken), "UnauthorizedException");
  const oidc = oidcClient(emulator);
  const refresh = (refreshToken: string) =>
    oidc.send(
      new CreateTokenCommand({
        clientId: login.clientId,
        clientSecret: login.clientSecret,
        grantType: "refresh_token",
        refreshToken,
      }),
    );
  const next = await refresh(login.refreshToken);
  assert.equal((await list(next.accessToken!)).accountList!.length, 3);
  await client.send(new LogoutCommand({ accessToken: next.accessToken! }));
  await fails(list(next.accessToken!), "UnauthorizedException");
  await fails(refresh(next.refreshToken!), "InvalidGrantException");
});

Deno.test("more calls than the bucket holds are 429 until it fills again", async () => {
  await using emulator = await startEmulator();
  const { accessToken } = await deviceLogin(emulator);
  emulator.admin.identityCenter({ rate: { perSecond: 1, burst: 3 } });
  const client = ssoClient(emulator);
  const list = () => client.send(new ListAccountsCommand({ accessToken }));
  for (let i = 0; i < 3; i++) await list();
  const e = await fails(list(), "TooManyRequestsException");
  assert.equal(
    (e as unknown as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode,
    429,
  );
  emulator.admin.clock({ advanceMs: 1500 });
  await list();
});
