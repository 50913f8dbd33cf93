import { consoleFor } from "../../core/console.ts";
import { AuthError } from "../../core/types.ts";
import { parseDuration } from "../../sys/duration.ts";
import { requireChoice } from "../identity_choice.ts";
import { goDuration, localInstant, shownNow } from "../times.ts";
import type { CommandContext } from "../types.ts";

/** `auth console` (02 §6.9, 04 §10). */
export async function run(cx: CommandContext): Promise<number> {
  const durationSeconds = askedDuration(cx);
  const core = await cx.core();
  const { identity } = await requireChoice(cx, core);
  const { link, session } = await consoleFor(core, identity, {
    destination: cx.text("destination") || undefined,
    durationSeconds,
    issuer: cx.text("issuer") ?? "atmos",
  });
  const url = link.url.reveal();
  if (cx.bool("print-only")) {
    cx.out(url + "\n");
    return 0;
  }
  const rows: [string, string | undefined][] = [
    ["Provider:", session.chain.shownProvider],
    ["Identity:", identity.name],
    ["Account:", link.account],
  ];
  if (link.sessionSeconds !== undefined) {
    const now = shownNow(cx.deps.env, cx.deps.clock.now());
    rows.push(["Session Duration:", goDuration(link.sessionSeconds)]);
    rows.push(["Session Expires:", localInstant(now + link.sessionSeconds * 1000)]);
  }
  const block = rows.filter(([, value]) => value)
    .map(([key, value]) => `${key.padEnd(18)} ${value}\n`).join("");
  cx.err(`\nConsole URL Generated\n\n${block}`);
  for (const note of link.notes ?? []) cx.err(`ℹ ${note}\n`);
  await show(cx, url, identity.name, core.realm);
  return 0;
}

/** `--duration`; a value that cannot be read is an error before anything else happens. */
function askedDuration(cx: CommandContext): number | undefined {
  const text = cx.given("duration") ? cx.text("duration") : undefined;
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration.ok) return duration.seconds;
  throw new AuthError({
    code: "console_failed",
    message: `auth console operation failed: invalid duration: ${duration.reason}`,
    hints: ["Use seconds, `1h30m`, or `1d`"],
  });
}

/** Opens the URL, or prints it where opening is not wanted, not possible, or fails. */
async function show(cx: CommandContext, url: string, identity: string, realm: string) {
  const { terminal } = cx.deps;
  // the URL carries a sign-in token: it is printed on demand alone, past the filter
  const print = () => cx.errRaw(`\nConsole URL:\n${url}\n`);
  if (cx.bool("no-open") || terminal.ci) {
    print();
    return;
  }
  const opened = await isolated(cx, url, identity, realm) ?? await terminal.openBrowser(url);
  if (opened) {
    cx.err("\n✓ Opened console in browser\n");
    return;
  }
  print();
  cx.err("⚠ Failed to open browser: no opener worked\n");
  cx.err("Please copy the URL above and open it manually.\n");
}

/** A browser profile of its own per identity (02 §6.9-8); undefined = not asked for, or no Chrome here. */
async function isolated(
  cx: CommandContext,
  url: string,
  identity: string,
  realm: string,
): Promise<boolean | undefined> {
  const asked = cx.given("isolated") ? cx.bool("isolated") : (await cx.auth()).consoleIsolated;
  if (!asked) return undefined;
  const { openIsolated } = await import("../isolated_browser.ts");
  const opened = await openIsolated(cx.deps, url, { identity, realm });
  if (opened === undefined) {
    cx.err("⚠ No Chrome found for an isolated session; using the browser\n");
  }
  return opened;
}
