/**
 * Prompts as pure functions: `render` draws a state, `onKey` gives the next one. No terminal is
 * needed to test them; `prompter.ts` connects them to one.
 */
import type { SelectOption } from "../core/types.ts";
import type { Key } from "./keys.ts";
import { textWidth, wrap } from "./width.ts";

/** What a key led to. */
export type Step<State, Value> = { state: State } | { done: Value } | { aborted: true };

/** The room a prompt is drawn in. */
export interface View {
  columns: number;
  rows: number;
  colour: boolean;
}

/** Lines to draw, each no wider than the view; `cursor` is where the text cursor stands, if anywhere. */
export interface Picture {
  lines: string[];
  cursor?: { line: number; column: number };
}

/** A prompt: a start, how it looks, what keys do, and what stays on the screen after the answer. */
export interface Prompt<State, Value> {
  initial: State;
  render(state: State, view: View): Picture;
  onKey(state: State, key: Key): Step<State, Value>;
  summary(value: Value): string | undefined;
}

/** The line below every menu (02 §2.2). */
export const EXIT_LINE = "Press ctrl+c or esc to exit";

const ESC = "\x1b";
const paint = (view: View, code: string, text: string) =>
  view.colour && text !== "" ? `${ESC}[${code}m${text}${ESC}[0m` : text;
const bold = (view: View, text: string) => paint(view, "1", text);
const dim = (view: View, text: string) => paint(view, "2", text);
const accent = (view: View, text: string) => paint(view, "36", text);
const alarm = (view: View, text: string) => paint(view, "31", text);

const aborts = (key: Key) => key.name === "interrupt" || key.name === "escape";

// ---------------------------------------------------------------------------------------------
// Menus
// ---------------------------------------------------------------------------------------------

export interface MenuState {
  options: SelectOption[];
  /** Index into {@link visible}. */
  cursor: number;
  /** What was typed behind `/`; undefined = no filter line is open. */
  filter: string | undefined;
  /** Values ticked in a menu of several. */
  ticked: ReadonlySet<string>;
}

/** Options that the filter leaves: those whose label or value contains it, case ignored. */
export function visible(state: MenuState): SelectOption[] {
  const wanted = state.filter?.toLowerCase();
  if (!wanted) return state.options;
  return state.options.filter((option) =>
    labelOf(option).toLowerCase().includes(wanted) || option.value.toLowerCase().includes(wanted)
  );
}

const labelOf = (option: SelectOption) => option.label ?? option.value;

/** One of several options: arrows or j and k, `/` filters, Enter accepts, Esc and Ctrl-C abort. */
export function selectPrompt(
  q: { title: string; options: SelectOption[]; initial?: string },
): Prompt<MenuState, string> {
  const at = q.options.findIndex((option) => option.value === q.initial);
  return {
    initial: { options: q.options, cursor: Math.max(0, at), filter: undefined, ticked: new Set() },
    render: (state, view) => drawMenu(q.title, state, view, undefined),
    onKey(state, key) {
      if (aborts(key)) return { aborted: true };
      if (key.name === "enter") {
        const chosen = visible(state)[state.cursor];
        return chosen ? { done: chosen.value } : { state };
      }
      return { state: moveInMenu(state, key) };
    },
    summary: () => undefined,
  };
}

/** Any number of options: as {@link selectPrompt}, and the space bar ticks, `a` ticks all or none. */
export function selectManyPrompt(
  q: { title: string; options: SelectOption[]; initial?: string[] },
): Prompt<MenuState, string[]> {
  return {
    initial: {
      options: q.options,
      cursor: 0,
      filter: undefined,
      ticked: new Set(q.options.map((o) => o.value).filter((v) => q.initial?.includes(v))),
    },
    render: (state, view) =>
      drawMenu(q.title, state, view, "Space ticks, a ticks all, enter accepts"),
    onKey(state, key) {
      if (aborts(key)) return { aborted: true };
      if (key.name === "enter") {
        return { done: q.options.map((o) => o.value).filter((v) => state.ticked.has(v)) };
      }
      if (key.name === "char" && key.char === " ") return { state: tick(state) };
      if (key.name === "char" && key.char === "a" && state.filter === undefined) {
        const all = state.ticked.size === state.options.length;
        return {
          state: { ...state, ticked: new Set(all ? [] : state.options.map((o) => o.value)) },
        };
      }
      return { state: moveInMenu(state, key) };
    },
    summary: () => undefined,
  };
}

function tick(state: MenuState): MenuState {
  const here = visible(state)[state.cursor];
  if (!here) return state;
  const ticked = new Set(state.ticked);
  if (!ticked.delete(here.value)) ticked.add(here.value);
  return { ...state, ticked };
}

