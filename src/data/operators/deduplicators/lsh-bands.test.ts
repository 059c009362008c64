import { expect, it } from "vitest";
import { parts } from "../testing/parts.ts";
import { bestBands, matchProbability } from "./lsh-bands.ts";

it.each(parts().bands)(
  "chooses bands for %f and %i permutations as Data-Juicer",
  (threshold, permutations, bands, rows) => {
    expect(bestBands(threshold, permutations)).toEqual({ bands, rows });
  },
);

it("matches by the S-curve", () => {
  const chosen = bestBands(0.7, 256);
  expect(chosen).toEqual({ bands: 25, rows: 10 });
  const curve = [0.3, 0.5, 0.7, 0.8, 0.9].map((similarity) => matchProbability(similarity, chosen));
  const expected = [0.000148, 0.024129, 0.51, 0.943, 0.99999];
  for (const [i, probability] of curve.entries()) expect(probability).toBeCloseTo(expected[i] as number, 2);
});
