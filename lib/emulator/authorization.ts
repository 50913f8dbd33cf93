/** Whether a caller may do something: the state's `deny` lists, and session policies. */
import { ServiceError } from "./http.ts";
import { decide, type Policy } from "./policy.ts";
import type { Signer } from "./sigv4.ts";
import { denied } from "./world.ts";

const READ_ONLY = [
  "ecr:Get*",
  "ecr:Describe*",
  "ecr-public:Get*",
  "eks:Describe*",
  "eks:List*",
  "sts:Get*",
];

/** What the well-known managed policies come to here; an unknown one grants nothing. */
export function managedPolicy(arn: string): Policy {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const actions = name === "AdministratorAccess" || name === "PowerUserAccess"
    ? "*"
    : name === "ReadOnlyAccess"
    ? READ_ONLY
    : "emulator:Nothing";
  return { Version: "2012-10-17", Statement: { Effect: "Allow", Action: actions, Resource: "*" } };
}

/** The refusal in the service's words; `why` is the trailing clause. */
export function notAuthorized(
  signer: Signer,
  action: string,
  resource: string | undefined,
  why = "",
  error: [number, string] = [403, "AccessDenied"],
): ServiceError {
  return new ServiceError(
    error[0],
    error[1],
    `User: ${signer.principal.arn} is not authorized to perform: ${action}` +
      (resource ? ` on resource: ${resource}` : "") + (why ? ` ${why}` : ""),
  );
}

/**
 * Identity side of a decision. Principals may do everything that their `deny` list does not name;
 * session policies narrow it.
 *
 * @throws ServiceError `error`, by default AccessDenied 403
 */
export function authorize(
  signer: Signer,
  action: string,
  resource?: string,
  error: [number, string] = [403, "AccessDenied"],
): void {
  if (denied(signer.principal, action)) {
    throw notAuthorized(
      signer,
      action,
      resource,
      "with an explicit deny in an identity-based policy",
      error,
    );
  }
  const session = signer.session;
  if (!session || (session.policies.length === 0 && session.kind !== "federation-token")) return;
  const answers = session.policies.map((p) => decide(p, { action, resource, context: new Map() }));
  if (answers.includes("deny")) {
    throw notAuthorized(
      signer,
      action,
      resource,
      "with an explicit deny in a session policy",
      error,
    );
  }
  if (!answers.includes("allow")) {
    throw notAuthorized(
      signer,
      action,
      resource,
      `because no session policy allows the ${action} action`,
      error,
    );
  }
}
