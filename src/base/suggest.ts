/**
 * "Did you mean": the candidate nearest to a mistyped word. Distance is optimal string alignment (edits and
 * swaps of neighbours; Damerau 1964), after both words are made alike in case and separators.
 */

const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_. ]/g, "");

/** Number of single-letter edits and neighbour swaps that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] as number) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}

/**
 * The nearest candidate, or undefined when none is near: at most two edits, and at most a third of the word
 * wrong. A word that begins a candidate counts as near too ("lora_target" finds nothing, "warmup_rat" does).
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word.slice(0, 64));
  const allowed = Math.min(2, Math.ceil(wanted.length / 3));
  let nearest: string | undefined;
  let distance = allowed + 1;
  for (const candidate of candidates) {
    const found = editDistance(wanted, plain(candidate));
    if (found < distance) [nearest, distance] = [candidate, found];
  }
  if (nearest !== undefined || wanted.length < 4) return nearest;
  for (const candidate of candidates) if (plain(candidate).startsWith(wanted)) return candidate;
  return undefined;
}

/** " Did you mean ...?" for an unknown name, or "" when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = suggest(word, candidates);
  return near === undefined ? "" : ` Did you mean ${near}?`;
}
