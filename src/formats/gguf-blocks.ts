/**
 * Blocks of the quantized formats of ggml into float32, bit for bit as `gguf.quants` of gguf-py (and ggml's
 * `dequantize_row_*`) give them. Every function takes whole blocks and writes 32 or 256 numbers for each.
 *
 * No rounding but one happens: a half-precision scale (11 bits) times a scale of 6 bits times a number of 8 bits is
 * exact in float32, and a sum of two such in float64 rounds to float32 as if it were done there.
 */
import { float16ToFloat32 } from "../base/dtype.ts";

/** All 65,536 half-precision numbers. */
let halves: Float32Array | undefined;

function halfTable(): Float32Array {
  return (halves ??= float16ToFloat32(Uint16Array.from({ length: 65_536 }, (_, bits) => bits)));
}

type Half = (at: number) => number;

/** Calls `block` for each block: where its bytes begin, where its numbers go, and a reader of halves. */
function eachBlock(
  source: Uint8Array,
  bytes: number,
  size: number,
  block: (at: number, to: number, half: Half) => void,
): void {
  const table = halfTable();
  const half: Half = (at) => table[(source[at] as number) | ((source[at + 1] as number) << 8)] as number;
  for (let at = 0, to = 0; at < source.length; at += bytes, to += size) block(at, to, half);
}

/** scale, 16 bytes of two numbers each: low halves first. */
export function q4_0(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 18, 32, (at, to, half) => {
    const d = half(at);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 2 + i] as number;
      target[to + i] = d * ((byte & 15) - 8);
      target[to + 16 + i] = d * ((byte >> 4) - 8);
    }
  });
}

/** As {@link q4_0}, with the least number. */
export function q4_1(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 20, 32, (at, to, half) => {
    const d = half(at);
    const least = half(at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 4 + i] as number;
      target[to + i] = d * (byte & 15) + least;
      target[to + 16 + i] = d * (byte >> 4) + least;
    }
  });
}

/** scale, the fifth bits of all, then as {@link q4_0}. */
export function q5_0(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 22, 32, (at, to, half) => {
    const d = half(at);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 6 + i] as number;
      target[to + i] = d * (((byte & 15) | fifthBit(source, at + 2, i)) - 16);
      target[to + 16 + i] = d * (((byte >> 4) | fifthBit(source, at + 2, 16 + i)) - 16);
    }
  });
}

export function q5_1(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 24, 32, (at, to, half) => {
    const d = half(at);
    const least = half(at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 8 + i] as number;
      target[to + i] = d * ((byte & 15) | fifthBit(source, at + 4, i)) + least;
      target[to + 16 + i] = d * ((byte >> 4) | fifthBit(source, at + 4, 16 + i)) + least;
    }
  });
}

function fifthBit(source: Uint8Array, at: number, i: number): number {
  return (((source[at + (i >> 3)] as number) >> (i & 7)) & 1) << 4;
}

export function q8_0(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 34, 32, (at, to, half) => {
    const d = half(at);
    for (let i = 0; i < 32; i++) target[to + i] = d * signed(source[at + 2 + i] as number);
  });
}

const signed = (byte: number): number => (byte << 24) >> 24;

/** 16 pairs of scale and least in 4 bits each, numbers of 2 bits, two halves that scale those. */
export function q2_k(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 84, 256, (at, to, half) => {
    const d = half(at + 80);
    const least = half(at + 82);
    for (let i = 0; i < 256; i++) {
      const scale = source[at + (i >> 4)] as number;
      target[to + i] = d * (scale & 15) * twoBits(source, at + 16, i) - least * (scale >> 4);
    }
  });
}

/** 32 bytes hold 128 numbers of 2 bits: the first 32 lowest, and so on. */
function twoBits(source: Uint8Array, at: number, i: number): number {
  return ((source[at + 32 * (i >> 7) + (i & 31)] as number) >> (2 * ((i >> 5) & 3))) & 3;
}

/** Third bits, numbers of 2 bits, 16 scales of 6 bits (see gguf-py for how they are packed), a half. */
export function q3_k(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 110, 256, (at, to, half) => {
    const d = half(at + 108);
    for (let i = 0; i < 256; i++) {
      const group = i >> 4;
      const low = ((source[at + 96 + (group & 7)] as number) >> (4 * (group >> 3))) & 15;
      const high = ((source[at + 104 + (group & 3)] as number) >> (2 * (group >> 2))) & 3;
      const third = ((source[at + (i & 31)] as number) >> (i >> 5)) & 1;
      // A set bit means that nothing is taken away.
      target[to + i] = d * ((low | (high << 4)) - 32) * (twoBits(source, at + 32, i) - (third === 1 ? 0 : 4));
    }
  });
}

/** The scale of one of eight groups of {@link q4_k} and {@link q5_k}: 6 bits. */
function scaleOf(source: Uint8Array, at: number, group: number): number {
  const first = source[at + (group & 3)] as number;
  return group < 4 ? first & 63 : ((source[at + 4 + group] as number) & 15) | ((first >> 2) & 48);
}

function leastOf(source: Uint8Array, at: number, group: number): number {
  const first = source[at + 4 + (group & 3)] as number;
  return group < 4 ? first & 63 : ((source[at + 4 + group] as number) >> 4) | ((first >> 2) & 48);
}

/** Two halves, 12 bytes of scales and leasts, numbers of 4 bits. */
export function q4_k(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 144, 256, (at, to, half) => {
    const d = half(at);
    const least = half(at + 2);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleOf(source, at + 4, group);
      const offset = least * leastOf(source, at + 4, group);
      const from = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        target[to + 32 * group + i] = scale * (((source[from + i] as number) >> shift) & 15) - offset;
      }
    }
  });
}

/** As {@link q4_k}, with 32 bytes of fifth bits before the numbers. */
export function q5_k(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 176, 256, (at, to, half) => {
    const d = half(at);
    const least = half(at + 2);
    for (let group = 0; group < 8; group++) {
      const scale = d * scaleOf(source, at + 4, group);
      const offset = least * leastOf(source, at + 4, group);
      const from = at + 48 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++) {
        const low = ((source[from + i] as number) >> shift) & 15;
        const high = (((source[at + 16 + i] as number) >> group) & 1) << 4;
        target[to + 32 * group + i] = scale * (low | high) - offset;
      }
    }
  });
}

/** Numbers' low 4 bits, their high 2, 16 signed scales, a half. */
export function q6_k(source: Uint8Array, target: Float32Array): void {
  eachBlock(source, 210, 256, (at, to, half) => {
    const d = half(at + 208);
    for (let i = 0; i < 256; i++) {
      const part = i >> 7;
      const low = ((source[at + 64 * part + (i & 63)] as number) >> (4 * ((i >> 6) & 1))) & 15;
      const high = twoBits(source, at + 128, i);
      target[to + i] = d * signed(source[at + 192 + (i >> 4)] as number) * ((low | (high << 4)) - 32);
    }
  });
}
