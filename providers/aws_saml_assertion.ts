/** Reading SAML responses for AWS (04 §7.3). The signature is for STS to verify. */
import { AuthError, Secret } from "../lib/core/types.ts";
import { sameRole } from "./aws_assume_role.ts";

/** What AWS reads from an assertion. */
export interface Assertion {
  /** Base64 as received, without white space. */
  encoded: Secret;
  roles: { role: string; principal: string }[];
  /** Seconds, as the identity provider says. */
  sessionDuration?: number;
  sessionName?: string;
}

const attributes = "https://aws.amazon.com/SAML/Attributes/";

function decodeFailed(detail: string): AuthError {
  return new AuthError({
    code: "saml_decode_failed",
    message: `aws saml decode failed: ${detail}`,
    hints: ["Check that the identity provider sends a SAML response for AWS"],
  });
}

/** Reads a response in base64 or as XML. Throws `saml_decode_failed`. */
export async function readAssertion(text: string): Promise<Assertion> {
  const trimmed = text.trim();
  if (trimmed === "") throw decodeFailed("empty assertion");
  const xml = trimmed.startsWith("<") ? trimmed : decodeBase64(trimmed);
  const encoded = trimmed.startsWith("<")
    ? new TextEncoder().encode(xml).toBase64()
    : trimmed.replace(/\s+/g, "");
  const values = await attributeValues(xml);
  const seconds = Number(values.get(`${attributes}SessionDuration`)?.[0] ?? NaN);
  const sessionName = values.get(`${attributes}RoleSessionName`)?.[0];
  return {
    encoded: new Secret(encoded),
    roles: (values.get(`${attributes}Role`) ?? []).flatMap(rolePair),
    ...(Number.isFinite(seconds) && seconds > 0 ? { sessionDuration: seconds } : {}),
    ...(sessionName ? { sessionName } : {}),
  };
}

function decodeBase64(text: string): string {
  let xml: string;
  try {
    const plain = text.replace(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/");
    xml = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(plain));
  } catch {
    throw decodeFailed("the response is not base64 of XML");
  }
  if (xml.trim() === "") throw decodeFailed("empty assertion");
  return xml;
}

/** Two ARNs in either order, with any white space around the comma. */
function rolePair(value: string): { role: string; principal: string }[] {
  const parts = value.split(",").map((part) => part.trim());
  const role = parts.find((p) => /^arn:aws[a-z-]*:iam::\d{12}:role\//.test(p));
  const principal = parts.find((p) => /^arn:aws[a-z-]*:iam::\d{12}:saml-provider\//.test(p));
  return role && principal ? [{ role, principal }] : [];
}

/** Values of all attributes by name, namespaces ignored. Refuses DOCTYPE. */
async function attributeValues(xml: string): Promise<Map<string, string[]>> {
  const { Parser } = await import("htmlparser2");
  const local = (name: string) => name.slice(name.indexOf(":") + 1);
  const found = new Map<string, string[]>();
  let sawResponse = false, doctype = false;
  let attribute: string | undefined, value: string | undefined;
  const parser = new Parser({
    onopentag: (name, attribs) => {
      if (["Response", "Assertion", "EncryptedAssertion"].includes(local(name))) sawResponse = true;
      if (local(name) === "Attribute") attribute = attribs.Name;
      if (local(name) === "AttributeValue" && attribute !== undefined) value = "";
    },
    ontext: (text) => {
      if (value !== undefined) value += text;
    },
    onclosetag: (name) => {
      if (local(name) === "AttributeValue" && value !== undefined && attribute !== undefined) {
        found.set(attribute, [...found.get(attribute) ?? [], value.trim()]);
        value = undefined;
      }
      if (local(name) === "Attribute") attribute = undefined;
    },
    onprocessinginstruction: (name) => {
      if (name.toLowerCase() === "!doctype") doctype = true;
    },
  }, { xmlMode: true, decodeEntities: true });
  parser.write(xml);
  parser.end();
  if (doctype) throw decodeFailed("a document type declaration is not allowed");
  if (!sawResponse) throw decodeFailed("the XML is no SAML response");
  return found;
}

/**
 * The role to ask STS for: the one wanted by the next identity, else the base from which that one is
 * assumed (04 §7.3). Throws `saml_role_not_offered` with the roles that are.
 */
export function chooseRole(
  assertion: Assertion,
  wanted: string,
  baseRole: string | undefined,
): { role: string; principal: string } {
  const { roles } = assertion;
  const matching = roles.filter(({ role }) => sameRole(role, wanted));
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1 && wanted.startsWith("arn:")) return matching[0]!;
  const base = baseRole === undefined
    ? roles.length === 1 ? roles[0] : undefined
    : roles.find(({ role }) => sameRole(role, baseRole));
  if (base && matching.length === 0) return base;
  const offered = roles.map(({ role }) => role).join(", ") || "none";
  const missing = baseRole !== undefined && matching.length === 0
    ? `neither the role ${wanted} nor the base role ${baseRole} is`
    : matching.length > 1
    ? `several roles are called ${wanted}; exactly one must be`
    : `the role ${wanted} is not`;
  throw new AuthError({
    code: "saml_role_not_offered",
    message: `authentication failed: ${missing} in the assertion (it offers: ${offered})`,
    hints: [
      "Assign the role at the identity provider, correct `principal.assume_role`, or set " +
      "`spec.base_role` of the provider",
    ],
  });
}
