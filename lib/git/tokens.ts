/** Tokens for our own git and http reads on the three well-known hosts (07 §9). */
import type { Deps } from "../core/types.ts";
import { AuthError, Secret } from "../core/types.ts";

export interface TokenContext {
  deps: Pick<Deps, "spawn" | "log">;
  /** A variable as it is now: a broker may have set it since the start. */
  env: (name: string) => string | undefined;
  /** Text of `settings.<key>`. */
  setting: (key: string) => string | undefined;
  /** Tokens minted for one owner (07 §5.5): offered for that owner alone. */
  minted?: (host: string, owner: string) => Secret | undefined;
  /** ATMOS_PRO_GITHUB_TOKEN was set by us: it counts through {@link TokenContext.minted} alone. */
  ownProToken?: boolean;
}

export interface GitToken {
  user: string;
  token: Secret;
  /** Where it is from, for logs: a variable or a setting. */
  from: string;
}

interface HostRow {
  switchName: string;
  variables: string[];
  user: (cx: TokenContext) => string;
}

const GITHUB: HostRow = {
  switchName: "inject_github_token",
  variables: ["ATMOS_PRO_GITHUB_TOKEN", "ATMOS_GITHUB_TOKEN", "GITHUB_TOKEN"],
  user: () => "x-access-token",
};

const OTHERS: Record<string, HostRow> = {
  "gitlab.com": {
    switchName: "inject_gitlab_token",
    variables: ["ATMOS_GITLAB_TOKEN", "GITLAB_TOKEN"],
    user: () => "oauth2",
  },
  "bitbucket.org": {
    switchName: "inject_bitbucket_token",
    variables: ["ATMOS_BITBUCKET_TOKEN", "BITBUCKET_TOKEN"],
    user: (cx) =>
      cx.env("BITBUCKET_USERNAME") || cx.setting("bitbucket_username") || "x-token-auth",
  },
};

/**
 * The token for a host and the owner (first path segment) on it; undefined when the host has none,
 * its switch is off, or no token is set. `host` without port, any case.
 */
export async function tokenFor(
  cx: TokenContext,
  host: string,
  owner: string,
): Promise<GitToken | undefined> {
  const name = host.toLowerCase();
  const row = name === "github.com" || name === serverHost(cx) ? GITHUB : OTHERS[name];
  if (!row || !isOn(cx, row.switchName)) return undefined;
  const user = row.user(cx);
  const minted = cx.minted?.(name, owner);
  if (minted) return { user, token: minted, from: "a minted token" };
  for (const variable of row.variables) {
    if (cx.ownProToken && variable === "ATMOS_PRO_GITHUB_TOKEN") continue;
    const value = cx.env(variable) || cx.setting(variable.toLowerCase());
    if (value) return { user, token: new Secret(value), from: variable };
  }
  if (row !== GITHUB) return undefined;
  const token = await ghToken(cx, name);
  return token && { user, token, from: "gh auth token" };
}

/** Host of GITHUB_SERVER_URL (GitHub Enterprise). */
function serverHost(cx: TokenContext): string | undefined {
  const url = cx.env("GITHUB_SERVER_URL");
  return url && URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}

/** A switch: the variable wins over the setting; on unless either says otherwise. */
function isOn(cx: TokenContext, setting: string): boolean {
  const variable = `ATMOS_${setting.toUpperCase()}`;
  const text = cx.env(variable) || cx.setting(setting) || "true";
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new AuthError({
    code: "invalid_boolean",
    message: `invalid boolean value: ${variable}='${text}'`,
    hints: ["Use `true` or `false`"],
  });
}

/** What `gh auth token` says; no token when it is missing, slow or fails. */
async function ghToken(cx: TokenContext, host: string): Promise<Secret | undefined> {
  const command = cx.env("ATMOS_GITHUB_CLI") ?? "gh";
  if (command === "") return undefined;
  const path = cx.deps.spawn.which(command);
  if (path === undefined) return undefined;
  const { code, stdoutText } = await cx.deps.spawn.helper({
    command: path,
    args: ["auth", "token", "--hostname", host],
    inheritEnv: true,
    timeoutMs: 5_000,
  });
  const token = stdoutText.trim();
  if (code !== 0 || token === "" || /\s/.test(token)) {
    cx.deps.log.debug(`gh auth token gave no token for ${host}`);
    return undefined;
  }
  return new Secret(token);
}
