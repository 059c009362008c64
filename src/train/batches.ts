/** Samples to micro-batches: the same for any step, whether it was reached by running or by resuming. */
import { createHash } from "node:crypto";
import { collate, type Batch } from "../data/collate.ts";
import { packSamples } from "../data/packing.ts";
import { createSampler, stepsPerEpoch, type Sampling } from "../data/samplers/epochs.ts";
import { dropoutRow } from "../models/adapters/lora.ts";
import type { HostTensor } from "../runtime/types.ts";
import type { MicroBatch } from "./loop.ts";
import type { TrainSample } from "./prepare.ts";

export interface BatchOptions extends Omit<Sampling, "length"> {
  readonly padId: number;
  /** Fill rows of this length with several samples. */
  readonly packTo: number | undefined;
  /** Whether the program takes random numbers for dropout. */
  readonly dropout: boolean;
}

export interface BatchPlan {
  readonly stepsPerEpoch: number;
  /** Rows of an epoch: samples, or packs of them. */
  readonly rows: number;
  readonly batchesOf: (step: number) => readonly MicroBatch[];
}

export function planBatches(samples: readonly TrainSample[], options: BatchOptions): BatchPlan {
  const rows = rowsOf(samples, options.packTo);
  const sampling = { ...options, length: rows.length };
  const sampler = createSampler(sampling);
  return {
    stepsPerEpoch: stepsPerEpoch(sampling),
    rows: rows.length,
    batchesOf: (step) =>
      sampler(step).map((indices) => {
        const taken = indices.map((index) => rows[index] as readonly number[]);
        return toMicroBatch(samples, taken, options, step);
      }),
  };
}

/** Evaluation batches: all samples once, in order. */
export function* evaluationBatches(
  samples: readonly TrainSample[],
  options: Pick<BatchOptions, "padId" | "packTo" | "batchSize">,
): Generator<MicroBatch> {
  const rows = rowsOf(samples, options.packTo);
  for (let at = 0; at < rows.length; at += options.batchSize) {
    yield toMicroBatch(samples, rows.slice(at, at + options.batchSize), { ...options, dropout: false, seed: 0 }, 0);
  }
}

function rowsOf(samples: readonly TrainSample[], packTo: number | undefined): readonly (readonly number[])[] {
  if (packTo === undefined) return samples.map((_, i) => [i]);
  return packSamples(
    samples.map(({ ids }) => ids.length),
    packTo,
  );
}

export function toMicroBatch(
  samples: readonly TrainSample[],
  rows: readonly (readonly number[])[],
  options: Pick<BatchOptions, "padId" | "packTo" | "dropout" | "seed">,
  step: number,
): MicroBatch {
  const taken = rows.map((row) => row.map((index) => samples[index] as TrainSample));
  const batch = collate(taken, { padId: options.padId });
  const { inputIds, positions, segments, labels, weights } = batch;
  const grid = (data: Int32Array): HostTensor => ({ dtype: "int32", shape: [batch.batch, batch.time], data });
  const count = labels.length;
  return {
    feeds: {
      input_ids: grid(inputIds),
      positions: grid(positions),
      ...(options.packTo === undefined ? {} : { segments: grid(segments) }),
      ...(options.dropout
        ? { dropout_rows: grid(dropoutRows(batch, rows, samples, { seed: options.seed, step })) }
        : {}),
      loss_rows: { dtype: "int32", shape: [count], data: batch.rows },
      labels: { dtype: "int32", shape: [count], data: labels },
      loss_weights: { dtype: "float32", shape: [count], data: weights },
    },
    trainedTokens: count,
    tokens: batch.tokens,
    origin: taken.flat().map(({ origin }) => origin),
  };
}

/** Random numbers of each token, addressed by step and sample: the place in a batch does not matter. */
function dropoutRows(
  { batch, time }: Batch,
  rows: readonly (readonly number[])[],
  samples: readonly TrainSample[],
  { seed, step }: { readonly seed: number; readonly step: number },
): Int32Array {
  const grid = new Int32Array(batch * time).fill(1);
  for (const [b, row] of rows.entries()) {
    let at = b * time;
    for (const index of row) {
      const { length } = (samples[index] as TrainSample).ids;
      grid.set(dropoutRow(length, seed, step, index), at);
      at += length;
    }
  }
  return grid;
}

/** Identifies samples and the way they are drawn: a run continues only on the same. */
export function fingerprint(samples: readonly TrainSample[], options: BatchOptions): string {
  const hash = createHash("sha256");
  const { batchSize, accumulation, seed, shuffle, packTo } = options;
  hash.update(JSON.stringify({ batchSize, accumulation, seed, shuffle, packTo: packTo ?? null }));
  for (const { ids, labels, weights } of samples) {
    for (const array of [ids, labels, weights]) {
      if (array !== undefined) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
