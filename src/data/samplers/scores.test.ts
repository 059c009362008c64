import { describe, expect, it } from "vitest";
import { bandSampler } from "./band.ts";
import { gumbelTopK, quantile, softPareto, topK } from "./mechanisms.ts";
import { paretoSampler } from "./pareto.ts";
import { proportionalSampler } from "./proportional.ts";
import { complaints, sampleSet, selectWith } from "./testing/sample-set.ts";
import { thresholdSampler } from "./threshold.ts";
import { topKSampler } from "./top-k.ts";

const stats = (value: number) => ({ __dj__stats__: { perplexity: value } });
const five = sampleSet([3, 1, 5, 2, 4].map(stats));
const key = { score_key: "__dj__stats__.perplexity" };

describe("every mechanism takes a statistic that data process kept", () => {
  it.each([
    [thresholdSampler, { min: 3 }, [0, 2, 4]],
    [thresholdSampler, { max: 2 }, [1, 3]],
    [bandSampler, { min: 2, max: 4 }, [0, 3, 4]],
    [bandSampler, { cut_lowest: 0.2, cut_highest: 0.2 }, [0, 3, 4]],
    [topKSampler, { count: 2 }, [2, 4]],
    [topKSampler, { ratio: 0.4, lowest: true }, [1, 3]],
    [proportionalSampler, { count: 5 }, [0, 1, 2, 3, 4]],
  ] as const)("$name", async (sampler, given, expected) => {
    const { chosen, notes } = await selectWith(sampler, five, { ...key, ...given });
    expect([chosen, notes.length]).toEqual([expected, 1]);
  });
});

describe("scores", () => {
  const holes = sampleSet([{ score: 1 }, {}, { score: null }, { score: 2 }]);

  it("refuses samples without one, or leaves them out and says how many", async () => {
    await expect(selectWith(topKSampler, holes, { score_key: "score", count: 1 })).rejects.toThrow(
      /E_DATA_SELECTION: a\.jsonl:2: score: 2 of 4 samples have no score/,
    );
    const kept = await selectWith(topKSampler, holes, { score_key: "score", count: 2, missing: "drop" });
    expect(kept).toMatchObject({ chosen: [0, 3], notes: [expect.stringContaining("left out 2"), expect.anything()] });
    await expect(selectWith(topKSampler, five, { score_key: "x", count: 1, missing: "drop" })).rejects.toThrow(
      "5 of 5",
    );
  });

  it.each([["high"], [Number.NaN], [[1]]])("refuses %j as a score", async (score) => {
    await expect(selectWith(topKSampler, sampleSet([{ score }]), { score_key: "score", count: 1 })).rejects.toThrow(
      /a\.jsonl:1: score.*wants a number/,
    );
  });

  it("says the range of scores when none is left, and when a budget is too large", async () => {
    await expect(selectWith(thresholdSampler, five, { ...key, min: 6 })).rejects.toThrow("from 1 to 5");
    await expect(selectWith(topKSampler, five, { ...key, count: 6 })).rejects.toThrow("6 samples are to be kept");
  });

  it("refuses arguments that contradict each other", () => {
    expect(complaints(thresholdSampler, key)).toHaveProperty("min");
    expect(complaints(thresholdSampler, { ...key, min: 1, max: 2 })).toHaveProperty("max");
    expect(complaints(bandSampler, { ...key, min: 1 })).toHaveProperty("max");
    expect(complaints(bandSampler, { ...key, min: 2, max: 1 })).toHaveProperty("min");
    expect(complaints(bandSampler, { ...key, cut_lowest: 0.2 })).toHaveProperty("cut_highest");
    expect(complaints(bandSampler, { ...key, min: 1, max: 2, cut_lowest: 0.2 })).toHaveProperty("cut_lowest");
    expect(complaints(topKSampler, key)).toHaveProperty("ratio");
    expect(complaints(topKSampler, { ...key, ratio: 0.1, count: 4 })).toHaveProperty("count");
  });
});

describe("mechanisms", () => {
  it("top k gives ties to the earlier", () => {
    expect(topK([1, 2, 2, 2, 0], 2)).toEqual([1, 2]);
    expect(topK([1, 0, 0, 0], 2, { lowest: true })).toEqual([1, 2]);
  });

  it("quantiles are numpy's", () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 1.75, 2.5, 3.7, 4]);
  });

  it("Gumbel-top-k draws in proportion to weights, one draw, and orders without replacement, two", () => {
    const weights = [1, 2, 5, 2];
    const [first, second] = [weights.map(() => 0), weights.map(() => 0)];
    const trials = 20_000;
    for (let seed = 0; seed < trials; seed++) {
      const [one] = gumbelTopK(weights.map(Math.log), 1, seed);
      first[one as number] = (first[one as number] as number) + 1 / trials;
      for (const i of gumbelTopK(weights.map(Math.log), 2, seed)) second[i] = (second[i] as number) + 1 / trials;
    }
    const sum = 10;
    for (const [i, weight] of weights.entries()) {
      expect(first[i]).toBeCloseTo(weight / sum, 1.7);
      const others = weights.flatMap((other, j) => (j === i ? [] : [other]));
      const inTwo = weight / sum + others.reduce((all, other) => all + ((other / sum) * weight) / (sum - other), 0);
      expect(Math.abs((second[i] as number) - inTwo)).toBeLessThan(0.015);
    }
    expect(gumbelTopK([Math.log(0), 0, Math.log(0), 0], 2, 1)).toEqual([1, 3]);
  });

  it("the Pareto threshold keeps a score s with the chance 2 - s to the power -alpha", () => {
    for (const score of [0.2, 0.6, 0.95]) {
      const kept = softPareto(new Float64Array(40_000).fill(score), 9, 5).length / 40_000;
      // P(x > 1 - s) of a Lomax distribution
      expect(Math.abs(kept - (2 - score) ** -9)).toBeLessThan(0.01);
    }
  });

  it("proportional refuses weights below 0, and fewer above 0 than it shall draw", async () => {
    const of = (...scores: number[]) => sampleSet(scores.map((score) => ({ score })));
    const given = { score_key: "score", count: 2 };
    await expect(selectWith(proportionalSampler, of(1, -1, 2), given)).rejects.toThrow("none may be below 0");
    await expect(selectWith(proportionalSampler, of(1, 0, 0), given)).rejects.toThrow("1 are above 0");
    expect((await selectWith(proportionalSampler, of(1, 0, 2), given)).chosen).toEqual([0, 2]);
    expect((await selectWith(paretoSampler, of(1, 1), { score_key: "score" })).chosen).toEqual([0, 1]);
  });
});
