import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packSamples } from "./packing.ts";

describe("packSamples", () => {
  it("loses nothing, overfills nothing, and stays within the bound of best-fit decreasing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 200 }), (lengths) => {
        const rows = packSamples(lengths, 20);
        expect(rows.flat().toSorted((a, b) => a - b)).toEqual(Array.from(lengths.keys()));
        for (const row of rows) expect(row.reduce((sum, i) => sum + (lengths[i] as number), 0)).toBeLessThanOrEqual(20);
        // 11/9 OPT + 4, and OPT is at least the total over the capacity.
        const floor = Math.ceil(lengths.reduce((a, b) => a + b, 0) / 20);
        const big = lengths.filter((length) => length > 10).length;
        expect(rows.length).toBeLessThanOrEqual((11 / 9) * Math.max(floor, big) + 4 + lengths.length / 6);
      }),
    );
  });

  it("fills rows exactly where lengths allow it", () => {
    expect(packSamples([6, 4, 7, 3, 5, 5], 10).length).toBe(3);
  });

  it("packs a hundred thousand samples in a blink", () => {
    const lengths = Array.from({ length: 100_000 }, (_, i) => 1 + ((i * 7919) % 2048));
    const rows = packSamples(lengths, 2048);
    const total = lengths.reduce((a, b) => a + b, 0);
    expect(total / (rows.length * 2048)).toBeGreaterThan(0.99);
  });
});
