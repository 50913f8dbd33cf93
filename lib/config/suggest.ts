/** After this many questions nobody reads the answers, and each costs a pass over all names. */
const MOST_SUGGESTIONS = 50;

/** Gives `Did you mean …?` for names that do not exist, as long as somebody reads it. */
export function suggestions(): (written: string, known: () => string[]) => { hint?: string } {
  let asked = 0;
  return (written, known) => {
    const hint = asked++ < MOST_SUGGESTIONS ? didYouMean(nearest(written, known())) : undefined;
    return hint === undefined ? {} : { hint };
  };
}

/** `Did you mean …?`; undefined when nothing is near. */
export function didYouMean(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return `Did you mean ${names.map((name) => `\`${name}\``).join(" or ")}?`;
}

/**
 * The known names nearest to a mistyped one, best first: edit distance with swapped neighbours
 * counted once, at most a third of the length, without regard to case. At most three.
 *
 * @example nearest("satrt_url", ["start_url", "region"]) // ["start_url"]
 */
export function nearest(written: string, known: Iterable<string>): string[] {
  const wanted = written.toLowerCase();
  const limit = Math.max(1, Math.min(4, Math.floor(wanted.length / 3)));
  const found: { name: string; distance: number }[] = [];
  for (const name of known) {
    const distance = editDistance(wanted, name.toLowerCase(), limit);
    if (distance <= limit) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return found.slice(0, 3).map(({ name }) => name);
}

/** Optimal string alignment distance; gives up with `limit + 1` once it must be larger. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
        ? before[j - 2]! + 1
        : Infinity;
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost, swap);
      least = Math.min(least, row[j]!);
    }
    if (least > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length]!;
}
