/** Evaluation of role trust policies. */
import { decide, type PolicyStatement, principalsOf, wildcardMatch } from "./policy.ts";
import type { Signer } from "./sigv4.ts";
import type { Principal, RoleRecord } from "./world.ts";

/** Condition keys of a call, in lower case. */
export type Context = Map<string, string[]>;

/** Builds a {@link Context}; undefined values are left out. */
export function context(entries: Record<string, string | string[] | undefined>): Context {
  const out: Context = new Map();
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined) out.set(key.toLowerCase(), Array.isArray(value) ? value : [value]);
  }
  return out;
}

/** Keys that describe the caller. `mfaAt`: MFA of this call; the session's counts as well. */
export function callerContext(caller: Signer, now: number, mfaAt: number | undefined): Context {
  const { principal, session } = caller;
  const checked = mfaAt ?? session?.mfaAt;
  return context({
    "aws:PrincipalArn": principal.iamArn,
    "aws:PrincipalAccount": principal.account,
    "aws:userid": principal.userId,
    "aws:SourceIp": "127.0.0.1",
    // With long-lived keys and no code in the call the key does not exist at all.
    "aws:MultiFactorAuthPresent": checked !== undefined ? "true" : session ? "false" : undefined,
    "aws:MultiFactorAuthAge": checked === undefined
      ? undefined
      : String(Math.floor((now - checked) / 1000)),
    "aws:SourceIdentity": session?.sourceIdentity,
    ...Object.fromEntries(
      [...session?.tags ?? []].map(([k, v]) => [`aws:PrincipalTag/${k}`, v]),
    ),
  });
}

/** Whether a principal element names the caller. An account stands for everybody in it. */
function names(element: string, p: Principal): boolean {
  return element === "*" || element === p.account || element === p.iamArn || element === p.arn ||
    element === `arn:${p.partition}:iam::${p.account}:root`;
}

/** Whether a role trusts a caller to do `action` on it. */
export function trusted(
  role: RoleRecord,
  caller: Principal,
  action: string,
  conditions: Context,
): boolean {
  const short = role.spec.trusts ?? [];
  if (
    short.some((t) =>
      names(t, caller) || wildcardMatch(t, caller.iamArn) || wildcardMatch(t, caller.arn)
    )
  ) {
    return true;
  }
  if (!role.spec.trust) return false;
  const named = (s: PolicyStatement) => principalsOf(s, "AWS").some((e) => names(e, caller));
  return decide(role.spec.trust, { action, context: conditions }, named) === "allow";
}

/** Whether a role trusts a federated provider, by the provider's ARN. */
export function trustsProvider(
  role: RoleRecord,
  providerArn: string,
  action: string,
  conditions: Context,
): boolean {
  if (role.spec.trusts?.includes(providerArn)) return true;
  if (!role.spec.trust) return false;
  const named = (s: PolicyStatement) => principalsOf(s, "Federated").includes(providerArn);
  return decide(role.spec.trust, { action, context: conditions }, named) === "allow";
}
