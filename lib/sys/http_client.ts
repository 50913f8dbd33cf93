import type { Env } from "./env.ts";
import { isLinkLocal, isLoopback } from "./http_hosts.ts";
import type { Log } from "./log.ts";

/** Clients by what distinguishes them; each keeps its own connections. */
export type Clients = Map<string, Deno.HttpClient>;

interface ClientChoice {
  clients: Clients;
  env: Env;
  log?: Log;
}

const PROXY_VARIABLES = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "ALL_PROXY",
  "all_proxy",
];

/** Files, and one list of directories, with certificates to trust besides the built-in ones; the runtime reads some of them itself. */
const CA_VARIABLES = ["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/**
 * The client for a request, undefined for the default one. The default one follows the proxy
 * variables; loopback and metadata addresses must not (06 §3.1).
 */
export function clientFor(
  url: URL,
  request: { direct?: boolean; caBundle?: string },
  { clients, env, log }: ClientChoice,
): Deno.HttpClient | undefined {
  const direct = proxyVariable(env, url) !== undefined &&
    (request.direct === true || isLoopback(url.hostname) || isLinkLocal(url.hostname));
  const plain = url.protocol === "http:";
  const extra = plain ? undefined : request.caBundle;
  const variables = plain ? [] : CA_VARIABLES.filter((name) => env.nonEmpty(name));
  if (!direct && !extra && variables.length === 0) return undefined;
  const key = `${direct}|${plain}|${extra ?? ""}`;
  const known = clients.get(key);
  if (known) return known;
  const caCerts = variables.flatMap((name) => certificatesOf(name, env.nonEmpty(name)!, log));
  if (extra) caCerts.push(extra);
  const make = () => Deno.createHttpClient(caCerts.length > 0 ? { caCerts } : {});
  const client = direct ? withoutProxies(make) : make();
  clients.set(key, client);
  return client;
}

/** Name of the variable that sends this URL through a proxy, for messages. */
export function proxyVariable(env: Env, url: URL): string | undefined {
  const scheme = url.protocol === "https:"
    ? ["HTTPS_PROXY", "https_proxy"]
    : ["HTTP_PROXY", "http_proxy"];
  return [...scheme, "ALL_PROXY", "all_proxy"].find((name) => env.nonEmpty(name));
}

/** A client reads the variables when it is made, which is synchronous: nobody else sees them missing. */
function withoutProxies(make: () => Deno.HttpClient): Deno.HttpClient {
  const saved = PROXY_VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  for (const [name] of saved) Deno.env.delete(name);
  try {
    return make();
  } finally {
    for (const [name, value] of saved) if (value !== undefined) Deno.env.set(name, value);
  }
}

function certificatesOf(variable: string, value: string, log?: Log): string[] {
  const found: string[] = [];
  try {
    for (const path of variable === "SSL_CERT_DIR" ? filesIn(value) : [value]) {
      const text = Deno.readTextFileSync(path);
      if (text.includes("-----BEGIN CERTIFICATE-----")) found.push(text);
    }
    if (found.length === 0) log?.warn(`${variable}: ${value} holds no certificate`);
  } catch (error) {
    log?.warn(`${variable}: cannot read ${value}: ${(error as Error).message}`);
  }
  return found;
}

/** Files of a directory list, each once: hashed links lead to the same certificates. */
function filesIn(list: string): Set<string> {
  const files = new Set<string>();
  for (const dir of list.split(Deno.build.os === "windows" ? ";" : ":").filter((d) => d !== "")) {
    for (const { name } of Deno.readDirSync(dir)) {
      const path = Deno.realPathSync(`${dir}/${name}`);
      if (Deno.statSync(path).isFile) files.add(path);
    }
  }
  return files;
}
