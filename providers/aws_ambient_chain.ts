/**
 * The ambient chain of AWS (04 §9.7), from the providers of the SDK. Its own default chain asks the
 * default profile before the web identity token, so the steps are put together here. Everything in
 * this file reads the process environment and `~/.aws`: that is its purpose.
 */
import { AuthError, type KindContext } from "../lib/core/types.ts";
import { callRegion } from "./aws.ts";
import { allowedHost } from "./aws_endpoints.ts";
import { caBundleOf, requestHandler } from "./aws_sdk.ts";

export interface AmbientCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

type Step = () => Promise<AmbientCredentials>;

/** Sources that `principal.source` may pin (04 Beyond 12). */
const sources = ["profile", "env", "web-identity", "pod-identity", "ecs", "imds"];

/** The first source that has credentials. A source that is there but broken ends the search. */
export async function ambientCredentials(
  cx: KindContext,
  source?: string,
): Promise<AmbientCredentials> {
  const { env } = cx.deps;
  const set = (name: string) => env.nonEmpty(name) !== undefined;
  const steps = stepsOf(cx);
  if (source !== undefined) {
    const step = steps[source];
    if (step) return await step();
    throw new AuthError({
      code: "invalid_identity_config",
      message: `invalid identity config: identity "${cx.name}": principal.source "${source}" is ` +
        `none of ${sources.join(", ")}`,
    });
  }
  if (set("AWS_PROFILE")) return await steps.profile!();
  if (set("AWS_ACCESS_KEY_ID") && set("AWS_SECRET_ACCESS_KEY")) return await steps.env!();
  if (set("AWS_WEB_IDENTITY_TOKEN_FILE") && set("AWS_ROLE_ARN")) {
    return await steps["web-identity"]!();
  }
  const fromProfile = await unlessAbsent(steps.profile!);
  if (fromProfile) return fromProfile;
  if (set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || set("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    return await steps.ecs!();
  }
  if (env.nonEmpty("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") {
    throw new Error("no variables, no profile, no container, and the metadata service is disabled");
  }
  return await steps.imds!();
}

/** Runs the step; undefined when it says that it has nothing to offer. */
async function unlessAbsent(step: Step): Promise<AmbientCredentials | undefined> {
  try {
    return await step();
  } catch (error) {
    if ((error as { tryNextLink?: boolean }).tryNextLink) return undefined;
    throw error;
  }
}

function stepsOf(cx: KindContext): Record<string, Step> {
  const options = () => sdkOptions(cx);
  const http: Step = async () => {
    const { fromHttp } = await import("@aws-sdk/credential-provider-http");
    return await fromHttp({ timeout: 1000, logger: silent })();
  };
  return {
    profile: async () => {
      const { fromIni } = await import("@aws-sdk/credential-provider-ini");
      const profile = cx.deps.env.nonEmpty("AWS_PROFILE");
      return await fromIni({ ...await options(), ...(profile ? { profile } : {}) })();
    },
    env: async () => {
      const { fromEnv } = await import("@aws-sdk/credential-provider-env");
      return await fromEnv()();
    },
    "web-identity": async () => {
      const { fromTokenFile } = await import("@aws-sdk/credential-provider-web-identity");
      return await fromTokenFile(await options())();
    },
    "pod-identity": http,
    ecs: http,
    imds: async () => {
      const { fromInstanceMetadata } = await import("@smithy/credential-provider-imds");
      return await fromInstanceMetadata({
        timeout: 1000,
        maxRetries: 1,
        ec2MetadataV1Disabled: true,
      })();
    },
  };
}

/** The SDK warns on the console by default; what matters comes back as an error. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Calls to AWS go through our gateway; where to is the ambient configuration's to say. */
async function sdkOptions(cx: KindContext) {
  const caBundle = await caBundleOf(cx.deps);
  const handler = requestHandler({ cx, service: "sts", operation: "ambient chain" }, {}, caBundle);
  return {
    parentClientConfig: { region: () => Promise.resolve(callRegion(cx)) },
    clientConfig: {
      requestHandler: {
        ...handler,
        handle: (request: Parameters<typeof handler.handle>[0]) => {
          const port = request.port ? `:${request.port}` : "";
          cx.deps.http.allow(allowedHost(`${request.protocol}//${request.hostname}${port}`));
          return handler.handle(request);
        },
      },
    },
    logger: silent,
    // deno-lint-ignore no-explicit-any -- the providers' option types differ in parts we do not set
  } as any;
}
