import { isDisabled } from "../../core/selection.ts";
import type { Core } from "../../core/core.ts";
import {
  identitiesBelow,
  logoutAll,
  logoutIdentity,
  type LogoutOptions,
  type LogoutPlan,
  logoutProvider,
  planLogout,
} from "../../core/logout.ts";
import { logoutAllRealms } from "../../core/logout_realms.ts";
import { addReport, AuthError, emptyReport, type Entry, type Report } from "../../core/types.ts";
import { baseDir, join } from "../../store/paths.ts";
import { providersWithTags } from "../tags.ts";
import type { CommandContext } from "../types.ts";

/** What the user wants to be rid of. */
type Scope =
  | { what: "all-realms" }
  | { what: "all" }
  | { what: "tags"; tags: string[]; providers: Entry[] }
  | { what: "provider"; provider: Entry }
  | { what: "identity"; identity: Entry };

/** `auth logout` (02 §6.2). */
export async function run(cx: CommandContext): Promise<number> {
  refuseMixedFlags(cx);
  const core = await cx.core();
  const options: LogoutOptions = { keychain: cx.bool("keychain"), local: cx.bool("local") };
  if (
    options.keychain && !cx.bool("force") && !cx.bool("dry-run") && !cx.deps.terminal.interactive
  ) {
    throw new AuthError({
      code: "keychain_needs_force",
      message: "keychain deletion requires interactive confirmation or --force flag",
      hints: ["Add `--force` to delete long-lived keyring entries without being asked"],
    });
  }
  const scope = await scopeOf(cx, core);
  if (scope === undefined) {
    cx.err("**No identities configured** in atmos.yaml\n");
    return 0;
  }
  if (cx.bool("dry-run")) {
    await dryRun(cx, core, scope, options);
    return 0;
  }
  if (options.keychain && !cx.bool("force")) {
    const agreed = await cx.deps.terminal.confirm({
      title: `Delete keychain credentials for ${nameOf(scope)}?`,
      yes: "Yes, delete credentials",
      no: "No, keep credentials",
      initial: false,
    });
    if (!agreed) {
      cx.err("Logout cancelled - credentials preserved\n");
      return 0;
    }
  }
  await carryOut(cx, core, scope, options);
  await afterwards(cx);
  return 0;
}

function refuseMixedFlags(cx: CommandContext): void {
  if (!cx.given("tags")) return;
  const others = [
    ["--provider", cx.given("provider")],
    ["--all", cx.given("all")],
    ["--identity", cx.given("identity")],
    ["the identity argument", cx.invocation.positionals.length > 0],
  ] as const;
  const other = others.find(([, given]) => given);
  if (!other) return;
  throw new AuthError({
    code: "mutually_exclusive_flags",
    message: `mutually exclusive flags provided: --tags and ${other[0]}`,
  });
}

/** all-realms > all > tags > provider > positional > `--identity` > menu; the variable never counts. */
async function scopeOf(cx: CommandContext, core: Core): Promise<Scope | undefined> {
  const { config } = core;
  if (cx.bool("all-realms")) return { what: "all-realms" };
  if (cx.bool("all")) return { what: "all" };
  const tags = cx.list("tags");
  if (tags.length > 0) return { what: "tags", tags, providers: providersWithTags(core, tags) };
  const provider = cx.given("provider") ? cx.text("provider") : undefined;
  if (provider !== undefined) {
    const found = config.findProvider(provider);
    if (!found) throw notConfigured("provider", provider, config.providers.names());
    return { what: "provider", provider: found };
  }
  const asked = cx.given("identity") && !cx.bare("identity") ? cx.text("identity") : undefined;
  // a switched-off authentication is none of this command's business (02 §5-2)
  const flag = asked !== undefined && isDisabled(asked) ? undefined : asked;
  const name = cx.invocation.positionals[0] ?? (flag?.trim() || undefined);
  if (name !== undefined) {
    const found = config.findIdentity(name);
    if (!found) throw notConfigured("identity", name, config.identities.names());
    return { what: "identity", identity: found };
  }
  return await menu(cx, core);
}

function notConfigured(what: "identity" | "provider", name: string, known: string[]): AuthError {
  const many = what === "identity" ? "identities" : "providers";
  return new AuthError({
    code: `${what}_not_found`,
    message: `${what} "${name}" not found in configuration`,
    explanation: known.length > 0
      ? `Available ${many}: ${known.join(", ")}`
      : `No ${many} are configured.`,
    hints: [`Run \`atmos-auth list\` to see available ${many}`],
  });
}

async function menu(cx: CommandContext, core: Core): Promise<Scope | undefined> {
  const { config } = core;
  if (config.identities.size === 0) return undefined;
  if (!cx.deps.terminal.interactive) {
    throw new AuthError({
      code: "selection_needs_tty",
      message: "interactive identity selection: requires a TTY",
      hints: ["Say what to log out of: `--all`, `--identity NAME` or `--provider NAME`"],
    });
  }
  const chosen = await cx.deps.terminal.select({
    title: "Choose what to logout from:",
    options: [
      ...config.identities.names().map((n) => ({ value: `i:${n}`, label: `Identity: ${n}` })),
      ...config.providers.names().map((n) => ({
        value: `p:${n}`,
        label: `Provider: ${n} (removes all identities)`,
      })),
      { value: "all", label: "All identities (complete logout)" },
    ],
  });
  if (chosen === "all") return { what: "all" };
  const name = chosen.slice(2);
  return chosen.startsWith("i:")
    ? { what: "identity", identity: config.identities.get(name)! }
    : { what: "provider", provider: config.providers.get(name)! };
}

