/** Rows as samplers see them. */
import { fieldOf } from "../data/operators/sample.ts";
import type { Row } from "../data/row.ts";
import type { SampleSet } from "../data/samplers/sampler.ts";

export function sampleSetOf(rows: readonly Row[], datasets: readonly string[]): SampleSet {
  const row = (sample: number): Row => rows[sample] as Row;
  return {
    size: rows.length,
    datasets,
    datasetOf: (sample) => row(sample).dataset ?? 0,
    field: (sample, key) => fieldOf(row(sample).extra, key),
    text: (sample) =>
      row(sample)
        .conversation.messages.map(({ content }) => content)
        .join("\n"),
    origin: (sample) => row(sample).origin,
  };
}

/** Samples of one dataset, with its name. */
export interface SampleGroup<Sample> {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Samples by the dataset of their rows, without those that have none. */
export function groupByDataset<Sample>(
  samples: readonly Sample[],
  rows: readonly Row[],
  datasets: readonly string[],
): readonly SampleGroup<Sample>[] {
  return datasets
    .map((name, place) => ({ name, samples: samples.filter((_, i) => (rows[i]?.dataset ?? 0) === place) }))
    .filter((group) => group.samples.length > 0);
}
