/**
 * Writes small WebAssembly modules by hand: opcodes by name, and the sections around them. Only what our kernels
 * need. A module exports its memory, named `memory`, and its functions.
 */

export type Code = readonly (number | Code)[];

export const i32 = 0x7f;
export const i64 = 0x7e;
export const v128 = 0x7b;

export interface WasmFunction {
  readonly name: string;
  /** Types of the parameters, which are the first locals. Functions give nothing back. */
  readonly parameters: readonly number[];
  /** Types of further locals. */
  readonly locals: readonly number[];
  readonly code: Code;
}

/** An unsigned number in LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** A signed number in LEB128. */
function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    const last = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
    bytes.push(last ? low : low | 128);
    if (last) return bytes;
  }
}

const simd = (opcode: number, ...rest: Code): Code => [0xfd, ...unsigned(opcode), ...rest];
/** Alignment (as a power of two) and offset of a place in memory. */
const place = (alignment: number, offset: number): number[] => [alignment, ...unsigned(offset)];

export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  /** Repeats while `again` leaves a number other than 0. */
  loop: (body: Code, again: Code): Code => [0x03, 0x40, body, again, 0x0d, 0x00, 0x0b],
  i32: {
    const: (value: number): Code => [0x41, ...signed(value)],
    add: [0x6a],
    lessThan: [0x49],
  },
  i64: {
    const: (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))],
    load32: (offset: number): Code => [0x35, ...place(2, offset)],
    store: (offset: number): Code => [0x37, ...place(3, offset)],
    multiply: [0x7e],
    xor: [0x85],
    shiftRight: [0x88],
  },
  v128: {
    load: (offset: number): Code => simd(0x00, ...place(4, offset)),
    loadSplat32: (offset: number): Code => simd(0x09, ...place(2, offset)),
    store: (offset: number): Code => simd(0x0b, ...place(4, offset)),
    and: simd(0x4e),
    or: simd(0x50),
    xor: simd(0x51),
    /** Bits of the first vector where the third has ones, else of the second. */
    select: simd(0x52),
  },
  i32x4: {
    splat: simd(0x11),
    add: simd(0xae),
    minUnsigned: simd(0xb7),
    shiftLeft: simd(0xab),
    shiftRight: simd(0xad),
  },
  i64x2: {
    splat: simd(0x12),
    shiftLeft: simd(0xcb),
    shiftRight: simd(0xcd),
    add: simd(0xce),
    multiplyLow32: simd(0xde),
    multiplyHigh32: simd(0xdf),
  },
  /** Picks bytes out of two vectors. */
  shuffle: (lanes: readonly number[]): Code => simd(0x0d, ...lanes),
} as const;

const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const list = (entries: readonly (readonly number[])[]): number[] => [...unsigned(entries.length), ...entries.flat()];
const name = (text: string): number[] => [...unsigned(text.length), ...new TextEncoder().encode(text)];
const flatten = (code: Code): number[] => code.flatMap((part) => (typeof part === "number" ? [part] : flatten(part)));

/** How every module begins: `\0asm`, and the version. */
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** The bytes of a module with a memory of so many pages (64 kB each). */
export function assemble(pages: number, functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...list(parameters.map((type) => [type])), 0x00]);
  const exported = functions.map((f, i) => [...name(f.name), 0x00, ...unsigned(i)]);
  const bodies = functions.map(({ locals, code }) => {
    const body = [...list(locals.map((type) => [1, type])), ...flatten(code), 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...magic,
    ...section(1, list(types)),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(5, list([[0x00, ...unsigned(pages)]])),
    ...section(7, list([[...name("memory"), 0x02, 0x00], ...exported])),
    ...section(10, list(bodies)),
  ]);
}
