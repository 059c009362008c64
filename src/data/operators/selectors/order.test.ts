import { expect, it } from "vitest";
import { compareTexts, numberOf } from "./order.ts";

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
