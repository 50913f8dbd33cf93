/** Questions and notices of a run (02 §2.2). What draws is loaded with the first question. */
import { AuthError, Secret, type SelectOption, type Terminal } from "../core/types.ts";
import type { Env } from "../sys/env.ts";
import type { Spawn } from "../sys/spawn.ts";
import { isTerminal } from "../sys/stdio.ts";
import { browserReachable, openInBrowser } from "./browser.ts";
import { inCi } from "./interactivity.ts";

/** What a terminal needs to know of the run. */
export interface TerminalInit {
  env: Env;
  spawn: Spawn;
  /** One or more whole lines for people: masked, rendered, on stderr. */
  err: (text: string) => void;
  /** `--interactive`, `--force-tty`, `--no-browser`, asked when needed. */
  flags: { interactive: () => boolean; forceTty: () => boolean; noBrowser: () => boolean };
  /** Colour on stderr (02 §2.3). */
  colour: () => boolean;
  /** Which streams are terminals; tests say so themselves. */
  isTerminal?: (stream: "stdin" | "stderr") => boolean;
}

/** The terminal of this process. Facts are looked up at first use and then kept. */
export function makeTerminal(init: TerminalInit): Terminal {
  const { env, spawn, err, flags } = init;
  const tty = init.isTerminal ?? isTerminal;
  const ci = once(() => inCi(env));
  const interactive = once(() => flags.interactive() && tty("stdin") && tty("stderr") && !ci());
  const someoneReads = once(() => flags.interactive() && (tty("stderr") || flags.forceTty()));
  let reachable: boolean | undefined;

  /** The one check before anything is drawn; the pieces that draw come with it. */
  const pieces = async (title: string) => {
    if (!interactive()) throw notInteractive(title);
    const [prompts, { ask }] = await Promise.all([import("./prompts.ts"), import("./prompter.ts")]);
    return { ...prompts, ask };
  };
  const colour = init.colour;

  return {
    get interactive() {
      return interactive();
    },
    get someoneReads() {
      return someoneReads();
    },
    get ci() {
      return ci();
    },
    get canOpenBrowser() {
      return reachable ??= !ci() && !flags.noBrowser() && browserReachable({ env, spawn });
    },
    notice: (text) => err(text + "\n"),
    warn: (text) => err(`⚠ ${text}\n`),
    async select(q) {
      refuseEmpty(q);
      const { ask, selectPrompt } = await pieces(q.title);
      return await ask(selectPrompt(q), { colour: colour() });
    },
    async selectMany(q) {
      refuseEmpty(q);
      const { ask, selectManyPrompt } = await pieces(q.title);
      return await ask(selectManyPrompt(q), { colour: colour() });
    },
    async confirm(q) {
      const { ask, confirmPrompt } = await pieces(q.title);
      return await ask(confirmPrompt(q), { colour: colour() });
    },
    async text(q) {
      const { ask, textPrompt } = await pieces(q.title);
      return await ask(textPrompt(q), { colour: colour(), signal: q.signal });
    },
    async secret(q) {
      const { ask, textPrompt } = await pieces(q.title);
      const masked = true;
      return new Secret(await ask(textPrompt(q, masked), { colour: colour(), signal: q.signal }));
    },
    async openBrowser(url) {
      return await openInBrowser(url, { env, spawn });
    },
    async during(step, work) {
      if (!tty("stderr") || !colour()) return await work();
      const { spin } = await import("./spinner.ts");
      return await spin(step, work);
    },
  };
}

function once<T>(look: () => T): () => T {
  let known: { value: T } | undefined;
  return () => (known ??= { value: look() }).value;
}

function refuseEmpty(q: { title: string; options: SelectOption[] }): void {
  if (q.options.length > 0) return;
  throw new AuthError({
    code: "no_options",
    message: `no options available: ${q.title}`,
  });
}

function notInteractive(title: string): AuthError {
  return new AuthError({
    code: "not_interactive",
    message: `interactive mode not available: ${title}`,
    hints: [
      "Run the command in a terminal, without `--interactive=false` and outside CI, or give the value by a flag",
    ],
  });
}
