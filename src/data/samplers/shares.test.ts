import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apportion, createTurns, fill } from "./shares.ts";

const weightsOf = fc.array(fc.double({ min: 0.001, max: 100, noNaN: true }), { minLength: 1, maxLength: 9 });

describe("createTurns", () => {
  it("gives every group its share of any first turns, give or take less than one", () => {
    fc.assert(
      fc.property(weightsOf, (weights) => {
        const sum = weights.reduce((all, weight) => all + weight, 0);
        const shares = weights.map((weight) => weight / sum);
        const next = createTurns(shares);
        const counts = shares.map(() => 0);
        let worst = 0;
        for (let turn = 1; turn <= 400; turn++) {
          const group = next();
          counts[group] = (counts[group] as number) + 1;
          for (const [i, p] of shares.entries()) worst = Math.max(worst, Math.abs((counts[i] as number) - turn * p));
        }
        expect(worst).toBeLessThan(1);
      }),
    );
  });

  it("never calls a group without a share", () => {
    const next = createTurns([0.5, 0, 0.5]);
    expect(new Set(Array.from({ length: 50 }, next))).toEqual(new Set([0, 2]));
  });
});

describe("apportion", () => {
  it("adds up, and differs from the ideal by less than one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), weightsOf, (total, weights) => {
        const sum = weights.reduce((all, weight) => all + weight, 0);
        const counts = apportion(total, weights);
        expect(counts.reduce((all, count) => all + count, 0)).toBe(total);
        for (const [i, count] of counts.entries())
          expect(Math.abs(count - (total * (weights[i] as number)) / sum)).toBeLessThan(1 + 1e-6);
      }),
    );
  });

  it("gives what a full group leaves to the others by their weights", () => {
    expect(fill(100, [8, 1, 1], [20, 1000, 1000])).toEqual([20, 40, 40]);
    expect(apportion(100, [8, 1, 1], [20, 1000, 1000])).toEqual([20, 40, 40]);
    expect(apportion(100, [1, 1], [30, 20])).toEqual([30, 20]);
    expect(apportion(7, [0, 1, 1])).toEqual([0, 4, 3]);
    expect(apportion(5, [0, 0])).toEqual([0, 0]);
  });

  it("never goes above a ceiling", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 50 })), {
          minLength: 1,
          maxLength: 6,
        }),
        (total, groups) => {
          const [weights, ceilings] = [groups.map(([weight]) => weight), groups.map(([, ceiling]) => ceiling)];
          const counts = apportion(total, weights, ceilings);
          const room = ceilings.reduce((all, ceiling, i) => all + ((weights[i] as number) > 0 ? ceiling : 0), 0);
          expect(counts.reduce((all, count) => all + count, 0)).toBe(Math.min(total, room));
          for (const [i, count] of counts.entries()) expect(count).toBeLessThanOrEqual(ceilings[i] as number);
        },
      ),
    );
  });
});
