/** Builds what a command's `run` receives. Everything that costs is made at first use. */
import type { Deps } from "../core/types.ts";
import { systemEnv } from "../sys/env.ts";
import { maskText } from "../sys/mask.ts";
import { writeStderr, writeStdout } from "../sys/stdio.ts";
import { FlagReader } from "./flag_values.ts";
import type { ProgramName } from "./program.ts";
import type { CommandContext, Invocation } from "./types.ts";

/** The context of one invocation. */
export function makeContext(invocation: Invocation, name: ProgramName): CommandContext {
  const env = systemEnv();
  const flags = new FlagReader(invocation, env);
  const stop = new AbortController();
  const deps = { env } as Deps;
  return {
    invocation,
    deps,
    signal: stop.signal,
    get prog() {
      return name.prog;
    },
    get progTop() {
      return name.progTop;
    },
    text: (flag) => flags.text(flag),
    list: (flag) => flags.list(flag),
    bool: (flag) => flags.bool(flag),
    given: (flag) => flags.given(flag),
    bare: (flag) => flags.bare(flag),
    out: writeStdout,
    err: (text) => writeStderr(maskText(text)),
  };
}
