import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSampler, stepsPerEpoch } from "./sampler.ts";

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
});
