import type { Core } from "./core.ts";
import { AuthError, type Entry, type Terminal } from "./types.ts";

/** What the user asked for: a name, `select` (bare flag), or nothing; and who said it. */
export type IdentityRequest =
  | { by: "flag" | "env"; name: string }
  | { by: "flag" | "env"; select: true }
  | undefined;

/** Which rule chose the identity, for `explain` and `--explain` (01 Beyond 11). */
export type SelectionRule =
  | "flag"
  | "environment"
  | "default"
  | "auth.defaults.identity"
  | "only"
  | "prompt";

export type Selection =
  | { state: "disabled"; value: string }
  | { state: "chosen"; identity: Entry; rule: SelectionRule };

/** Values that switch authentication off (01 §7.1). */
export function isDisabled(name: string): boolean {
  return /^(false|0|no|off)$/i.test(name.trim());
}

/**
 * The request of flag and `ATMOS_IDENTITY` (01 §7.1): a flag value, a bare flag, the variable,
 * nothing. `__SELECT__` in either is a bare flag.
 */
export function identityRequest(
  flag: { value?: string; bare?: boolean } | undefined,
  variable: string | undefined,
): IdentityRequest {
  if (flag) {
    const name = flag.value?.trim() ?? "";
    return flag.bare || name === "" || name === "__SELECT__"
      ? { by: "flag", select: true }
      : { by: "flag", name };
  }
  const name = variable?.trim() ?? "";
  if (name === "") return undefined;
  return name === "__SELECT__" ? { by: "env", select: true } : { by: "env", name };
}

/**
 * Chooses the identity (01 §7, 02 §5). `onlyOne`: token helpers take the only identity when no
 * default exists (02 §8). Throws `identity_not_found`, `no_identities_available`,
 * `no_default_identity`, `multiple_default_identities`, `selection_needs_tty`; `user_aborted`.
 */
export async function selectIdentity(
  core: Core,
  request: IdentityRequest,
  options: { onlyOne?: boolean; prompts?: boolean } = {},
): Promise<Selection> {
  const { config, deps } = core;
  const interactive = options.prompts !== false && deps.terminal.interactive;
  if (request && "name" in request) {
    if (isDisabled(request.name)) return { state: "disabled", value: request.name };
    return {
      state: "chosen",
      identity: requireIdentity(core, request.name),
      rule: request.by === "flag" ? "flag" : "environment",
    };
  }
  if (request) {
    return await ask(core, "Select an identity:", config.identities.names(), interactive);
  }

  const defaults = config.defaults();
  if (defaults.length === 1) return { state: "chosen", identity: defaults[0]!, rule: "default" };
  if (defaults.length > 1) {
    const names = defaults.map((e) => e.name);
    if (!interactive) {
      throw new AuthError({
        code: "multiple_default_identities",
        message: `multiple default identities found: \`[${names.join(" ")}]\``,
        hints: ["Choose one with `--identity NAME` or `ATMOS_IDENTITY`"],
      });
    }
    return await ask(core, "Multiple default identities found. Please choose one:", names, true);
  }
  const chosen = config.defaultIdentity;
  if (chosen === false) return { state: "disabled", value: "false" };
  if (chosen !== undefined) {
    return {
      state: "chosen",
      identity: requireIdentity(core, chosen),
      rule: "auth.defaults.identity",
    };
  }
  const names = config.identities.names();
  if (names.length === 0) throw noIdentities();
  if (options.onlyOne && names.length === 1) {
    return { state: "chosen", identity: config.identities.get(names[0]!)!, rule: "only" };
  }
  if (!interactive) {
    throw new AuthError({
      code: "no_default_identity",
      message: "no default identity configured for authentication",
      explanation: `Configured identities: ${names.slice(0, 20).join(", ")}${
        names.length > 20 ? `, … (${names.length} in all)` : ""
      }`,
      hints: [
        "Use `--identity NAME` or set `ATMOS_IDENTITY`",
        "Mark one identity with `default: true`",
      ],
    });
  }
  return await ask(
    core,
    "No default identity configured. Please choose an identity:",
    names,
    true,
  );
}

function noIdentities(): AuthError {
  return new AuthError({
    code: "no_identities_available",
    message: "no identities available",
    explanation: "No identities or providers are defined in the currently loaded configuration.",
    hints: ["Add identities under `auth.identities` in `atmos.yaml`"],
  });
}

async function ask(
  core: Core,
  title: string,
  names: string[],
  interactive: boolean,
): Promise<Selection> {
  if (names.length === 0) throw noIdentities();
  if (!interactive) {
    throw new AuthError({
      code: "selection_needs_tty",
      message: "interactive identity selection: requires a TTY",
      hints: ["Name the identity: `--identity NAME` or `ATMOS_IDENTITY`"],
    });
  }
  const name = await choose(core.deps.terminal, title, names);
  core.deps.terminal.notice(`✓ Selected identity: ${name}`);
  return { state: "chosen", identity: core.config.identities.get(name)!, rule: "prompt" };
}

async function choose(terminal: Terminal, title: string, names: string[]): Promise<string> {
  return await terminal.select({ title, options: names.map((value) => ({ value })) });
}

/** The identity of a name, case and alias aside; throws `identity_not_found` with the nearest names. */
export function requireIdentity(core: Core, name: string): Entry {
  const found = core.config.findIdentity(name);
  if (found) return found;
  const near = nearest(name, core.config.identities.names());
  throw new AuthError({
    code: "identity_not_found",
    message: "identity not found",
    explanation: `Identity \`${name}\` is not defined in the currently loaded auth config.`,
    hints: [
      ...(near.length > 0 ? [`Did you mean ${near.map((n) => `\`${n}\``).join(", ")}?`] : []),
      `Run \`${core.prog} list\` to see available identities`,
    ],
    context: { identity: name },
  });
}

/** The provider of a name; throws `provider_not_found`. */
export function requireProvider(core: Core, name: string): Entry {
  const found = core.config.findProvider(name);
  if (found) return found;
  const near = nearest(name, core.config.providers.names());
  throw new AuthError({
    code: "provider_not_found",
    message: "provider not found",
    explanation: `Provider \`${name}\` is not defined in the currently loaded auth config.`,
    hints: [
      ...(near.length > 0 ? [`Did you mean ${near.map((n) => `\`${n}\``).join(", ")}?`] : []),
      `Run \`${core.prog} list --providers\` to see available providers`,
    ],
  });
}

/** Up to three names within a small edit distance (a third of the length, at least 2), nearest first. */
export function nearest(name: string, names: string[]): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const scored: [number, string][] = [];
  for (const candidate of names) {
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const d = distance(wanted, candidate.toLowerCase(), limit);
    if (d <= limit) scored.push([d, candidate]);
  }
  return scored.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).slice(0, 3).map((s) => s[1]);
}

/** Levenshtein distance, given up beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost);
      best = Math.min(best, next[j]!);
    }
    if (best > limit) return best;
    row = next;
  }
  return row[b.length]!;
}
