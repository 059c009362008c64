import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { naiveReverseGrouper } from "./naive-reverse.ts";

describe("naive_reverse_grouper", () => {
  it.each(goldenCases("naive_reverse_grouper"))("splits as Data-Juicer", async (golden) => {
    expect(await runMapper(naiveReverseGrouper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("drops what is said of the batch", async () => {
    const batch = { text: ["a", "b"], __dj__batch_meta__: { entity: "x" } };
    expect(await runMapper(naiveReverseGrouper, [batch])).toEqual([{ text: "a" }, { text: "b" }]);
  });

  it.each([
    [{ a: [1, 2], b: [1] }, "b has 1 values, but the first column has 2"],
    [{ a: [1], b: "x" }, 'b is "x", wants a list'],
  ])("refuses %j", async (row, problem) => {
    await expect(runMapper(naiveReverseGrouper, [row])).rejects.toThrow(`E_DATA_ROW: rows.jsonl:1: ${problem}`);
  });

  it("refuses to write a file", () => {
    expect(naiveReverseGrouper.schema.safeParse({ batch_meta_export_path: "x.jsonl" }).success).toBe(false);
  });
});
