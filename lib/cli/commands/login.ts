import { type Entry, flagAt } from "../../core/types.ts";
import type { Core } from "../../core/core.ts";
import { identityRow } from "../../core/chain.ts";
import { modeFor } from "../../core/core.ts";
import { runAutomatic } from "../../core/integrations.ts";
import { openIdentity } from "../../core/open.ts";
import { requireProvider } from "../../core/selection.ts";
import { authenticateProvider, cached, type Session } from "../../core/session.ts";
import { AuthError, type Mode, textAt } from "../../core/types.ts";
import { expiryOf } from "../../core/validity.ts";
import { describe, type Whoami } from "../../core/whoami.ts";
import { parseDuration } from "../../sys/duration.ts";
import { expiryText, realmText, rowsBlock } from "../blocks.ts";
import { refuseIdentityWithProvider, requireChoice } from "../identity_choice.ts";
import { identitiesWithTags } from "../tags.ts";
import type { CommandContext } from "../types.ts";

/** `auth login` (02 §6.1). */
export async function run(cx: CommandContext): Promise<number> {
  refuseIdentityWithProvider(cx);
  if (cx.bool("webflow") && cx.given("provider")) {
    throw webflowRefused("cannot be used with --provider");
  }
  const core = await cx.core();
  const mode = loginMode(cx, core);
  const provider = cx.given("provider") ? cx.text("provider") : undefined;
  if (provider !== undefined) {
    return await loginProvider(cx, core, requireProvider(core, provider), mode);
  }

  const identified = cx.given("identity") || cx.deps.env.nonEmpty("ATMOS_IDENTITY") !== undefined;
  const tags = identified ? [] : cx.list("tags");
  if (tags.length > 0 || (cx.bool("all") && !identified)) {
    const matches = tags.length > 0 ? identitiesWithTags(core, tags) : core.config.identities.all();
    if (cx.bool("all")) return await loginAll(cx, core, matches, mode);
    return await loginIdentity(cx, core, await oneOf(core, matches, tags), mode);
  }
  if (!identified && core.config.identities.size === 0 && core.config.defaultIdentity !== false) {
    if (cx.bool("webflow")) throw webflowRefused("no identity was resolved");
    return await loginProvider(cx, core, await fallbackProvider(core), mode);
  }
  const { identity, rule } = await choice(cx, core);
  if (cx.bool("explain")) cx.err(`ℹ ${identity.name} was chosen by: ${rule}\n`);
  return await loginIdentity(cx, core, identity, mode);
}

/** With `--webflow` the reasons why no identity is there have texts of their own (02 §6.1-1). */
async function choice(cx: CommandContext, core: Core) {
  if (!cx.bool("webflow")) return await requireChoice(cx, core);
  try {
    return await requireChoice(cx, core);
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    if (error.code === "identity_not_found") {
      throw webflowRefused(`identity "${error.context.identity ?? ""}" was not found`, error);
    }
    throw webflowRefused("no identity was resolved", error);
  }
}

function webflowRefused(reason: string, cause?: unknown): AuthError {
  return new AuthError({
    code: "webflow_needs_user",
    message: `--webflow requires an aws/user identity: ${reason}`,
    hints: ["Name a user identity with `--identity`"],
    exit: 1,
    cause,
  });
}

function loginMode(cx: CommandContext, core: Core): Mode {
  return modeFor(core, "login", {
    webflow: cx.bool("webflow"),
    deviceCode: cx.bool("device-code"),
    forceRefresh: cx.bool("force-refresh"),
    samlResponseFile: cx.text("saml-response-file"),
    qr: cx.bool("qr"),
  });
}

async function oneOf(core: Core, matches: Entry[], tags: string[]): Promise<Entry> {
  if (matches.length === 1) return matches[0]!;
  const title = `Multiple identities match tags [${tags.join(" ")}]. Select one:`;
  if (!core.deps.terminal.interactive) {
    throw new AuthError({
      code: "selection_needs_tty",
      message: "interactive identity selection: requires a TTY",
      explanation: `Identities that match: ${matches.map((e) => e.name).join(", ")}`,
      hints: ["Name one with `--identity`, or log in to every match with `--all`"],
    });
  }
  const name = await core.deps.terminal.select({
    title,
    options: matches.map((e) => ({ value: e.name })),
  });
  core.deps.terminal.notice(`✓ Selected identity: ${name}`);
  return core.config.identities.get(name)!;
}

/** No identity exists at all (01 §7.3, 02 §6.1-4). */
async function fallbackProvider(core: Core): Promise<Entry> {
  const all = core.config.providers.all();
  if (all.length === 0) {
    throw new AuthError({
      code: "no_providers_available",
      message: "no providers available",
      explanation: "No identities or providers are defined in the currently loaded configuration.",
      hints: ["Add an `auth:` section to `atmos.yaml`"],
    });
  }
  const defaults = all.filter((e) => flagAt(e.values, "default") === true);
  if (defaults.length === 1) return defaults[0]!;
  if (all.length === 1) return all[0]!;
  if (!core.deps.terminal.interactive) {
    throw new AuthError({
      code: "no_provider_choice",
      message:
        "no default provider configured and multiple providers exist: use --provider flag to specify which provider",
      explanation: `Configured providers: ${all.map((e) => e.name).join(", ")}`,
    });
  }
  const name = await core.deps.terminal.select({
    title: "No identities configured. Select a provider:",
    options: all.map((e) => ({ value: e.name })),
  });
  return core.config.providers.get(name)!;
}

