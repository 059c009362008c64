import * as fc from "fast-check";
import { expect, it } from "vitest";
import { randomAt } from "../../../base/random.ts";
import { codePointsOf, countNgrams } from "./ngrams.ts";

function plainCounts(list: readonly number[], n: number): readonly number[] {
  const known = new Map<string, number>();
  for (let i = 0; i + n <= list.length; i++) {
    const key = list.slice(i, i + n).join(" ");
    known.set(key, (known.get(key) ?? 0) + 1);
  }
  return [...known.values()];
}

const sorted = (list: readonly number[]): readonly number[] => list.toSorted((a, b) => a - b);

it("counts as a plain map does", () => {
  const numbers = fc.integer({ min: 0, max: 4 }).chain((most) => fc.array(fc.nat(most * most), { maxLength: 300 }));
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 12 }), (list, n) => {
      const { total, distinct, repeated } = countNgrams(Int32Array.from([...list, 1, 1, 1]), list.length, n);
      const counts = plainCounts(list, n);
      expect(total).toBe(Math.max(0, list.length - n + 1));
      expect(distinct).toBe(counts.length);
      expect(sorted(repeated)).toEqual(sorted(counts.filter((count) => count > 1)));
    }),
    { seed: 1, numRuns: 500 },
  );
});

it.each([
  ["the same over and over", () => 7],
  ["a random part twice", (i: number) => randomAt("ngrams", i % 700_000).integer(1 << 20)],
])("takes long sequences: %s", (_name, at) => {
  const length = 1_400_000;
  const { distinct, repeated } = countNgrams(
    Int32Array.from({ length }, (_, i) => at(i)),
    length,
    3,
  );
  const same = at(1) === 7;
  expect(distinct).toBe(same ? 1 : 700_000);
  expect(repeated.length).toBe(same ? 1 : 699_998);
  expect(repeated[0]).toBe(same ? length - 2 : 2);
});

it("gives code points", () => {
  const { sequence, length } = codePointsOf("a😀\ud83dé");
  expect([...sequence.subarray(0, length)]).toEqual([0x61, 0x1f600, 0xd83d, 0xe9]);
});
