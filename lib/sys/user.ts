/** Numeric id of the user this process runs as; null on Windows. */
export function userId(): number | null {
  return Deno.uid();
}
