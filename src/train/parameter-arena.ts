/**
 * All trainable numbers in two flat arrays, values and gradients. A tensor is a view into each. An optimizer over
 * elements then runs over rows of one matrix instead of over hundreds of tensors.
 *
 * Layout: region after region, each padded to whole rows, each tensor aligned to 64 bytes. Padding is zero and stays
 * zero.
 */
import { internal } from "../base/errors.ts";
import { sizeOf, type Region } from "./regions.ts";

export interface RowRange {
  readonly start: number;
  readonly count: number;
}

export interface ParameterArena {
  readonly rows: number;
  /** Numbers per row. */
  readonly chunk: number;
  /** Rows of each region, in the order of the regions. */
  readonly ranges: readonly RowRange[];
  /** A zeroed array of the arena's size. */
  readonly allocate: () => Float32Array;
  /** One tensor's part of an array of the arena. */
  readonly view: (array: Float32Array, name: string) => Float32Array;
  /** One tensor's part of an array that holds the rows of its region alone. */
  readonly viewInRegion: (array: Float32Array, name: string) => Float32Array;
}

const ALIGNMENT = 16;
const LARGEST_CHUNK = 131_072;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

export function layOutParameters(regions: readonly Region[]): ParameterArena {
  const total = regions.reduce((sum, { specs }) => sum + specs.reduce((all, spec) => all + sizeOf(spec), 0), 0);
  // At least eight rows where the model is small, so that rows stay short enough for the cache.
  const chunk = Math.min(LARGEST_CHUNK, Math.max(1024, roundUp(total / 8, 1024)));
  const places = new Map<string, { readonly offset: number; readonly length: number; readonly region: number }>();
  const ranges: RowRange[] = [];
  let next = 0;
  for (const { specs } of regions) {
    const region = next;
    for (const spec of specs) {
      places.set(spec.name, { offset: next, length: sizeOf(spec), region });
      next = roundUp(next + sizeOf(spec), ALIGNMENT);
    }
    next = roundUp(next, chunk);
    ranges.push({ start: region / chunk, count: (next - region) / chunk });
  }
  const rows = next / chunk;
  const placeOf = (name: string) => places.get(name) ?? internal(`no parameter ${name}`);
  return {
    rows,
    chunk,
    ranges,
    allocate: () => new Float32Array(rows * chunk),
    view: (array, name) => {
      const { offset, length } = placeOf(name);
      return array.subarray(offset, offset + length);
    },
    viewInRegion: (array, name) => {
      const { offset, length, region } = placeOf(name);
      return array.subarray(offset - region, offset - region + length);
    },
  };
}