const PAGE = 10;

function moveInMenu(state: MenuState, key: Key): MenuState {
  const count = visible(state).length;
  const to = (cursor: number) => ({ ...state, cursor });
  const wrapped = (step: number) => to(count === 0 ? 0 : (state.cursor + step + count) % count);
  const clamped = (cursor: number) => to(Math.max(0, Math.min(count - 1, cursor)));
  switch (key.name) {
    case "up":
      return wrapped(-1);
    case "down":
    case "tab":
      return wrapped(1);
    case "pageup":
      return clamped(state.cursor - PAGE);
    case "pagedown":
      return clamped(state.cursor + PAGE);
    case "home":
      return clamped(0);
    case "end":
      return clamped(count - 1);
    case "backspace":
      if (state.filter === undefined) return state;
      return refilter(state, state.filter === "" ? undefined : withoutLast(state.filter));
    case "kill":
      return state.filter === undefined ? state : refilter(state, "");
    case "char":
      if (state.filter !== undefined) return refilter(state, state.filter + key.char);
      if (key.char === "/") return { ...state, filter: "" };
      if (key.char === "k") return wrapped(-1);
      if (key.char === "j") return wrapped(1);
      if (key.char === "g") return clamped(0);
      if (key.char === "G") return clamped(count - 1);
  }
  return state;
}

/** The cursor stays on its option while the filter leaves it. */
function refilter(state: MenuState, filter: string | undefined): MenuState {
  const here = visible(state)[state.cursor];
  const next = { ...state, filter };
  const at = here ? visible(next).indexOf(here) : -1;
  return { ...next, cursor: Math.max(0, at) };
}

function drawMenu(
  title: string,
  state: MenuState,
  view: View,
  keys: string | undefined,
): Picture {
  const lines = fold(title, view).map((line) => bold(view, line));
  lines.push(dim(view, cut(keys ? `${keys}. ${EXIT_LINE}` : EXIT_LINE, view.columns)));
  if (state.filter !== undefined) {
    lines.push(cut(`/${state.filter}`, view.columns - 1) + dim(view, "_"));
  }
  const shown = visible(state);
  // Title, description, filter, two "more" lines, and the line the cursor is left on.
  const room = Math.max(1, view.rows - lines.length - 3);
  const start = Math.max(0, Math.min(state.cursor - (room >> 1), shown.length - room));
  if (start > 0) lines.push(dim(view, cut(`  ↑ ${start} more`, view.columns)));
  for (const [index, option] of shown.slice(start, start + room).entries()) {
    const current = start + index === state.cursor;
    const box = keys ? (state.ticked.has(option.value) ? "[x] " : "[ ] ") : "";
    const text = cut(`${current ? ">" : " "} ${box}${labelOf(option)}`, view.columns);
    const left = view.columns - textWidth(text);
    const note = option.description && left > 4 ? cut(`  ${option.description}`, left) : "";
    lines.push((current ? accent(view, text) : text) + dim(view, note));
  }
  const below = shown.length - start - room;
  if (below > 0) lines.push(dim(view, cut(`  ↓ ${below} more`, view.columns)));
  if (shown.length === 0) lines.push(dim(view, cut("  No matches", view.columns)));
  return { lines };
}

// ---------------------------------------------------------------------------------------------
// Yes or no
// ---------------------------------------------------------------------------------------------

/** A question with two answers: arrows move, y and n answer at once, Enter accepts. */
export function confirmPrompt(
  q: { title: string; yes?: string; no?: string; initial?: boolean },
): Prompt<boolean, boolean> {
  const yes = q.yes ?? "Yes", no = q.no ?? "No";
  return {
    initial: q.initial ?? true,
    render(state, view) {
      const answer = (text: string, current: boolean) =>
        current ? accent(view, `> ${text}`) : `  ${text}`;
      const room = Math.max(4, (view.columns >> 1) - 4);
      return {
        lines: [
          ...fold(q.title, view).map((line) => bold(view, line)),
          `${answer(cut(yes, room), state)}   ${answer(cut(no, room), !state)}`,
        ],
      };
    },
    onKey(state, key) {
      if (aborts(key) || key.name === "eof") return { aborted: true };
      if (key.name === "enter") return { done: state };
      if (key.name === "left" || key.name === "up") return { state: true };
      if (key.name === "right" || key.name === "down") return { state: false };
      if (key.name === "tab") return { state: !state };
      if (key.name !== "char") return { state };
      const char = key.char.toLowerCase();
      if (char === "y") return { done: true };
      if (char === "n") return { done: false };
      if (char === "h" || char === "l") return { state: char === "h" };
      return { state };
    },
    summary: (value) => `${q.title} ${value ? yes : no}`,
  };
}

