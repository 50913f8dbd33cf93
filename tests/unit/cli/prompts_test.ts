import assert from "node:assert/strict";
import { escapeOf, type Key, type KeyName, nextKey } from "../../../lib/cli/keys.ts";
import {
  confirmPrompt,
  type Prompt,
  selectManyPrompt,
  selectPrompt,
  textPrompt,
  type View,
} from "../../../lib/cli/prompts.ts";
import { stripEscapes, textWidth } from "../../../lib/cli/width.ts";

const view: View = { columns: 40, rows: 24, colour: false };

const names = new Set(
  "up down left right home end pageup pagedown delete enter tab escape backspace interrupt eof kill word"
    .split(" "),
);

/** `"down"` is a key, every other text is typed character by character. */
function keysOf(...typed: string[]): Key[] {
  return typed.flatMap((word): Key[] =>
    names.has(word)
      ? [{ name: word as KeyName }]
      : [...word].map((char) => ({ name: "char" as const, char }))
  );
}

/** What the prompt comes to after these keys. */
function play<S, V>(prompt: Prompt<S, V>, ...typed: string[]) {
  let state = prompt.initial;
  for (const key of keysOf(...typed)) {
    const step = prompt.onKey(state, key);
    if ("done" in step) return { done: step.done };
    if ("aborted" in step) return { aborted: true };
    state = step.state;
  }
  return { lines: prompt.render(state, view).lines, state, picture: prompt.render(state, view) };
}

const linesOf = (result: unknown) => (result as { lines: string[] }).lines;
const options = ["dev", "prod-eu", "prod-us", "staging"].map((value) => ({ value }));
const menu = (initial?: string) =>
  selectPrompt({ title: "Select an identity:", options, ...(initial ? { initial } : {}) });

Deno.test("a menu shows title, the way out and the options, the first one marked", () => {
  assert.deepEqual(linesOf(play(menu())), [
    "Select an identity:",
    "Press ctrl+c or esc to exit",
    "> dev",
    "  prod-eu",
    "  prod-us",
    "  staging",
  ]);
});

Deno.test("arrows, j and k move, around the ends too, and Enter accepts", () => {
  assert.deepEqual(play(menu(), "down", "enter"), { done: "prod-eu" });
  assert.deepEqual(play(menu(), "j", "j", "k", "enter"), { done: "prod-eu" });
  assert.deepEqual(play(menu(), "up", "enter"), { done: "staging" });
  assert.deepEqual(play(menu(), "end", "down", "enter"), { done: "dev" });
  assert.deepEqual(play(menu("prod-us"), "enter"), { done: "prod-us" });
});

Deno.test("the slash filters, case ignored, and Enter accepts what is marked", () => {
  assert.deepEqual(linesOf(play(menu(), "/PROD")).slice(2), [
    "/PROD_",
    "> prod-eu",
    "  prod-us",
  ]);
  assert.deepEqual(play(menu(), "/PROD", "down", "enter"), { done: "prod-us" });
});

Deno.test("while filtering j and k are text, and Backspace takes the filter back", () => {
  assert.deepEqual(linesOf(play(menu(), "/j")).slice(2), ["/j_", "  No matches"]);
  assert.deepEqual(play(menu(), "/j", "enter", "backspace", "backspace", "j", "enter"), {
    done: "prod-eu",
  });
});

Deno.test("the mark stays on its option while the filter narrows", () => {
  assert.deepEqual(play(menu("prod-us"), "/pro", "enter"), { done: "prod-us" });
});

Deno.test("Esc and Ctrl-C abort, in the filter too", () => {
  for (const key of ["escape", "interrupt"]) {
    assert.deepEqual(play(menu(), key), { aborted: true });
    assert.deepEqual(play(menu(), "/x", key), { aborted: true });
    assert.deepEqual(play(confirmPrompt({ title: "Sure?" }), key), { aborted: true });
    assert.deepEqual(play(textPrompt({ title: "Name" }), "abc", key), { aborted: true });
  }
});

