import { describe, expect, it } from "vitest";
import { selectedRows } from "../testing/all-rows.ts";
import { plainTools, readyOf } from "../testing/ready.ts";
import { randomSelector } from "./random.ts";

const rows = Array.from({ length: 100 }, (_, id) => ({ id }));
const draw = async (args: Readonly<Record<string, unknown>>, seed = 42): Promise<readonly number[]> => [
  ...(await readyOf(randomSelector, args, { ...plainTools, seed })).select(rows.map(() => null)),
];

describe("random_selector", () => {
  it.each([
    [{ select_ratio: 0.29 }, 28],
    [{ select_num: 7 }, 7],
    [{ select_ratio: 0.5, select_num: 7 }, 7],
    [{ select_ratio: 0.05, select_num: 7 }, 5],
    [{ select_ratio: 0, select_num: 7 }, 7],
    [{ select_num: 500 }, 100],
    [{ select_ratio: 0.001 }, 0],
    [{}, 100],
  ])("keeps as many rows as %j says", async (args, count) => {
    const taken = await draw(args);
    expect(taken).toHaveLength(count);
    expect(new Set(taken).size).toBe(count);
  });

  it("draws the same for a seed and others for another", async () => {
    const args = { select_num: 20 };
    expect(await draw(args)).toEqual(await draw(args));
    expect(await draw(args)).not.toEqual(await draw(args, 43));
  });

  it("draws each row about as often", async () => {
    const counts = new Uint32Array(100);
    for (let seed = 0; seed < 400; seed++) {
      for (const row of await draw({ select_num: 25 }, seed)) counts[row] = (counts[row] as number) + 1;
    }
    // 100 are expected; five standard deviations are 43.
    expect(Math.min(...counts)).toBeGreaterThan(57);
    expect(Math.max(...counts)).toBeLessThan(143);
  });

  it("keeps a single row", async () => {
    expect(await selectedRows(randomSelector, [{ id: 1 }], { select_ratio: 0.1 })).toEqual([{ id: 1 }]);
  });
});
