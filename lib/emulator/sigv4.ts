/**
 * Verification of AWS Signature Version 4 by recomputation, in headers and in the query string.
 * Written from the published algorithm, apart from any signer of this project.
 */
import { hex } from "../sys/random.ts";
import { type Call, ServiceError } from "./http.ts";
import type { Principal, Session, World } from "./world.ts";

/** Who signed, where for, and with which session. */
export interface Signer {
  principal: Principal;
  accessKeyId: string;
  region: string;
  session?: Session;
  presigned: boolean;
}

/** How a protocol calls the failures: STS says `InvalidClientTokenId`, JSON services otherwise. */
export interface SignatureErrors {
  missing: [number, string];
  incomplete: [number, string];
  unknownKey: [number, string];
  expiredToken: [number, string];
  mismatch: [number, string];
}

export const STS_ERRORS: SignatureErrors = {
  missing: [403, "MissingAuthenticationToken"],
  incomplete: [400, "IncompleteSignature"],
  unknownKey: [403, "InvalidClientTokenId"],
  expiredToken: [403, "ExpiredToken"],
  mismatch: [403, "SignatureDoesNotMatch"],
};

/** `status`: 400 for JSON 1.1 services, 403 for REST-JSON ones. */
export function jsonErrors(status: 400 | 403): SignatureErrors {
  return {
    missing: [status, "MissingAuthenticationTokenException"],
    incomplete: [status, "IncompleteSignatureException"],
    unknownKey: [status, "UnrecognizedClientException"],
    expiredToken: [status, "ExpiredTokenException"],
    mismatch: [status, "InvalidSignatureException"],
  };
}

const encoder = new TextEncoder();
/**
 * What most services allow a clock to be off. STS itself is seen to allow 15 minutes; the narrower
 * window finds the clients that do not correct their clock.
 */
const SKEW_MS = 5 * 60_000;
/** STS accepts a presigned call for 15 minutes after its date, whatever X-Amz-Expires says. */
const PRESIGNED_MS = 15 * 60_000;

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const k = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", k, encoder.encode(text)));
}

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
}

/** RFC 3986: everything but the unreserved characters. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  // A bare `+` in a query is a space to these services: a signer that left it so has lost.
  return decodeURIComponent(text.replace(/\+/g, " "));
}

function pairs(rawQuery: string): [string, string][] {
  return rawQuery.split("&").filter((p) => p !== "").map((p) => {
    const at = p.indexOf("=");
    return at < 0 ? [decode(p), ""] : [decode(p.slice(0, at)), decode(p.slice(at + 1))];
  });
}

/** The canonical path: each segment of what was sent, encoded once more (S3 alone differs). */
function canonicalPath(path: string): string {
  return path.split("/").map(uriEncode).join("/") || "/";
}

function canonicalQuery(rawQuery: string): string {
  return pairs(rawQuery)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`).join("&");
}

interface Claim {
  credential: string;
  signedHeaders: string[];
  signature: string;
  date: string;
  token: string | undefined;
  presigned: boolean;
}

function fail(kind: [number, string], message: string): ServiceError {
  return new ServiceError(kind[0], kind[1], message);
}

function fromHeader(call: Call, errors: SignatureErrors): Claim | undefined {
  const header = call.headers.get("authorization");
  if (!header) return undefined;
  const m = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(header);
  if (!m) {
    throw fail(errors.incomplete, "Unsupported AWS 'algorithm'. Authorization must use SigV4.");
  }
  const parts = new Map(
    m[1]!.split(",").map((p) => {
      const at = p.indexOf("=");
      return [p.slice(0, at).trim(), p.slice(at + 1).trim()];
    }),
  );
  for (const name of ["Credential", "Signature", "SignedHeaders"]) {
    if (!parts.get(name)) {
      throw fail(errors.incomplete, `Authorization header requires '${name}' parameter.`);
    }
  }
  const date = call.headers.get("x-amz-date");
  if (!date) {
    throw fail(
      errors.incomplete,
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  return {
    credential: parts.get("Credential")!,
    signedHeaders: parts.get("SignedHeaders")!.split(";"),
    signature: parts.get("Signature")!,
    date,
    token: call.headers.get("x-amz-security-token") ?? undefined,
    presigned: false,
  };
}

function fromQuery(call: Call, errors: SignatureErrors): Claim | undefined {
  const q = new Map(pairs(call.rawQuery));
  if (!q.has("X-Amz-Signature") && !q.has("X-Amz-Algorithm")) return undefined;
  const need = (name: string) => {
    const value = q.get(name);
    if (!value) {
      throw fail(errors.incomplete, `AWS query-string parameters must include '${name}'.`);
    }
    return value;
  };
  if (need("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") {
    throw fail(errors.incomplete, "Unsupported AWS 'algorithm'.");
  }
  const expires = need("X-Amz-Expires");
  if (!/^\d+$/.test(expires) || Number(expires) < 1 || Number(expires) > 604800) {
    throw fail(errors.incomplete, "X-Amz-Expires must be between 1 and 604800 seconds.");
  }
  return {
    credential: need("X-Amz-Credential"),
    signedHeaders: need("X-Amz-SignedHeaders").split(";"),
    signature: need("X-Amz-Signature"),
    date: need("X-Amz-Date"),
    token: q.get("X-Amz-Security-Token"),
    presigned: true,
  };
}

/** Epoch ms of `20260317T120000Z`; undefined when it is none. */
export function amzDate(text: string): number | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!m) return undefined;
  const [, y, mo, d, h, mi, s] = m;
  const ms = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function compact(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function checkTime(world: World, claim: Claim, errors: SignatureErrors): void {
  const at = amzDate(claim.date);
  if (at === undefined) {
    throw fail(errors.incomplete, `Date must be in ISO-8601 'basic format'. Got '${claim.date}'.`);
  }
  const now = world.now();
  const late = claim.presigned ? PRESIGNED_MS : SKEW_MS;
  if (now - at > late) {
    throw fail(
      errors.mismatch,
      `Signature expired: ${claim.date} is now earlier than ${compact(now - late)} (${
        compact(now)
      } - ${late / 60_000} min.)`,
    );
  }
  if (at - now > SKEW_MS) {
    throw fail(
      errors.mismatch,
      `Signature not yet current: ${claim.date} is still later than ${compact(now + SKEW_MS)} (${
        compact(now)
      } + 5 min.)`,
    );
  }
}

function findKey(
  world: World,
  id: string,
  token: string | undefined,
  errors: SignatureErrors,
): { secret: string; principal: Principal; session?: Session } {
  const invalid = () =>
    fail(errors.unknownKey, "The security token included in the request is invalid.");
  const session = world.sessions.get(id);
  if (session) {
    if (token !== session.token) throw invalid();
    if (session.expiresAt <= world.now()) {
      throw fail(errors.expiredToken, "The security token included in the request is expired");
    }
    return { secret: session.secret, principal: session.principal, session };
  }
  for (const user of world.users) {
    const key = user.keys.find((k) => k.id === id && k.active);
    if (key) {
      if (token !== undefined) throw invalid();
      return { secret: key.secret, principal: user.principal };
    }
  }
  throw invalid();
}

/** Headers that a signature must cover: `host` and all of `x-amz-*`. */
function checkCoverage(call: Call, claim: Claim, errors: SignatureErrors): void {
  const signed = new Set(claim.signedHeaders);
  const sorted = [...claim.signedHeaders].sort();
  if (claim.signedHeaders.some((h, i) => h !== h.toLowerCase() || h !== sorted[i])) {
    throw fail(errors.mismatch, "SignedHeaders must be lower case and sorted.");
  }
  if (!signed.has("host")) {
    throw fail(
      errors.mismatch,
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  }
  for (const name of call.headers.keys()) {
    // The browser SDK's user agent header is left out by signers on purpose.
    if (name.startsWith("x-amz-") && name !== "x-amz-user-agent" && !signed.has(name)) {
      throw fail(errors.mismatch, `'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
}

