import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rs2Sampler } from "./rs2.ts";
import { drawn, orderWith, sampleSet, sampleSizes } from "./testing/sample-set.ts";

const rounds = (order: ReturnType<typeof orderWith>, count: number): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, round) =>
    drawn(order, round * order.stepsPerEpoch + 1, (round + 1) * order.stepsPerEpoch),
  );

describe("rs2", () => {
  it("takes every sample once in ceil(1/r) rounds, where parts fill the whole", () => {
    for (const [size, ratio] of [
      [100, 0.1],
      [100, 0.25],
      [60, 1 / 3],
      [7, 1],
    ] as const) {
      const order = orderWith(rs2Sampler, sampleSizes(size), { ratio }, { batchSize: 3, epochs: 40 });
      const cycle = Math.ceil(1 / ratio - 1e-9);
      for (const start of [0, cycle]) {
        const seen = rounds(order, start + cycle)
          .slice(start)
          .flat();
        expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      }
    }
  });

  it("takes none twice before it shuffles anew, whatever the sizes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.double({ min: 0.02, max: 1, noNaN: true }), (size, ratio) => {
        const order = orderWith(rs2Sampler, sampleSizes(size), { ratio }, { batchSize: 4 });
        const part = Math.max(1, Math.floor(ratio * size + 1e-9));
        const seen = rounds(order, Math.floor(size / part)).flat();
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.length).toBe(part * Math.floor(size / part));
      }),
    );
  });

  it("has as many steps as its parts, so the schedule is short", () => {
    const order = orderWith(rs2Sampler, sampleSizes(105), { ratio: 0.1 }, { batchSize: 2, accumulation: 2, epochs: 7 });
    expect([order.stepsPerEpoch, order.steps]).toEqual([3, 21]);
    expect(order.batchesOf(3)).toHaveLength(1);
  });

  it("with replacement draws every round from all, and no sample twice in one", () => {
    const order = orderWith(rs2Sampler, sampleSizes(10), { ratio: 0.5, replacement: true });
    const all = rounds(order, 40);
    for (const round of all) expect(new Set(round).size).toBe(5);
    const pairs = all.slice(0, -1).map((round, i) => new Set([...round, ...(all[i + 1] as number[])]).size);
    // Without replacement each second pair of rounds would be all ten.
    expect(pairs.filter((size) => size === 10).length).toBeLessThan(6);
  });

  it("keeps the shares of strata", () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ kind: i < 40 ? "x" : "y" }));
    const order = orderWith(rs2Sampler, sampleSet(rows), { ratio: 0.1, stratify_by: "kind" }, { batchSize: 6 });
    const all = rounds(order, 10);
    for (const round of all) expect(round.filter((sample) => sample < 40).length).toBe(4);
    expect(new Set(all.flat()).size).toBe(60);
    const byDataset = orderWith(rs2Sampler, sampleSizes(40, 20), { ratio: 0.1, stratify_by: "dataset" });
    expect(rounds(byDataset, 1)[0]?.filter((sample) => sample < 40).length).toBe(4);
  });

  it("names a row without its stratum", () => {
    expect(() => orderWith(rs2Sampler, sampleSet([{ kind: "x" }, {}]), { stratify_by: "kind" })).toThrow(
      /E_DATA_SELECTION: a\.jsonl:2: kind/,
    );
  });
});
