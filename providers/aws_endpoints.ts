import { AuthError, type Entry, textAt } from "../lib/core/types.ts";
import type { Env } from "../lib/sys/env.ts";

/** The AWS services that are called (04 §3). */
export type AwsService = "sts" | "sso-oidc" | "sso" | "signin" | "ecr" | "ecr-public" | "eks";

/** What differs between the separate clouds of AWS (04 §3). */
export interface Partition {
  /** As in the second field of an ARN. */
  name: string;
  /** DNS suffix of regional endpoints, e.g. `amazonaws.com`. */
  suffix: string;
  /** DNS suffix of dual-stack endpoints, e.g. `api.aws`. */
  dualStackSuffix: string;
  /** Host of the sign-in service in a region. */
  signinHost: (region: string) => string;
  /** Hosts of console federation and of the console; undefined = no known console. */
  federation?: { signin: string; console: string };
}

/** The partition a region belongs to; unknown regions count as the commercial one. */
export function partitionOf(region: string): Partition {
  if (/^cn-\w+-\d+$/.test(region)) {
    return {
      name: "aws-cn",
      suffix: "amazonaws.com.cn",
      dualStackSuffix: "api.amazonwebservices.com.cn",
      signinHost: (r) => `${r}.signin.amazonaws.cn`,
      federation: { signin: "signin.amazonaws.cn", console: "console.amazonaws.cn" },
    };
  }
  if (/^us-gov-\w+-\d+$/.test(region)) {
    return {
      name: "aws-us-gov",
      suffix: "amazonaws.com",
      dualStackSuffix: "api.aws",
      signinHost: (r) => `${r}.signin.amazonaws-us-gov.com`,
      federation: {
        signin: "signin.amazonaws-us-gov.com",
        console: "console.amazonaws-us-gov.com",
      },
    };
  }
  if (/^eusc-(de)-\w+-\d+$/.test(region)) {
    return {
      name: "aws-eusc",
      suffix: "amazonaws.eu",
      dualStackSuffix: "api.amazonwebservices.eu",
      signinHost: (r) => `${r}.signin.amazonaws-eusc.eu`,
      federation: { signin: "signin.amazonaws-eusc.eu", console: "console.amazonaws-eusc.eu" },
    };
  }
  return isolatedPartition(region) ?? {
    name: "aws",
    suffix: "amazonaws.com",
    dualStackSuffix: "api.aws",
    signinHost: (r) => `${r}.signin.aws.amazon.com`,
    federation: { signin: "signin.aws.amazon.com", console: "console.aws.amazon.com" },
  };
}

