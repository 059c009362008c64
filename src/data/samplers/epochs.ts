/**
 * Which samples a step takes: pure functions of the seed and the step's number, so that resuming at any step
 * needs no replay. Each epoch is one pass in a new order; its last step may be smaller.
 *
 * With `lengths`, samples of like length share a batch (`group_by_length`): the order is cut into stretches of up to
 * 50 batches, each sorted from long to short, and the longest sample comes first, so that a lack of memory shows
 * at once. As `get_length_grouped_indices` of transformers does it.
 */
import { internal } from "../../base/errors.ts";
import { permutation } from "../../base/random.ts";

export interface Sampling {
  /** Number of samples (or packs). */
  readonly length: number;
  /** Samples of one forward pass. */
  readonly batchSize: number;
  /** Forward passes of one step. */
  readonly accumulation: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Tokens of each sample: groups samples of like length. Needs `shuffle`. */
  readonly lengths?: ArrayLike<number>;
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

/** Batches in one stretch that is sorted by length; more sort better and shuffle less. */
const STRETCH_BATCHES = 50;

/** Puts samples of like length beside each other in a random order. */
export function groupByLength(order: Uint32Array, lengths: ArrayLike<number>, batchSize: number): Uint32Array {
  const batches = Math.max(1, Math.min(STRETCH_BATCHES, Math.floor(order.length / (batchSize * 4))));
  const size = batches * batchSize;
  const of = (sample: number): number => lengths[sample] as number;
  const grouped = new Uint32Array(order.length);
  let longest = 0;
  for (let start = 0; start < order.length; start += size) {
    const stretch = Array.from(order.subarray(start, start + size)).sort((a, b) => of(b) - of(a));
    grouped.set(stretch, start);
    if (of(grouped[start] as number) > of(grouped[longest] as number)) longest = start;
  }
  const first = grouped[0];
  if (first === undefined) return grouped;
  grouped[0] = grouped[longest] as number;
  grouped[longest] = first;
  return grouped;
}

/** A lookup of the micro-batches of a step (counts from 1): lists of sample indices. Remembers one epoch's order. */
export function createSampler(sampling: Sampling): (step: number) => readonly (readonly number[])[] {
  const { length, batchSize, accumulation, lengths, shuffle } = sampling;
  if (length < 1 || batchSize < 1 || accumulation < 1) internal("a sampler needs samples and batches of at least one");
  const perEpoch = stepsPerEpoch(sampling);
  let known: { readonly epoch: number; readonly order: Uint32Array } | undefined;
  const orderOf = (epoch: number): Uint32Array => {
    const order = epochOrder(length, epoch, sampling);
    return lengths === undefined || !shuffle ? order : groupByLength(order, lengths, batchSize);
  };
  return (step) => {
    const epoch = Math.floor((step - 1) / perEpoch);
    if (known?.epoch !== epoch) known = { epoch, order: orderOf(epoch) };
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
