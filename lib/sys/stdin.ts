import { AuthError } from "./error.ts";

/** All of stdin as text, at most `limit` bytes. Throws AuthError `stdin_too_long`. */
export async function readStdin(limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Deno.stdin.readable) {
    length += chunk.length;
    if (length > limit) {
      throw new AuthError({
        code: "stdin_too_long",
        message: `stdin holds more than ${limit} bytes`,
      });
    }
    chunks.push(chunk);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
    chunk.fill(0);
  }
  const text = new TextDecoder().decode(all);
  all.fill(0);
  return text;
}