async function loginProvider(
  cx: CommandContext,
  core: Core,
  provider: Entry,
  mode: Mode,
): Promise<number> {
  try {
    const { chain, credentials } = await authenticateProvider(core, provider, mode);
    await runAutomatic(core, { chain, credentials, mode, target: "provider" }, "all");
    const end = expiryOf(credentials);
    const realm = core.config.realm;
    success(cx, {
      realm: realm.value,
      realm_source: realm.source,
      provider: provider.name,
      identity: "",
      principal: "",
      region: textAt(provider.values, "region"),
      expiration: typeof end === "number" ? new Date(end).toISOString() : undefined,
      last_updated: "",
    });
    return 0;
  } catch (error) {
    throw failed(`provider=${provider.name}`, error);
  }
}

async function authenticateOne(
  cx: CommandContext,
  core: Core,
  identity: Entry,
  mode: Mode,
  required: boolean,
): Promise<Session | undefined> {
  if (cx.bool("webflow") && !identityRow(identity)?.longLived) {
    throw webflowRefused(`identity "${identity.name}" has kind "${identity.kind}"`);
  }
  if (await youngEnough(cx, core, identity, mode)) return undefined;
  try {
    return await openIdentity(core, identity, mode, { required });
  } catch (error) {
    throw failed(`identity=${identity.name}`, error);
  }
}

/** `--if-older-than D`: a session with at least that much left is left alone (02 B10). */
async function youngEnough(cx: CommandContext, core: Core, identity: Entry, mode: Mode) {
  const wanted = cx.text("if-older-than");
  if (wanted === undefined) return false;
  const duration = parseDuration(wanted);
  if (!duration.ok) {
    throw new AuthError({
      code: "invalid_argument",
      message: `invalid argument "${wanted}" for "--if-older-than" flag: ${duration.reason}`,
      title: "Incorrect Usage",
    });
  }
  const { session } = await cached(core, identity, { mode });
  if (!session?.credentials) return false;
  const end = expiryOf(session.credentials);
  const enough = end === "never" ||
    (typeof end === "number" && end - core.deps.clock.now() >= duration.seconds * 1000);
  if (enough) cx.err(`✓ ${identity.name} is still signed in\n`);
  return enough;
}

async function loginIdentity(
  cx: CommandContext,
  core: Core,
  identity: Entry,
  mode: Mode,
): Promise<number> {
  const session = await authenticateOne(cx, core, identity, mode, !cx.bool("no-required"));
  if (session) success(cx, await describe(core, session));
  return 0;
}

/** Every match, sorted; one failure does not stop the others (02 §6.1 `--all`). */
async function loginAll(
  cx: CommandContext,
  core: Core,
  identities: Entry[],
  mode: Mode,
): Promise<number> {
  const failures: AuthError[] = [];
  for (const identity of identities.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    try {
      const session = await authenticateOne(cx, core, identity, mode, false);
      if (session) success(cx, await describe(core, session));
    } catch (error) {
      if (!(error instanceof AuthError) || error.exit === 130) throw error;
      failures.push(error);
      cx.err(`✗ ${error.message}\n`);
    }
  }
  if (failures.length === 0) return 0;
  throw new AuthError({
    code: "authentication_failed",
    message: `authentication failed: ${failures.length} of ${identities.length} identities`,
    explanation: failures.map((f) => f.message).join("\n"),
    exit: 1,
  });
}

function failed(what: string, error: unknown): unknown {
  if (!(error instanceof AuthError)) return error;
  if (error.exit === 130 || error.code === "webflow_needs_user") return error;
  return new AuthError({
    code: error.code,
    message: `authentication failed: ${what}: ${
      error.message.replace(/^authentication failed: /, "")
    }`,
    explanation: error.explanation,
    hints: error.hints,
    context: error.context,
    cause: error,
  });
}

function success(cx: CommandContext, who: Whoami): void {
  if (cx.text("format") === "json") {
    cx.out(JSON.stringify(jsonOf(who), null, 2) + "\n");
    return;
  }
  const rows = rowsBlock([
    ["Realm", realmText(who)],
    ["Provider", who.provider],
    ["Identity", who.identity],
    ["Account", who.account],
    ["Region", who.region],
    ["Expires", expiryText(cx, who.expiration)],
  ]);
  cx.err(`\n✓ Authentication successful!\n\n${rows}\n`);
}

function jsonOf(who: Whoami): Record<string, string> {
  const { realm, realm_source, provider, identity, account, region, expiration } = who;
  const all = { realm, realm_source, provider, identity, account, region, expiration };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => !!pair[1]),
  );
}