function nameOf(scope: Scope): string {
  switch (scope.what) {
    case "all-realms":
      return "all realms";
    case "all":
      return "all identities";
    case "tags":
      return `tags [${scope.tags.join(" ")}]`;
    case "provider":
      return `provider ${scope.provider.name}`;
    case "identity":
      return scope.identity.name;
  }
}

async function carryOut(
  cx: CommandContext,
  core: Core,
  scope: Scope,
  options: LogoutOptions,
): Promise<void> {
  const realm = core.realm === "" ? "" : ` (realm: ${core.realm})`;
  switch (scope.what) {
    case "identity": {
      const report = await logoutIdentity(core, scope.identity, options);
      tell(cx, report, `Logged out ${scope.identity.name}`, realm);
      return;
    }
    case "provider": {
      const { report, identities } = await logoutProvider(core, scope.provider, options);
      const count = `${identities} ${identities === 1 ? "identity" : "identities"}`;
      tell(cx, report, `Logged out provider ${scope.provider.name} (${count})`, realm);
      return;
    }
    case "tags": {
      const report = emptyReport();
      for (const provider of scope.providers) {
        addReport(report, (await logoutProvider(core, provider, options)).report);
      }
      const what = `Logged out from ${scope.providers.length} provider(s) matching tags [${
        scope.tags.join(" ")
      }]`;
      tell(cx, report, what, "");
      return;
    }
    case "all": {
      const { report, identities } = await logoutAll(core, options);
      tell(cx, report, `Logged out all ${identities} identities`, realm);
      return;
    }
    case "all-realms": {
      const { report, realms } = await logoutAllRealms(core, options);
      if (realms.length === 0 && report.failed.length === 0) {
        cx.err("No realms found - nothing to logout\n");
        return;
      }
      const left = report.failed.some((failure) => failure.secret);
      for (const name of left ? [] : realms) {
        cx.err(`✓ Realm: ${name === "" ? "(no realm)" : name}\n`);
      }
      tell(cx, report, `Logged out from ${realms.length} realm(s)`, "");
      return;
    }
  }
}

/** Success line, warnings, or the error when a secret stayed (02 §6.2, 00-9). */
function tell(cx: CommandContext, report: Report, done: string, realm: string): void {
  const left = report.failed.filter((f) => f.secret);
  if (left.length > 0) {
    const nothing = report.removed.length === 0;
    throw new AuthError({
      code: nothing ? "logout_failed" : "partial_logout",
      message: `${
        nothing ? "logout failed" : "partial logout"
      }: ${left.length} secret(s) could not be removed`,
      explanation: left.map((f) => `${f.what}${f.where ? ` in ${f.where}` : ""}: ${f.reason}`).join(
        "\n\n",
      ),
      hints: ["Remove the obstacle and run the command again"],
      exit: 1,
    });
  }
  const warnings = report.failed;
  cx.err(`✓ ${done}${warnings.length > 0 ? " with warnings" : ""}${realm}\n`);
  for (const w of warnings) {
    cx.err(`⚠ ${w.what}${w.where ? ` (${w.where})` : ""}: ${w.reason}\n`);
  }
  for (const note of report.notes) cx.err(`ℹ ${note}\n`);
}

async function dryRun(
  cx: CommandContext,
  core: Core,
  scope: Scope,
  options: LogoutOptions,
): Promise<void> {
  const { config } = core;
  cx.err("**Dry run mode:** No credentials will be removed\n\n**Would remove:**\n");
  if (scope.what === "all-realms" || scope.what === "all") {
    const providers = config.providers.all();
    const plan = await planLogout(
      core,
      { providers, identities: config.identities.all() },
      options,
    );
    const lines = ["All identity keyring entries", "All provider keyring entries"];
    if (plan.ambientProviders.length > 0) {
      lines.push(`Keyring entries for ambient providers: ${plan.ambientProviders.join(", ")}`);
    }
    for (const line of lines) cx.err(`  • ${line}\n`);
    cx.err("  • Files:\n");
    for (const file of plan.files) cx.err(`    - ${file}\n`);
    return;
  }
  const targets = scope.what === "identity"
    ? { providers: [], identities: [scope.identity] }
    : scope.what === "provider"
    ? { providers: [scope.provider], identities: identitiesBelow(core, scope.provider) }
    : { providers: scope.providers, identities: [] };
  printPlan(cx, await planLogout(core, targets, options));
}

function printPlan(cx: CommandContext, plan: LogoutPlan): void {
  for (const { name, owner } of plan.keyring) {
    cx.err(`  • Keyring entry: ${name}${owner === "provider" ? " (provider)" : ""}\n`);
  }
  for (const file of plan.files) cx.err(`  • Files: ${file}\n`);
}

/** Variables whose files outlive a logout. Only paths are shown (02 §6.2). */
const outliving = [
  "GOOGLE_APPLICATION_CREDENTIALS",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AWS_SHARED_CREDENTIALS_FILE",
];

async function afterwards(cx: CommandContext): Promise<void> {
  const { env, files, log } = cx.deps;
  const set = outliving.filter((name) => env.nonEmpty(name) !== undefined);
  if (set.length > 0) {
    cx.err("⚠ These variables still point at credentials outside of this program:\n");
    for (const name of set) cx.err(`  • ${name}=${env.get(name)}\n`);
  }
  const told = join(env, baseDir(env, "cache"), "logout-note");
  if (files.exists(told)) return;
  cx.err(
    "ℹ Sessions in your browser at the identity provider stay alive; sign out there to end them.\n",
  );
  try {
    await files.write(told, "");
  } catch (error) {
    log.debug(`logout note: ${(error as Error).message}`);
  }
}
