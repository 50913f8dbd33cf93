/** Builds what a command's `run` receives. Everything that costs is made at first use. */
import { makeAuthConfig } from "../config/auth.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import type { RemoteImports } from "../config/reader.ts";
import { type Core, makeCore } from "../core/core.ts";
import { grantBases } from "../core/roots.ts";
import { type AuthConfig, AuthError, type Deps, type Terminal } from "../core/types.ts";
import { interrupted } from "../sys/interrupts.ts";
import { configureMask, maskText, seedMaskFrom } from "../sys/mask.ts";
import { giveUp } from "../sys/permissions.ts";
import { isTerminal, writeStderr, writeStdout } from "../sys/stdio.ts";
import type { StrippedEnv } from "../sys/stripped_env.ts";
import { tightenUmask } from "../sys/umask.ts";
import type { Profile } from "../config/profiles.ts";
import { type LookSettings, makeLook } from "./colour.ts";
import { makeDoors } from "./doors.ts";
import { FlagReader } from "./flag_values.ts";
import { parseBool } from "./flags.ts";
import { logFromConfig, logFromFlags } from "./log_setup.ts";
import { renderText } from "./markdown.ts";
import type { ProgramName } from "./program.ts";
import { lookSettings, maskBySettings } from "./terminal_settings.ts";
import type { CommandContext, Invocation } from "./types.ts";

/** The context of one invocation. */
export function makeContext(
  invocation: Invocation,
  name: ProgramName,
  env: StrippedEnv,
): CommandContext {
  const flags = new FlagReader(invocation, env);
  let settings: LookSettings = {};
  const look = makeLook({ env, flags: lookFlags(flags), settings: () => settings });
  seedMaskFrom((variable) => env.get(variable));
  configureMask({ enabled: flags.globalBool("mask") });
  const err = (text: string) =>
    writeStderr(renderText(maskText(text), { colour: look.colour("stderr") }));
  const log = logFromFlags(flags, invocation.command);
  let config: AuthConfig | undefined;
  const deps = makeDoors({
    env,
    log,
    warn: (text) => err(`⚠ ${text}\n`),
    err,
    config: () => config!,
    terminal: {
      colour: () => look.colour("stderr"),
      flags: {
        interactive: () => flags.globalBool("interactive"),
        forceTty: () => flags.globalBool("force-tty"),
        noBrowser: () =>
          invocation.command.flags.some((flag) => flag.name === "no-browser") &&
          flags.bool("no-browser"),
      },
    },
  });
  let loaded: Promise<LoadedConfig> | undefined;
  let auth: Promise<AuthConfig> | undefined;
  let core: Promise<Core> | undefined;

  const load = async (
    how: { functions?: boolean; silent?: boolean; lenientProfiles?: boolean },
  ): Promise<LoadedConfig> => {
    const config = await Promise.try(loadConfig, {
      deps,
      flags: loadFlags(flags, invocation),
      functions: how.functions ?? true,
      lenientProfiles: how.lenientProfiles,
      checks: how.silent,
      prog: () => name.progTop,
      ...(invocation.globals.get("profile")?.bare && deps.terminal.interactive
        ? { pickProfiles: profilePicker(deps.terminal) }
        : {}),
      remote: lateRemote(deps),
    }).catch((error) => {
      throw withLoadHints(error, name);
    });
    settings = lookSettings(config);
    const unreadable = maskBySettings(config);
    if (how.silent) return config;
    logFromConfig(log, config, flags, invocation.command);
    for (const { message } of config.findings) log.warn(message);
    for (const pattern of unreadable) log.warn("mask pattern is not valid", { pattern });
    return config;
  };
  const makeAuth = async (): Promise<AuthConfig> => {
    const loadedConfig = await cx.loaded();
    const merged = await stackView(cx, loadedConfig);
    let made = makeAuthConfig(merged, env, loadedConfig);
    if (merged === loadedConfig.merged && wantsDefault(cx) && lacksDefault(made)) {
      const { scanDefault } = await import("../stacks/scan.ts");
      const found = scanDefault(deps, loadedConfig);
      if (found) made = makeAuthConfig(found.merged, env, loadedConfig);
    }
    config = made;
    stripPassword(env, loadedConfig);
    if (invocation.command.permissions === "offline") {
      giveUp("net");
      // a pager apart (03 §10.3)
      if (!mayPage(flags, loadedConfig)) giveUp("run");
    }
    return made;
  };
  const makeTheCore = async (): Promise<Core> => {
    const config = await cx.auth();
    const { childEnv, configDir, configFiles, activeProfiles } = await cx.loaded();
    grantBases(deps);
    tightenUmask();
    return makeCore({
      config,
      deps,
      get prog() {
        return name.prog;
      },
      get signal() {
        return cx.signal;
      },
      childEnv,
      origin: {
        ...(configFiles.length > 0 ? { configPath: configDir } : {}),
        profiles: activeProfiles,
      },
    });
  };

  const cx: CommandContext = {
    invocation,
    deps,
    look,
    signal: interrupted,
    get prog() {
      return name.prog;
    },
    get progTop() {
      return name.progTop;
    },
    get programName() {
      return name.typed;
    },
    text: (flag) => flags.text(flag),
    list: (flag) => flags.list(flag),
    bool: (flag) => flags.bool(flag),
    given: (flag) => flags.given(flag),
    bare: (flag) => flags.bare(flag),
    out: writeStdout,
    say: (text) => writeStdout(renderText(maskText(text), { colour: look.colour("stdout") })),
    err,
    errRaw: writeStderr,
    loaded: (how = {}) => loaded ??= load(how),
    auth: () => auth ??= makeAuth(),
    core: () => core ??= makeTheCore(),
    narrow: (...kinds) => giveUp(...kinds),
  };
  return cx;
}

