import { describe, expect, it } from "vitest";
import { rehearsalSampler, rehearsalWeights } from "./rehearsal.ts";
import { complaints, sampleSizes, selectWith } from "./testing/sample-set.ts";

const samples = sampleSizes(100, 100, 100, 60);

async function takes(given: Readonly<Record<string, unknown>>, set = samples): Promise<number[]> {
  const { chosen } = await selectWith(rehearsalSampler, set, given);
  expect(new Set(chosen).size).toBe(chosen.length);
  return set.datasets.map((_, task) => chosen.filter((sample) => set.datasetOf(sample) === task).length);
}

describe("rehearsal", () => {
  it("takes the new task whole and divides the budget by age", async () => {
    // Ages 3, 2, 1: 1/3, 1/2, 1 of 11/6
    expect(await takes({ budget: 110 })).toEqual([20, 30, 60, 60]);
    expect(await takes({ budget: 14, exponent: 2 })).toEqual([1, 3, 10, 60]);
    expect(await takes({ schedule: "uniform", budget: 31 })).toEqual([11, 10, 10, 60]);
    expect(await takes({ schedule: "recent", budget: 30 })).toEqual([0, 0, 30, 60]);
    expect(await takes({ schedule: "none", budget: 30 })).toEqual([0, 0, 0, 60]);
    expect(await takes({ budget: 0 })).toEqual([0, 0, 0, 60]);
    const exponential = await takes({ schedule: "exponential", budget: 100, rate: 1 });
    expect(exponential).toEqual([9, 24, 67, 60]);
  });

  it("takes half as many as the new task has, unless told otherwise", async () => {
    expect((await takes({})).slice(0, 3).reduce((sum, take) => sum + take, 0)).toBe(30);
    expect((await takes({ budget_ratio: 2 })).slice(0, 3).reduce((sum, take) => sum + take, 0)).toBe(120);
  });

  it("takes no more than a task has, and the rest of others", async () => {
    expect(await takes({ budget: 110 }, sampleSizes(100, 100, 20, 60))).toEqual([36, 54, 20, 60]);
  });

  it("weighs by age", () => {
    expect(rehearsalWeights(3, "power", { exponent: 1, rate: 1 })).toEqual([1 / 3, 1 / 2, 1]);
  });

  it("wants an earlier task and one budget", async () => {
    await expect(selectWith(rehearsalSampler, sampleSizes(9), {})).rejects.toThrow("nothing to rehearse");
    expect(complaints(rehearsalSampler, { budget: 1, budget_ratio: 1 })).toHaveProperty("budget_ratio");
  });
});
