/** Connects a prompt to the terminal: keys in, lines on stderr. Loaded with the first question. */
import { userAborted } from "../sys/error.ts";
import { maskText } from "../sys/mask.ts";
import { consoleSize, drawOnStderr, type Overlay, setOverlay, writeStderr } from "../sys/stdio.ts";
import { openRawInput, type RawInput } from "../sys/terminal.ts";
import { escapeOf, type Key, nextKey } from "./keys.ts";
import type { Picture, Prompt, View } from "./prompts.ts";

/** A sequence that has not ended after this long is the Esc key. */
const ESCAPE_MS = 50;

/** One terminal, one question at a time. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Asks and resolves to the answer. Rejects with `user_aborted` on Esc, Ctrl-C and the end of input,
 * with the signal's reason when that is aborted. Nothing of the prompt but its summary stays on the
 * screen.
 */
export function ask<State, Value>(
  prompt: Prompt<State, Value>,
  options: { colour: boolean; signal?: AbortSignal },
): Promise<Value> {
  const mine = turn.then(() => converse(prompt, options));
  turn = mine.catch(() => {});
  return mine;
}

async function converse<State, Value>(
  prompt: Prompt<State, Value>,
  { colour, signal }: { colour: boolean; signal?: AbortSignal },
): Promise<Value> {
  signal?.throwIfAborted();
  const input = openRawInput();
  const canvas = new Canvas(input);
  try {
    setOverlay(canvas);
    const view = () => ({ columns: 80, rows: 24, ...consoleSize(), colour }) satisfies View;
    let state = prompt.initial;
    const draw = () => canvas.draw(prompt.render(state, view()));
    draw();
    for await (const key of keys(input, signal)) {
      const step = prompt.onKey(state, key);
      if ("aborted" in step) break;
      if ("done" in step) {
        finish(canvas, input);
        const summary = prompt.summary(step.done);
        if (summary !== undefined) writeStderr(maskText(summary) + "\n");
        return step.done;
      }
      state = step.state;
      draw();
    }
    throw userAborted();
  } finally {
    finish(canvas, input);
  }
}

function finish(canvas: Canvas, input: RawInput): void {
  canvas.hide();
  canvas.closed = true;
  input.close();
  setOverlay(undefined);
}

/** Keys until the end of input. Bytes behind the last key taken stay for the next question. */
async function* keys(input: RawInput, signal?: AbortSignal): AsyncGenerator<Key> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const abort = () => aborted.reject(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  let bytes: Uint8Array = new Uint8Array();
  try {
    for (;;) {
      const more = await Promise.race([
        input.read(bytes.length > 0 ? ESCAPE_MS : undefined),
        aborted.promise,
      ]);
      if (more === undefined) return;
      if (more === "quiet") {
        const settled = escapeOf(bytes);
        bytes = new Uint8Array();
        yield settled;
        continue;
      }
      bytes = joined(bytes, more);
      for (let read = nextKey(bytes); read; read = nextKey(bytes)) {
        bytes = bytes.subarray(read.length);
        yield read.key;
      }
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    input.unread(bytes);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** The lines of the prompt on the screen. */
class Canvas implements Overlay {
  closed = false;
  private picture: Picture | undefined;
  /** Line of the picture that the text cursor is on. */
  private line = 0;
  private shown = false;

  constructor(private readonly input: RawInput) {}

  draw(picture: Picture): void {
    let text = this.erasure();
    // In raw mode a line feed alone goes straight down.
    text += picture.lines.join("\r\n");
    const { cursor } = picture;
    this.line = picture.lines.length - 1;
    if (cursor) {
      const up = this.line - cursor.line;
      text += (up > 0 ? `\x1b[${up}A` : "") + "\r" +
        (cursor.column > 0 ? `\x1b[${cursor.column}C` : "");
      this.line = cursor.line;
    }
    if (!this.shown) this.input.cursor(cursor !== undefined);
    drawOnStderr(text);
    this.picture = picture;
    this.shown = true;
  }

  /** Takes the lines off the screen; ordinary output may follow. */
  hide(): void {
    if (this.closed || !this.shown) return;
    drawOnStderr(this.erasure());
    this.shown = false;
    this.input.cursor(true);
    this.input.raw(false);
  }

  show(): void {
    if (this.closed || !this.picture) return;
    this.input.raw(true);
    this.draw(this.picture);
  }

  private erasure(): string {
    if (!this.shown) return "";
    return (this.line > 0 ? `\x1b[${this.line}A` : "") + "\r\x1b[J";
  }
}
