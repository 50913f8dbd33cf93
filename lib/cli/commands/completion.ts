import { AuthError } from "../../core/types.ts";
import { completionScript } from "../completion_scripts.ts";
import type { CommandContext } from "../types.ts";

/** `completion bash|zsh|fish|powershell`: the script on stdout (02 §4). */
export function run(cx: CommandContext): Promise<number> {
  const shell = cx.invocation.positionals[0]!;
  const script = completionScript(shell, cx.programName);
  if (script === undefined) {
    throw new AuthError({
      code: "unknown_shell",
      message: `invalid arguments: no completion for the shell "${shell}"`,
      hints: ["Use bash, zsh, fish or powershell"],
    });
  }
  cx.out(script);
  return Promise.resolve(0);
}
