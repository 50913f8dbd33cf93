/** Columns that text takes on a terminal: wide characters two, combining marks none. */

/** Inclusive ranges of East Asian wide and emoji characters (Unicode 16, coarse). */
const wide: [number, number][] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x23f0, 0x23f0],
  [0x23f3, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x267f, 0x267f],
  [0x2693, 0x2693],
  [0x26a1, 0x26a1],
  [0x26aa, 0x26ab],
  [0x26bd, 0x26be],
  [0x26c4, 0x26c5],
  [0x26ce, 0x26ce],
  [0x26d4, 0x26d4],
  [0x26ea, 0x26ea],
  [0x26f2, 0x26f3],
  [0x26f5, 0x26f5],
  [0x26fa, 0x26fa],
  [0x26fd, 0x26fd],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x274c],
  [0x274e, 0x274e],
  [0x2753, 0x2755],
  [0x2757, 0x2757],
  [0x2795, 0x2797],
  [0x27b0, 0x27b0],
  [0x27bf, 0x27bf],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2b55, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f18e],
  [0x1f191, 0x1f19a],
  [0x1f200, 0x1f320],
  [0x1f32d, 0x1f335],
  [0x1f337, 0x1f37c],
  [0x1f37e, 0x1f393],
  [0x1f3a0, 0x1f3ca],
  [0x1f3cf, 0x1f3d3],
  [0x1f3e0, 0x1f3f0],
  [0x1f3f4, 0x1f3f4],
  [0x1f3f8, 0x1f43e],
  [0x1f440, 0x1f440],
  [0x1f442, 0x1f4fc],
  [0x1f4ff, 0x1f53d],
  [0x1f54b, 0x1f54e],
  [0x1f550, 0x1f567],
  [0x1f57a, 0x1f57a],
  [0x1f595, 0x1f596],
  [0x1f5a4, 0x1f5a4],
  [0x1f5fb, 0x1f64f],
  [0x1f680, 0x1f6c5],
  [0x1f6cc, 0x1f6cc],
  [0x1f6d0, 0x1f6d2],
  [0x1f6d5, 0x1f6d7],
  [0x1f6dc, 0x1f6df],
  [0x1f6eb, 0x1f6ec],
  [0x1f6f4, 0x1f6fc],
  [0x1f7e0, 0x1f7eb],
  [0x1f7f0, 0x1f7f0],
  [0x1f90c, 0x1f93a],
  [0x1f93c, 0x1f945],
  [0x1f947, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

function isWide(code: number): boolean {
  let low = 0, high = wide.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = wide[middle]!;
    if (code < from) high = middle - 1;
    else if (code > to) low = middle + 1;
    else return true;
  }
  return false;
}

// deno-lint-ignore no-control-regex
const escapes = /\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
const plain = /^[\x20-\x7e]*$/;

/** Text without terminal escape sequences. */
export function stripEscapes(text: string): string {
  return text.includes("\x1b") ? text.replace(escapes, "") : text;
}

/** Width of one line in terminal columns; escape sequences count nothing. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(stripEscapes(text))) {
    const code = segment.codePointAt(0)!;
    if (code < 32 || (code >= 0x7f && code < 0xa0)) continue;
    // a mark that stands alone, or a format character, takes no room
    if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(segment)) continue;
    width += isWide(code) || segment.includes("\ufe0f") ? 2 : 1;
  }
  return width;
}

/** Text padded with blanks to `columns`; longer text stays as it is. */
export function padEnd(text: string, columns: number): string {
  const missing = columns - textWidth(text);
  return missing > 0 ? text + " ".repeat(missing) : text;
}

/** Lines of at most `columns`, broken at blanks; a word that is longer stands alone, uncut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    if (textWidth(paragraph) <= columns) {
      lines.push(paragraph);
      continue;
    }
    const indent = /^ */.exec(paragraph)![0];
    let line = "", width = 0;
    for (const word of paragraph.trim().split(/ +/)) {
      const size = textWidth(word);
      if (line !== "" && width + 1 + size > columns) {
        lines.push(line);
        line = "";
      }
      if (line === "") {
        line = indent + word;
        width = indent.length + size;
      } else {
        line += " " + word;
        width += 1 + size;
      }
    }
    if (line !== "") lines.push(line);
  }
  return lines;
}
