/** Finds rows with equal keys: a hash table with open addressing that holds row numbers, eight bytes for each row. */
import type { KeyTable } from "../operator.ts";

/**
 * Calls `match(row, first)` for every row whose bytes `offset` to `offset + width` are those of an earlier row; rows
 * without a key are left out. The bytes must be those of a hash.
 */
export function matchEqualKeys(
  keys: KeyTable,
  offset: number,
  width: number,
  match: (row: number, first: number) => void,
): void {
  const column = asWords(keys.column(offset, width));
  const words = width / 4;
  let capacity = 16;
  while (capacity < keys.rows * 2) capacity *= 2;
  // Row numbers plus one; 0 is an empty place.
  const table = new Uint32Array(capacity);
  for (let row = 0; row < keys.rows; row++) {
    if (!keys.has(row)) continue;
    const at = row * words;
    let place = Math.imul((column[at] as number) ^ (column[at + 1] as number), 0x9e3779b1) >>> 0;
    for (place %= capacity; ; place = (place + 1) % capacity) {
      const first = (table[place] as number) - 1;
      if (first < 0) {
        table[place] = row + 1;
        break;
      }
      let same = 0;
      while (same < words && column[at + same] === column[first * words + same]) same++;
      if (same < words) continue;
      match(row, first);
      break;
    }
  }
}

/** For every row the first one with its key. */
export function firstsOfEqualKeys(keys: KeyTable, width: number): Uint32Array {
  const firsts = Uint32Array.from({ length: keys.rows }, (_, row) => row);
  matchEqualKeys(keys, 0, width, (row, first) => {
    firsts[row] = first;
  });
  return firsts;
}

/** The same bytes as words, copied only when they do not lie on a word. */
export function asWords(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
