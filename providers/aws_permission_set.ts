import {
  AuthError,
  type AwsCredentials,
  type Credentials,
  type Entry,
  type IdentityDef,
  type KindContext,
  mapAt,
  textAt,
} from "../lib/core/types.ts";
import { awsSessionKind, callRegion } from "./aws.ts";
import { allowedHost, endpointFor } from "./aws_endpoints.ts";
import { placeOf } from "./aws_sso_place.ts";

/** Kind `aws/permission-set`: a role in an account, through the access portal (04 §9.1). */
const definition: IdentityDef = {
  kind: "aws/permission-set",
  role: "identity",
  hosts: (entry, { entries, env }) => {
    const root = entries[0]!;
    const owners = { identity: entry, root };
    const region = textAt(entry.values, "principal", "region") ??
      textAt(root.values, "region") ?? "us-east-1";
    return [
      allowedHost(endpointFor("sso", textAt(root.values, "region") ?? region, owners, env).url),
      allowedHost(endpointFor("sts", region, owners, env).url),
    ];
  },
  create: (entry) => ({
    ...awsSessionKind(),
    authenticate: (input, cx) => authenticate(input, cx, entry),
    account: () => accountOf(entry).id,
  }),
};
export default definition;

async function authenticate(
  input: Credentials | null,
  cx: KindContext,
  entry: Entry,
): Promise<AwsCredentials> {
  const { role, account } = principalOf(entry);
  if (input?.type !== "aws" || !input.bearer) {
    throw new AuthError({
      code: "invalid_identity_config",
      message: `invalid identity config: identity "${entry.name}" of kind ${entry.kind} needs ` +
        `the session of an Identity Center provider`,
    });
  }
  const place = placeOf(cx.entries[0]!);
  const { awsFault } = await import("./aws_sdk.ts");
  const portal = await import("./aws_sso_portal.ts");
  const accounts = await import("./aws_sso_accounts.ts");
  if (account.padded) {
    cx.deps.terminal.warn(`${entry.name}: account id ${account.given} was read as ${account.id}.`);
  }
  const id = account.id ??
    await accounts.accountIdByName({ cx, place, token: input.bearer, name: account.name! });
  try {
    return await portal.roleCredentials({
      cx,
      region: place.region,
      token: input.bearer,
      account: id,
      role,
      sessionRegion: callRegion(cx),
    });
  } catch (error) {
    const status = awsFault(error)?.httpStatus;
    if (status !== 403 && status !== 404) throw error;
    await accounts.forgetAccounts(cx.deps, place);
    const detail = status === 403
      ? `no access to role ${role} in account ${id}; not assigned or not propagated yet`
      : `role ${role} or account ${id} does not exist, or is not assigned`;
    throw new AuthError({
      code: "authentication_failed",
      message: `authentication failed: ${detail}: ${(error as Error).message}`,
      hints: ["Check the assignment in IAM Identity Center, and `principal` of the identity"],
      cause: error,
    });
  }
}

interface AccountSpec {
  id?: string;
  name?: string;
  /** The id lost leading zeros on its way; `given` is what the configuration says. */
  padded?: true;
  given?: string;
}

function principalOf(entry: Entry): { role: string; account: AccountSpec } {
  const fail = (message: string): never => {
    throw new AuthError({
      code: "invalid_identity_config",
      message: `invalid identity config: identity "${entry.name}": ${message}`,
    });
  };
  if (mapAt(entry.values, "principal") === undefined) fail("principal is required");
  const role = textAt(entry.values, "principal", "name") ??
    fail("permission set name is required in principal");
  const account = accountOf(entry);
  if (account.id === undefined && account.name === undefined) {
    fail("account specification is required in principal");
  }
  return { role, account };
}

/** `{id}`, `{name}`, or a scalar that is one of both (04 §9.1). The id wins over the name. */
function accountOf(entry: Entry): AccountSpec {
  const scalar = textAt(entry.values, "principal", "account");
  const id = textAt(entry.values, "principal", "account", "id") ??
    (scalar && /^\d{12}$/.test(scalar) ? scalar : undefined);
  if (id !== undefined) return padAccountId(id);
  const name = textAt(entry.values, "principal", "account", "name") ?? scalar;
  return name === undefined ? {} : { name };
}

/** Account ids have 12 digits; leading zeros get lost in other tools' YAML (04 §9.1). */
export function padAccountId(given: string): AccountSpec & { id: string } {
  const short = /^\d{1,11}$/.test(given);
  return short ? { id: given.padStart(12, "0"), padded: true, given } : { id: given };
}
