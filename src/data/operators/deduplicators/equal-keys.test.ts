import { expect, it } from "vitest";
import { keyTable } from "../testing/all-rows.ts";
import { asWords, firstsOfEqualKeys } from "./equal-keys.ts";

const keyOf = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value * 0x9e3779b1, value).buffer);

it("finds the first of many rows, also where the table is crowded", () => {
  // Keys whose two words are equal all fall on the same place of the table.
  const values = Array.from({ length: 500 }, (_, i) => (i * i) % 97);
  const crowded = values.map((value) => new Uint8Array(Uint32Array.of(value, value).buffer));
  const expected = values.map((value) => values.indexOf(value));
  expect([...firstsOfEqualKeys(keyTable(crowded), 8)]).toEqual(expected);
  expect([...firstsOfEqualKeys(keyTable(values.map(keyOf)), 8)]).toEqual(expected);
});

it("leaves rows without a key alone, though their bytes are zeros", () => {
  const keys = [undefined, new Uint8Array(8), undefined, new Uint8Array(8)];
  expect([...firstsOfEqualKeys(keyTable(keys), 8)]).toEqual([0, 1, 2, 1]);
});

it("reads words from bytes at any place", () => {
  const bytes = new Uint8Array(13).map((_, i) => i).subarray(1, 9);
  expect([...asWords(bytes)]).toEqual([...new Uint32Array(bytes.slice().buffer)]);
});
