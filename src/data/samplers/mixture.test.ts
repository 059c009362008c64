import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../../base/errors.ts";
import { mixtureSampler } from "./mixture.ts";
import { complaints, drawn, orderWith, sampleSizes } from "./testing/sample-set.ts";

const counts = (samples: readonly number[], datasetOf: (sample: number) => number, datasets: number): number[] =>
  Array.from({ length: datasets }, (_, i) => samples.filter((sample) => datasetOf(sample) === i).length);

describe("mixture", () => {
  it("keeps exact proportions from the first sample to the last, and repeats rows evenly", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (datasets, batchSize, accumulation) => {
          const [sizes, weights] = [datasets.map(([size]) => size), datasets.map(([, weight]) => weight)];
          const samples = sampleSizes(...sizes);
          const order = orderWith(mixtureSampler, samples, { weights }, { batchSize, accumulation, epochs: 3 });
          const all = drawn(order, 1, order.steps);
          const sum = weights.reduce((total, weight) => total + weight, 0);
          const seen = sizes.map(() => 0);
          const times = new Map<number, number>();
          let worst = 0;
          for (const [i, sample] of all.entries()) {
            const dataset = samples.datasetOf(sample);
            seen[dataset] = (seen[dataset] as number) + 1;
            times.set(sample, (times.get(sample) ?? 0) + 1);
            for (const [d, weight] of weights.entries()) {
              worst = Math.max(worst, Math.abs((seen[d] as number) - ((i + 1) * weight) / sum));
            }
          }
          expect(worst).toBeLessThan(1);
          for (const [d, size] of sizes.entries()) {
            const start = sizes.slice(0, d).reduce((total, one) => total + one, 0);
            const own = Array.from({ length: size }, (_, i) => times.get(start + i) ?? 0);
            expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
          }
          expect(all.length).toBe(order.steps * batchSize * accumulation);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is the same for a step whether or not earlier ones were asked for, or later ones", () => {
    const make = () => orderWith(mixtureSampler, sampleSizes(7, 5, 3), { temperature: 2 }, { batchSize: 2 });
    const [walked, jumped] = [make(), make()];
    for (let step = 1; step < 6; step++) walked.batchesOf(step);
    expect(walked.batchesOf(6)).toEqual(jumped.batchesOf(6));
    expect(jumped.batchesOf(2)).toEqual(make().batchesOf(2));
  });

  it("goes from by size to equal shares with the temperature", () => {
    const samples = sampleSizes(160, 10);
    const of = (temperature: number) => {
      const order = orderWith(mixtureSampler, samples, { temperature }, { maxSteps: 100 });
      return counts(drawn(order, 1, 100), samples.datasetOf, 2);
    };
    expect(of(1)).toEqual([94, 6]);
    expect(of(2)).toEqual([80, 20]);
    expect(of(1e6)).toEqual([50, 50]);
  });

  it("sets a ceiling of repeats, gives the rest to the others, and ends when all are through", () => {
    const samples = sampleSizes(10, 100);
    const capped = orderWith(mixtureSampler, samples, { weights: [1, 1], max_repeats: 2 }, { maxSteps: 100 });
    expect(counts(drawn(capped, 1, 100), samples.datasetOf, 2)).toEqual([20, 80]);
    const short = orderWith(mixtureSampler, samples, { weights: [1, 1], max_repeats: 2 }, { epochs: 9 });
    expect(short.steps).toBe(220);
    expect(short.notes[0]).toContain("220 steps instead of 990");
    expect(() => orderWith(mixtureSampler, samples, { weights: [1, 1], max_repeats: 2 }, { maxSteps: 221 })).toThrow(
      /E_DATA_SELECTION.*220 steps/,
    );
  });

  it("ends an epoch with the first dataset or with the last", () => {
    const samples = sampleSizes(10, 100);
    const steps = (stopping_strategy: string): number =>
      orderWith(mixtureSampler, samples, { weights: [1, 1], stopping_strategy }).steps;
    expect([steps("first_exhausted"), steps("all_exhausted")]).toEqual([20, 200]);
  });

  it("keeps the order of the files without shuffling", () => {
    const order = orderWith(mixtureSampler, sampleSizes(2, 2), { weights: [1, 1] }, { shuffle: false });
    expect(drawn(order, 1, 4).toSorted()).toEqual([0, 1, 2, 3]);
    expect(drawn(order, 1, 4).filter((sample) => sample < 2)).toEqual([0, 1]);
  });

  it("refuses weights that do not fit", () => {
    expect(complaints(mixtureSampler, { weights: [1], temperature: 2 })).toHaveProperty("temperature");
    const wrong = (() => {
      try {
        orderWith(mixtureSampler, sampleSizes(2, 2), { weights: [1] });
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(isTunesmithError(wrong, "E_DATA_SELECTION") && wrong.message).toContain("1 weights for 2 datasets");
  });
});