async function expectedSignature(
  call: Call,
  claim: Claim,
  secret: string,
  scope: string[],
): Promise<string> {
  const canonicalHeaders = claim.signedHeaders.map((name) =>
    `${name}:${(call.headers.get(name) ?? "").trim().replace(/\s+/g, " ")}\n`
  ).join("");
  const canonical = [
    call.method,
    canonicalPath(call.path),
    canonicalQuery(call.rawQuery),
    canonicalHeaders,
    claim.signedHeaders.join(";"),
    await sha256(call.body),
  ].join("\n");
  const toSign = [
    "AWS4-HMAC-SHA256",
    claim.date,
    scope.join("/"),
    await sha256(encoder.encode(canonical)),
  ].join("\n");
  let key = encoder.encode(`AWS4${secret}`);
  for (const part of scope) key = await hmac(key, part);
  return hex(await hmac(key, toSign));
}

const REGION =
  /^(us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso[a-z]?|eu-iso[a-z]?|eusc-de)-[a-z]+-\d$/;
/** A real host name, when the request came under one, names its region. */
const HOST_REGION =
  /^(?:sts|sts-fips|eks|eks-fips|ecr|api\.ecr|api\.ecr-public|ecr-public)\.([a-z]+-[a-z0-9-]+-\d)\./;

function checkScope(
  call: Call,
  claim: Claim,
  service: string,
  errors: SignatureErrors,
): { accessKeyId: string; region: string; scope: string[] } {
  const [accessKeyId, date, region, name, end, ...more] = claim.credential.split("/");
  if (!accessKeyId || !date || !region || !name || end !== "aws4_request" || more.length) {
    throw fail(
      errors.incomplete,
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
    );
  }
  if (name !== service) {
    throw fail(errors.mismatch, `Credential should be scoped to correct service: '${service}'. `);
  }
  const host = HOST_REGION.exec(call.headers.get("host") ?? "")?.[1];
  if (!REGION.test(region) || (host && host !== region)) {
    throw fail(errors.mismatch, "Credential should be scoped to a valid region. ");
  }
  if (!claim.date.startsWith(date)) {
    throw fail(
      errors.mismatch,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
    );
  }
  return { accessKeyId, region, scope: [date, region, name, end] };
}

/**
 * Checks the signature of a call for `service` and says who made it. Order as in the service:
 * form, key, scope, time, signature.
 *
 * @throws ServiceError with the codes of `errors`
 */
export async function verifySignature(
  world: World,
  call: Call,
  service: string,
  errors: SignatureErrors,
): Promise<Signer> {
  const claim = fromHeader(call, errors) ?? fromQuery(call, errors);
  if (!claim) throw fail(errors.missing, "Request is missing Authentication Token");
  const { accessKeyId, region, scope } = checkScope(call, claim, service, errors);
  const key = findKey(world, accessKeyId, claim.token, errors);
  checkTime(world, claim, errors);
  checkCoverage(call, claim, errors);
  const declared = call.headers.get("x-amz-content-sha256");
  if (declared && declared !== await sha256(call.body)) {
    throw fail(
      errors.mismatch,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const expected = await expectedSignature(call, claim, key.secret, scope);
  if (expected !== claim.signature) {
    throw fail(
      errors.mismatch,
      "The request signature we calculated does not match the signature you provided. " +
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
  const { principal, session } = key;
  return { principal, accessKeyId, region, session, presigned: claim.presigned };
}
