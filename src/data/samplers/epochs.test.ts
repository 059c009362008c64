import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSampler, stepsPerEpoch } from "./epochs.ts";

const sampling = { length: 10, batchSize: 2, accumulation: 2, seed: 1, shuffle: true };

describe("createSampler", () => {
  it("takes every sample once per epoch, whatever the sizes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 4 }),
        (length, batchSize, accumulation) => {
          const options = { ...sampling, length, batchSize, accumulation };
          const sampler = createSampler(options);
          const steps = stepsPerEpoch(options);
          for (const epoch of [0, 1]) {
            const seen = Array.from({ length: steps }, (_, i) => sampler(epoch * steps + i + 1)).flat(2);
            expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
          }
        },
      ),
    );
  });

  it("gives a step the same samples whether or not earlier steps were asked for", () => {
    const [walked, jumped] = [createSampler(sampling), createSampler(sampling)];
    for (let step = 1; step < 8; step++) walked(step);
    expect(walked(8)).toEqual(jumped(8));
    expect(createSampler({ ...sampling, seed: 2 })(8)).not.toEqual(jumped(8));
  });

  it("keeps the order of the file without shuffling", () => {
    expect(createSampler({ ...sampling, shuffle: false })(3)).toEqual([[8, 9]]);
  });

  it("groups samples of like length, each epoch in another order and with nothing lost", () => {
    const lengths = Array.from({ length: 400 }, (_, i) => 1 + ((i * 37) % 97));
    const options = { length: 400, batchSize: 4, accumulation: 1, seed: 1, shuffle: true };
    const padding = (sampler: ReturnType<typeof createSampler>, epoch: number): number => {
      const batches = Array.from({ length: 100 }, (_, i) => sampler(epoch * 100 + i + 1)).flat();
      expect(batches.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i));
      return batches.reduce((sum, batch) => {
        const inBatch = batch.map((sample) => lengths[sample] as number);
        return sum + inBatch.reduce((wasted, length) => wasted + Math.max(...inBatch) - length, 0);
      }, 0);
    };
    const grouped = createSampler({ ...options, lengths });
    expect(padding(grouped, 0)).toBeLessThan(0.2 * padding(createSampler(options), 0));
    expect(padding(grouped, 1)).toBeGreaterThan(0);
    expect(grouped(1)).not.toEqual(grouped(101));
    expect(lengths[grouped(1)[0]?.[0] as number]).toBe(97);
  });
});
