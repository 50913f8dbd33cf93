/** The MFA parameters `SerialNumber` and `TokenCode`. */
import { ServiceError } from "./http.ts";
import type { Signer } from "./sigv4.ts";
import type { Params } from "./sts_params.ts";
import { redeemTotp } from "./totp.ts";
import type { World } from "./world.ts";

/**
 * Checks a one-time code of the caller's own device; each code counts once. Undefined when the call
 * names no device, else the time of the check (epoch ms).
 *
 * @throws ServiceError AccessDenied in the service's words
 */
export async function checkMfa(
  world: World,
  caller: Signer,
  params: Params,
): Promise<number | undefined> {
  const serial = params.get("SerialNumber"), code = params.get("TokenCode");
  if (serial === undefined && code === undefined) return undefined;
  const denied = (why: string) =>
    new ServiceError(403, "AccessDenied", `MultiFactorAuthentication failed${why}`);
  if (serial === undefined || code === undefined) {
    throw denied(", must provide both MFA serial number and one time pass code.");
  }
  const user = world.users.find((u) => u.principal.iamArn === caller.principal.iamArn);
  if (caller.session || !user?.mfa || user.mfa.serial !== serial) {
    throw denied(
      ", unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    );
  }
  const good = await redeemTotp({
    secret: user.mfa.secret,
    code,
    ms: world.now(),
    used: user.mfa.used,
  });
  if (!good) throw denied(" with invalid MFA one time pass code. ");
  return world.now();
}
