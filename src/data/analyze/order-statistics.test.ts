import { array, assert, double, property } from "fast-check";
import { expect, test } from "vitest";
import { orderStatistics } from "./order-statistics.ts";

test("every rank of any numbers is what sorting gives", () => {
  const number = double({ noNaN: true });
  assert(
    property(array(array(number, { maxLength: 5 }), { maxLength: 6 }), (pieces) => {
      const sorted = Float64Array.from(pieces.flat()).sort();
      const scan = () => pieces.map((piece) => Float64Array.from([...piece, Number.NaN]));
      const found = orderStatistics(scan, [...sorted.keys()]);
      expect([...sorted.keys()].map((rank) => found.get(rank))).toEqual([...sorted]);
    }),
    { numRuns: 30 },
  );
});

test("numbers that differ in their last bits alone", () => {
  const numbers = Float64Array.of(1 + 2 ** -52, 1, 1 + 2 ** -51, -1 - 2 ** -52, -1);
  const found = orderStatistics(() => [numbers], [0, 1, 2, 3, 4]);
  expect([0, 1, 2, 3, 4].map((rank) => found.get(rank))).toEqual([...numbers].sort((a, b) => a - b));
});
