/**
 * The first four bytes of SHA-1 for many short pieces of one buffer: four pieces at a time in WebAssembly. Pieces of
 * more than 55 bytes take more than one block and are left to the plain code of sha1.ts.
 */
import { sha1Head } from "./sha1.ts";
import { assemble, i32, op, v128, type Code } from "./wasm-assembly.ts";

/** Puts the heads of pieces `from` to `to` (at most 512) into `into`, as little-endian numbers. */
export type HashPieces = (
  bytes: Uint8Array,
  starts: Uint32Array,
  ends: Uint32Array,
  from: number,
  to: number,
  into: Uint32Array,
) => void;

const PIECES = 512;
const LANES = 4;
/** Bytes of four blocks: word 0 of all four, then word 1, and so on. */
const GROUP = 256;
/** Longest piece of one block, which ends in a bit and a length of eight bytes. */
const LONGEST = 55;

const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const added = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

/** Locals: where groups end, the group, the result, then vectors. */
const [GROUPS_END, AT_GROUP, AT_RESULT, STATE, WORDS, SUM, ADDED] = [0, 1, 2, 3, 8, 24, 25];

const rotate = (local: number, bits: number): Code => [
  [op.get(local), op.i32.const(bits), op.i32x4.shiftLeft],
  [op.get(local), op.i32.const(32 - bits), op.i32x4.shiftRight, op.v128.or],
];

const splat = (value: number): Code => [op.i32.const(value | 0), op.i32x4.splat];

/** Word `i` of the schedule: one of the text's, or mixed of earlier ones in place of the oldest. */
function word(i: number): Code {
  const at = (back: number): Code => op.get(WORDS + ((i - back) & 15));
  if (i < 16) return [op.get(AT_GROUP), op.v128.load(i * 16), op.tee(WORDS + i)];
  return [
    [at(3), at(8), op.v128.xor, at(14), op.v128.xor, at(16), op.v128.xor, op.set(SUM)],
    [rotate(SUM, 1), op.tee(WORDS + (i & 15))],
  ];
}

/** The round's function of b, c and d: choice, parity, majority, parity. */
function mix(quarter: number, b: number, c: number, d: number): Code {
  if (quarter === 0) return [op.get(c), op.get(d), op.get(b), op.v128.select];
  const parity = [op.get(b), op.get(c), op.v128.xor];
  if (quarter === 2) return [op.get(d), op.get(b), parity, op.v128.select];
  return [parity, op.get(d), op.v128.xor];
}

/** Instead of moving five values each round, the names of the locals move. */
function round(i: number): Code {
  const name = (place: number): number => STATE + ((((place - i) % 5) + 5) % 5);
  const [a, b, c, d, e] = [name(0), name(1), name(2), name(3), name(4)];
  const quarter = Math.floor(i / 20);
  return [
    [word(i), op.get(e), op.i32x4.add, op.get(ADDED + quarter), op.i32x4.add],
    [mix(quarter, b, c, d), op.i32x4.add, rotate(a, 5), op.i32x4.add, op.set(e)],
    [rotate(b, 30), op.set(b)],
  ];
}

const code = (results: number): Code => [
  ...added.flatMap((value, i) => [splat(value), op.set(ADDED + i)]),
  [op.i32.const(results), op.set(AT_RESULT)],
  op.loop(
    [
      ...start.flatMap((value, i) => [splat(value), op.set(STATE + i)]),
      ...Array.from({ length: 80 }, (_, i) => round(i)),
      // The digest is big-endian, and its head is read as little-endian.
      [op.get(AT_RESULT), op.get(STATE), splat(start[0] as number), op.i32x4.add, op.tee(SUM), op.get(SUM)],
      [op.shuffle([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]), op.v128.store(0)],
      [op.get(AT_RESULT), op.i32.const(16), op.i32.add, op.set(AT_RESULT)],
    ],
    [op.get(AT_GROUP), op.i32.const(GROUP), op.i32.add, op.tee(AT_GROUP), op.get(GROUPS_END), op.i32.lessThan],
  ),
];

/** Makes the function with memory of its own. */
export function createSha1Lanes(): HashPieces {
  const results = (PIECES / LANES) * GROUP;
  const locals = [i32, i32, ...Array.from({ length: 26 }, () => v128)];
  const bytes = assemble(1, [{ name: "hash", parameters: [i32], locals, code: code(results) }]);
  const exported = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const { buffer } = exported["memory"] as WebAssembly.Memory;
  const hash = exported["hash"] as (groupsEnd: number) => void;
  const blocks = new Int32Array(buffer, 0, results / 4);
  const heads = new Uint32Array(buffer, results, PIECES);
  return (text, starts, ends, from, to, into) => {
    const count = to - from;
    for (let i = 0; i < count; i++) {
      const [first, end] = [starts[from + i] as number, ends[from + i] as number];
      if (end - first <= LONGEST) writeBlock(text, first, end, blocks, (i >> 2) * (GROUP / 4) + (i & 3));
    }
    hash(Math.ceil(count / LANES) * GROUP);
    for (let i = 0; i < count; i++) {
      const [first, end] = [starts[from + i] as number, ends[from + i] as number];
      into[i] = end - first <= LONGEST ? (heads[i] as number) : sha1Head(text, first, end);
    }
  };
}

/** One padded block, its words four places apart. */
function writeBlock(text: Uint8Array, start: number, end: number, blocks: Int32Array, at: number): void {
  let [from, to] = [start, at];
  for (; from + 4 <= end; from += 4, to += LANES) {
    blocks[to] =
      ((text[from] as number) << 24) |
      ((text[from + 1] as number) << 16) |
      ((text[from + 2] as number) << 8) |
      (text[from + 3] as number);
  }
  // What is left of the text is 0 to 3 bytes; a bit follows them.
  let [last, shift] = [0, 24];
  for (; from < end; from++, shift -= 8) last |= (text[from] as number) << shift;
  blocks[to] = last | (0x80 << shift);
  for (to += LANES; to < at + 15 * LANES; to += LANES) blocks[to] = 0;
  blocks[at + 15 * LANES] = (end - start) << 3;
}
