/**
 * The hot loop of MinHash in WebAssembly: for each permutation (a, b) the least of
 * `(((a * hash + b) mod 2^64) mod (2^61 - 1)) mod 2^32` over the hashes of all shingles, four permutations at a time,
 * and a hash of 64 bits for each band of them. That the product wraps at 2^64 is no choice of ours: it does in numpy,
 * hence in datasketch and Data-Juicer, and the kept rows are to be the same.
 */
import { assemble, i32, i64, op, v128, type Code } from "./wasm-assembly.ts";

export interface Permutation {
  readonly a: bigint;
  readonly b: bigint;
}

export interface MinHashKernel {
  /** Where hashes of shingles are put before `add`. */
  readonly hashes: Uint32Array;
  /** Forgets the last text. */
  readonly start: () => void;
  /** Takes the first `count` hashes into account. */
  readonly add: (count: number) => void;
  /** The least value of each permutation; 2^32 - 1 when there was no hash. */
  readonly minima: () => Uint32Array;
  /** The keys of so many bands of so many rows, eight bytes each. */
  readonly bandKeys: (bands: number, rows: number) => Uint8Array;
}

const HASHES = 4096;
const LANES = 4;
/** Bytes of four permutations: low halves of a, high halves of a, and b in whole. */
const GROUP = 64;
const PAGE = 0x10000;
const PRIME = (1n << 61n) - 1n;

/** `mod (2^61 - 1)` of both lanes on the stack; only the low 32 bits of the result matter. */
const reduce = (x: number, prime: number, one: number): Code => [
  // The sum of the low 61 bits and the high 3 is the value, or the value plus the prime.
  [op.set(x), op.get(x), op.get(prime), op.v128.and],
  [op.get(x), op.i32.const(61), op.i64x2.shiftRight, op.i64x2.add, op.tee(x)],
  // Bit 61 of the sum plus one says which; taking the prime away is adding one in the low bits.
  [op.get(one), op.i64x2.add, op.i32.const(61), op.i64x2.shiftRight, op.get(x), op.i64x2.add],
];

/** `a * h + b` of two lanes: the low half of a times h, and the high half times h shifted up. */
const affine = (h: number, lowA: number, highA: number, b: number, multiply: Code): Code => [
  [op.get(h), op.get(lowA), multiply],
  [op.get(h), op.get(highA), multiply, op.i32.const(32), op.i64x2.shiftLeft],
  [op.i64x2.add, op.get(b), op.i64x2.add],
];

/** Locals: where hashes end, where groups end, the group, the minima of it, the hash, then vectors. */
const [HASHES_END, GROUPS_END, AT_GROUP, AT_MINIMA, AT_HASH] = [0, 1, 2, 3, 4];
const [H, LOW_A, HIGH_A, B0, B1, LEAST, X0, X1, PRIMES, ONES] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

const addCode = (groups: number, minima: number): Code => [
  [op.i64.const(PRIME), op.i64x2.splat, op.set(PRIMES)],
  [op.i64.const(1n), op.i64x2.splat, op.set(ONES)],
  [op.i32.const(groups), op.set(AT_GROUP)],
  [op.i32.const(minima), op.set(AT_MINIMA)],
  op.loop(
    [
      [op.get(AT_GROUP), op.v128.load(0), op.set(LOW_A)],
      [op.get(AT_GROUP), op.v128.load(16), op.set(HIGH_A)],
      [op.get(AT_GROUP), op.v128.load(32), op.set(B0)],
      [op.get(AT_GROUP), op.v128.load(48), op.set(B1)],
      [op.get(AT_MINIMA), op.v128.load(0), op.set(LEAST)],
      [op.i32.const(0), op.set(AT_HASH)],
      op.loop(
        [
          [op.get(AT_HASH), op.v128.loadSplat32(0), op.set(H)],
          [affine(H, LOW_A, HIGH_A, B0, op.i64x2.multiplyLow32), reduce(X0, PRIMES, ONES)],
          [affine(H, LOW_A, HIGH_A, B1, op.i64x2.multiplyHigh32), reduce(X1, PRIMES, ONES)],
          op.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]),
          [op.get(LEAST), op.i32x4.minUnsigned, op.set(LEAST)],
        ],
        [op.get(AT_HASH), op.i32.const(4), op.i32.add, op.tee(AT_HASH), op.get(HASHES_END), op.i32.lessThan],
      ),
      [op.get(AT_MINIMA), op.get(LEAST), op.v128.store(0)],
      [op.get(AT_MINIMA), op.i32.const(16), op.i32.add, op.set(AT_MINIMA)],
    ],
    [op.get(AT_GROUP), op.i32.const(GROUP), op.i32.add, op.tee(AT_GROUP), op.get(GROUPS_END), op.i32.lessThan],
  ),
];

