/**
 * Hashes of 64 bits of what an image looks like, equal to those of imagededup: the signs of low frequencies (phash),
 * of differences of neighbours (dhash), of coarse wavelets (whash), or of grey values against their mean (ahash).
 */
import type { Pixels } from "./images.ts";
import { resize } from "./lanczos.ts";

export type ImageHashMethod = "phash" | "dhash" | "whash" | "ahash";

const SIDE = 8;

/** Eight bytes. */
export function imageHash(image: Pixels, method: ImageHashMethod): Uint8Array {
  const bits = methods[method](image);
  const bytes = new Uint8Array(SIDE);
  for (const [i, bit] of bits.entries()) {
    if (bit) bytes[i >> 3] = (bytes[i >> 3] as number) | (0x80 >> (i & 7));
  }
  return bytes;
}

const methods: Readonly<Record<ImageHashMethod, (image: Pixels) => readonly boolean[]>> = {
  ahash: (image) => {
    const values = greyOf(image, SIDE, SIDE);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value >= mean);
  },
  dhash: (image) => {
    const values = greyOf(image, SIDE + 1, SIDE);
    return squares((row, column) => {
      const at = row * (SIDE + 1) + column;
      return (values[at + 1] as number) > (values[at] as number);
    });
  },
  phash: (image) => {
    const values = greyOf(image, PHASH_SIDE, PHASH_SIDE);
    const lines = Array.from({ length: PHASH_SIDE }, (_, column) =>
      cosines(Array.from({ length: PHASH_SIDE }, (_, row) => values[row * PHASH_SIDE + column] as number)),
    );
    const found = Array.from({ length: SIDE }, (_, row) => cosines(lines.map((line) => line[row] as number)));
    const low = squares((row, column) => found[row]?.[column] as number);
    const middle = median(low.slice(1));
    return low.map((value) => value >= middle);
  },
  whash: (image) => {
    let side = WHASH_SIDE;
    let values: readonly number[] = greyOf(image, side, side).map((value) => value / 255);
    for (; side > SIDE; side /= 2) values = halve(values, side);
    const middle = median(values);
    return values.map((value) => value >= middle);
  },
};

const PHASH_SIDE = 32;
const WHASH_SIDE = 256;

const squares = <T>(make: (row: number, column: number) => T): readonly T[] =>
  Array.from({ length: SIDE * SIDE }, (_, i) => make(i >> 3, i & 7));

/** Grey values of the resized image; weights and rounding are Pillow's. */
function greyOf(image: Pixels, width: number, height: number): readonly number[] {
  const { rgb } = resize(image, width, height);
  return Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue] = [rgb[3 * i] as number, rgb[3 * i + 1] as number, rgb[3 * i + 2] as number];
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  });
}

/**
 * The cosine transform (DCT-II). Even frequencies are those of the folded half, odd ones see only differences between
 * the halves, so that what is symmetric gives zeros and not the noise of rounding, whose sign would be a bit.
 */
function cosines(values: readonly number[]): readonly number[] {
  const length = values.length;
  if (length === 1) return [2 * (values[0] as number)];
  const half = length / 2;
  const pair = (i: number): readonly [number, number] => [values[i] as number, values[length - 1 - i] as number];
  const sums = cosines(
    Array.from({ length: half }, (_, i) => {
      const [a, b] = pair(i);
      return a + b;
    }),
  );
  return Array.from({ length }, (_, k) => {
    if (k % 2 === 0) return sums[k / 2] as number;
    let sum = 0;
    for (let i = 0; i < half; i++) {
      const [a, b] = pair(i);
      sum += (a - b) * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * length));
    }
    return 2 * sum;
  });
}

/** One step of Haar's wavelet: the coarse quarter. Columns first, and sums in this order, as pywt has them. */
function halve(values: readonly number[], side: number): readonly number[] {
  const half = side / 2;
  const down = Array.from({ length: half * side }, (_, i) => {
    const at = Math.floor(i / side) * 2 * side + (i % side);
    return Math.SQRT1_2 * (values[at + side] as number) + Math.SQRT1_2 * (values[at] as number);
  });
  return Array.from({ length: half * half }, (_, i) => {
    const at = Math.floor(i / half) * side + 2 * (i % half);
    return Math.SQRT1_2 * (down[at + 1] as number) + Math.SQRT1_2 * (down[at] as number);
  });
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return Number.isInteger(middle) ? ((sorted[middle - 1] as number) + upper) / 2 : upper;
}
