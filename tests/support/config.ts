import { makeAuthConfig } from "../../lib/config/auth.ts";
import { compose, sourceOf } from "../../lib/config/compose.ts";
import type { Node } from "../../lib/config/node.ts";
import { validateConfig } from "../../lib/config/validate.ts";
import type { AuthConfig, Finding } from "../../lib/core/types.ts";
import { type Env, fixedEnv } from "../../lib/sys/env.ts";

export interface ConfigWorld {
  env?: Record<string, string>;
  os?: Env["os"];
  basePath?: string;
  derivedRealm?: string;
}

function world(
  given: ConfigWorld,
): { env: Env; place: { basePath: string; derivedRealm: string } } {
  return {
    env: fixedEnv({ HOME: "/home/u", ...given.env }, {
      cwd: "/work",
      ...(given.os ? { os: given.os } : {}),
    }),
    place: {
      basePath: given.basePath ?? "/work",
      derivedRealm: given.derivedRealm ?? "0123456789abcdef",
    },
  };
}

/** The node of one file; functions stay as they are. */
export function nodeOf(yaml: string, name = "atmos.yaml"): Node | undefined {
  return compose(sourceOf(name, yaml)).root;
}

/** The `auth` section of one file. */
export function authOf(yaml: string, given: ConfigWorld = {}): AuthConfig {
  const { env, place } = world(given);
  return makeAuthConfig(nodeOf(yaml), env, place);
}

/** All findings of one file. */
export function findingsOf(
  yaml: string,
  given: ConfigWorld & { strict?: boolean } = {},
): Finding[] {
  const { env, place } = world(given);
  return validateConfig(nodeOf(yaml), env, place, given.strict ? { strict: true } : {});
}

/** `severity code path` of each finding. */
export function briefly(findings: readonly Finding[]): string[] {
  return findings.map((found) => `${found.severity} ${found.code} ${found.path}`);
}
