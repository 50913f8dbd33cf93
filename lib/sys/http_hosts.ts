import { AuthError } from "./error.ts";

/** The hosts that may be talked to (03 §10.3). */
export interface AllowedHosts {
  allow(...names: string[]): void;
  /** Throws AuthError `host_not_allowed` or `insecure_url`, naming host and purpose. */
  check(url: URL, what: string): void;
}

/** An empty list. */
export function allowedHosts(): AllowedHosts {
  const exact = new Set<string>();
  const suffixes: string[] = [];
  const origins = new Set<string>();

  const listed = (url: URL): boolean =>
    origins.has(url.origin) || exact.has(url.hostname) || exact.has(url.host) ||
    suffixes.some((suffix) => url.hostname.endsWith(suffix) || url.hostname === suffix.slice(1));

  return {
    allow(...names) {
      for (const name of names) {
        if (name.includes("://")) {
          if (URL.canParse(name)) origins.add(new URL(name).origin);
        } else if (name.startsWith("*.")) suffixes.push(name.slice(1).toLowerCase());
        else if (name !== "") exact.add(hostOf(name));
      }
    },
    check(url, what) {
      if (url.protocol !== "https:" && url.protocol !== "http:") {
        throw new AuthError({
          code: "insecure_url",
          message: `${what}: the URL scheme ${url.protocol.slice(0, -1)} is not supported`,
        });
      }
      if (!listed(url)) {
        throw new AuthError({
          code: "host_not_allowed",
          message: `${what}: host not allowed: ${url.host}`,
          explanation:
            "The configuration names no provider or endpoint on that host, so nothing is sent there.",
          hints: ["If the host is right, add it to `auth.network.allowed_hosts` in atmos.yaml"],
        });
      }
      if (url.protocol === "http:" && !isLoopback(url.hostname) && !origins.has(url.origin)) {
        throw new AuthError({
          code: "insecure_url",
          message: `${what}: refusing to send credentials without TLS to ${url.host}`,
          hints: ["Use an `https://` URL"],
        });
      }
    },
  };
}

/** Host as `URL` spells it: lower case, punycode, IPv6 in brackets. */
function hostOf(name: string): string {
  const bare = /^[0-9a-f]*:[0-9a-f:.]*$/i.test(name) && name.split(":").length > 2
    ? `[${name}]`
    : name;
  return URL.canParse(`https://${bare}`) ? new URL(`https://${bare}`).host : name.toLowerCase();
}

/** This machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Addresses that only this link can reach: the clouds' metadata services. */
export function isLinkLocal(hostname: string): boolean {
  return hostname.startsWith("169.254.") || hostname.startsWith("[fe80:") ||
    hostname === "[fd00:ec2::254]" || hostname === "metadata.google.internal";
}
