/** Markdown-lite of messages: `**bold**`, backticks, `#` headings (02 §2.1). */
const BOLD = "\x1b[1m", CODE = "\x1b[36m", HEADING = "\x1b[1;34m", RESET = "\x1b[0m";

/** How text for people is drawn on one stream. */
export interface TextStyle {
  /** Escape sequences are allowed. */
  colour: boolean;
}

/**
 * One text for one stream. Without colour `**` stays as written and backticks are dropped; with it
 * both are rendered. Masking and wrapping come before (02 traps 12).
 */
export function renderText(text: string, style: TextStyle): string {
  if (!style.colour) return text.replace(/`([^`\n]*)`/g, "$1");
  return text
    .replace(/\*\*([^*\n]+)\*\*/g, `${BOLD}$1${RESET}`)
    .replace(/`([^`\n]*)`/g, `${CODE}$1${RESET}`)
    .replace(/^#{1,3} (.*)$/gm, `${HEADING}$1${RESET}`);
}
