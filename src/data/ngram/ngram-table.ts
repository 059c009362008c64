/**
 * N-grams of one order, as a level of a trie: an n-gram is the n-gram of one word less, by its number, and a last word.
 * Numbers count from 0 in the order of insertion. Open addressing in flat arrays: 16 to 24 bytes an n-gram.
 */
import { fail } from "../../base/errors.ts";

export interface NgramTable {
  readonly size: () => number;
  /** The number of an n-gram, or -1. */
  readonly find: (parent: number, word: number) => number;
  /** The number of an n-gram, a new one when it is not there yet. */
  readonly insert: (parent: number, word: number) => number;
  readonly parentOf: (entry: number) => number;
  readonly wordOf: (entry: number) => number;
  readonly bytes: () => number;
}

/** Numbers are 32 bits wide, and the slots more than twice as many. */
const MOST = 2 ** 29;

export function createNgramTable(expected = 1024): NgramTable {
  let capacity = Math.max(16, expected);
  let parents = new Int32Array(capacity);
  let words = new Int32Array(capacity);
  let slots = new Int32Array(slotsFor(capacity));
  let size = 0;

  const slotOf = (parent: number, word: number): number => {
    const mask = slots.length - 1;
    let hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(word + 1, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (;;) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0 || (parents[entry] === parent && words[entry] === word)) return slot;
      slot = (slot + 1) & mask;
    }
  };

  const grow = (): void => {
    if (capacity * 2 > MOST) fail("E_DATA_NGRAM", { what: `there are more than ${MOST / 2} n-grams of one order.` });
    capacity *= 2;
    parents = copyInto(new Int32Array(capacity), parents);
    words = copyInto(new Int32Array(capacity), words);
    slots = new Int32Array(slotsFor(capacity));
    for (let entry = 0; entry < size; entry++) {
      slots[slotOf(parents[entry] as number, words[entry] as number)] = entry + 1;
    }
  };

  return {
    size: () => size,
    find: (parent, word) => (slots[slotOf(parent, word)] as number) - 1,
    insert: (parent, word) => {
      const slot = slotOf(parent, word);
      const found = (slots[slot] as number) - 1;
      if (found >= 0) return found;
      if (size === capacity) {
        grow();
        slots[slotOf(parent, word)] = size + 1;
      } else slots[slot] = size + 1;
      parents[size] = parent;
      words[size] = word;
      return size++;
    },
    parentOf: (entry) => parents[entry] as number,
    wordOf: (entry) => words[entry] as number,
    bytes: () => parents.byteLength + words.byteLength + slots.byteLength,
  };
}

/** A power of two, at most two thirds full. */
function slotsFor(capacity: number): number {
  let slots = 16;
  while (slots < capacity * 1.5) slots *= 2;
  return slots;
}

function copyInto<Numbers extends Int32Array>(larger: Numbers, smaller: Int32Array): Numbers {
  larger.set(smaller);
  return larger;
}
