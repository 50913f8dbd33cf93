import { AuthError } from "./error.ts";

/** Opens a log file for appending, created 0600; its directory must exist (01 §8). */
export function openLogFile(path: string): (text: string) => void {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new AuthError({
      code: "log_file_unwritable",
      message: `failed to open log file: ${path}`,
      hints: ["The directory must exist and be writable"],
      cause,
    });
  }
  const encoder = new TextEncoder();
  return (text) => {
    const bytes = encoder.encode(text);
    for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
  };
}
