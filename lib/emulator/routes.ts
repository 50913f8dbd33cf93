/**
 * Which service a request is for. One origin serves them all, so the path, the `X-Amz-Target` header
 * and the `Action` parameter decide; anything may stand before a route's path.
 */
import type { Call, Protocol, Reply } from "./http.ts";
import { federationAction } from "./federation.ts";
import { sts, stsAction } from "./sts.ts";
import type { World } from "./world.ts";

export interface Route {
  /** `service.Operation`, the name that counters and faults use. */
  operation: string;
  protocol: Protocol;
  handle: (world: World, call: Call) => Promise<Reply>;
}

interface PathRoute extends Omit<Route, "operation"> {
  operation: string | ((call: Call) => string);
  methods: string[];
  /** Path; `{name}` stands for one segment. */
  path: string;
}

const GET = ["GET"], POST = ["POST"], BOTH = ["GET", "POST"];

const oidc = (
  path: string,
  operation: string,
  name: "registerClient" | "startDeviceAuthorization" | "createToken",
): PathRoute => ({
  path,
  methods: POST,
  operation: `sso-oidc.${operation}`,
  protocol: "oauth",
  handle: async (world, call) => (await import("./sso_oidc.ts"))[name](world, call),
});

const portal = (
  path: string,
  methods: string[],
  operation: string,
  name: "listAccounts" | "listAccountRoles" | "getRoleCredentials" | "logout",
): PathRoute => ({
  path,
  methods,
  operation: `sso.${operation}`,
  protocol: "portal",
  handle: async (world, call) => (await import("./portal.ts"))[name](world, call),
});

const page = (
  path: string,
  operation: string,
  name: "devicePage" | "authorizePage",
): PathRoute => ({
  path,
  methods: BOTH,
  operation: `browser.${operation}`,
  protocol: "html",
  handle: async (world, call) => (await import("./sso_pages.ts"))[name](world, call),
});

const github = (
  path: string,
  operation: string,
  name: "githubToken" | "githubKeys" | "githubDiscovery",
): PathRoute => ({
  path,
  methods: GET,
  operation: `github.${operation}`,
  protocol: "rest-json",
  handle: async (world, call) => (await import("./oidc_issuer.ts"))[name](world, call),
});

const PATHS: PathRoute[] = [
  oidc("/client/register", "RegisterClient", "registerClient"),
  oidc("/device_authorization", "StartDeviceAuthorization", "startDeviceAuthorization"),
  oidc("/token", "CreateToken", "createToken"),
  page("/device", "Device", "devicePage"),
  page("/authorize", "Authorize", "authorizePage"),
  portal("/assignment/accounts", GET, "ListAccounts", "listAccounts"),
  portal("/assignment/roles", GET, "ListAccountRoles", "listAccountRoles"),
  portal("/federation/credentials", GET, "GetRoleCredentials", "getRoleCredentials"),
  portal("/logout", POST, "Logout", "logout"),
  {
    path: "/v1/authorize",
    methods: BOTH,
    operation: "signin.Authorize",
    protocol: "html",
    handle: async (w, c) => (await import("./signin.ts")).signinAuthorize(w, c),
  },
  {
    path: "/v1/sessions/confirmation",
    methods: GET,
    operation: "signin.Confirmation",
    protocol: "html",
    handle: async (w, c) => (await import("./signin.ts")).signinConfirmation(w, c),
  },
  {
    path: "/v1/token",
    methods: POST,
    operation: "signin.CreateOAuth2Token",
    protocol: "signin",
    handle: async (w, c) => (await import("./signin.ts")).signinToken(w, c),
  },
  {
    path: "/federation",
    methods: BOTH,
    operation: (call) => `federation.${federationAction(call)}`,
    protocol: "html",
    handle: async (w, c) => (await import("./federation.ts")).federation(w, c),
  },
  {
    path: "/clusters/{name}",
    methods: GET,
    operation: "eks.DescribeCluster",
    protocol: "rest-json",
    handle: async (w, c) => (await import("./eks.ts")).describeCluster(w, c),
  },
  {
    path: "/clusters",
    methods: GET,
    operation: "eks.ListClusters",
    protocol: "rest-json",
    handle: async (w, c) => (await import("./eks.ts")).listClusters(w, c),
  },
  ...["/saml/login", "/adfs/ls/IdpInitiatedSignOn.aspx", "/adfs/ls/"].map((path): PathRoute => ({
    path,
    methods: BOTH,
    operation: "saml-idp.Login",
    protocol: "html",
    handle: async (w, c) => (await import("./saml_idp.ts")).samlLogin(w, c),
  })),
  github("/github/token", "Token", "githubToken"),
  github("/github/.well-known/jwks", "Keys", "githubKeys"),
  github("/github/.well-known/openid-configuration", "Discovery", "githubDiscovery"),
];

const TARGETS: Record<string, Route> = {
  "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken": {
    operation: "ecr.GetAuthorizationToken",
    protocol: "json11",
    handle: async (w, c) => (await import("./ecr.ts")).ecrToken(w, c),
  },
  "SpencerFrontendService.GetAuthorizationToken": {
    operation: "ecr-public.GetAuthorizationToken",
    protocol: "json11",
    handle: async (w, c) => (await import("./ecr.ts")).ecrPublicToken(w, c),
  },
};

interface Compiled {
  route: PathRoute;
  pattern: RegExp;
}

let compiled: Compiled[] | undefined;

function patterns(): Compiled[] {
  compiled ??= [...PATHS].sort((a, b) => b.path.length - a.path.length).map((route) => ({
    route,
    pattern: new RegExp(
      `^(.*?)${route.path.replace(/[.]/g, "\\$&").replace(/\{\w+\}/g, "([^/]+)")}$`,
    ),
  }));
  return compiled;
}

/** The route of a request, what stands before it, and its path parameters. */
export interface Found {
  route: Route;
  prefix: string;
  params: string[];
}

/** Finds the route; undefined when no service has such an operation. */
export function findRoute(call: Call): Found | undefined {
  const target = call.headers.get("x-amz-target");
  if (target !== null) {
    const route = call.method === "POST" ? TARGETS[target] : undefined;
    return route && { route, prefix: call.path.replace(/\/$/, ""), params: [] };
  }
  for (const { route, pattern } of patterns()) {
    const m = pattern.exec(call.path);
    if (m && route.methods.includes(call.method)) {
      const operation = typeof route.operation === "string"
        ? route.operation
        : route.operation(call);
      return {
        route: { ...route, operation },
        prefix: m[1]!,
        params: m.slice(2).map(decodeURIComponent),
      };
    }
  }
  const action = stsAction(call);
  if (action === undefined) return undefined;
  const name = /^\w{1,64}$/.test(action) ? action : "Unknown";
  return {
    route: { operation: `sts.${name}`, protocol: "query", handle: sts },
    prefix: call.path.replace(/\/$/, ""),
    params: [],
  };
}