/** The global flags on colour and layout, read when they are asked for. */
function lookFlags(flags: FlagReader) {
  return {
    get noColor() {
      return flags.globalBool("no-color");
    },
    get color() {
      return flags.globalBool("color");
    },
    get forceColor() {
      return flags.globalBool("force-color");
    },
    get forceTty() {
      return flags.globalBool("force-tty");
    },
  };
}

/** `--profile` without a value (01 §3.6): profiles already named are ticked. */
function profilePicker(terminal: Terminal) {
  return async (known: Profile[], named: string[]): Promise<string[]> =>
    await terminal.selectMany({
      title: "Select profiles:",
      options: known.map(({ name }) => ({ value: name })),
      initial: named,
    });
}

/**
 * The variable that holds the keyring's password leaves the process, so that no helper and no child
 * inherits it, unless children were promised it (03 §7).
 */
function stripPassword(env: StrippedEnv, loaded: LoadedConfig): void {
  const spec = (key: string) => loaded.text("auth", "keyring", "spec", key);
  const variable = spec("password_env") ?? "ATMOS_KEYRING_PASSWORD";
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) return; // the keyring says what is wrong with it
  env.strip(variable);
  if (parseBool(spec("pass_to_children") ?? "") === true) env.restore(variable);
}

/** Whether a pager may have to be started for the output of this run (02 §2.4). */
function mayPage(flags: FlagReader, loaded: LoadedConfig): boolean {
  return isTerminal("stdout") &&
    (flags.given("pager") || flags.globalText("pager") !== undefined ||
      loaded.text("settings", "terminal", "pager") !== undefined);
}

/** The flags that choose configuration files, as given. */
function loadFlags(flags: FlagReader, { globals }: Invocation) {
  const list = (name: string): string[] | undefined => {
    const seen = globals.get(name);
    if (!seen) return undefined;
    const values = seen.value as string[];
    return values.length > 0 ? values : [""];
  };
  const basePath = globals.has("base-path") ? flags.globalText("base-path") : undefined;
  const profile = globals.get("profile");
  return {
    config: list("config"),
    configPath: list("config-path"),
    ...(basePath ? { basePath } : {}),
    ...(profile && Array.isArray(profile.value) ? { profile: profile.value } : {}),
    ...(profile?.bare ? { profileBare: true } : {}),
  };
}

/** Fetches remote imports; loaded with the first of them. */
function lateRemote(deps: Deps): RemoteImports {
  let made: Promise<RemoteImports> | undefined;
  const make = async () => {
    const { RemoteSources } = await import("../git/remote_imports.ts");
    const env = (variable: string) => deps.env.get(variable);
    return new RemoteSources({ deps, env, warn: (text) => deps.log.warn(text) });
  };
  return {
    get: async (address, settings) => await (await (made ??= make())).get(address, settings),
  };
}

/** The ways out of a configuration that cannot be loaded (02 §3.1); errors with hints of their own keep those alone. */
function withLoadHints(error: unknown, name: ProgramName): unknown {
  if (!(error instanceof AuthError) || error.exit !== 2 || error.hints.length > 0) return error;
  return new AuthError({
    code: error.code,
    message: error.message,
    explanation: error.explanation,
    hints: [
      "Verify your atmos.yaml syntax and configuration",
      `Run '${name.progTop} version' to check if Atmos is working`,
    ],
    context: error.context,
    cause: error.cause,
    exit: 2,
  });
}

/** Commands that act as an identity and would choose the default one (01 §6.4). */
const choosing = new Set(["login", "exec", "shell", "env", "console", "whoami"]);

function wantsDefault(cx: CommandContext): boolean {
  const { words, flags } = cx.invocation.command;
  if (!choosing.has(words.join(" "))) return false;
  if (flags.some((flag) => flag.name === "provider") && cx.given("provider")) return false;
  return !cx.bare("identity") && !cx.text("identity");
}

function lacksDefault(config: AuthConfig): boolean {
  return config.identities.size > 0 && config.defaultIdentity === undefined &&
    config.defaults().length === 0;
}

/** The configuration as the stack of `--stack` sees it (01 §6.3); without the flag as it is. */
async function stackView(
  cx: CommandContext,
  loaded: LoadedConfig,
): Promise<LoadedConfig["merged"]> {
  if (!cx.invocation.command.flags.some(({ name }) => name === "component-type")) {
    return loaded.merged;
  }
  const stack = cx.text("stack");
  const component = cx.text("component");
  if (!stack) {
    if (!component) return loaded.merged;
    throw new AuthError({
      code: "stack_required",
      message: "stack is required; specify it on the command line using the flag --stack <stack> " +
        "(shorthand -s)",
    });
  }
  const { stackConfig } = await import("../stacks/auth.ts");
  const type = cx.text("component-type") || "terraform";
  return (await stackConfig(cx.deps, loaded, { stack, component, type })).merged;
}
