/** Samples by group (dataset, value of a column), and passes over each group in an order of its own. */
import { fail } from "../../base/errors.ts";
import { permutation } from "../../base/random.ts";
import { show } from "../shapes/shape.ts";
import type { SampleSet } from "./sampler.ts";

/** The samples of each dataset. @throws E_DATA_SELECTION when one has none left */
export function samplesByDataset(samples: SampleSet, where: string): readonly (readonly number[])[] {
  const groups: number[][] = samples.datasets.map(() => []);
  for (let sample = 0; sample < samples.size; sample++) groups[samples.datasetOf(sample)]?.push(sample);
  const empty = groups.findIndex((group) => group.length === 0);
  if (empty >= 0) {
    fail("E_DATA_SELECTION", {
      where,
      what: `no sample of the dataset ${samples.datasets[empty]} is left to draw.`,
      fix: "Look at the dropped rows above, or leave the dataset out.",
    });
  }
  return groups;
}

/** The samples of each value of a column, in order of first occurrence. @throws E_DATA_SELECTION without a value */
export function samplesByField(samples: SampleSet, key: string, where: string): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (let sample = 0; sample < samples.size; sample++) {
    const value = samples.field(sample, key);
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      fail("E_DATA_SELECTION", {
        where: `${samples.origin(sample)}: ${key}`,
        what: `${where} groups samples by this column, and its value is ${show(value)}.`,
        fix: "Give every row a text or a number there, or name another column.",
      });
    }
    const group = groups.get(String(value));
    if (group === undefined) groups.set(String(value), [sample]);
    else group.push(sample);
  }
  return groups;
}

/**
 * The sample at a place in the endless row of passes over a group. Each pass has its own order when shuffled; the
 * last one used is remembered.
 */
export function createPasses(
  group: readonly number[],
  { seed, shuffle, address }: { readonly seed: number; readonly shuffle: boolean; readonly address: string },
): (place: number) => number {
  let known: { readonly pass: number; readonly order: Uint32Array } | undefined;
  return (place) => {
    const at = place % group.length;
    if (!shuffle) return group[at] as number;
    const pass = Math.floor(place / group.length);
    if (known?.pass !== pass) known = { pass, order: permutation(group.length, seed, address, pass) };
    return group[known.order[at] as number] as number;
  };
}
