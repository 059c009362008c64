import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ascending, compareTexts, descending, numberOf } from "./order.ts";

it.each([
  ["7", 7],
  [" 1e1\n", 10],
  ["1_000.5", 1000.5],
  [".5", 0.5],
  ["5.", 5],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["+inf", Number.POSITIVE_INFINITY],
  ["nan", undefined],
  ["0x10", undefined],
  ["1__0", undefined],
  ["", undefined],
  [true, 1],
  [3n, 3],
  [[1, 2, 6], 3],
  [[], undefined],
  [["1"], undefined],
  [null, undefined],
  [{}, undefined],
])("reads %s as %s", (value, number) => {
  expect(numberOf(value)).toBe(number);
});

it("orders texts by code points", () => {
  const texts = ["😀", "\uE000", "z", "", "é", "😀a", "\uFFFD"];
  expect(texts.sort(compareTexts)).toEqual(["", "z", "é", "\uE000", "\uFFFD", "😀", "😀a"]);
});

it("orders rows by numbers as a stable sort does, from either end", () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, -0));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      const rows = [...values.keys()];
      const compare = (a: number, b: number): number => {
        const [x, y] = [values[a] as number, values[b] as number];
        return x < y ? -1 : Number(x > y);
      };
      expect([...ascending(rows, values)]).toEqual([...rows].sort(compare));
      expect([...descending(rows, values)]).toEqual([...rows].sort((a, b) => compare(b, a)));
    }),
  );
});
