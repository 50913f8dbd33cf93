/** The spinner: one line on a colour stderr terminal while something slow runs (02 §2.3). */
import {
  consoleSize,
  currentOverlay,
  drawOnStderr,
  type Overlay,
  setOverlay,
} from "../sys/stdio.ts";
import { maskText } from "../sys/mask.ts";
import { textWidth } from "./width.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const TICK_MS = 100;

/** Steps under way, innermost last; that one is shown. */
const steps: { text: string }[] = [];
let timer: ReturnType<typeof setInterval> | undefined;
let frame = 0;
let drawn = false;

const overlay: Overlay = {
  hide: () => {
    if (drawn) drawOnStderr("\r\x1b[K");
    drawn = false;
  },
  show: () => draw(),
};

/** Shows `text` while `work` runs. What takes less than a tick is not shown at all. */
export async function spin<T>(text: string, work: () => Promise<T>): Promise<T> {
  const step = { text: maskText(text) };
  steps.push(step);
  timer ??= startTicking();
  try {
    return await work();
  } finally {
    steps.splice(steps.indexOf(step), 1);
    if (steps.length === 0) stopTicking();
  }
}

function startTicking(): ReturnType<typeof setInterval> {
  const started = setInterval(() => {
    frame = (frame + 1) % FRAMES.length;
    const current = currentOverlay();
    // A question has the screen: the spinner comes back when it is answered.
    if (current !== undefined && current !== overlay) return;
    if (current === undefined) setOverlay(overlay);
    draw();
  }, TICK_MS);
  return started;
}

function stopTicking(): void {
  clearInterval(timer);
  timer = undefined;
  if (currentOverlay() === overlay) setOverlay(undefined);
}

function draw(): void {
  const step = steps.at(-1);
  if (!step) return;
  const columns = consoleSize()?.columns ?? 80;
  let text = step.text;
  while (textWidth(text) > columns - 4) text = text.slice(0, -1);
  drawOnStderr(`\r\x1b[K\x1b[36m${FRAMES[frame]}\x1b[0m ${text}`);
  drawn = true;
}