/** Each step maps different states and different values to different states, so that only chance makes keys equal. */
const bandsCode = (minima: number, keys: number): Code => {
  const [KEYS_END, BAND_BYTES, AT_KEY, AT_VALUE, VALUES_END, STATE] = [0, 1, 2, 3, 4, 5];
  return [
    [op.i32.const(keys), op.set(AT_KEY)],
    [op.i32.const(minima), op.set(AT_VALUE)],
    op.loop(
      [
        [op.i64.const(0x9e3779b97f4a7c15n), op.set(STATE)],
        [op.get(AT_VALUE), op.get(BAND_BYTES), op.i32.add, op.set(VALUES_END)],
        op.loop(
          [
            [op.get(STATE), op.get(AT_VALUE), op.i64.load32(0), op.i64.xor],
            [op.i64.const(0xd6e8feb86659fd93n), op.i64.multiply, op.tee(STATE)],
            [op.get(STATE), op.i64.const(32n), op.i64.shiftRight, op.i64.xor, op.set(STATE)],
          ],
          [op.get(AT_VALUE), op.i32.const(4), op.i32.add, op.tee(AT_VALUE), op.get(VALUES_END), op.i32.lessThan],
        ),
        [op.get(AT_KEY), op.get(STATE), op.i64.const(0xbf58476d1ce4e5b9n), op.i64.multiply, op.i64.store(0)],
      ],
      [op.get(AT_KEY), op.i32.const(8), op.i32.add, op.tee(AT_KEY), op.get(KEYS_END), op.i32.lessThan],
    ),
  ];
};

/** Makes the loop for a list of permutations. */
export function createMinHashKernel(permutations: readonly Permutation[]): MinHashKernel {
  const groupCount = Math.ceil(permutations.length / LANES);
  const groups = HASHES * 4;
  const minima = groups + groupCount * GROUP;
  const keys = minima + groupCount * LANES * 4;
  // There are at most as many bands as permutations.
  const pages = Math.ceil((keys + permutations.length * 8) / PAGE);
  const bytes = assemble(pages, [
    {
      name: "add",
      parameters: [i32, i32],
      locals: [i32, i32, i32, ...Array.from({ length: 10 }, () => v128)],
      code: addCode(groups, minima),
    },
    { name: "bands", parameters: [i32, i32], locals: [i32, i32, i32, i64], code: bandsCode(minima, keys) },
  ]);
  const exported = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const { buffer } = exported["memory"] as WebAssembly.Memory;
  const addHashes = exported["add"] as (hashesEnd: number, groupsEnd: number) => void;
  const hashBands = exported["bands"] as (keysEnd: number, bandBytes: number) => void;

  const view = new DataView(buffer);
  for (const [i, { a, b }] of permutations.entries()) {
    const group = groups + Math.floor(i / LANES) * GROUP;
    const lane = i % LANES;
    view.setUint32(group + lane * 4, Number(a & 0xffffffffn), true);
    view.setUint32(group + 16 + lane * 4, Number(a >> 32n), true);
    view.setBigUint64(group + 32 + lane * 8, b, true);
  }
  const least = new Uint32Array(buffer, minima, permutations.length);
  return {
    hashes: new Uint32Array(buffer, 0, HASHES),
    start: () => void least.fill(0xffffffff),
    add: (count) => {
      if (count > 0) addHashes(count * 4, minima);
    },
    minima: () => least.slice(),
    bandKeys: (bands, rows) => {
      hashBands(keys + bands * 8, rows * 4);
      return new Uint8Array(buffer, keys, bands * 8).slice();
    },
  };
}
