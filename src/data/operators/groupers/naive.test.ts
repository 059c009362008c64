import { expect, it } from "vitest";
import { groupedRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { naiveGrouper } from "./naive.ts";

it.each(goldenCases("naive_grouper"))("groups as Data-Juicer", async (golden) => {
  expect(await groupedRows(naiveGrouper, golden.rows)).toEqual(golden.result);
});

it("has nothing where a row lacks a column", async () => {
  expect(await groupedRows(naiveGrouper, [{ a: 1 }, { b: [2] }, { b: 3, a: 4 }])).toEqual([
    { a: [1, null, 4], b: [null, [2], 3] },
  ]);
});
