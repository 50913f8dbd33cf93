/** Values that only the configuration knows, for completion (02 §4). */
import { listProfiles } from "../config/profiles.ts";
import { type Entry, type EntryTable, listAt } from "../core/types.ts";
import { giveUp } from "../sys/permissions.ts";
import type { StrippedEnv } from "../sys/stripped_env.ts";
import type { Candidate } from "./completion.ts";
import { makeContext } from "./context.ts";
import type { Scan } from "./grammar.ts";
import type { ProgramName } from "./program.ts";
import type { CommandDef, CompletionSource, Invocation } from "./types.ts";

/** Candidates of one source, sorted. No function is run, no network asked, nothing logged. */
export async function valuesFor(
  source: CompletionSource,
  seen: Scan,
  name: ProgramName,
  env: StrippedEnv,
): Promise<Candidate[]> {
  giveUp("net", "run");
  const cx = makeContext(invocationOf(seen), name, env);
  const loaded = await cx.loaded({ functions: false, silent: true });
  if (source === "profiles") {
    return listProfiles(cx.deps, loaded.profileLocations)
      .map((profile) => ({ value: profile.name, text: profile.type }));
  }
  const config = await cx.auth();
  switch (source) {
    case "identities":
      return named(config.identities);
    case "providers":
      return named(config.providers);
    case "integrations":
      return named(config.integrations, kindsFor(seen.at.command));
    case "tags": {
      const tables = seen.at.command?.words[0] === "login"
        ? [config.identities]
        : [config.providers, config.identities];
      return tagsOf(tables);
    }
    case "destinations": {
      const { destinationAliases } = await import("../../providers/registry.ts");
      return (await destinationAliases()).sort().map((value) => ({ value, text: "" }));
    }
    default:
      return [];
  }
}

/** The command line so far as an invocation; without a command, one that has no flags. */
function invocationOf(seen: Scan): Invocation {
  const none: CommandDef = {
    words: [],
    level: "top",
    summary: "",
    flags: [],
    permissions: "offline",
    load: () => Promise.reject(new Error("nothing to run")),
  };
  const { positionals, rest, flags, globals, at } = seen;
  // `--profile` without a value would ask
  const profile = globals.get("profile");
  if (profile?.bare) globals.set("profile", { value: profile.value });
  return {
    dropIn: at.dropIn,
    long: at.place.long,
    command: at.command ?? none,
    positionals,
    rest,
    flags,
    globals,
    argv: [],
  };
}

/** `aws ecr login` takes integrations whose kind begins `aws/ecr`. */
function kindsFor(command: CommandDef | undefined): (entry: Entry) => boolean {
  const [cloud, service] = command?.words ?? [];
  return ({ kind }) => kind.startsWith(`${cloud}/${service}`);
}

function named(table: EntryTable, keep: (entry: Entry) => boolean = () => true): Candidate[] {
  return table.all().filter(keep).map(({ name, kind }) => ({
    value: name,
    text: kind.startsWith("!") ? "" : kind, // a function that is not run here
  }));
}

function tagsOf(tables: EntryTable[]): Candidate[] {
  const tags = new Set(
    tables.flatMap((table) => table.all().flatMap((entry) => listAt(entry.values, "tags") ?? [])),
  );
  return [...tags].sort().map((value) => ({ value, text: "" }));
}
