/**
 * The refined words of a text (in lower case, without special characters at their ends) as places in an array of
 * units, with a hash of each: counting and looking words up needs no string for each of them. The words are those of
 * `refinedWords`.
 */
import { BLANK, SPECIAL, SURROGATE, classOf, classes } from "./characters.ts";
import { createUnits } from "./units.ts";

export interface WordTable {
  readonly count: number;
  readonly units: Uint16Array;
  /** Where each word begins and ends. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly hashes: Int32Array;
}

const PRIME = 0x01000193;
const SEED = 0x811c9dc5 | 0;

const KEPT_WORDS = 1 << 18;

let [starts, ends, hashes] = [makeWords(), makeWords(), makeWords()];

function makeWords(before: Int32Array = new Int32Array(), length = 1 << 10): Int32Array {
  const words = new Int32Array(length);
  words.set(before);
  return words;
}

function grow(): void {
  const length = starts.length * 2;
  [starts, ends, hashes] = [makeWords(starts, length), makeWords(ends, length), makeWords(hashes, length)];
}

const lowerUnits = createUnits();

/** Longer texts are not remembered. */
const KEPT_TEXT = 1 << 19;

let lastText: string | undefined;
let lastTable: WordTable | undefined;

/** Words of a text; good until the next call with another text. */
export function wordTable(text: string): WordTable {
  if (lastTable !== undefined && text === lastText) return lastTable;
  const lower = text.toLowerCase();
  const units = lowerUnits(lower);
  const { length } = lower;
  if (starts.length > KEPT_WORDS) [starts, ends, hashes] = [makeWords(), makeWords(), makeWords()];
  let [count, start, end, hash, hashAtEnd] = [0, -1, 0, 0, 0];
  for (let i = 0; i < length; i++) {
    const unit = units[i] as number;
    let found = classes[unit] as number;
    if ((found & BLANK) !== 0) {
      if (start < 0) continue;
      if (count === starts.length) grow();
      starts[count] = start;
      ends[count] = end;
      hashes[count++] = hashAtEnd;
      start = -1;
      continue;
    }
    let low = -1;
    if ((found & SURROGATE) !== 0) {
      const code = lower.codePointAt(i) as number;
      if (code > 0xffff) {
        low = units[++i] as number;
        found = classOf(code);
      }
    }
    if (start < 0) {
      if ((found & SPECIAL) !== 0) continue;
      start = low < 0 ? i : i - 1;
      hash = SEED;
    }
    hash = Math.imul(hash ^ unit, PRIME);
    if (low >= 0) hash = Math.imul(hash ^ low, PRIME);
    if ((found & SPECIAL) === 0) [end, hashAtEnd] = [i + 1, hash];
  }
  if (start >= 0) {
    if (count === starts.length) grow();
    starts[count] = start;
    ends[count] = end;
    hashes[count++] = hashAtEnd;
  }
  const table = { count, units, starts, ends, hashes };
  [lastText, lastTable] = text.length > KEPT_TEXT ? [undefined, undefined] : [text, table];
  return table;
}

/** Slot to the place of a word's first occurrence, plus one; 0 is free. */
let slots = new Int32Array(1 << 11);
let numbers = new Int32Array(1 << 10);

const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 8;

/** Words as numbers, equal words as equal ones; good until the next call. */
export function wordNumbers({ count, units, starts, ends, hashes }: WordTable): Int32Array {
  let size = 1 << 6;
  while (size < count * 2) size *= 2;
  if (slots.length < size || slots.length > 4 * KEPT_WORDS) slots = new Int32Array(Math.max(size, 1 << 11));
  else slots.fill(0, 0, size);
  if (numbers.length < count || numbers.length > 2 * KEPT_WORDS) numbers = new Int32Array(Math.max(size, 1 << 10));
  const mask = size - 1;
  for (let word = 0; word < count; word++) {
    const hash = hashes[word] as number;
    const start = starts[word] as number;
    const length = (ends[word] as number) - start;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const first = (slots[slot] as number) - 1;
      if (first < 0) {
        slots[slot] = word + 1;
        numbers[word] = word;
        break;
      }
      const other = starts[first] as number;
      if (hashes[first] !== hash || (ends[first] as number) - other !== length) continue;
      if (isSame(units, other, units, start, length)) {
        numbers[word] = first;
        break;
      }
    }
  }
  return numbers;
}

function isSame(a: Uint16Array, from: number, b: Uint16Array, to: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[from + i] !== b[to + i]) return false;
  return true;
}

/** Makes the function that counts the words of a table that are in a list. */
export function createWordCounter(list: ReadonlySet<string>): (table: WordTable) => number {
  const words = [...list].filter((word) => word !== "");
  const text = words.join("");
  const letters = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  let size = 1 << 4;
  while (size < words.length * 4) size *= 2;
  const mask = size - 1;
  const places = new Int32Array(size).fill(-1);
  const [froms, lengths, listed] = [0, 1, 2].map(() => new Int32Array(words.length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let at = 0;
  for (const [i, word] of words.entries()) {
    let hash = SEED;
    for (let unit = 0; unit < word.length; unit++) hash = Math.imul(hash ^ word.charCodeAt(unit), PRIME);
    froms[i] = at;
    lengths[i] = word.length;
    listed[i] = hash;
    at += word.length;
    let slot = spread(hash) & mask;
    while ((places[slot] as number) >= 0) slot = (slot + 1) & mask;
    places[slot] = i;
  }
  return ({ count, units, starts, ends, hashes }) => {
    let found = 0;
    for (let word = 0; word < count; word++) {
      const hash = hashes[word] as number;
      for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
        const place = places[slot] as number;
        if (place < 0) break;
        if (listed[place] !== hash) continue;
        const start = starts[word] as number;
        const length = (ends[word] as number) - start;
        if (length !== lengths[place] || !isSame(letters, froms[place] as number, units, start, length)) continue;
        found++;
        break;
      }
    }
    return found;
  };
}
