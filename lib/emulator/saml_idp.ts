/**
 * A SAML 2.0 identity provider: a login form (with the field names of ADFS), a one-time code where
 * the user has one, and a signed response with the AWS attributes, posted to the ACS by the browser.
 */
import { type Call, escapeXml, form, html, type Reply, ServiceError } from "./http.ts";
import type { SamlUserSpec } from "./state.ts";
import { redeemTotp } from "./totp.ts";
import { base64, issuerKey, type World } from "./world.ts";

const AWS_ACS = "https://signin.aws.amazon.com/saml";
const AWS = "https://aws.amazon.com/SAML/Attributes";

/** What a response says; everything can be bent for tests. */
export interface ResponseWish {
  user: string;
  audience?: string;
  recipient?: string;
  issuer?: string;
  destination?: string;
  sessionName?: string;
  roles?: { role: string; provider: string }[];
  sessionSeconds?: number;
  /** Seconds from the issue to NotOnOrAfter; default 300. */
  lifeSeconds?: number;
  /** Seconds by which the issue lies in the past. */
  ageSeconds?: number;
  sessionNotOnOrAfterSeconds?: number;
  /** Which element is signed; default the assertion. */
  sign?: "assertion" | "response" | "none";
  /** Changes the role list after signing. */
  tamper?: boolean;
}

function attribute(name: string, values: string[]): string {
  const inner = values.map((v) =>
    `<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
    `xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">${
      escapeXml(v)
    }</saml:AttributeValue>`
  ).join("");
  return `<saml:Attribute Name="${name}" ` +
    `NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">${inner}</saml:Attribute>`;
}

/** Both orders and white space are allowed by AWS, so readers must take them all. */
function roleValues(roles: { role: string; provider: string }[]): string[] {
  return roles.map((r, i) =>
    i % 2 === 0 ? `${r.role},${r.provider}` : `\n        ${r.provider} ,\n        ${r.role}\n      `
  );
}

function assertionXml(world: World, user: SamlUserSpec, wish: ResponseWish): string {
  const issued = world.now() - (wish.ageSeconds ?? 0) * 1000;
  const at = (seconds: number) => new Date(issued + seconds * 1000).toISOString();
  const end = at(wish.lifeSeconds ?? 300);
  const recipient = escapeXml(wish.recipient ?? AWS_ACS);
  const sessionEnd = wish.sessionNotOnOrAfterSeconds === undefined
    ? ""
    : ` SessionNotOnOrAfter="${at(wish.sessionNotOnOrAfterSeconds)}"`;
  const seconds = wish.sessionSeconds ?? user.sessionSeconds;
  const attributes = [
    attribute(`${AWS}/Role`, roleValues(wish.roles ?? user.roles)),
    attribute(`${AWS}/RoleSessionName`, [wish.sessionName ?? user.name]),
    seconds === undefined ? "" : attribute(`${AWS}/SessionDuration`, [String(seconds)]),
  ].join("");
  const id = `_${world.random.uuid().replace(/-/g, "")}`;
  const issuer = escapeXml(wish.issuer ?? world.state.samlProviders[0]?.entityId ?? "");
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" ` +
    `Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">` +
    `${escapeXml(user.name)}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
    `<saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="${recipient}"/>` +
    `</saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${at(0)}" NotOnOrAfter="${end}"><saml:AudienceRestriction>` +
    `<saml:Audience>${escapeXml(wish.audience ?? "urn:amazon:webservices")}</saml:Audience>` +
    `</saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${at(0)}" SessionIndex="${id}"${sessionEnd}>` +
    `<saml:AuthnContext><saml:AuthnContextClassRef>` +
    `urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport` +
    `</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${attributes}</saml:AttributeStatement></saml:Assertion>`;
}

async function privateKeyPem(world: World): Promise<string> {
  const { privateKey } = await issuerKey(world, world.state.samlProviders[0]?.entityId ?? "");
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${
    base64(der).match(/.{1,64}/g)!.join("\n")
  }\n-----END PRIVATE KEY-----\n`;
}

async function sign(world: World, xml: string, element: "Assertion" | "Response"): Promise<string> {
  const { SignedXml } = await import("xml-crypto");
  const exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
  const signer = new SignedXml({
    privateKey: await privateKeyPem(world),
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: exclusive,
  });
  const path = `//*[local-name(.)='${element}']`;
  signer.addReference({
    xpath: path,
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
    transforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", exclusive],
  });
  signer.computeSignature(xml, {
    prefix: "ds",
    location: { reference: `${path}/*[local-name(.)='Issuer']`, action: "after" },
  });
  return signer.getSignedXml();
}

/**
 * A base64 response for a user of the state.
 *
 * @throws Error when there is no such user
 */
