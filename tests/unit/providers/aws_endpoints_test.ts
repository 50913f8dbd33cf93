import assert from "node:assert/strict";
import type { Entry } from "../../../lib/core/types.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import {
  type AwsService,
  endpointFor,
  partitionOf,
  ruleHost,
} from "../../../providers/aws_endpoints.ts";

Deno.test("each region belongs to its partition", () => {
  const rows: [string, string][] = [
    ["us-east-1", "aws"],
    ["mx-central-1", "aws"],
    ["somewhere-new-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
    ["eusc-de-east-1", "aws-eusc"],
    ["us-iso-east-1", "aws-iso"],
    ["us-isob-east-1", "aws-iso-b"],
    ["eu-isoe-west-1", "aws-iso-e"],
    ["us-isof-south-1", "aws-iso-f"],
  ];
  for (const [region, name] of rows) assert.equal(partitionOf(region).name, name, region);
});

Deno.test("hosts follow service, region and variant", () => {
  const f = { fips: true }, d = { dualStack: true }, fd = { fips: true, dualStack: true };
  const rows: [AwsService, string, { fips?: boolean; dualStack?: boolean }, string][] = [
    ["sts", "eu-west-1", {}, "sts.eu-west-1.amazonaws.com"],
    ["sts", "us-east-1", {}, "sts.us-east-1.amazonaws.com"],
    ["sts", "cn-north-1", {}, "sts.cn-north-1.amazonaws.com.cn"],
    ["sts", "us-east-1", f, "sts-fips.us-east-1.amazonaws.com"],
    ["sts", "us-gov-west-1", f, "sts.us-gov-west-1.amazonaws.com"],
    ["sts", "us-east-1", d, "sts.us-east-1.api.aws"],
    ["sts", "us-east-1", fd, "sts-fips.us-east-1.api.aws"],
    ["sso-oidc", "us-east-1", {}, "oidc.us-east-1.amazonaws.com"],
    ["sso-oidc", "us-east-1", f, "oidc-fips.us-east-1.amazonaws.com"],
    ["sso-oidc", "us-gov-east-1", f, "oidc.us-gov-east-1.amazonaws.com"],
    ["sso", "us-east-1", {}, "portal.sso.us-east-1.amazonaws.com"],
    ["sso", "us-east-1", f, "portal.sso-fips.us-east-1.amazonaws.com"],
    ["sso", "us-gov-east-1", f, "portal.sso.us-gov-east-1.amazonaws.com"],
    ["sso", "us-east-1", fd, "portal.sso-fips.us-east-1.api.aws"],
    ["signin", "us-east-1", {}, "us-east-1.signin.aws.amazon.com"],
    ["signin", "cn-north-1", {}, "cn-north-1.signin.amazonaws.cn"],
    ["signin", "us-gov-west-1", {}, "us-gov-west-1.signin.amazonaws-us-gov.com"],
    ["signin", "us-gov-west-1", f, "signin-fips.amazonaws-us-gov.com"],
    ["signin", "us-gov-east-1", f, "us-gov-east-1.signin-fips.amazonaws-us-gov.com"],
    ["signin", "us-east-1", f, "signin-fips.us-east-1.amazonaws.com"],
    ["signin", "us-east-1", d, "signin.us-east-1.api.aws"],
    ["signin", "us-iso-east-1", {}, "us-iso-east-1.signin.c2shome.ic.gov"],
    ["ecr", "us-east-1", {}, "api.ecr.us-east-1.amazonaws.com"],
    ["ecr", "us-east-1", f, "api.ecr-fips.us-east-1.amazonaws.com"],
    ["ecr", "us-gov-west-1", f, "api.ecr-fips.us-gov-west-1.amazonaws.com"],
    ["ecr", "us-east-1", d, "ecr.us-east-1.api.aws"],
    ["ecr", "us-east-1", fd, "ecr-fips.us-east-1.api.aws"],
    ["ecr-public", "us-east-1", {}, "api.ecr-public.us-east-1.amazonaws.com"],
    ["ecr-public", "us-east-1", d, "ecr-public.us-east-1.api.aws"],
    ["ecr-public", "us-east-1", fd, "api.ecr-public-fips.us-east-1.api.aws"],
    ["eks", "us-east-1", {}, "eks.us-east-1.amazonaws.com"],
    ["eks", "us-east-1", f, "fips.eks.us-east-1.amazonaws.com"],
    ["eks", "us-gov-west-1", f, "eks.us-gov-west-1.amazonaws.com"],
    ["eks", "cn-north-1", f, "eks-fips.cn-north-1.amazonaws.com.cn"],
    ["eks", "us-east-1", fd, "eks-fips.us-east-1.api.aws"],
    ["eks", "eusc-de-east-1", d, "eks.eusc-de-east-1.api.amazonwebservices.eu"],
  ];
  for (const [service, region, variant, host] of rows) {
    assert.equal(ruleHost(service, region, variant), host);
  }
});

function entry(section: Entry["section"], values: Record<string, unknown>): Entry {
  return { section, name: "e", kind: "k", values, at: () => undefined, check: () => [] };
}

Deno.test("the nearest override of an endpoint wins", () => {
  const identity = entry("identities", { spec: { endpoint_url: "http://127.0.0.1:1/one/" } });
  const legacyIdentity = entry("identities", {
    credentials: { aws: { resolver: { url: "http://127.0.0.1:2" } } },
  });
  const root = entry("providers", { spec: { endpoint_url: "https://three.example" } });
  const legacyRoot = entry("providers", {
    spec: { aws: { resolver: { url: "https://four.example:8443/x" } } },
  });
  const env = fixedEnv({
    AWS_ENDPOINT_URL_STS: "http://127.0.0.1:5",
    AWS_ENDPOINT_URL: "http://127.0.0.1:6",
  });
  const sts = (owners: Parameters<typeof endpointFor>[2], e = env) =>
    endpointFor("sts", "eu-west-1", owners, e).url;
  assert.equal(sts({ identity, root }), "http://127.0.0.1:1/one");
  assert.equal(sts({ identity: legacyIdentity, root }), "http://127.0.0.1:2");
  assert.equal(sts({ identity: entry("identities", {}), root }), "https://three.example");
  assert.equal(sts({ root: legacyRoot }), "https://four.example:8443/x");
  assert.equal(sts({}), "http://127.0.0.1:5");
  assert.equal(endpointFor("eks", "eu-west-1", {}, env).url, "http://127.0.0.1:6");
  const ignoring = fixedEnv({ ...env.all(), AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" });
  assert.equal(sts({}, ignoring), "https://sts.eu-west-1.amazonaws.com");
  const fips = fixedEnv({ AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" });
  assert.equal(sts({}, fips), "https://sts-fips.eu-west-1.api.aws");
});

Deno.test("an override that is no URL names the entry and the field", () => {
  const bad = { spec: { endpoint_url: "localhost:4566" } };
  assert.throws(
    () => endpointFor("sts", "eu-west-1", { identity: entry("identities", bad) }, fixedEnv({})),
    { code: "invalid_identity_config", message: /^invalid identity config: .*spec\.endpoint_url/ },
  );
  assert.throws(
    () => endpointFor("sts", "eu-west-1", { root: entry("providers", bad) }, fixedEnv({})),
    { code: "invalid_provider_config", message: /^invalid provider config: / },
  );
  assert.throws(
    () => endpointFor("sts", "x", {}, fixedEnv({ AWS_ENDPOINT_URL: "ftp://x" })),
    { code: "aws_config_invalid", message: /AWS_ENDPOINT_URL/ },
  );
});
