import { AuthError } from "./error.ts";
import { readStdin } from "./stdin.ts";

const LIMIT = 64 * 1024;

/**
 * All text that an inherited descriptor holds, for secrets handed over by a parent process
 * (`cmd 3<file` → 3). Throws AuthError `descriptor_unreadable`. Not on Windows.
 *
 * The runtime opens `/dev/fd/N` with all permissions alone, and Node's file API knows no inherited
 * descriptors: a child inherits them, so `cat` reads it for us.
 */
export async function readDescriptor(fd: number): Promise<string> {
  if (fd === 0) return await readStdin(LIMIT);
  let reason: string;
  try {
    const { success, stdout, stderr } = await new Deno.Command("/bin/cat", {
      args: [`/dev/fd/${fd}`],
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (success && stdout.length <= LIMIT) {
      const text = new TextDecoder().decode(stdout);
      stdout.fill(0);
      return text;
    }
    reason = success ? `more than ${LIMIT} bytes` : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    reason = (error as Error).message;
  }
  throw new AuthError({
    code: "descriptor_unreadable",
    message: `cannot read file descriptor ${fd}: ${reason}`,
  });
}
