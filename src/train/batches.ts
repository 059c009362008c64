/** Samples to micro-batches: the same for any step, whether it was reached by running or by resuming. */
import { createHash } from "node:crypto";
import { internal } from "../base/errors.ts";
import { collate, type Batch } from "../data/collate.ts";
import { packSamples } from "../data/packing.ts";
import { createSampler, stepsPerEpoch, type Sampling } from "../data/samplers/epochs.ts";
import type { Adaptation, Order, Sampler, SampleSet } from "../data/samplers/sampler.ts";
import { stepsOfRun } from "../data/samplers/steps.ts";
import { dropoutRow } from "../models/tuners/dropout.ts";
import type { HostTensor } from "../runtime/types.ts";
import type { MicroBatch } from "./loop.ts";
import type { BatchFeeds } from "./objective.ts";
import type { TrainSample } from "./prepare.ts";
import type { SampleGroup } from "./sample-set.ts";

export interface BatchOptions extends Omit<Sampling, "length" | "lengths"> {
  readonly padId: number;
  /** Puts samples of like length into one batch. */
  readonly groupByLength?: boolean;
  /** Fill rows of this length with several samples. */
  readonly packTo: number | undefined;
  /** Whether the program takes random numbers for dropout. */
  readonly dropout: boolean;
  /** Whether the program wants to know what is padding, in rows of one sample, too. */
  readonly segments?: boolean;
}

export interface PlanOptions extends BatchOptions {
  readonly epochs: number;
  /** Overrides `epochs`. */
  readonly maxSteps: number | undefined;
}

/** A sampler with what it looks at. */
export interface SamplerChoice {
  readonly sampler: Sampler;
  readonly args: Readonly<Record<string, unknown>>;
  readonly samples: SampleSet;
  /** Names of the groups that are evaluated. */
  readonly evaluated: readonly string[];
}

export interface BatchPlan {
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Rows of an epoch: samples, or packs of them. */
  readonly rows: number;
  readonly batchesOf: (step: number) => readonly MicroBatch[];
  readonly notes: readonly string[];
  readonly adaptation: Adaptation | undefined;
  /** Identifies samples and the way they are drawn: a run continues only on the same. */
  readonly fingerprint: string;
}

/** Without a choice, all samples in a new order each epoch. @throws what the sampler throws */
export async function planBatches(
  samples: readonly TrainSample[],
  options: PlanOptions,
  choice?: SamplerChoice,
): Promise<BatchPlan> {
  const { seed } = options;
  const selection = await choice?.sampler.select?.(choice.args, { samples: choice.samples, seed });
  const rows = rowsOf(samples, options.packTo, selection?.chosen);
  const lengths = rows.map((row) => row.reduce((sum, i) => sum + (samples[i]?.ids.length as number), 0));
  const order = orderOf(lengths, options, choice);
  return {
    stepsPerEpoch: order.stepsPerEpoch,
    steps: order.steps,
    rows: rows.length,
    batchesOf: (step) =>
      order.batchesOf(step).map((indices) => {
        const taken = indices.map((index) => rows[index] as readonly number[]);
        return toMicroBatch(samples, taken, options, step);
      }),
    notes: [...(selection?.notes ?? []), ...order.notes],
    adaptation: order.adaptation,
    fingerprint: fingerprint(samples, options, drawnBy(choice, selection?.chosen, order)),
  };
}

/** `lengths`: tokens of each row. */
function orderOf(lengths: readonly number[], options: PlanOptions, choice: SamplerChoice | undefined): Order {
  if (choice?.sampler.order !== undefined) {
    if (options.packTo !== undefined) internal(`the sampler ${choice.sampler.name} cannot order packs`);
    return choice.sampler.order(choice.args, { ...options, samples: choice.samples, evaluated: choice.evaluated });
  }
  const sampling = { ...options, length: lengths.length, ...(options.groupByLength === true ? { lengths } : {}) };
  const perEpoch = stepsPerEpoch(sampling);
  return {
    stepsPerEpoch: perEpoch,
    steps: stepsOfRun(perEpoch, options),
    batchesOf: createSampler(sampling),
    notes: [],
  };
}

/** Evaluation batches: all samples once, in order, those of a group by themselves. */
export function* evaluationBatches(
  groups: readonly SampleGroup<TrainSample>[],
  options: Pick<BatchOptions, "padId" | "packTo" | "batchSize" | "segments">,
): Generator<MicroBatch> {
  for (const { name, samples } of groups) {
    const rows = rowsOf(samples, options.packTo);
    for (let at = 0; at < rows.length; at += options.batchSize) {
      const taken = rows.slice(at, at + options.batchSize);
      yield { ...toMicroBatch(samples, taken, { ...options, dropout: false, seed: 0 }, 0), group: name };
    }
  }
}

/** Rows of the chosen samples, or of all. */
function rowsOf(
  samples: readonly TrainSample[],
  packTo: number | undefined,
  chosen: readonly number[] = samples.map((_, i) => i),
): readonly (readonly number[])[] {
  if (packTo === undefined) return chosen.map((i) => [i]);
  const packs = packSamples(
    chosen.map((i) => samples[i]?.ids.length as number),
    packTo,
  );
  return packs.map((pack) => pack.map((place) => chosen[place] as number));
}

export function toMicroBatch(
  samples: readonly TrainSample[],
  rows: readonly (readonly number[])[],
  options: Pick<BatchOptions, "padId" | "packTo" | "dropout" | "seed" | "segments">,
  step: number,
): MicroBatch {
  const taken = rows.map((row) => row.map((index) => samples[index] as TrainSample));
  const batch = collate(taken, { padId: options.padId });
  const { inputIds, positions, segments, labels, weights } = batch;
  const grid = (data: Int32Array): HostTensor => ({ dtype: "int32", shape: [batch.batch, batch.time], data });
  const count = labels.length;
  const feeds: BatchFeeds = {
    input_ids: grid(inputIds),
    positions: grid(positions),
    ...(options.packTo === undefined && options.segments !== true ? {} : { segments: grid(segments) }),
    ...(options.dropout ? { dropout_rows: grid(dropoutRows(batch, rows, samples, { seed: options.seed, step })) } : {}),
    loss_rows: { dtype: "int32", shape: [count], data: batch.rows },
    labels: { dtype: "int32", shape: [count], data: labels },
    loss_weights: { dtype: "float32", shape: [count], data: weights },
  };
  return {
    feeds,
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

/** What decides which samples are drawn, beside the samples and the options; nothing for the plain order. */
function drawnBy(choice: SamplerChoice | undefined, chosen: readonly number[] | undefined, order: Order): unknown {
  if (choice === undefined || (chosen === undefined && choice.sampler.order === undefined)) return undefined;
  const { sampler, args, samples } = choice;
  // What was chosen says all about a selection. An order reads datasets and columns at every step.
  const columns = sampler.columns(args);
  const read = Array.from({ length: samples.size }, (_, i) => [
    samples.datasetOf(i),
    ...columns.map((key) => samples.field(i, key) ?? null),
  ]);
  return { name: sampler.name, args, drawn: chosen ?? read, identity: order.identity };
}

function fingerprint(samples: readonly TrainSample[], options: BatchOptions, sampler: unknown): string {
  const hash = createHash("sha256");
  const { batchSize, accumulation, seed, shuffle, packTo } = options;
  const grouped = options.groupByLength === true ? true : undefined;
  hash.update(JSON.stringify({ batchSize, accumulation, seed, shuffle, packTo: packTo ?? null, sampler, grouped }));
  for (const { ids, labels, weights } of samples) {
    for (const array of [ids, labels, weights]) {
      if (array !== undefined) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
