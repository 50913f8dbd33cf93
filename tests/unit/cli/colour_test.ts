import assert from "node:assert/strict";
import {
  colourDepth,
  type LookFacts,
  lookFromWords,
  type LookSettings,
  makeLook,
} from "../../../lib/cli/colour.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";

interface Case {
  env?: Record<string, string>;
  flags?: Partial<LookFacts["flags"]>;
  settings?: LookSettings;
  tty?: boolean;
}

function look({ env = {}, flags = {}, settings = {}, tty = true }: Case) {
  return makeLook({
    env: fixedEnv(env),
    flags: { noColor: false, color: false, forceColor: false, forceTty: false, ...flags },
    settings: () => settings,
    isTerminal: () => tty,
    size: () => ({ columns: 100, rows: 30 }),
  });
}

Deno.test("the first rule that matches decides on colour", () => {
  // Each row beats the ones below it.
  const rows: [string, Case, boolean][] = [
    ["NO_COLOR", { env: { NO_COLOR: "1" } }, false],
    ["--no-color", { flags: { noColor: true } }, false],
    ["--force-color", { flags: { forceColor: true } }, true],
    ["FORCE_COLOR=0", { env: { FORCE_COLOR: "0" } }, false],
    ["settings.force_color", { settings: { force_color: true } }, true],
    ["CLICOLOR=0", { env: { CLICOLOR: "0" } }, false],
  ];
  for (const [index, [name, mine, expected]] of rows.entries()) {
    let all: Case = { tty: !expected };
    for (const [, other] of rows.slice(index).reverse()) {
      all = {
        tty: all.tty!,
        env: { ...all.env, ...other.env },
        flags: { ...all.flags, ...other.flags },
        settings: { ...all.settings, ...other.settings },
      };
    }
    assert.equal(look(all).colour("stderr"), expected, `${name} before the rest`);
    assert.equal(look({ ...mine, tty: !expected }).colour("stderr"), expected, name);
  }
  assert.equal(look({ env: { FORCE_COLOR: "false" } }).colour("stdout"), false);
  assert.equal(look({ env: { FORCE_COLOR: "3" }, tty: false }).colour("stdout"), true);
  assert.equal(look({ settings: { no_color: true, color: true } }).colour("stdout"), false);
});

Deno.test("--color means colour on a terminal only, also in CI", () => {
  assert.equal(look({ flags: { color: true }, tty: false }).colour("stderr"), false);
  assert.equal(look({ flags: { color: true }, env: { CI: "true" } }).colour("stdout"), true);
  assert.equal(look({ settings: { color: true }, tty: false }).colour("stdout"), false);
});

Deno.test("in CI stderr is coloured and stdout is not", () => {
  for (const tty of [true, false]) {
    assert.equal(look({ env: { CI: "true" }, tty }).colour("stderr"), true);
    assert.equal(look({ env: { CI: "true" }, tty }).colour("stdout"), false);
  }
});

Deno.test("otherwise a terminal that is not dumb is coloured", () => {
  assert.equal(look({}).colour("stdout"), true);
  assert.equal(look({ tty: false }).colour("stdout"), false);
  assert.equal(look({ env: { TERM: "dumb" } }).colour("stdout"), false);
});

Deno.test("width is that of the terminal, else COLUMNS, else 120, capped by max_width", () => {
  assert.equal(look({}).columns("stdout"), 100);
  assert.equal(look({ tty: false }).columns("stdout"), 120);
  assert.equal(look({ tty: false, env: { COLUMNS: "77" } }).columns("stdout"), 77);
  assert.equal(look({ settings: { max_width: 60 } }).columns("stdout"), 60);
  assert.equal(look({ flags: { forceTty: true }, tty: false }).columns("stdout"), 120);
  assert.equal(look({ flags: { forceTty: true }, tty: false }).rows(), 40);
});

Deno.test("prose is wrapped on terminals only", () => {
  assert.equal(look({}).wrap("stderr"), 100);
  assert.equal(look({ tty: false }).wrap("stderr"), undefined);
  assert.equal(look({ tty: false, flags: { forceTty: true } }).wrap("stderr"), 120);
});

Deno.test("before flags are parsed their words are looked at, up to --", () => {
  const words = (...argv: string[]) => lookFromWords(argv, fixedEnv({})).colour("stderr");
  assert.equal(words("login", "--force-color"), true);
  assert.equal(words("login", "--force-color", "--no-color"), false);
  assert.equal(words("login", "--force-color", "--no-color=false"), true);
  assert.equal(words("exec", "--", "--force-color"), words("exec"));
  assert.equal(lookFromWords([], fixedEnv({ CLICOLOR_FORCE: "1" })).colour("stderr"), true);
});

Deno.test("depth comes from COLORTERM, then TERM", () => {
  assert.equal(colourDepth(fixedEnv({ COLORTERM: "truecolor" })), "24-bit");
  assert.equal(colourDepth(fixedEnv({ TERM: "xterm-256color" })), "256");
  assert.equal(colourDepth(fixedEnv({ TERM: "xterm" })), "16");
});