Deno.test("a long menu scrolls, tells what is hidden, and never outgrows the screen", () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ value: `id-${i}` }));
  const prompt = selectPrompt({ title: "Pick", options: many });
  let state = prompt.initial;
  for (let at = 0; at < 100; at++) {
    const { lines } = prompt.render(state, { ...view, rows: 12 });
    assert.ok(lines.length < 12, `${lines.length} lines`);
    assert.ok(lines.includes(`> id-${at}`), lines.join("\n"));
    const step = prompt.onKey(state, { name: "down" });
    if ("state" in step) state = step.state;
  }
  assert.deepEqual(linesOf(play(prompt, "end")).slice(2, 3), ["  ↑ 81 more"]);
});

Deno.test("wide characters and long labels stay within the columns", () => {
  const prompt = selectPrompt({
    title: "名前を選択してください".repeat(5),
    options: [
      { value: "a", label: "本番環境".repeat(12), description: "x" },
      { value: "b", label: "b", description: "説明".repeat(30) },
    ],
  });
  for (const columns of [20, 33, 80]) {
    for (const line of prompt.render(prompt.initial, { ...view, columns, colour: true }).lines) {
      assert.ok(textWidth(stripEscapes(line)) <= columns, line);
    }
  }
});

Deno.test("control characters in a label never reach the terminal", () => {
  const prompt = selectPrompt({ title: "t", options: [{ value: "a", label: "a\x1b[2Jb\r\nc" }] });
  assert.equal(prompt.render(prompt.initial, view).lines[2], "> a [2Jb c");
});

Deno.test("in a menu of several the space bar ticks, a ticks all, Enter gives them in order", () => {
  const several = selectManyPrompt({ title: "Profiles", options, initial: ["staging", "gone"] });
  assert.deepEqual(play(several, "enter"), { done: ["staging"] });
  assert.deepEqual(play(several, " ", "enter"), { done: ["dev", "staging"] });
  assert.deepEqual(play(several, "up", " ", "enter"), { done: [] });
  assert.deepEqual(play(several, "a", "enter"), {
    done: ["dev", "prod-eu", "prod-us", "staging"],
  });
  assert.deepEqual(play(several, "a", "a", "enter"), { done: [] });
  assert.deepEqual(play(several, "/us", " ", "enter"), { done: ["prod-us", "staging"] });
  assert.equal(linesOf(play(several, "down"))[3], "> [ ] prod-eu");
});

Deno.test("a confirmation starts at its default; y and n answer at once", () => {
  const prompt = confirmPrompt({ title: "Delete?", yes: "Yes, delete", no: "No", initial: false });
  assert.deepEqual(play(prompt, "enter"), { done: false });
  assert.deepEqual(play(prompt, "left", "enter"), { done: true });
  assert.deepEqual(play(prompt, "tab", "enter"), { done: true });
  assert.deepEqual(play(prompt, "Y"), { done: true });
  assert.deepEqual(play(prompt, "n"), { done: false });
  assert.deepEqual(linesOf(play(prompt)), ["Delete?", "  Yes, delete   > No"]);
});

Deno.test("text is edited in the middle, by word and by line", () => {
  const prompt = textPrompt({ title: "Name", initial: "abc" });
  assert.deepEqual(play(prompt, "enter"), { done: "abc" });
  assert.deepEqual(play(prompt, "left", "left", "X", "enter"), { done: "aXbc" });
  assert.deepEqual(play(prompt, "home", "delete", "end", "backspace", "enter"), { done: "b" });
  assert.deepEqual(play(prompt, "kill", "one two", "word", "enter"), { done: "one " });
});

Deno.test("one Backspace takes away one character as the eye sees it", () => {
  const prompt = textPrompt({ title: "Name" });
  for (const seen of ["é", "e\u0301", "👨‍👩‍👧", "ß", "日"]) {
    assert.deepEqual(play(prompt, "a", seen, "backspace", "enter"), { done: "a" }, seen);
  }
});

