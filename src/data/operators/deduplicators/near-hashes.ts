/**
 * Finds hashes of 64 bits that differ in few bits. Of `blocks` blocks at most `distance` differ then, so the others
 * are equal: for each choice of those, hashes equal there are looked up in a table and compared.
 */

/** A hash of 64 bits is a pair of words, the high one first. */
export type HashWords = Uint32Array;

export function countOnes(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** In how many ways `taken` of `all` things can be taken. */
export function countChoices(all: number, taken: number): number {
  let count = 1;
  for (let i = 1; i <= taken; i++) count = (count * (all - taken + i)) / i;
  return Math.round(count);
}

function* choices(all: number, taken: number, first = 0): Generator<readonly number[]> {
  if (taken === 0) yield [];
  else {
    for (let i = first; i <= all - taken; i++) {
      for (const rest of choices(all, taken - 1, i + 1)) yield [i, ...rest];
    }
  }
}

function maskOf(chosen: readonly number[], blocks: number): readonly [high: number, low: number] {
  const mask = new Uint32Array(2);
  for (const block of chosen) {
    const end = Math.floor(((block + 1) * 64) / blocks);
    for (let bit = Math.floor((block * 64) / blocks); bit < end; bit++) {
      const word = bit < 32 ? 0 : 1;
      mask[word] = (mask[word] as number) | (1 << (31 - (bit & 31)));
    }
  }
  return [mask[0] as number, mask[1] as number];
}

/** Calls `match` with the numbers of each two of `rows` whose hashes differ in at most `distance` bits; some twice. */
export function matchNearHashes(
  hashes: HashWords,
  rows: readonly number[] | Uint32Array,
  { blocks, distance }: { readonly blocks: number; readonly distance: number },
  match: (row: number, earlier: number) => void,
): void {
  let capacity = 16;
  while (capacity < rows.length * 2) capacity *= 2;
  // Lists of places in `rows`, plus one, so that 0 ends a list.
  const heads = new Uint32Array(capacity);
  const nexts = new Uint32Array(rows.length);
  for (const chosen of choices(blocks, blocks - distance)) {
    const [maskHigh, maskLow] = maskOf(chosen, blocks);
    heads.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const [high, low] = [hashes[2 * row] as number, hashes[2 * row + 1] as number];
      const mixed = Math.imul((high & maskHigh) ^ Math.imul(low & maskLow, 0x85ebca6b), 0x9e3779b1);
      const place = ((mixed ^ (mixed >>> 15)) >>> 0) % capacity;
      for (let at = heads[place] as number; at > 0; at = nexts[at - 1] as number) {
        const other = rows[at - 1] as number;
        const differing =
          countOnes(high ^ (hashes[2 * other] as number)) + countOnes(low ^ (hashes[2 * other + 1] as number));
        if (differing <= distance) match(row, other);
      }
      nexts[i] = heads[place] as number;
      heads[place] = i + 1;
    }
  }
}
