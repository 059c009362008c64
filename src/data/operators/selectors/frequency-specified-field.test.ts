import { describe, expect, it } from "vitest";
import { selectedRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { frequencySpecifiedFieldSelector } from "./frequency-specified-field.ts";

describe("frequency_specified_field_selector", () => {
  it.each(goldenCases("frequency_specified_field_selector"))(
    "selects as Data-Juicer, in its order: $args",
    async (golden) => {
      expect(await selectedRows(frequencySpecifiedFieldSelector, golden.rows, golden.args)).toEqual(golden.result);
    },
  );

  it("refuses values that cannot be counted, and fields that no row has", async () => {
    const rows = [{ tag: ["a"] }, { tag: ["a"] }];
    const args = { field_key: "tag", topk: 1 };
    await expect(selectedRows(frequencySpecifiedFieldSelector, rows, args)).rejects.toThrow("E_DATA_ROW: rows.jsonl:1");
    await expect(selectedRows(frequencySpecifiedFieldSelector, rows, { ...args, field_key: "no" })).rejects.toThrow(
      "E_DATA_SELECTION",
    );
  });
});
