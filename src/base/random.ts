/**
 * Addressed randomness: every random number is a function of a seed and an address such as
 * ("dropout", step, sample), never of what was drawn before. Replaying or resuming needs no state.
 *
 * The stream is SplitMix32 started at a hash (murmur3 finaliser) of the address.
 */

export type Address = string | number;

/** A stream of numbers that belongs to one address. */
export interface RandomStream {
  /** Uniform in [0, 1), 32 bits. */
  readonly uniform: () => number;
  /** Uniform integer in [0, below). */
  readonly integer: (below: number) => number;
  /** Standard normal (Box-Muller). */
  readonly normal: () => number;
}

function mix(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x9e3779b1);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32-bit hash of an address. Numbers may be any safe integer; strings are hashed by UTF-16 unit. */
export function hashAddress(address: readonly Address[]): number {
  let hash = 0x811c9dc5;
  for (const part of address) {
    if (typeof part === "number") {
      hash = mix(mix(hash, part >>> 0), Math.floor(part / 0x100000000) >>> 0);
    } else {
      for (let i = 0; i < part.length; i++) hash = mix(hash, part.charCodeAt(i));
      hash = mix(hash, 0xffff + part.length);
    }
  }
  return hash;
}

/** The stream at an address, for example `randomAt(seed, "shuffle", epoch)`. */
export function randomAt(...address: readonly Address[]): RandomStream {
  let state = hashAddress(address);
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const uniform = (): number => next() / 0x100000000;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** A permutation of 0..length-1 (Fisher-Yates) drawn from one address. */
export function permutation(length: number, ...address: readonly Address[]): Uint32Array {
  const stream = randomAt(...address);
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = stream.integer(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}
