import { describe, expect, it } from "vitest";
import { groupedRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { createSample } from "../sample.ts";
import { readyOf } from "../testing/ready.ts";
import { keyValueGrouper } from "./key-value.ts";

describe("key_value_grouper", () => {
  it.each(goldenCases("key_value_grouper"))("groups as Data-Juicer: $args", async (golden) => {
    expect(await groupedRows(keyValueGrouper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("tells a number from its text, and takes objects as they are, whatever their order", async () => {
    const rows = [{ k: 1 }, { k: "1" }, { k: { a: 1, b: 2 } }, { k: { b: 2, a: 1 } }, {}, { k: null }];
    const batches = await groupedRows(keyValueGrouper, rows, { group_by_keys: ["k"] });
    expect(batches.map(({ k }) => (k as unknown[]).length)).toEqual([1, 1, 2, 2]);
  });

  it("groups by a statistic", async () => {
    const { key } = await readyOf(keyValueGrouper, { group_by_keys: ["__dj__stats__.num_words"] });
    const keys = [3, 4, 3].map((num_words) => key(createSample({ text: "a" }, "rows.jsonl:1", { num_words })));
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });
});
