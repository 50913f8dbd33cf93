/** What a terminal in raw mode sends, as keys. */

/** Keys that prompts know by name; everything printable is `char`. */
export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "pageup"
  | "pagedown"
  | "delete"
  | "enter"
  | "tab"
  | "escape"
  | "backspace"
  /** Ctrl-C. */
  | "interrupt"
  /** Ctrl-D. */
  | "eof"
  /** Ctrl-U. */
  | "kill"
  /** Ctrl-W. */
  | "word"
  /** Known to nobody here: a function key, another control character. */
  | "other";

export type Key = { name: KeyName } | { name: "char"; char: string };

const CONTROL: Record<number, KeyName> = {
  1: "home",
  3: "interrupt",
  4: "eof",
  5: "end",
  8: "backspace",
  9: "tab",
  10: "enter",
  13: "enter",
  14: "down",
  16: "up",
  21: "kill",
  23: "word",
  127: "backspace",
};

const FINAL: Record<string, KeyName> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
};

const NUMBERED: Record<string, KeyName> = {
  1: "home",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
};

/** A key and the bytes it took. */
export interface KeyRead {
  key: Key;
  length: number;
}

/**
 * The first key in `bytes`; undefined when there is none or it is incomplete: the start of a UTF-8
 * character or of an escape sequence. A lone ESC is incomplete too; {@link escapeOf} settles it
 * after a pause.
 */
export function nextKey(bytes: Uint8Array): KeyRead | undefined {
  if (bytes.length === 0) return undefined;
  return bytes[0] === 27 ? readEscape(bytes) : readCharacter(bytes);
}

/** What an incomplete rest means when nothing more comes: Esc was pressed, or it was rubbish. */
export function escapeOf(rest: Uint8Array): Key {
  return { name: rest[0] === 27 ? "escape" : "other" };
}

/** CSI (`ESC [ … final`) and SS3 (`ESC O x`) sequences, ECMA-48 §5.4. */
function readEscape(bytes: Uint8Array): KeyRead | undefined {
  const second = bytes[1];
  if (second === undefined) return undefined;
  if (second === 27) return { key: { name: "escape" }, length: 1 };
  if (second === 0x4f) {
    const final = bytes[2];
    if (final === undefined) return undefined;
    return { key: { name: FINAL[String.fromCharCode(final)] ?? "other" }, length: 3 };
  }
  // Alt and a character
  if (second !== 0x5b) return { key: { name: "other" }, length: 2 };
  for (let end = 2; end < bytes.length; end++) {
    const byte = bytes[end]!;
    if (byte < 0x20 || byte > 0x7e) return { key: { name: "other" }, length: end };
    if (byte < 0x40) continue;
    const parameters = new TextDecoder().decode(bytes.subarray(2, end));
    const final = String.fromCharCode(byte);
    const name = final === "~" ? NUMBERED[parameters.split(";")[0]!] : FINAL[final];
    return { key: { name: name ?? "other" }, length: end + 1 };
  }
  return undefined;
}

function readCharacter(bytes: Uint8Array): KeyRead | undefined {
  const first = bytes[0]!;
  if (first < 0x20 || first === 0x7f) {
    // Enter, also as pasted text has it
    const length = first === 13 && bytes[1] === 10 ? 2 : 1;
    return { key: { name: CONTROL[first] ?? "other" }, length };
  }
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (length > bytes.length) return undefined;
  const char = new TextDecoder().decode(bytes.subarray(0, length));
  if (char === "\ufffd" || [...char].length !== 1 || /[\x80-\x9f]/.test(char)) {
    return { key: { name: "other" }, length: 1 };
  }
  return { key: { name: "char", char }, length };
}
