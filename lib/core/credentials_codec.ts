/**
 * Credentials ↔ `{type, data}` of the stored format (03 §1.2). Field names are part of it; empty
 * fields are left out when written and tolerated when read.
 */
import { AuthError } from "../sys/error.ts";
import { Secret } from "../sys/secret.ts";
import type { Credentials } from "./types.ts";

type FieldType = "text" | "secret" | "boolean" | "list";

const AWS = {
  access_key_id: "text",
  secret_access_key: "secret",
  session_token: "secret",
  region: "text",
  expiration: "text",
  mfa_arn: "text",
  session_duration: "text",
} as const;

const FIELDS: Record<string, Record<string, FieldType>> = {
  aws: AWS,
  azure: {
    access_token: "secret",
    token_type: "text",
    expiration: "text",
    tenant_id: "text",
    subscription_id: "text",
    location: "text",
    graph_api_token: "secret",
    graph_api_expiration: "text",
    key_vault_token: "secret",
    key_vault_expiration: "text",
    aks_token: "secret",
    aks_token_expiration: "text",
    client_id: "text",
    is_service_principal: "boolean",
    token_file_path: "text",
    cloud_environment: "text",
    auth_method: "text",
    home_account_id: "text",
  },
  gcp: {
    access_token: "secret",
    token_expiry: "text",
    project_id: "text",
    service_account_email: "text",
    scopes: "list",
  },
  oidc: { token: "secret", provider: "text", audience: "text" },
  "atmos-pro": {
    token: "secret",
    base_url: "text",
    endpoint: "text",
    workspace_id: "text",
    provider: "text",
  },
  mock: {
    AccessKeyID: "text",
    SecretAccessKey: "secret",
    SessionToken: "secret",
    Region: "text",
    Expiration: "text",
  },
};

/** Fields without which the type is none; they are read as empty. */
const REQUIRED: Record<string, string[]> = {
  oidc: ["token"],
  "atmos-pro": ["token"],
  mock: ["AccessKeyID", "SecretAccessKey"],
};

/** The stored form: secrets in clear, so it may go nowhere but into a store. */
export interface Stored {
  type: string;
  data: Record<string, unknown>;
}

/**
 * Credentials as stored. Unknown fields of `before`, the entry that is replaced, are kept. Throws
 * AuthError `keyring_unknown_credential_type` for what is never stored (a SAML assertion).
 */
export function encodeCredentials(credentials: Credentials, before?: Stored): Stored {
  const fields = fieldsOf(credentials.type);
  const data: Record<string, unknown> = {};
  if (before?.type === credentials.type) {
    for (const [name, value] of Object.entries(before.data)) {
      if (!(name in fields)) data[name] = value;
    }
  }
  const values: Record<string, unknown> = { ...credentials };
  if (credentials.type === "aws" && credentials.bearer) values.access_key_id = credentials.bearer;
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = values[name] instanceof Secret ? values[name].reveal() : values[name];
    if (!isEmpty(value)) known[name] = value;
  }
  return { type: credentials.type, data: { ...known, ...data } };
}

/**
 * Credentials of a stored entry. Of a provider's `aws` entry `access_key_id` alone is the SSO
 * bearer (03 §1.2). Throws AuthError `keyring_unknown_credential_type`.
 */
export function decodeCredentials(stored: Stored, owner: "identity" | "provider"): Credentials {
  const fields = fieldsOf(stored.type);
  const out: Record<string, unknown> = { type: stored.type };
  for (const [name, type] of Object.entries(fields)) {
    const value = decodeField(type, stored.data[name]);
    if (value !== undefined) out[name] = value;
  }
  for (const name of REQUIRED[stored.type] ?? []) {
    out[name] ??= fields[name] === "secret" ? new Secret("") : "";
  }
  if (
    stored.type === "aws" && owner === "provider" && out.access_key_id &&
    !out.secret_access_key && !out.session_token
  ) {
    out.bearer = new Secret(out.access_key_id as string);
    delete out.access_key_id;
  }
  return out as unknown as Credentials;
}

/** RFC 3339 expiry of an entry as stored, undefined when it has none or the type keeps none. */
export function storedExpiry(stored: Stored): string | undefined {
  const name = { aws: "expiration", azure: "expiration", gcp: "token_expiry", mock: "Expiration" }[
    stored.type
  ];
  const value = name === undefined ? undefined : stored.data[name];
  return typeof value === "string" && value !== "" && !value.startsWith("0001-01-01")
    ? value
    : undefined;
}

function decodeField(type: FieldType, value: unknown): unknown {
  if (isEmpty(value)) return undefined;
  if (type === "boolean") return value === true || value === "true";
  if (type === "list") return Array.isArray(value) ? value.map(String) : undefined;
  if (typeof value === "object") return undefined;
  return type === "secret" ? new Secret(String(value)) : String(value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || value === false ||
    (Array.isArray(value) && value.length === 0);
}

function fieldsOf(type: string): Record<string, FieldType> {
  if (Object.hasOwn(FIELDS, type)) return FIELDS[type]!;
  throw new AuthError({
    code: "keyring_unknown_credential_type",
    message: `unknown credential type: ${type}`,
    hints: ["The entry may stem from a newer version, or not from this program"],
  });
}

/** Fields of an entry that are no secrets, as text; of an access key id the first 4 characters. */
export function visibleFields(
  stored: Stored,
  owner: "identity" | "provider",
): Record<string, string> {
  const out: Record<string, string> = {};
  const credentials: Record<string, unknown> = { ...decodeCredentials(stored, owner) };
  for (const [name, value] of Object.entries(credentials)) {
    // The expiry of any type is told in one place of its own.
    if (/^(type|(token_)?expir(ation|y))$/i.test(name)) continue;
    if (value instanceof Secret || value === undefined) continue;
    const text = Array.isArray(value) ? value.join(" ") : String(value);
    out[name] = name === "access_key_id" || name === "AccessKeyID"
      ? `${text.slice(0, 4)}...`
      : text;
  }
  return out;
}
