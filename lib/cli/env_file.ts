/** Writing variables to a file (02 §6.6-5). */
import type { Deps } from "../core/types.ts";
import { isAbsolute, join } from "../store/paths.ts";
import { type EnvFormat, isWholeDocument } from "./env_format.ts";

/**
 * Appends lines, creating the file 0600 and ending an unfinished last line first; JSON documents
 * replace the file atomically. Parents are not created.
 */
export async function writeEnvFile(
  deps: Pick<Deps, "env" | "files">,
  target: string,
  text: string,
  format: EnvFormat,
): Promise<void> {
  const { env, files } = deps;
  const path = isAbsolute(env, target) ? target : join(env, env.cwd(), target);
  files.grant(path);
  if (isWholeDocument(format)) {
    await files.write(path, text, { mode: 0o600, kind: "shared" });
    return;
  }
  const before = await files.readText(path);
  const unfinished = before !== undefined && before !== "" && !before.endsWith("\n");
  await files.append(path, (unfinished ? "\n" : "") + text, { mode: 0o600 });
}
