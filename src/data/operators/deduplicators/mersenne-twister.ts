/**
 * Numbers of `numpy.random.RandomState(seed).randint(low, high, dtype=uint64)`: the Mersenne Twister MT19937 and
 * numpy's masked rejection. Data-Juicer draws the permutations of its MinHash from it; ours must be the same ones.
 */

const LENGTH = 624;
const SHIFT = 397;

/** 32-bit words of MT19937, seeded with one number as numpy does it. */
export function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(LENGTH);
  state[0] = seed;
  for (let i = 1; i < LENGTH; i++) {
    const last = state[i - 1] as number;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  let next = LENGTH;
  const refill = (): void => {
    for (let i = 0; i < LENGTH; i++) {
      const joined = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % LENGTH] as number) & 0x7fffffff);
      const twist = (joined & 1) === 0 ? 0 : 0x9908b0df;
      state[i] = (state[(i + SHIFT) % LENGTH] as number) ^ (joined >>> 1) ^ twist;
    }
    next = 0;
  };
  return () => {
    if (next === LENGTH) refill();
    let word = state[next++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/** Draws from `[low, high)`, as numpy does for ranges of more than 32 bits: what falls outside is thrown away. */
export function wideIntegers(seed: number): (low: bigint, high: bigint) => bigint {
  const word = mersenneTwister(seed);
  return (low, high) => {
    const greatest = high - low - 1n;
    const mask = (1n << BigInt(greatest.toString(2).length)) - 1n;
    for (;;) {
      const upper = BigInt(word());
      const value = ((upper << 32n) | BigInt(word())) & mask;
      if (value <= greatest) return low + value;
    }
  };
}
