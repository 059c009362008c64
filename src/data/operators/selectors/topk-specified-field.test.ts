import { describe, expect, it } from "vitest";
import { selectedRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { topkSpecifiedFieldSelector } from "./topk-specified-field.ts";

describe("topk_specified_field_selector", () => {
  it.each(goldenCases("topk_specified_field_selector"))(
    "selects as Data-Juicer, in its order: $args",
    async (golden) => {
      expect(await selectedRows(topkSpecifiedFieldSelector, golden.rows, golden.args)).toEqual(golden.result);
    },
  );

  it("refuses a plain column that lacks a value or mixes texts with numbers", async () => {
    const args = { field_key: "x", topk: 1 };
    await expect(selectedRows(topkSpecifiedFieldSelector, [{ x: 1 }, {}], args)).rejects.toThrow("E_DATA_ROW");
    await expect(selectedRows(topkSpecifiedFieldSelector, [{ x: 1 }, { x: "1" }], args)).rejects.toThrow(
      "E_DATA_SELECTION",
    );
  });
});
