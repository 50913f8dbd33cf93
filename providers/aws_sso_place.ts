import { AuthError, type Entry, flagAt, textAt } from "../lib/core/types.ts";
import { sha1Hex } from "../lib/sys/hash.ts";

/** What names a session. */
export interface SsoPlace {
  startUrl: string;
  region: string;
  /** Name of the AWS CLI's cache file, when the session is shared with it (04 Beyond 9). */
  cliCache?: string;
}

/**
 * Start URL and region of a provider. A trailing slash or fragment of the URL is dropped, so that
 * both spellings share a session; a missing region is read from URLs that carry it.
 */
export function placeOf(provider: Entry): SsoPlace {
  const fail = (message: string): never => {
    throw new AuthError({
      code: "invalid_provider_config",
      message: `invalid provider config: provider "${provider.name}": ${message}`,
    });
  };
  const given = textAt(provider.values, "start_url") ??
    fail("start_url is required for AWS SSO provider");
  const startUrl = plainStartUrl(given);
  const host = URL.parse(startUrl)?.hostname ?? fail("start_url: invalid URL format");
  const region = textAt(provider.values, "region") ??
    /\.portal\.([a-z0-9-]+)\.app\.aws$/.exec(host)?.[1] ??
    /\.([a-z0-9-]+)\.portal\.amazonaws\.com$/.exec(host)?.[1] ??
    fail("region is required for AWS SSO provider");
  const shared = flagAt(provider.values, "spec", "share_aws_cli_cache");
  return { startUrl, region, ...(shared ? { cliCache: `${sha1Hex(given)}.json` } : {}) };
}

/** A start URL without fragment and trailing slash. */
export function plainStartUrl(text: string): string {
  return text.trim().replace(/#.*$/, "").replace(/\/+$/, "");
}
