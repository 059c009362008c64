/**
 * All trainable numbers in a few flat arrays: values, gradients, and one array per optimizer slot. A tensor is a
 * view into each. The optimizer then runs over rows of one matrix instead of over hundreds of tensors, and a
 * checkpoint is a handful of arrays.
 *
 * Layout: tensors that decay, then tensors that do not, each group padded to whole rows (so that decay is one
 * number per row), each tensor aligned to 64 bytes. Padding is zero and stays zero.
 */
import { internal } from "../base/errors.ts";

export interface TrainableSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

interface Placed extends TrainableSpec {
  readonly offset: number;
  readonly length: number;
}

export interface ParameterArena {
  readonly tensors: ReadonlyMap<string, Placed>;
  readonly rows: number;
  /** Numbers per row. */
  readonly chunk: number;
  /** How many leading rows decay. */
  readonly decayRows: number;
  /** A zeroed array of the arena's size. */
  readonly allocate: () => Float32Array;
  /** One tensor's part of an array of the arena. */
  readonly view: (array: Float32Array, name: string) => Float32Array;
}

const ALIGNMENT = 16;
const LARGEST_CHUNK = 131_072;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Weight decay spares vectors (norm scales, biases), as the Hugging Face trainer does. */
export function decays(spec: TrainableSpec): boolean {
  return spec.shape.length >= 2;
}

export function layOutParameters(specs: readonly TrainableSpec[]): ParameterArena {
  const size = (spec: TrainableSpec): number => spec.shape.reduce((a, b) => a * b, 1);
  const total = specs.reduce((sum, spec) => sum + size(spec), 0);
  // At least eight rows where the model is small, so that rows stay short enough for the cache.
  const chunk = Math.min(LARGEST_CHUNK, Math.max(1024, roundUp(total / 8, 1024)));
  const tensors = new Map<string, Placed>();
  let next = 0;
  const place = (group: readonly TrainableSpec[]): void => {
    for (const spec of group) {
      if (tensors.has(spec.name)) internal(`parameter ${spec.name} twice`);
      tensors.set(spec.name, { ...spec, offset: next, length: size(spec) });
      next = roundUp(next + size(spec), ALIGNMENT);
    }
    next = roundUp(next, chunk);
  };
  place(specs.filter(decays));
  const decayRows = next / chunk;
  place(specs.filter((spec) => !decays(spec)));
  const rows = next / chunk;
  return {
    tensors,
    rows,
    chunk,
    decayRows,
    allocate: () => new Float32Array(rows * chunk),
    view: (array, name) => {
      const { offset, length } = tensors.get(name) ?? internal(`no parameter ${name}`);
      return array.subarray(offset, offset + length);
    },
  };
}