function isolatedPartition(region: string): Partition | undefined {
  const iso = (
    name: string,
    suffix: string,
    dualStackSuffix: string,
    signin: string,
  ): Partition => ({
    name,
    suffix,
    dualStackSuffix,
    signinHost: (r) => `${r}.signin.${signin}`,
  });
  if (/^us-iso-\w+-\d+$/.test(region)) {
    return iso("aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "c2shome.ic.gov");
  }
  if (/^us-isob-\w+-\d+$/.test(region)) {
    return iso("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "sc2shome.sgov.gov");
  }
  if (/^eu-isoe-\w+-\d+$/.test(region)) {
    return iso("aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "csphome.adc-e.uk");
  }
  if (/^us-isof-\w+-\d+$/.test(region)) {
    return iso("aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "csphome.hci.ic.gov");
  }
  return undefined;
}

/** The host that the rules of AWS give, without any override (04 §3). */
export function ruleHost(
  service: AwsService,
  region: string,
  variant: { fips?: boolean; dualStack?: boolean } = {},
): string {
  const partition = partitionOf(region);
  const { suffix: s, dualStackSuffix: d } = partition;
  const { fips = false, dualStack = false } = variant;
  const gov = partition.name === "aws-us-gov";
  const host = (plain: string, fipsName: string, govFips: string, dual: string) =>
    fips && dualStack
      ? `${fipsName}.${region}.${d}`
      : fips
      ? `${gov ? govFips : fipsName}.${region}.${s}`
      : dualStack
      ? `${dual}.${region}.${d}`
      : `${plain}.${region}.${s}`;
  switch (service) {
    case "sts":
      return host("sts", "sts-fips", "sts", "sts");
    case "sso-oidc":
      return host("oidc", "oidc-fips", "oidc", "oidc");
    case "sso":
      return host("portal.sso", "portal.sso-fips", "portal.sso", "portal.sso");
    case "ecr":
      return fips && dualStack
        ? `ecr-fips.${region}.${d}`
        : host("api.ecr", "api.ecr-fips", "api.ecr-fips", "ecr");
    case "ecr-public":
      return dualStack && !fips
        ? `ecr-public.${region}.api.aws`
        : host("api.ecr-public", "api.ecr-public-fips", "api.ecr-public-fips", "ecr-public");
    case "eks":
      return fips && !dualStack && partition.name === "aws"
        ? `fips.eks.${region}.amazonaws.com`
        : host("eks", "eks-fips", "eks", "eks");
    case "signin":
      return signinHost(partition, region, fips, dualStack);
  }
}

function signinHost(p: Partition, region: string, fips: boolean, dualStack: boolean): string {
  if (fips && dualStack) return `signin-fips.${region}.${p.dualStackSuffix}`;
  if (dualStack) return `signin.${region}.${p.dualStackSuffix}`;
  if (!fips) return p.signinHost(region);
  if (p.name !== "aws-us-gov") return `signin-fips.${region}.${p.suffix}`;
  return region === "us-gov-west-1"
    ? "signin-fips.amazonaws-us-gov.com"
    : `${region}.signin-fips.amazonaws-us-gov.com`;
}

/** Whose configuration may override an endpoint. */
export interface EndpointOwners {
  /** The identity that the call is made for. */
  identity?: Entry;
  /** The chain's first element: a provider, or a standalone identity. */
  root?: Entry;
}

export interface Endpoint {
  /** Without a trailing slash; scheme, host, port and path prefix are kept. */
  url: string;
  /** True when configuration or environment chose it rather than the rules of AWS. */
  overridden: boolean;
}

const envSuffix: Record<AwsService, string> = {
  "sts": "STS",
  "sso-oidc": "SSO_OIDC",
  "sso": "SSO",
  "signin": "SIGNIN",
  "ecr": "ECR",
  "ecr-public": "ECR_PUBLIC",
  "eks": "EKS",
};

/**
 * Where a service is called, for every call of ours (04 §3): identity `spec.endpoint_url`, its
 * legacy `credentials.aws.resolver.url`, the same of the chain's root, `AWS_ENDPOINT_URL_<SERVICE>`,
 * `AWS_ENDPOINT_URL`, then the rules. Throws `invalid_provider_config`, `invalid_identity_config`
 * or `aws_config_invalid` when an override is no http(s) URL.
 */
export function endpointFor(
  service: AwsService,
  region: string,
  owners: EndpointOwners,
  env: Env,
): Endpoint {
  for (const entry of [owners.identity, owners.root]) {
    const url = entry && configuredEndpoint(entry);
    if (url) return { url, overridden: true };
  }
  if (env.nonEmpty("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") !== "true") {
    for (const name of [`AWS_ENDPOINT_URL_${envSuffix[service]}`, "AWS_ENDPOINT_URL"]) {
      const value = env.nonEmpty(name);
      if (value === undefined) continue;
      const url = cleanUrl(value);
      if (url === undefined) {
        throw new AuthError({
          code: "aws_config_invalid",
          message: `failed to load AWS config: ${name} is not an http or https URL`,
        });
      }
      return { url, overridden: true };
    }
  }
  const host = ruleHost(service, region, {
    fips: env.nonEmpty("AWS_USE_FIPS_ENDPOINT") === "true",
    dualStack: env.nonEmpty("AWS_USE_DUALSTACK_ENDPOINT") === "true",
  });
  return { url: `https://${host}`, overridden: false };
}

/** The endpoint an entry itself configures, undefined when none. */
export function configuredEndpoint(entry: Entry): string | undefined {
  const legacy = entry.section === "providers" ? "spec" : "credentials";
  const rows: [string, string | undefined][] = [
    ["spec.endpoint_url", textAt(entry.values, "spec", "endpoint_url")],
    [`${legacy}.aws.resolver.url`, textAt(entry.values, legacy, "aws", "resolver", "url")],
  ];
  for (const [field, value] of rows) {
    if (value === undefined) continue;
    const url = cleanUrl(value);
    if (url !== undefined) return url;
    const role = entry.section === "providers" ? "provider" : "identity";
    throw new AuthError({
      code: `invalid_${role}_config`,
      message:
        `invalid ${role} config: ${role} "${entry.name}": ${field} is not an http or https URL`,
    });
  }
  return undefined;
}

function cleanUrl(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:") || url.host === "") {
    return undefined;
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

/** Entry of the HTTP allow-list for an endpoint: the host, or the origin for http and odd ports. */
export function allowedHost(url: string): string {
  const parsed = new URL(url);
  return parsed.protocol === "https:" && parsed.port === "" ? parsed.hostname : parsed.origin;
}