// ---------------------------------------------------------------------------------------------
// A line of text
// ---------------------------------------------------------------------------------------------

export interface TextState {
  /** Grapheme clusters, so that one Backspace takes away what looks like one character. */
  characters: string[];
  /** Between 0 and the number of characters. */
  cursor: number;
  problem: string | undefined;
}

export interface TextQuestion {
  title: string;
  description?: string;
  initial?: string;
  required?: boolean;
  validate?: (value: string) => string | undefined;
}

/** A line of text (03 §10.6). With `masked` every character is drawn as `*`. */
export function textPrompt(q: TextQuestion, masked = false): Prompt<TextState, string> {
  const initial = graphemes(q.initial ?? "");
  return {
    initial: { characters: initial, cursor: initial.length, problem: undefined },
    render: (state, view) => drawText(q, state, view, masked),
    onKey(state, key) {
      if (aborts(key)) return { aborted: true };
      if (key.name === "eof" && state.characters.length === 0) return { aborted: true };
      if (key.name !== "enter" && key.name !== "eof") return { state: edit(state, key) };
      const value = state.characters.join("");
      const problem = q.required && value.trim() === ""
        ? "A value is required"
        : q.validate?.(value);
      return problem === undefined ? { done: value } : { state: { ...state, problem } };
    },
    // The number of asterisks would tell the length.
    summary: (value) => `${q.title}: ${masked ? (value === "" ? "" : "********") : value}`,
  };
}

function edit(state: TextState, key: Key): TextState {
  const { characters, cursor } = state;
  const changed = (start: number, end: number, text = ""): TextState => {
    const before = graphemes(characters.slice(0, start).join("") + text);
    return {
      characters: graphemes(before.join("") + characters.slice(end).join("")),
      cursor: before.length,
      problem: undefined,
    };
  };
  const to = (position: number): TextState => ({
    ...state,
    cursor: Math.max(0, Math.min(characters.length, position)),
  });
  switch (key.name) {
    case "char":
      return changed(cursor, cursor, key.char);
    case "backspace":
      return changed(Math.max(0, cursor - 1), cursor);
    case "delete":
      return changed(cursor, cursor + 1);
    case "kill":
      return changed(0, characters.length);
    case "word": {
      let start = cursor;
      while (start > 0 && characters[start - 1] === " ") start--;
      while (start > 0 && characters[start - 1] !== " ") start--;
      return changed(start, cursor);
    }
    case "left":
      return to(cursor - 1);
    case "right":
      return to(cursor + 1);
    case "home":
      return to(0);
    case "end":
      return to(characters.length);
  }
  return state;
}

function drawText(q: TextQuestion, state: TextState, view: View, masked: boolean): Picture {
  const lines: string[] = [];
  if (q.description) lines.push(...fold(q.description, view).map((line) => dim(view, line)));
  const label = cut(q.title, Math.max(8, view.columns - 12)) + ": ";
  const shown = masked ? state.characters.map(() => "*") : state.characters;
  const room = Math.max(4, view.columns - textWidth(label) - 1);
  // The end of what stands before the cursor is what the user is looking at.
  let start = 0;
  while (textWidth(shown.slice(start, state.cursor).join("")) >= room) start++;
  const text = cutPlain(shown.slice(start).join(""), room);
  const column = textWidth(label) + textWidth(shown.slice(start, state.cursor).join(""));
  const line = lines.length;
  lines.push(bold(view, label) + text);
  if (state.problem) lines.push(alarm(view, cut(state.problem, view.columns)));
  return { lines, cursor: { line, column } };
}

// ---------------------------------------------------------------------------------------------

function graphemes(text: string): string[] {
  if (/^[\x20-\x7e]*$/.test(text)) return text.split("");
  return Array.from(
    new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text),
    ({ segment }) => segment,
  );
}

function withoutLast(text: string): string {
  return graphemes(text).slice(0, -1).join("");
}

/** Text in lines that fit. */
function fold(text: string, view: View): string[] {
  return wrap(text, view.columns).map((line) => cut(line, view.columns));
}

/** One line of at most `columns`; what is cut off ends in `…`. Control characters never pass. */
function cut(text: string, columns: number): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
  return textWidth(line) <= columns ? line : cutPlain(line, columns - 1) + "…";
}

function cutPlain(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let out = "", width = 0;
  for (const character of graphemes(text)) {
    width += textWidth(character);
    if (width > columns) break;
    out += character;
  }
  return out;
}