export async function samlResponse(world: World, wish: ResponseWish): Promise<string> {
  const user = world.state.samlUsers.find((u) => u.name === wish.user);
  if (!user) throw new Error(`no SAML user ${wish.user}`);
  const issuer = escapeXml(wish.issuer ?? world.state.samlProviders[0]?.entityId ?? "");
  const id = `_${world.random.uuid().replace(/-/g, "")}`;
  let xml = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${id}" ` +
    `Version="2.0" IssueInstant="${new Date(world.now()).toISOString()}" ` +
    `Destination="${escapeXml(wish.destination ?? wish.recipient ?? AWS_ACS)}">` +
    `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer>` +
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>` +
    `</samlp:Status>${assertionXml(world, user, wish)}</samlp:Response>`;
  const what = wish.sign ?? "assertion";
  if (what !== "none") {
    xml = await sign(world, xml, what === "assertion" ? "Assertion" : "Response");
  }
  if (wish.tamper) xml = xml.replace(":role/", ":role/super");
  return base64(new TextEncoder().encode(xml));
}

/** Where the browser shall post: AWS, or a loopback listener that the start URL names. */
function acsOf(fields: URLSearchParams): string {
  const acs = fields.get("acs") ?? AWS_ACS;
  const url = URL.canParse(acs) ? new URL(acs) : undefined;
  const loopback = url && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (!url || (!loopback && url.protocol !== "https:")) {
    throw new ServiceError(400, "Invalid ACS", "The ACS must be https or on loopback.");
  }
  return acs;
}

function hidden(fields: URLSearchParams): string {
  return ["acs", "RelayState", "loginToRp"].map((name) => {
    const value = fields.get(name);
    return value === null ? "" : `<input type="hidden" name="${name}" value="${escapeXml(value)}">`;
  }).join("");
}

function loginPage(fields: URLSearchParams, fault = ""): Reply {
  const error = fault ? `<span id="errorText">${escapeXml(fault)}</span>` : "";
  return html(
    "Sign in",
    `${error}<form method="post" id="loginForm">${hidden(fields)}
<input type="text" id="userNameInput" name="UserName" autocomplete="username">
<input type="password" id="passwordInput" name="Password" autocomplete="current-password">
<input type="hidden" name="AuthMethod" value="FormsAuthentication">
<button>Sign in</button></form>`,
  );
}

function otpPage(fields: URLSearchParams, ticket: string): Reply {
  return html(
    "Verification code",
    `<form method="post">${hidden(fields)}
<input type="hidden" name="Context" value="${escapeXml(ticket)}">
<label>Code <input type="text" name="VerificationCode" autocomplete="one-time-code"></label>
<button>Verify</button></form>`,
  );
}

async function postPage(world: World, user: string, fields: URLSearchParams): Promise<Reply> {
  const acs = acsOf(fields);
  const response = await samlResponse(world, { user });
  const relay = fields.get("RelayState");
  return html(
    "Working…",
    `<form method="post" action="${escapeXml(acs)}" name="hiddenform">
<input type="hidden" name="SAMLResponse" value="${escapeXml(response)}">
${relay === null ? "" : `<input type="hidden" name="RelayState" value="${escapeXml(relay)}">`}
<noscript><button>Continue</button></noscript></form>
<script>document.forms[0].submit()</script>`,
  );
}

/** `GET|POST /saml/login` and the paths of ADFS. */
export async function samlLogin(world: World, call: Call): Promise<Reply> {
  if (call.method === "GET") {
    acsOf(call.query);
    return loginPage(call.query);
  }
  // A form without an action posts back to its own URL: what stands in the query still counts.
  const fields = form(call);
  for (const [name, value] of call.query) if (!fields.has(name)) fields.set(name, value);
  const ticket = fields.get("Context");
  if (ticket !== null) {
    const name = world.samlTickets.get(ticket);
    const user = world.state.samlUsers.find((u) => u.name === name);
    if (!user?.otpSecret) return loginPage(fields, "The session has ended. Sign in again.");
    const good = await redeemTotp({
      secret: user.otpSecret,
      code: (fields.get("VerificationCode") ?? "").trim(),
      ms: world.now(),
      used: world.samlCodes.get(user.name)!,
    });
    if (!good) return otpPage(fields, ticket);
    world.samlTickets.delete(ticket);
    return await postPage(world, user.name, fields);
  }
  const name = fields.get("UserName") ?? "";
  const user = world.state.samlUsers.find((u) => u.name === name);
  if (!user || world.samlPasswords.get(name) !== fields.get("Password")) {
    return loginPage(fields, "Incorrect user ID or password. Type the correct one and try again.");
  }
  if (!user.otpSecret) return await postPage(world, user.name, fields);
  const fresh = world.random.uuid();
  world.samlTickets.set(fresh, user.name);
  return otpPage(fields, fresh);
}
