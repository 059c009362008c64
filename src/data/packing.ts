/**
 * Packing: several samples share one row of at most `capacity` tokens. Best-fit decreasing (Johnson 1973): the
 * longest sample first, each into the fullest row that still has room. Rows with equal room are kept in stacks,
 * and a binary indexed tree over room finds the next larger one that exists, so a million samples take a second.
 */
import { internal } from "../base/errors.ts";

/** Rows as lists of sample indices; every sample is in one row. Lengths must be 1 to `capacity`. */
export function packSamples(lengths: readonly number[], capacity: number): readonly (readonly number[])[] {
  const order = Array.from(lengths.keys()).sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b);
  const rows: number[][] = [];
  const withRoom: number[][] = Array.from({ length: capacity + 1 }, () => []);
  const present = createRoomIndex(capacity);
  for (const sample of order) {
    const length = lengths[sample] as number;
    if (length < 1 || length > capacity) internal(`a sample of ${length} tokens does not fit a row of ${capacity}`);
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
