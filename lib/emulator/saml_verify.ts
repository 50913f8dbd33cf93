/** Reading a SAML 2.0 response and checking its XML signature. Only what was signed is read. */
import { ServiceError } from "./http.ts";
import type { SamlProviderSpec } from "./state.ts";
import type { Assertion } from "./sts_saml.ts";
import { base64, issuerKey, type World } from "./world.ts";

const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";

function invalid(message: string): ServiceError {
  return new ServiceError(400, "InvalidIdentityToken", message);
}

/** PEM of a public key of ours. */
async function ownKeyPem(world: World, entityId: string): Promise<string> {
  const { publicKey } = await issuerKey(world, entityId);
  const der = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const lines = base64(der).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

// The DOM types of the XML library are its own; these few members are all that is used.
interface Node {
  namespaceURI: string | null;
  localName: string | null;
  textContent: string | null;
  parentNode: Node | null;
  documentElement?: Node;
  getAttribute(name: string): string | null;
  getElementsByTagNameNS(ns: string, name: string): ArrayLike<Node>;
}

function all(node: Node, ns: string, name: string): Node[] {
  return Array.from(node.getElementsByTagNameNS(ns, name));
}

function textOf(node: Node | undefined): string {
  return (node?.textContent ?? "").trim();
}

async function parseXml(text: string): Promise<Node> {
  if (/<!DOCTYPE/i.test(text)) throw invalid("Invalid SAMLResponse: DOCTYPE is not allowed");
  const { DOMParser } = await import("@xmldom/xmldom");
  const refuse = () => {
    throw invalid("Invalid base64 SAMLResponse");
  };
  const parser = new DOMParser({
    errorHandler: { warning: refuse, error: refuse, fatalError: refuse },
  });
  const doc = parser.parseFromString(text, "text/xml") as unknown as { documentElement?: Node };
  if (!doc?.documentElement) refuse();
  return doc as unknown as Node;
}

/** The parts of `xml` that a valid signature of one of `keys` covers, as canonical text. */
async function signedParts(doc: Node, xml: string, keys: string[]): Promise<string[]> {
  const { SignedXml } = await import("xml-crypto");
  const out: string[] = [];
  for (const signature of all(doc, DSIG, "Signature")) {
    for (const publicCert of keys) {
      const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null });
      try {
        verifier.loadSignature(signature as never);
        if (verifier.checkSignature(xml)) out.push(...verifier.getSignedReferences());
      } catch {
        // A signature that cannot be checked counts as none; without any the caller refuses.
        continue;
      }
    }
  }
  return out;
}

function attributesOf(assertion: Node): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const attribute of all(assertion, SAML, "Attribute")) {
    const name = attribute.getAttribute("Name") ?? "";
    const values = all(attribute, SAML, "AttributeValue").map(textOf);
    out.set(name, [...(out.get(name) ?? []), ...values]);
  }
  return out;
}

function read(assertion: Node): Assertion {
  const conditions = all(assertion, SAML, "Conditions")[0];
  const confirmations = all(assertion, SAML, "SubjectConfirmationData");
  const nameId = all(assertion, SAML, "NameID")[0];
  const ends = [conditions, ...confirmations].map((n) => n?.getAttribute("NotOnOrAfter") ?? "");
  return {
    id: assertion.getAttribute("ID") ?? "",
    issuer: textOf(all(assertion, SAML, "Issuer")[0]),
    subject: textOf(nameId),
    subjectType: (nameId?.getAttribute("Format") ?? "").split(":").at(-1) || "unspecified",
    audiences: all(assertion, SAML, "Audience").map(textOf),
    recipients: confirmations.map((c) => c.getAttribute("Recipient") ?? ""),
    issueInstant: assertion.getAttribute("IssueInstant") ?? "",
    notBefore: conditions?.getAttribute("NotBefore") || undefined,
    notOnOrAfter: ends.filter((e) => e !== ""),
    sessionNotOnOrAfter:
      all(assertion, SAML, "AuthnStatement")[0]?.getAttribute("SessionNotOnOrAfter") || undefined,
    attributes: attributesOf(assertion),
  };
}

function decodeBase64(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s+/g, "")), (c) => c.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("Invalid base64 SAMLResponse");
  }
}

/**
 * Decodes and verifies a response against the keys of `provider`.
 *
 * @throws ServiceError InvalidIdentityToken
 */
export async function readAssertion(
  world: World,
  encoded: string,
  provider: SamlProviderSpec,
): Promise<Assertion> {
  const xml = decodeBase64(encoded);
  const doc = await parseXml(xml);
  const status = all(doc, SAMLP, "StatusCode")[0]?.getAttribute("Value");
  if (status !== undefined && !status?.endsWith(":Success")) {
    throw invalid("The SAML response does not report success");
  }
  const keys = provider.certificates ?? [await ownKeyPem(world, provider.entityId)];
  for (const part of await signedParts(doc, xml, keys)) {
    const signed = await parseXml(part);
    const assertion = all(signed, SAML, "Assertion")[0];
    if (assertion) return read(assertion);
  }
  throw invalid("Response signature invalid");
}