Deno.test("a masked value is never drawn, nor its length kept", () => {
  const prompt = textPrompt({ title: "Password" }, true);
  const { lines } = play(prompt, "hunter2") as { lines: string[] };
  assert.deepEqual(lines, ["Password: *******"]);
  assert.equal(prompt.summary("hunter2"), "Password: ********");
  assert.equal(prompt.summary("x"), "Password: ********");
});

Deno.test("an empty or refused value stays with the reason until it is changed", () => {
  const required = textPrompt({ title: "Name", required: true });
  assert.deepEqual(linesOf(play(required, " ", "enter")), ["Name:  ", "A value is required"]);
  const digits = textPrompt({
    title: "Code",
    validate: (value) => /^\d+$/.test(value) ? undefined : "Digits only",
  });
  assert.deepEqual(linesOf(play(digits, "x", "enter")), ["Code: x", "Digits only"]);
  assert.deepEqual(linesOf(play(digits, "x", "enter", "backspace")), ["Code: "]);
  assert.deepEqual(play(digits, "x", "enter", "backspace", "7", "enter"), { done: "7" });
});

Deno.test("Ctrl-D ends an empty line as an abort and a full one as Enter", () => {
  assert.deepEqual(play(textPrompt({ title: "Name" }), "eof"), { aborted: true });
  assert.deepEqual(play(textPrompt({ title: "Name" }), "x", "eof"), { done: "x" });
});

Deno.test("a long line shows the part around the cursor", () => {
  const prompt = textPrompt({ title: "Name" });
  const { picture } = play(prompt, "0123456789".repeat(10)) as {
    picture: ReturnType<typeof prompt.render>;
  };
  assert.ok(picture.lines[0]!.length <= 40);
  assert.ok(picture.lines[0]!.endsWith("789"));
  assert.ok(picture.cursor!.column < 40);
});

// ---------------------------------------------------------------------------------------------

function decode(bytes: number[] | string): { keys: string[]; rest: number } {
  let rest: Uint8Array = typeof bytes === "string"
    ? new TextEncoder().encode(bytes)
    : new Uint8Array(bytes);
  const keys: string[] = [];
  for (let read = nextKey(rest); read; read = nextKey(rest)) {
    keys.push(read.key.name === "char" ? read.key.char : read.key.name);
    rest = rest.subarray(read.length);
  }
  return { keys, rest: rest.length };
}

Deno.test("keys are read from what terminals send", () => {
  assert.deepEqual(decode("a\x1b[A\x1b[B\x1bOC\x1b[D\x1b[H\x1b[4~\x1b[5~\x1b[6~\x1b[3~").keys, [
    "a",
    "up",
    "down",
    "right",
    "left",
    "home",
    "end",
    "pageup",
    "pagedown",
    "delete",
  ]);
  assert.deepEqual(decode([3, 4, 8, 127, 21, 23, 13, 10, 9]).keys, [
    "interrupt",
    "eof",
    "backspace",
    "backspace",
    "kill",
    "word",
    "enter",
    "tab",
  ]);
  assert.deepEqual(decode("\x1b[1;5A\x1b[200~\x1bx\x1b[Z").keys, ["up", "other", "other", "other"]);
});

Deno.test("a character or sequence cut in two waits for the rest", () => {
  assert.deepEqual(decode([0xe6, 0x97]), { keys: [], rest: 2 });
  assert.deepEqual(decode("日é😀").keys, ["日", "é", "😀"]);
  assert.deepEqual(decode("\x1b"), { keys: [], rest: 1 });
  assert.deepEqual(decode("\x1b[1;"), { keys: [], rest: 4 });
  assert.deepEqual(escapeOf(new Uint8Array([27])), { name: "escape" });
  assert.deepEqual(decode("\x1b\x1b[A").keys, ["escape", "up"]);
});

Deno.test("bytes that are no UTF-8 are no characters", () => {
  assert.deepEqual(decode([0xff, 0x61, 0xc3, 0x28]).keys, ["other", "a", "other", "("]);
});
