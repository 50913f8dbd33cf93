/** Long text page by page (02 §2.4). */
import { consoleSize, isTerminal, writeStdout } from "../sys/stdio.ts";
import type { CommandContext } from "./types.ts";

/** What `--pager`, `ATMOS_PAGER` or `settings.terminal.pager` come to; undefined = off. */
export function pagerCommand(cx: {
  /** Text of the flag or variable; a bare flag is `true`. */
  asked: string | undefined;
  /** `settings.terminal.pager`. */
  configured: string | undefined;
  /** `$PAGER`. */
  program: string | undefined;
}): string[] | undefined {
  const text = (cx.asked ?? cx.configured ?? "").trim();
  if (text === "" || /^(false|off|no|n|0)$/i.test(text)) return undefined;
  if (/^(true|on|yes|y|1)$/i.test(text)) {
    return words(cx.program && cx.program.trim() !== "" ? cx.program : "less -R");
  }
  return words(text);
}

function words(command: string): string[] {
  return command.trim().split(/\s+/);
}

/** Prints text on stdout, through the pager when one is asked for and the text is longer than the screen. */
export async function page(cx: CommandContext, text: string): Promise<void> {
  if (fits(text)) return cx.out(text);
  await pageAs(text, {
    asked: cx.bare("pager") ? "true" : cx.text("pager"),
    configured: await configuredPager(cx),
    program: cx.deps.env.nonEmpty("PAGER"),
  });
}

/** As {@link page}, where flags are all there is (help). */
export async function pageAs(
  text: string,
  wish: Parameters<typeof pagerCommand>[0],
): Promise<void> {
  const command = fits(text) ? undefined : pagerCommand(wish);
  if (command === undefined) return writeStdout(text);
  const { runPager } = await import("../sys/pager.ts");
  if (!await runPager(command, text)) writeStdout(text);
}

/** No terminal, or one that shows all of it at once. */
function fits(text: string): boolean {
  const screen = isTerminal("stdout") ? consoleSize() : undefined;
  return screen === undefined || text.split("\n").length <= screen.rows;
}

/** The setting, when the configuration is there to be asked. */
async function configuredPager(cx: CommandContext): Promise<string | undefined> {
  if (cx.invocation.command.withoutConfig) return undefined;
  return (await cx.loaded()).text("settings", "terminal", "pager");
}
