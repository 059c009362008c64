/**
 * Counts of n-grams in a sequence of numbers (code points, numbers of words), exactly: n-grams are found by a rolling
 * hash and compared in full. The tables are kept between texts, since this is among the hottest loops there are.
 */
import { unitsOf } from "./units.ts";

export interface NgramCounts {
  /** All n-grams. */
  readonly total: number;
  /** Different ones. */
  readonly distinct: number;
  /** Counts of those that occur more than once, in no order. */
  readonly repeated: readonly number[];
}

const BASE = 0x01000193;

/** Tables for longer texts are not kept. */
const KEPT = 1 << 20;

/** Slot to the place of an n-gram's first occurrence, plus one; 0 is free. */
let slots = new Int32Array(1 << 12);
/** Occurrences of the n-gram that first stands at a place; 0 at all other places. */
let counts = new Int32Array(1 << 11);

/** A table that is mostly empty has few collisions, which cost more than clearing it; not so for long texts. */
function makeRoom(total: number): number {
  const wanted = total * (total > KEPT ? 1.25 : 4);
  let size = 1 << 6;
  while (size < wanted) size *= 2;
  if (slots.length < size || slots.length > 4 * KEPT) slots = new Int32Array(Math.max(size, 1 << 12));
  else slots.fill(0, 0, size);
  if (counts.length < total || counts.length > KEPT) counts = new Int32Array(Math.max(total, 1 << 11));
  return size;
}

/** `length`: how many numbers of the sequence count. */
export function countNgrams(sequence: Int32Array, length: number, n: number): NgramCounts {
  const total = Math.max(0, length - n + 1);
  if (total === 0) return { total: 0, distinct: 0, repeated: [] };
  const mask = makeRoom(total) - 1;
  const [slotOf, countOf] = [slots, counts];

  let leading = 1;
  for (let i = 0; i < n; i++) leading = Math.imul(leading, BASE);
  let hash = 0;
  for (let i = 0; i < n - 1; i++) hash = (Math.imul(hash, BASE) + (sequence[i] as number)) | 0;
  let distinct = 0;
  let leaving = 0;
  /** Where the n-gram before this one was found; behind it this one is sought first. */
  let found = -2;
  for (let start = 0; start < total; start++) {
    hash = (Math.imul(hash, BASE) + (((sequence[start + n - 1] as number) - leaving) | 0)) | 0;
    leaving = Math.imul(sequence[start] as number, leading);
    let slot = (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7) & mask;
    for (;;) {
      const first = (slotOf[slot] as number) - 1;
      if (first < 0) {
        slotOf[slot] = start + 1;
        countOf[start] = 1;
        distinct++;
        found = -2;
        break;
      }
      // Of neighbours of two equal n-grams only the last number can differ.
      const equal =
        first === found + 1 ? sequence[first + n - 1] === sequence[start + n - 1] : isSame(sequence, first, start, n);
      if (equal) {
        countOf[first] = (countOf[first] as number) + 1;
        countOf[start] = 0;
        found = first;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  const repeated: number[] = [];
  if (distinct < total) {
    for (let start = 0; start < total; start++) {
      if ((countOf[start] as number) > 1) repeated.push(countOf[start] as number);
    }
  }
  return { total, distinct, repeated };
}

function isSame(sequence: Int32Array, a: number, b: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (sequence[a + i] !== sequence[b + i]) return false;
  return true;
}

let codes = new Int32Array(1 << 12);

/** The code points of a text, in a buffer that the next call overwrites, and how many there are. */
export function codePointsOf(text: string): { readonly sequence: Int32Array; readonly length: number } {
  if (codes.length < text.length || codes.length > KEPT) codes = new Int32Array(Math.max(1 << 12, text.length));
  const units = unitsOf(text);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = units[i] as number;
    if (code >= 0xd800 && code < 0xdc00) {
      code = text.codePointAt(i) as number;
      if (code > 0xffff) i++;
    }
    codes[length++] = code;
  }
  return { sequence: codes, length };
}
