/**
 * AWS Signature Version 4, query form (presigned URLs), on WebCrypto alone: it runs on the hot path
 * of `aws eks token`, where neither an SDK nor a `node:` module may load (04 §4).
 */
const encoder = new TextEncoder();
const EMPTY_BODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface PresignRequest {
  method: string;
  /** Without query. */
  url: string;
  /** Own query parameters, unencoded. */
  query: Record<string, string>;
  /** Headers to sign besides `host`; names in lower case. */
  headers?: Record<string, string>;
  /** Seconds. */
  expires: number;
  region: string;
  service: string;
  /** Epoch milliseconds of the signature. */
  now: number;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A presigned URL (SigV4, query signing). The URL carries a credential. */
export async function presign(request: PresignRequest): Promise<string> {
  const url = new URL(request.url);
  const stamp = amzDate(request.now);
  const day = stamp.slice(0, 8);
  const scope = `${day}/${request.region}/${request.service}/aws4_request`;
  const headers: [string, string][] = Object.entries({ ...request.headers, host: url.host })
    .sort(([a], [b]) => a < b ? -1 : 1);
  const signedHeaders = headers.map(([name]) => name).join(";");
  const query: Record<string, string> = {
    ...request.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${request.accessKeyId}/${scope}`,
    "X-Amz-Date": stamp,
    "X-Amz-Expires": String(request.expires),
    "X-Amz-SignedHeaders": signedHeaders,
  };
  if (request.sessionToken) query["X-Amz-Security-Token"] = request.sessionToken;
  const canonicalQuery = Object.entries(query)
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery,
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders,
    EMPTY_BODY,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, await sha256(canonical)].join("\n");
  let key = await hmac(encoder.encode(`AWS4${request.secretAccessKey}`), day);
  for (const part of [request.region, request.service, "aws4_request"]) key = await hmac(key, part);
  const signature = (await hmac(key, toSign)).toHex();
  return `${url.origin}${url.pathname}?${canonicalQuery}&X-Amz-Signature=${signature}`;
}

/** `YYYYMMDDTHHMMSSZ`. */
export function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Percent-encoding of RFC 3986: unlike `encodeURIComponent` also `!'()*` (SigV4, UriEncode). */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))).toHex();
}

async function hmac(
  key: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey(
    "raw",
    key,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
}
