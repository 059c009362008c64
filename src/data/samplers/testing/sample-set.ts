/** For tests: samples made of rows, and samplers made ready on them. */
import { fieldOf } from "../../operators/sample.ts";
import type { RawObject } from "../../shapes/shape.ts";
import type { Order, OrderContext, SampleSet, Sampler, Selection } from "../sampler.ts";

/** `rows` of each dataset; datasets are called a, b, c and so on. */
export function sampleSet(...rows: readonly (readonly RawObject[])[]): SampleSet {
  const flat = rows.flatMap((list, dataset) => list.map((row, i) => ({ row, dataset, place: i + 1 })));
  const at = (sample: number) => flat[sample] as (typeof flat)[number];
  const names = rows.map((_, i) => String.fromCharCode(97 + i));
  return {
    size: flat.length,
    datasets: names,
    datasetOf: (sample) => at(sample).dataset,
    field: (sample, key) => fieldOf(at(sample).row, key),
    text: (sample) => String(at(sample).row["text"] ?? ""),
    origin: (sample) => `${names[at(sample).dataset]}.jsonl:${at(sample).place}`,
  };
}

/** Datasets of the given sizes, with empty rows. */
export const sampleSizes = (...sizes: readonly number[]): SampleSet =>
  sampleSet(...sizes.map((length) => Array.from({ length }, () => ({}))));

type Given = Readonly<Record<string, unknown>>;

/** @throws ZodError for arguments that the schema refuses */
export function selectWith(sampler: Sampler, samples: SampleSet, given: Given, seed = 1): Promise<Selection> {
  if (sampler.select === undefined) throw new Error(`${sampler.name} selects nothing`);
  return sampler.select(sampler.schema.parse(given), { samples, seed });
}

export function orderWith(sampler: Sampler, samples: SampleSet, given: Given, more: Partial<OrderContext> = {}): Order {
  if (sampler.order === undefined) throw new Error(`${sampler.name} orders nothing`);
  return sampler.order(sampler.schema.parse(given), {
    samples,
    seed: 1,
    shuffle: true,
    batchSize: 1,
    accumulation: 1,
    epochs: 1,
    maxSteps: undefined,
    evaluated: samples.datasets,
    ...more,
  });
}

/** All samples of steps `from` to `to`, both included. */
export function drawn(order: Order, from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => order.batchesOf(from + i).flat()).flat();
}

/** What `check` says of arguments, by key. */
export function complaints(sampler: Sampler, given: Given): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  sampler.check(sampler.schema.parse(given), (key, problem) => {
    found[key] = problem;
  });
  return found;
}
