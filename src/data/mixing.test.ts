import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { interleave, turnOf } from "./mixing.ts";

describe("interleave", () => {
  it("draws datasets with their probabilities", () => {
    const counts = [0, 0, 0];
    for (let turn = 0; turn < 20_000; turn++) {
      const dataset = turnOf(turn, { probabilities: [0.6, 0.3, 0.1], seed: 1 });
      counts[dataset] = (counts[dataset] as number) + 1;
    }
    // Three standard deviations of a share are 0.0104 at most.
    for (const [i, share] of [0.6, 0.3, 0.1].entries()) {
      expect(Math.abs((counts[i] as number) / 20_000 - share)).toBeLessThan(0.011);
    }
  });

  it("stops with the first or with the last dataset, each giving its rows in order", () => {
    const options = { probabilities: [0.5, 0.5], seed: 3 };
    const first = interleave([4, 50], options);
    expect(first.filter(([dataset]) => dataset === 0).map(([, row]) => row)).toEqual([0, 1, 2, 3]);
    expect(first.at(-1)).toEqual([0, 3]);
    const all = interleave([4, 50], { ...options, stopping: "all_exhausted" });
    expect(all.filter(([dataset]) => dataset === 1).map(([, row]) => row)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    expect(all.filter(([dataset]) => dataset === 0).length).toBeGreaterThan(8);
  });

  it.each([[[0.5]], [[0.5, 0.4]], [[1, 0]], [[Number.NaN, 1]]])("refuses probabilities %j", (probabilities) => {
    let failure: unknown;
    try {
      interleave([2, 2], { probabilities, seed: 1 });
    } catch (error) {
      failure = error;
    }
    expect(isTunesmithError(failure, "E_DATA_MIX")).toBe(true);
  });
});
