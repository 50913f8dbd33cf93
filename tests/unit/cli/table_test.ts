import assert from "node:assert/strict";
import { globalFlags } from "../../../lib/cli/flags.ts";
import { allCommands, children, firstWords, rootPlace } from "../../../lib/cli/table.ts";

Deno.test("no short form collides with a word that exists at top level only", () => {
  const { auth, top } = firstWords();
  // `list profiles`, `list stacks`, `list components`: `auth list` takes no positional (02 §1.1)
  top.delete("list");
  assert.deepEqual([...auth].filter((word) => top.has(word)), []);
  assert.ok(!auth.has("auth"));
  assert.equal(allCommands().find((c) => c.words.join(" ") === "list")!.positionals, undefined);
});

Deno.test("no command defines a flag twice, and every short form is one character", () => {
  for (
    const { words, flags } of [...allCommands(), { words: ["(global)"], flags: globalFlags() }]
  ) {
    const names = flags.map((f) => f.name), shorts = flags.flatMap((f) => f.short ?? []);
    assert.equal(new Set(names).size, names.length, `${words.join(" ")}: ${names.join(" ")}`);
    assert.equal(new Set(shorts).size, shorts.length, `${words.join(" ")}: ${shorts.join(" ")}`);
    for (const short of shorts) assert.equal(short.length, 1);
  }
});

Deno.test("-f is --format everywhere, -i is --identity, -h is --help, -C is --chdir", () => {
  const meaning: Record<string, string> = { f: "format", i: "identity", h: "help", C: "chdir" };
  for (const { words, flags } of allCommands()) {
    for (const { short, name } of flags) {
      if (short && meaning[short]) assert.equal(name, meaning[short], words.join(" "));
    }
  }
});

Deno.test("every row is keyed by its own words and sits at its own level", () => {
  const { auth, top } = firstWords();
  for (const row of allCommands()) {
    assert.ok((row.level === "auth" ? auth : top).has(row.words[0]!), row.words.join(" "));
  }
});

Deno.test("drop-in mode lists top-level words alone", () => {
  const words = children(rootPlace(true), true).filter((c) => !c.hidden).map((c) => c.word);
  for (const word of ["auth", "aws", "azure", "gcp", "profile", "version", "help", "terraform"]) {
    assert.ok(words.includes(word), word);
  }
  for (const word of ["login", "env", "emulator", "whoami"]) assert.ok(!words.includes(word), word);
});

Deno.test("texts of flags and commands end without a full stop and fit one line", () => {
  for (const { words, summary, flags } of allCommands()) {
    for (const text of [summary, ...flags.map((flag) => flag.text)]) {
      assert.match(text, /^[A-Z$].*[^.\s]$/, `${words.join(" ")}: ${text}`);
      assert.ok(!text.includes("\n") && text.length < 100, text);
    }
  }
});
