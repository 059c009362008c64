/**
 * Which samples a step takes: pure functions of the seed and the step's number, so that resuming at any step
 * needs no replay. Each epoch is one pass in a new order; its last step may be smaller.
 */
import { permutation } from "../base/random.ts";

export interface Sampling {
  /** Number of samples (or packs). */
  readonly length: number;
  /** Samples of one forward pass. */
  readonly batchSize: number;
  /** Forward passes of one step. */
  readonly accumulation: number;
  readonly seed: number;
  readonly shuffle: boolean;
}

export function stepsPerEpoch({ length, batchSize, accumulation }: Omit<Sampling, "seed" | "shuffle">): number {
  return Math.ceil(length / (batchSize * accumulation));
}

/** The order of one epoch (counts from 0). */
export function epochOrder(
  length: number,
  epoch: number,
  { seed, shuffle }: Pick<Sampling, "seed" | "shuffle">,
): Uint32Array {
  return shuffle ? permutation(length, seed, "order", epoch) : Uint32Array.from({ length }, (_, i) => i);
}

/** A lookup of the micro-batches of a step (counts from 1): lists of sample indices. Remembers one epoch's order. */
export function createSampler(sampling: Sampling): (step: number) => readonly (readonly number[])[] {
  const { length, batchSize, accumulation } = sampling;
  const perEpoch = stepsPerEpoch(sampling);
  let known: { readonly epoch: number; readonly order: Uint32Array } | undefined;
  return (step) => {
    const epoch = Math.floor((step - 1) / perEpoch);
    if (known?.epoch !== epoch) known = { epoch, order: epochOrder(length, epoch, sampling) };
    const { order } = known;
    const start = ((step - 1) % perEpoch) * batchSize * accumulation;
    const end = Math.min(length, start + batchSize * accumulation);
    const batches: number[][] = [];
    for (let at = start; at < end; at += batchSize) {
      batches.push(Array.from(order.subarray(at, Math.min(end, at + batchSize))));
    }
    return batches;
  };
}
