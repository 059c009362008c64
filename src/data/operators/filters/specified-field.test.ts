import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { specifiedFieldFilter } from "./specified-field.ts";

describe("specified_field_filter", () => {
  it.each(goldenCases("specified_field_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(specifiedFieldFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("a row without the field is a bad row", async () => {
    await expect(runFilter(specifiedFieldFilter, [{ text: "x" }], { field_key: "meta.lang" })).rejects.toThrow(
      /E_DATA_ROW: rows.jsonl:1: meta.lang: there is no field meta.lang in the columns text/,
    );
  });
});
