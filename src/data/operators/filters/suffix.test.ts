import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { suffixFilter } from "./suffix.ts";

describe("suffix_filter", () => {
  it.each(goldenCases("suffix_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(suffixFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("reversed keeps the others", async () => {
    const rows = [{ __dj__suffix__: ".txt" }, { __dj__suffix__: ".md" }];
    const kept = await runFilter(suffixFilter, rows, { suffixes: ".txt", reversed_range: true });
    expect(kept.map(({ keep }) => keep)).toEqual([false, true]);
  });
});
