/**
 * Counts of n-grams in a sequence of numbers (code points, numbers of words), exactly: n-grams are found by a rolling
 * hash and compared in full. The tables are kept between texts, since this is among the hottest loops there are.
 */
import { internal } from "../../../base/errors.ts";
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

/** Longer sequences are counted in parts, and their tables are not kept. */
const LONG = 1 << 20;

/** Slot to the place of an n-gram's first occurrence, plus one; 0 is free. */
let slots = new Int32Array(1 << 12);
/** Occurrences of the n-gram in a slot. */
let counts = new Int32Array(1 << 12);

/** A table that is mostly empty has few collisions, which cost more than clearing it. */
function makeRoom(total: number): number {
  let size = 1 << 6;
  while (size < total * 4) size *= 2;
  if (slots.length < size) [slots, counts] = [new Int32Array(size), new Int32Array(size)];
  else slots.fill(0, 0, size);
  return size;
}

/** `length`: how many numbers of the sequence count. */
export function countNgrams(sequence: Int32Array, length: number, n: number): NgramCounts {
  const total = Math.max(0, length - n + 1);
  if (total === 0) return { total: 0, distinct: 0, repeated: [] };
  let parts = 1;
  while (total > parts * LONG) parts *= 2;
  const repeated: number[] = [];
  let distinct = 0;
  for (let part = 0; part < parts; part++) {
    distinct += countPart(sequence, { total, n, part, parts }, repeated);
  }
  if (parts > 1) [slots, counts] = [new Int32Array(1 << 12), new Int32Array(1 << 12)];
  return { total, distinct, repeated };
}

interface Part {
  readonly total: number;
  readonly n: number;
  /** N-grams are shared out among `parts`, a power of two, by their hash. */
  readonly part: number;
  readonly parts: number;
}

/** Adds the counts of what repeats; gives the number of different n-grams. */
function countPart(sequence: Int32Array, { total, n, part, parts }: Part, repeated: number[]): number {
  const mask = makeRoom(parts === 1 ? total : LONG * 1.25) - 1;
  const partMask = parts - 1;
  const [slotOf, countOf] = [slots, counts];
  const twice: number[] = [];
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
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    if ((mixed & partMask) !== part) {
      found = -2;
      continue;
    }
    let slot = (mixed >>> 7) & mask;
    for (;;) {
      const first = (slotOf[slot] as number) - 1;
      if (first < 0) {
        slotOf[slot] = start + 1;
        countOf[slot] = 1;
        if (++distinct === mask) internal("the parts of a long sequence differ in size");
        found = -2;
        break;
      }
      // Of neighbours of two equal n-grams only the last number can differ.
      const equal =
        first === found + 1 ? sequence[first + n - 1] === sequence[start + n - 1] : isSame(sequence, first, start, n);
      if (equal) {
        const before = countOf[slot] as number;
        countOf[slot] = before + 1;
        if (before === 1) twice.push(slot);
        found = first;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  for (const slot of twice) repeated.push(countOf[slot] as number);
  return distinct;
}

function isSame(sequence: Int32Array, a: number, b: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (sequence[a + i] !== sequence[b + i]) return false;
  return true;
}

const roomFor = (length: number): Int32Array<ArrayBuffer> =>
  new Int32Array(length > LONG ? length : Math.min(LONG, length * 2));

let kept = new Int32Array(1 << 12);

/** The code points of a text, in a buffer that the next call may overwrite, and how many there are. */
export function codePointsOf(text: string): { readonly sequence: Int32Array; readonly length: number } {
  const codes = text.length <= kept.length ? kept : roomFor(text.length);
  if (codes.length <= LONG) kept = codes;
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
