import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { maximumLineLengthFilter } from "./maximum-line-length.ts";

describe("maximum_line_length_filter", () => {
  it.each(goldenCases("maximum_line_length_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(maximumLineLengthFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });
});
