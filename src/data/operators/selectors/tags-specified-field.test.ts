import { describe, expect, it } from "vitest";
import { selectedRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { tagsSpecifiedFieldSelector } from "./tags-specified-field.ts";

describe("tags_specified_field_selector", () => {
  it.each(goldenCases("tags_specified_field_selector"))(
    "selects as Data-Juicer, in its order: $args",
    async (golden) => {
      expect(await selectedRows(tagsSpecifiedFieldSelector, golden.rows, golden.args)).toEqual(golden.result);
    },
  );

  it("selects by numbers and by nothing", async () => {
    const rows = [{ a: { b: 1 } }, { a: { b: null } }, { a: { b: 2 } }, {}];
    const args = { field_key: "a.b", target_tags: [2, null] };
    expect(await selectedRows(tagsSpecifiedFieldSelector, rows, args)).toEqual(rows.slice(1));
  });
});
