/**
 * Tests of short texts without regular expressions: compiling one costs 50 to 100 µs, which every
 * run of `env` and `exec` would pay. They answer for the ordinary case; the rest is left to patterns.
 */

/** Decimal digits only, between `min` and `max` of them. */
export function isDigits(text: string, min: number, max: number): boolean {
  if (text.length < min || text.length > max) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** A control character stands somewhere (C0 and DEL). */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
}

/** `https://` and a host of letters, digits, dots and hyphens, then nothing or `/…` without blanks. */
export function isPlainHttpsUrl(text: string): boolean {
  if (!text.startsWith("https://")) return false;
  let i = 8;
  while (i < text.length && isHostChar(text.charCodeAt(i))) i++;
  if (i === 8) return false;
  if (i === text.length) return true;
  return text.charCodeAt(i) === 47 && !text.includes(" ") && !hasControl(text);
}

function isHostChar(code: number): boolean {
  return isLetterOrDigit(code) || code === 45 || code === 46;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

/** Lower-case letters and digits in words that single `-` or `_` join: an ordinary realm. */
export function isPlainWord(text: string, max: number): boolean {
  if (text === "" || text.length > max) return false;
  let joined = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const word = (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
    const joint = code === 45 || code === 95;
    if (!word && (!joint || joined)) return false;
    joined = joint;
  }
  return !joined;
}
