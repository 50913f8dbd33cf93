import { AuthError } from "./error.ts";

const LIMIT = 64 * 1024;

/**
 * All text that an inherited descriptor holds, for secrets handed over by a parent process
 * (`cmd 3<file` → 3). Throws AuthError `descriptor_unreadable`. Not on Windows.
 */
export async function readDescriptor(fd: number): Promise<string> {
  try {
    using file = await Deno.open(`/dev/fd/${fd}`, { read: true });
    const buffer = new Uint8Array(LIMIT);
    let length = 0;
    for (;;) {
      const n = await file.read(buffer.subarray(length));
      if (n === null) break;
      length += n;
      if (length === LIMIT) throw new Error(`more than ${LIMIT} bytes`);
    }
    const text = new TextDecoder().decode(buffer.subarray(0, length));
    buffer.fill(0);
    return text;
  } catch (cause) {
    throw new AuthError({
      code: "descriptor_unreadable",
      message: `cannot read file descriptor ${fd}: ${(cause as Error).message}`,
      cause,
    });
  }
}
