import { describe, expect, it } from "vitest";
import { createSampler } from "../data/samplers/epochs.ts";
import { samplers } from "../data/samplers/index.ts";
import type { Sampler } from "../data/samplers/sampler.ts";
import { sampleSet } from "../data/samplers/testing/sample-set.ts";
import { evaluationBatches, planBatches, type PlanOptions, type SamplerChoice } from "./batches.ts";
import type { TrainSample } from "./prepare.ts";

const sample = (i: number): TrainSample => ({
  ids: Int32Array.from({ length: 3 + (i % 4) }, (_, at) => 10 * i + at),
  labels: Int32Array.from({ length: 3 + (i % 4) }, (_, at) => 10 * i + at),
  weights: undefined,
  origin: `rows.jsonl:${i}`,
});
const samples = Array.from({ length: 12 }, (_, i) => sample(i));
const options: PlanOptions = {
  batchSize: 2,
  accumulation: 2,
  seed: 1,
  shuffle: true,
  padId: 0,
  packTo: undefined,
  dropout: false,
  epochs: 2,
  maxSteps: undefined,
};

/** Eight rows of one dataset and four of another, each with its number as score. */
function choose(name: string, args: Readonly<Record<string, unknown>> = {}, add = 0): SamplerChoice {
  const sampler = samplers.get(name) as Sampler;
  const rows = samples.map((_, i) => ({ score: i + add }));
  return {
    sampler,
    args: sampler.schema.parse(args),
    samples: sampleSet(rows.slice(0, 8), rows.slice(8)),
    evaluated: ["a", "b"],
  };
}

type Plan = Awaited<ReturnType<typeof planBatches>>;
const numbers = (plan: Plan, step: number): readonly (readonly number[])[] =>
  plan.batchesOf(step).map(({ origin }) => origin.map((place) => Number(place.split(":")[1])));

describe("planBatches", () => {
  it("without a sampler, and with shuffle, takes the order of the epochs as ever", async () => {
    const expected = createSampler({ ...options, length: 12 });
    const plain = await planBatches(samples, options);
    for (const plan of [plain, await planBatches(samples, options, choose("shuffle"))]) {
      expect([plan.stepsPerEpoch, plan.steps, plan.rows]).toEqual([3, 6, 12]);
      for (let step = 1; step <= 6; step++) expect(numbers(plan, step)).toEqual(expected(step));
      expect(plan.fingerprint).toBe(plain.fingerprint);
    }
    // Recorded before there were samplers: the order and the fingerprint of old checkpoints.
    expect(numbers(plain, 1)).toEqual([
      [7, 10],
      [4, 2],
    ]);
    expect(plain.fingerprint).toBe("84e8aec2959b2315");
  });

  it("steps through what was chosen, and through packs of it", async () => {
    const choice = choose("threshold", { score_key: "score", min: 7 });
    const plan = await planBatches(samples, options, choice);
    expect([plan.rows, plan.stepsPerEpoch, plan.steps]).toEqual([5, 2, 4]);
    const taken = [1, 2].flatMap((step) => numbers(plan, step).flat());
    expect(taken.toSorted((a, b) => a - b)).toEqual([7, 8, 9, 10, 11]);
    expect(plan.notes).toEqual(["threshold: 5 of 12 samples by score."]);
    const packed = await planBatches(samples, { ...options, packTo: 9 }, choice);
    const inPacks = Array.from({ length: packed.stepsPerEpoch }, (_, i) => numbers(packed, i + 1).flat()).flat();
    expect(inPacks.toSorted((a, b) => a - b)).toEqual([7, 8, 9, 10, 11]);
    expect(packed.rows).toBeLessThan(5);
  });

  it("puts samples of like length together, chosen ones too", async () => {
    const many = Array.from({ length: 200 }, (_, i) => sample(i));
    const padding = async (groupByLength: boolean): Promise<number> => {
      const plan = await planBatches(many, { ...options, groupByLength });
      const batches = Array.from({ length: plan.stepsPerEpoch }, (_, i) => plan.batchesOf(i + 1)).flat();
      return batches.reduce((sum, { feeds, tokens }) => sum + (feeds["input_ids"]?.shape[1] as number) * 2 - tokens, 0);
    };
    expect(await padding(true)).toBeLessThan(0.3 * (await padding(false)));
    const plan = await planBatches(
      samples,
      { ...options, groupByLength: true },
      choose("threshold", { score_key: "score", min: 7 }),
    );
    expect([1, 2].flatMap((step) => numbers(plan, step).flat()).toSorted((a, b) => a - b)).toEqual([7, 8, 9, 10, 11]);
    expect(plan.fingerprint).not.toBe(
      (await planBatches(samples, options, choose("threshold", { score_key: "score", min: 7 }))).fingerprint,
    );
  });

  it("takes the batches and the steps that an order says", async () => {
    const plan = await planBatches(samples, options, choose("mixture", { weights: [1, 1] }));
    expect(plan.steps).toBe(6);
    const taken = [1, 2, 3, 4, 5, 6].flatMap((step) => numbers(plan, step).flat());
    expect(taken.filter((i) => i >= 8).length).toBe(12);
    const subset = await planBatches(samples, options, choose("rs2", { ratio: 1 / 3 }));
    expect([subset.stepsPerEpoch, subset.steps]).toEqual([1, 2]);
    const asked = await planBatches(samples, { ...options, maxSteps: 9 }, choose("rs2", { ratio: 1 / 3 }));
    expect(asked.steps).toBe(9);
    await expect(planBatches(samples, { ...options, packTo: 9 }, choose("rs2"))).rejects.toThrow("cannot order packs");
  });

  it("has another fingerprint for everything that changes what is drawn", async () => {
    const of = async (choice?: SamplerChoice, more: Partial<PlanOptions> = {}): Promise<string> =>
      (await planBatches(samples, { ...options, ...more }, choice)).fingerprint;
    const prints = await Promise.all([
      of(),
      of(choose("threshold", { score_key: "score", min: 7 })),
      of(choose("threshold", { score_key: "score", min: 7 }, 1)),
      of(choose("mixture", { weights: [1, 1] })),
      of(choose("mixture", { weights: [1, 2] })),
      of(choose("mixture", { weights: [1, 1], max_repeats: 1.5 })),
      of(choose("rs2", { ratio: 0.5 })),
      of(choose("rs2", { ratio: 0.5, stratify_by: "score" })),
    ]);
    expect(new Set(prints).size).toBe(prints.length);
    // A longer run goes on with the same mixture, unless a ceiling makes it another.
    const mixture = choose("mixture", { weights: [1, 1] });
    expect(await of(mixture, { epochs: 3 })).toBe(await of(mixture));
    const capped = choose("mixture", { weights: [1, 1], max_repeats: 3 });
    expect(await of(capped, { maxSteps: 7 })).not.toBe(await of(capped, { maxSteps: 8 }));
  });
});

describe("evaluationBatches", () => {
  it("keeps datasets apart, so that each has a loss", () => {
    const groups = [
      { name: "a", samples: samples.slice(0, 3) },
      { name: "b", samples: samples.slice(3, 5) },
    ];
    const batches = [...evaluationBatches(groups, { ...options, batchSize: 2 })];
    expect(batches.map(({ group, origin }) => [group, origin.length])).toEqual([
      ["a", 2],
      ["a", 1],
      ["b", 2],
    ]);
    const packed = [...evaluationBatches(groups, { ...options, batchSize: 2, packTo: 50 })];
    expect(packed.map(({ group, origin }) => [group, origin.length])).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
  });
});
