/** Proxies, certificates, the loopback, and with `--online` the endpoints. */
import { providerKinds } from "../../providers/registry.ts";
import { AuthError } from "../sys/error.ts";
import { bad, type Check, type CheckResult, ok, type Patient, warning } from "./doctor.ts";

const MOST_SKEW_MS = 5 * 60_000;

export const networkChecks: Check[] = [
  { id: "net.proxy", topic: "proxy", run: checkProxy },
  { id: "net.ca", topic: "certificates", run: checkCertificates },
  { id: "net.loopback", topic: "loopback", run: checkLoopback },
  { id: "net.endpoints", topic: "endpoints", online: true, run: checkEndpoints },
];

/** Addresses without what may be secret in them. */
function shown(address: string): string {
  return address.replace(/\/\/[^@/]*@/, "//");
}

function checkProxy({ cx }: Patient): CheckResult[] {
  const { env } = cx.deps;
  const value = (name: string) => env.nonEmpty(name) ?? env.nonEmpty(name.toLowerCase());
  const proxy = value("HTTPS_PROXY") ?? value("ALL_PROXY");
  if (proxy === undefined) return [ok("none")];
  const except = value("NO_PROXY");
  if (!/^(https?|socks5h?):\/\/\S+$/.test(proxy)) {
    return [bad(`the proxy is no address: ${shown(proxy)}`, "Write it as http://HOST:PORT")];
  }
  return [ok(`${shown(proxy)}${except ? `, except for ${except}` : ""}`)];
}

function checkCertificates({ cx }: Patient): CheckResult[] {
  const { env, files } = cx.deps;
  const out: CheckResult[] = [];
  for (const name of ["NODE_EXTRA_CA_CERTS", "DENO_CERT", "AWS_CA_BUNDLE"]) {
    const path = env.nonEmpty(name);
    if (path === undefined) continue;
    out.push(
      files.stat(path)?.isFile
        ? ok(`${name}: ${path}`)
        : bad(`${name} names a file that does not exist: ${path}`, `Correct or unset \`${name}\``),
    );
  }
  const store = env.nonEmpty("DENO_TLS_CA_STORE");
  if (store !== undefined) out.push(ok(`DENO_TLS_CA_STORE: ${store}`));
  return out.length > 0 ? out : [ok("those that come with the program")];
}

/** The redirect of a browser sign-in needs a port of 127.0.0.1. */
async function checkLoopback({ cx }: Patient): Promise<CheckResult[]> {
  try {
    const listener = await cx.deps.loopback.listen(
      0,
      () => Promise.resolve({ status: 404, body: "" }),
    );
    await using _open = listener; // apart from its use: tests/unit/disposal_test.ts
    return [ok(`a port can be bound (${listener.port})`)];
  } catch (error) {
    return [warning(
      `no port can be bound: ${(error as Error).message}`,
      "Sign in with `login --device-code`",
    )];
  }
}

/** Every configured endpoint answers, and agrees with our clock. */
async function checkEndpoints({ cx, config }: Patient): Promise<CheckResult[]> {
  if (!config) return [];
  const hosts = new Set<string>();
  for (const entry of config.providers.all()) {
    const row = providerKinds[entry.kind];
    if (!row) continue;
    for (const host of (await row.load()).hosts(entry, config, cx.deps.env)) {
      if (!host.includes("*")) hosts.add(host);
    }
  }
  if (hosts.size === 0) return [ok("none configured")];
  cx.deps.http.allow(...hosts);
  return await Promise.all([...hosts].sort().map((host) => reach(cx, host)));
}

async function reach(cx: Patient["cx"], host: string): Promise<CheckResult> {
  const url = host.includes("://") ? `${host}/` : `https://${host}/`;
  try {
    const response = await cx.deps.http.request({
      method: "GET",
      url,
      what: "doctor",
      attempts: 1,
      timeoutMs: 5000,
      redirect: "manual",
      retryOn: () => false,
    });
    const theirs = Date.parse(response.headers.get("date") ?? "");
    const skew = Number.isNaN(theirs) ? 0 : cx.deps.clock.now() - theirs;
    if (Math.abs(skew) > MOST_SKEW_MS) {
      const minutes = Math.round(Math.abs(skew) / 60_000);
      return bad(
        `${host} answers, but this clock is ${minutes} minutes ${skew > 0 ? "ahead" : "behind"}`,
        "Set the clock: signatures and tokens are refused otherwise",
      );
    }
    return ok(`${host} answers`);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // an answer too large or of a strange type is an answer
    if (error.code === "response_too_large") return ok(`${host} answers`);
    return bad(`${host}: ${error.message}`, error.hints[0]);
  }
}
