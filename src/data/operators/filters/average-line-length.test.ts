import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { averageLineLengthFilter } from "./average-line-length.ts";

describe("average_line_length_filter", () => {
  it.each(goldenCases("average_line_length_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(averageLineLengthFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });
});
