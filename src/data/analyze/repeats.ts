/**
 * How many rows repeat an earlier one, by a hash of each. Counts are exact as long as all hashes fit into the memory
 * that is given; beyond that only hashes that end with some zero bits are kept, which is a fair draw of the contents,
 * and counts are estimates from it.
 */

export interface Repeats {
  /** Rows whose text an earlier row had. */
  readonly rows: number;
  readonly share: number;
  /** Whether all rows were looked at, or a share of the contents. */
  readonly exact: boolean;
}

export interface RepeatCounter {
  /** Says how often the hash was seen before; 0 for those that are not kept. Hashes are whole numbers under 2^52. */
  readonly add: (hash: number) => number;
  /** How often a hash was seen. */
  readonly times: (hash: number) => number;
  readonly result: () => Repeats;
}

const ENTRY_BYTES = 12;
const LEAST_SLOTS = 1 << 10;

export function createRepeatCounter(maxBytes: number): RepeatCounter {
  // A hash of 0 is an empty slot: keys are hashes plus one.
  let keys = new Float64Array(LEAST_SLOTS);
  let counts = new Uint32Array(LEAST_SLOTS);
  let [used, seen, all] = [0, 0, 0];
  /** Of the hashes, one in so many is kept. */
  let stride = 1;

  const slotOf = (key: number): number => {
    const mask = keys.length - 1;
    let slot = ((key / stride) >>> 0) & mask;
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  };
  const put = (key: number, count: number): void => {
    const slot = slotOf(key);
    if (keys[slot] === 0) used++;
    keys[slot] = key;
    counts[slot] = (counts[slot] as number) + count;
  };
  /** Doubles the table, or halves what is kept. */
  const makeRoom = (): void => {
    const [oldKeys, oldCounts] = [keys, counts];
    const fits = oldKeys.length * 2 * ENTRY_BYTES <= maxBytes;
    const slots = fits ? oldKeys.length * 2 : oldKeys.length;
    if (!fits) stride *= 2;
    [keys, counts, used, seen] = [new Float64Array(slots), new Uint32Array(slots), 0, 0];
    for (const [i, key] of oldKeys.entries()) {
      if (key === 0 || (key - 1) % stride !== 0) continue;
      put(key, oldCounts[i] as number);
      seen += oldCounts[i] as number;
    }
  };

  return {
    add: (hash) => {
      all++;
      if (hash % stride !== 0) return 0;
      while (used * 2 > keys.length) makeRoom();
      if (hash % stride !== 0) return 0;
      seen++;
      const before = counts[slotOf(hash + 1)] as number;
      put(hash + 1, 1);
      return before;
    },
    times: (hash) => (hash % stride === 0 ? (counts[slotOf(hash + 1)] as number) : 0),
    result: () => {
      const share = seen === 0 ? 0 : (seen - used) / seen;
      return { rows: stride === 1 ? seen - used : Math.round(share * all), share, exact: stride === 1 };
    },
  };
}
