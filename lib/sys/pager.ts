/**
 * Shows text through a pager on our terminal and waits for it. False when it could not be started.
 * Quitting early is no error: the pipe just closes.
 */
export async function runPager(command: string[], text: string): Promise<boolean> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      stdin: "piped",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch {
    return false; // not installed, or running programs was given up: the text is printed as it is
  }
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  await child.status;
  return true;
}
