import { describe, expect, it } from "vitest";
import { selectedRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { rangeSpecifiedFieldSelector } from "./range-specified-field.ts";

describe("range_specified_field_selector", () => {
  it.each(goldenCases("range_specified_field_selector"))(
    "selects as Data-Juicer, in its order: $args",
    async (golden) => {
      expect(await selectedRows(rangeSpecifiedFieldSelector, golden.rows, golden.args)).toEqual(golden.result);
    },
  );

  it("refuses a field that no row has", async () => {
    const args = { field_key: "x.y", lower_rank: 1, upper_rank: 2 };
    await expect(selectedRows(rangeSpecifiedFieldSelector, [{ a: 1 }, { a: 2 }], args)).rejects.toThrow(
      "E_DATA_SELECTION",
    );
  });
});
