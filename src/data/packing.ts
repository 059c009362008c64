/**
 * Packing: several samples share one row of at most `capacity` tokens.
 *
 * `binpack`: best-fit decreasing (Johnson 1973): the longest sample first, each into the fullest row that still has
 * room. Rows with equal room are kept in stacks, and a binary indexed tree over room finds the next larger one that
 * exists, so a million samples take about a second. At most 11/9 of the fewest rows possible.
 *
 * `sequential`: samples in the order they come, a new row when the next one does not fit (next-fit); for data whose
 * order means something. At most twice the fewest rows possible.
 */
import { internal } from "../base/errors.ts";

/** Rows as lists of sample indices; every sample is in one row. Lengths must be 1 to `capacity`. */
export type Packer = (lengths: ArrayLike<number>, capacity: number) => readonly (readonly number[])[];

export const packSamples: Packer = (lengths, capacity) => {
  const order = longestFirst(lengths, capacity);
  const rows: number[][] = [];
  const withRoom: number[][] = Array.from({ length: capacity + 1 }, () => []);
  const present = createRoomIndex(capacity);
  for (const sample of order) {
    const length = lengths[sample] as number;
    const room = present.smallestAtLeast(length);
    let row: number;
    if (room === undefined) row = rows.push([]) - 1;
    else {
      row = (withRoom[room] as number[]).pop() as number;
      if ((withRoom[room] as number[]).length === 0) present.remove(room);
    }
    (rows[row] as number[]).push(sample);
    const left = (room ?? capacity) - length;
    if (left > 0) {
      if ((withRoom[left] as number[]).push(row) === 1) present.add(left);
    }
  }
  return rows;
};

export const packSequential: Packer = (lengths, capacity) => {
  const rows: number[][] = [];
  let room = 0;
  for (let sample = 0; sample < lengths.length; sample++) {
    const length = checkedLength(lengths, sample, capacity);
    if (length > room) {
      rows.push([]);
      room = capacity;
    }
    (rows.at(-1) as number[]).push(sample);
    room -= length;
  }
  return rows;
};

/** By the words of ms-swift's `packing_strategy`. */
export const packers = { binpack: packSamples, sequential: packSequential } as const satisfies Record<string, Packer>;

function checkedLength(lengths: ArrayLike<number>, sample: number, capacity: number): number {
  const length = lengths[sample] as number;
  if (length < 1 || length > capacity) internal(`a sample of ${length} tokens does not fit a row of ${capacity}`);
  return length;
}

/** Samples from long to short, equal ones in their order: a counting sort, as lengths are small whole numbers. */
function longestFirst(lengths: ArrayLike<number>, capacity: number): Uint32Array {
  const starts = new Uint32Array(capacity + 2);
  for (let sample = 0; sample < lengths.length; sample++) {
    const place = capacity - checkedLength(lengths, sample, capacity) + 1;
    starts[place] = (starts[place] as number) + 1;
  }
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  const order = new Uint32Array(lengths.length);
  for (let sample = 0; sample < lengths.length; sample++) {
    const place = capacity - (lengths[sample] as number);
    order[starts[place] as number] = sample;
    starts[place] = (starts[place] as number) + 1;
  }
  return order;
}

/** Which amounts of room exist, from 1 to `capacity`: a binary indexed tree of 0 and 1. */
function createRoomIndex(capacity: number) {
  const tree = new Int32Array(capacity + 2);
  let top = 1;
  while (top * 2 <= capacity) top *= 2;
  const change = (room: number, by: number): void => {
    for (let i = room; i <= capacity; i += i & -i) tree[i] = (tree[i] as number) + by;
  };
  const countBelow = (room: number): number => {
    let count = 0;
    for (let i = room - 1; i > 0; i -= i & -i) count += tree[i] as number;
    return count;
  };
  return {
    add: (room: number) => change(room, 1),
    remove: (room: number) => change(room, -1),
    smallestAtLeast: (room: number): number | undefined => {
      // The position of the (count below + 1)-th present amount.
      let rest = countBelow(room);
      let at = 0;
      for (let step = top; step > 0; step = Math.floor(step / 2)) {
        if (at + step <= capacity && (tree[at + step] as number) <= rest) {
          at += step;
          rest -= tree[at] as number;
        }
      }
      return at + 1 <= capacity ? at + 1 : undefined;
    },
  };
}
